// Which page is looked at, who may draw there, who leads and who follows; strokes of others as they arrive.

import assert from "node:assert/strict";
import { beforeEach, describe, mock, test } from "node:test";
import { REVEAL_MS, Reveal } from "../../roomserver/web/board/reveal.js";
import { Classroom } from "../../roomserver/web/classroom.js";
import { Socket, Store, welcome } from "./support.mjs";
import { Memory } from "../../roomserver/web/entry.js";

let room, heard, seq;

/** Into a lesson, as member 2; a socket that says what it is told to. */
function enter(more = {}, { role = "student", can = ["draw"] } = {}) {
  globalThis.WebSocket = class extends Socket {};
  heard = [];
  seq = 10;
  room = new Classroom({ url: "ws://here", entry: { room: "r-1", token: "T" }, memory: new Memory(new Store()), choice: {} });
  room.media.welcomed = room.media.follow = () => {}; // no devices here
  for (const topic of ["look", "view", "damage"]) room.on(topic, (detail) => heard.push([topic, detail]));
  room.wire.start();
  room.wire.socket.open();
  const { room: body } = welcome();
  const members = [{ member: 1, name: "王老师", role: "teacher", can: ["draw"] }, { member: 2, name: "小明", role, can }];
  const pages = [1, 2].map((page) => ({ page, background: "blank", locked: false, shapes: [], chunks: 0 }));
  pages.push({ page: 3, background: "blank", locked: false, owner: 3, shapes: [], chunks: 0 });
  room.wire.socket.say(welcome({ room: { ...body, state: "live", members }, board: { current: 1, free: false, locked: false, pages, ...more } }));
}
const hear = (type, fields, member = 1) => room.wire.socket.say({ type, seq: ++seq, at: 0, member, ...fields });
const sent = () => room.wire.socket.sent.slice(1);

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  enter();
});

describe("the page that is looked at", () => {
  test("is the class's, unless one may look around", () => {
    room.look(2);
    assert.deepEqual([room.shown, room.mayLook(2), room.away], [1, false, false]);
    hear("board.freed", { on: true });
    room.look(2);
    assert.deepEqual([room.shown, room.away], [2, true]);
    hear("page.turned", { page: 2 });
    assert.deepEqual([room.shown, room.away], [2, false]);
    hear("page.turned", { page: 1 });
    assert.equal(room.shown, 1); // who was where the class came to goes on with it
  });

  test("is left when the teacher wants all at one page, and when it is removed", () => {
    hear("board.freed", { on: true });
    room.look(2);
    hear("board.freed", { on: false });
    assert.equal(room.shown, 1);
    hear("board.freed", { on: true });
    assert.equal(room.shown, 1);
    room.look(2);
    hear("page.removed", { page: 2 });
    assert.equal(room.shown, 1);
  });

  test("may always be one's own, and never another's", () => {
    hear("page.added", { page: 4, after: 3, background: "blank", owner: 2 }, 2);
    room.look(room.scratch());
    assert.equal(room.shown, 4);
    hear("page.turned", { page: 2 });
    assert.equal(room.shown, 4);
    room.look(3);
    assert.equal(room.shown, 2);
  });

  test("of staff is any, and whoever turns the class goes there", () => {
    enter({}, { role: "teacher" });
    room.look(3);
    assert.equal(room.shown, 3);
    hear("page.turned", { page: 2 }, 1);
    assert.equal(room.shown, 3);
    void room.turn(1);
    hear("page.turned", { page: 1 }, 2);
    assert.equal(room.shown, 1);
  });

  test("is made where one has none of one's own", async () => {
    const opened = room.openScratch();
    const { id, ...asked } = sent()[0];
    assert.deepEqual(asked, { type: "page.add", scratch: true });
    hear("page.added", { page: 4, after: 2, background: "blank", owner: 2 }, 2);
    room.wire.socket.say({ type: "ok", id });
    await opened;
    assert.equal(room.shown, 4);
  });
});

describe("who may draw", () => {
  test("a student with the right, where nothing is locked", () => {
    assert.deepEqual([room.barred, room.mayDraw], ["", true]);
    hear("page.locked", { page: 1, on: true });
    assert.equal(room.barred, "page");
    hear("board.locked", { on: true });
    assert.equal(room.barred, "board");
    hear("granted", { can: ["draw"], on: false, member: 2 });
    assert.equal(room.barred, "right");
    hear("room.closed", { reason: "ended" });
    assert.equal(room.barred, "closed");
  });

  test("on one's own page always, on locked ones staff", () => {
    enter({ locked: true }, { can: [] });
    hear("page.added", { page: 4, after: 3, background: "blank", owner: 2 }, 2);
    assert.equal(room.barred, "right");
    room.look(4);
    assert.equal(room.barred, "");
    enter({ locked: true }, { role: "assistant" });
    assert.equal(room.barred, "");
  });
});

describe("leading", () => {
  beforeEach(() => enter({}, { role: "teacher" }));
  const views = () => sent().filter(([type]) => type === "view");

  test("tells at once what is seen, then ten times a second, and again for those who come", () => {
    room.see({ x: 0, y: 0, width: 16_000 }, true);
    assert.deepEqual(views(), []);
    room.lead(true);
    for (const x of [100, 200, 300]) room.see({ x, y: 0, width: 8_000 }, true);
    assert.deepEqual(views(), [["view", 1, 0, 0, 16_000]]);
    mock.timers.tick(100);
    assert.deepEqual(views().at(-1), ["view", 1, 300, 0, 8_000]);
    mock.timers.tick(100);
    mock.timers.tick(3_000);
    assert.equal(views().length, 3);
    mock.timers.tick(1_000);
    room.see({ x: 400, y: 0, width: 8_000 }, true);
    assert.deepEqual(views().at(-1), ["view", 1, 400, 0, 8_000]);
  });

  test("ends with a word, on the page that everybody sees", () => {
    room.lead(true);
    room.look(3);
    room.lead(false);
    mock.timers.tick(10_000);
    assert.deepEqual(views(), [["view", 1, 0, 0, 16_000], ["view", 1, 0, 0, 0]]);
  });
});

describe("following", () => {
  const view = (width = 8_000, member = 1) => room.wire.socket.say(["view", member, 1, 4_000, 2_250, width]);
  const seen = () => heard.filter(([topic]) => topic === "view").map(([, { width }]) => width);

  test("goes where the teacher looks; where nobody leads, a gesture changes nothing", () => {
    room.see({ x: 0, y: 0, width: 8_000 }, true);
    view();
    assert.deepEqual([seen(), room.leader, room.following], [[8_000], 1, true]);
  });

  test("ends by a gesture, until one wishes it again", () => {
    view();
    room.see({ x: 0, y: 0, width: 8_000 }, false);
    assert.equal(room.following, true);
    room.see({ x: 0, y: 0, width: 4_000 }, true);
    view();
    assert.deepEqual([seen().length, room.following], [1, false]);
    room.follow();
    view();
    assert.equal(seen().length, 2);
  });

  test("ends when the teacher says so, goes, or has been silent: with the whole page, and open for who leads next", () => {
    const ends = { said: () => view(0), gone: () => hear("member.left", { reason: "left" }), silent: () => mock.timers.tick(8_000) };
    for (const end of Object.values(ends)) {
      enter();
      view();
      end();
      assert.deepEqual([seen(), room.leader, room.following], [[8_000, 16_000], null, true]);
      room.see({ x: 0, y: 0, width: 4_000 }, true);
      view();
      view(0, 3); // of somebody who does not lead
      room.see({ x: 0, y: 0, width: 4_000 }, true);
      view(0);
      assert.deepEqual([seen(), room.leader, room.following], [[8_000, 16_000, 8_000], null, true]);
    }
  });
});

test("a step that there is none of to take back is no trouble", async () => {
  const troubles = [];
  room.on("trouble", (trouble) => troubles.push(trouble.code));
  for (const code of ["conflict", "locked"]) {
    const done = room.back("board.undo");
    room.wire.socket.say({ type: "error", id: sent().at(-1).id, code });
    await done;
  }
  assert.deepEqual(troubles, ["locked"]);
});

test("whoever takes a student's step back learns on which page it was", () => {
  enter({}, { role: "teacher" });
  const undone = [];
  room.on("undone", (detail) => undone.push(detail));
  hear("board.put", { body: { id: "3.1", page: 3, author: 3, kind: "line", z: 1, start: [0, 0], points: [9, 9], color: "#000000", width: 9 } }, 3);
  hear("board.erased", { shapes: ["3.1"], undo: true, author: 3 }, 2);
  hear("board.put", { body: { id: "3.2", page: 3, author: 3, kind: "line", z: 2, start: [0, 0], points: [9, 9], color: "#000000", width: 9 } }, 3);
  hear("board.erased", { shapes: ["3.2"], undo: true }, 2); // one's own step
  assert.deepEqual(undone, [{ author: 3, page: 3 }]);
});

test("whose paper is shown to the class is told, and nobody else", () => {
  const shown = [];
  room.on("shown", (by) => shown.push(by));
  const body = (id, page) => ({ id, page, author: 2, kind: "line", z: 1, start: [0, 0], points: [9, 9], color: "#000000", width: 9 });
  hear("page.added", { page: 4, after: 3, background: "blank", owner: 2 }, 2);
  hear("board.put", { body: body("2.1", 4) }, 2);
  hear("board.put", { body: body("2.2", 1) }, 2);
  hear("board.copied", { sources: ["2.2"], by: [0, 0], shapes: [body("1.1", 2)] });
  hear("board.copied", { sources: ["3.1"], by: [0, 0], shapes: [body("1.2", 2)] });
  hear("board.copied", { sources: ["2.1"], by: [300, 300], shapes: [body("1.4", 4)] }); // there itself
  assert.deepEqual(shown, []);
  hear("board.copied", { sources: ["2.1"], by: [0, 0], shapes: [body("1.3", 2)] });
  hear("board.copied", { sources: ["2.1"], by: [0, 0], shapes: [body("2.3", 1)] }, 2);
  assert.deepEqual(shown, [1]);
});

describe("strokes of others", () => {
  const stroke = (points) => ({ id: "1.1", page: 1, author: 1, kind: "pen", z: 1, start: [0, 0], color: "#000000", width: 20, points, open: true });

  test("grow evenly from what was shown to what has come", () => {
    const [reveal, shape] = [new Reveal(), stroke([])];
    reveal.grow(shape, 0);
    shape.points.push(100, 0, 100, 0);
    reveal.grow(shape, 1_000);
    assert.deepEqual(reveal.points(shape, 1_000), [0, 0]);
    assert.deepEqual(reveal.points(shape, 1_000 + REVEAL_MS / 4), [0, 0, 50, 0]);
    shape.points.push(0, 100);
    reveal.grow(shape, 1_000 + REVEAL_MS / 2); // half way: one point of two
    assert.deepEqual(reveal.points(shape, 1_000 + REVEAL_MS), [0, 0, 100, 0, 200, 0]);
    assert.equal(reveal.isWhole("1.1", 1_000 + REVEAL_MS), false);
    assert.equal(reveal.isWhole("1.1", 1_000 + 2 * REVEAL_MS), true);
    assert.deepEqual(reveal.points(shape, 2_000), [0, 0, 100, 0, 200, 0, 200, 100]);
  });

  test("that were long when one came are shown as they are", () => {
    const [reveal, shape] = [new Reveal(), stroke([100, 0])];
    assert.deepEqual(reveal.points(shape, 0), [0, 0, 100, 0]);
    reveal.grow(shape, 0);
    assert.equal(reveal.isWhole("1.1", 0), true);
  });
});
