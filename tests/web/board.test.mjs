import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Ink } from "../../roomserver/web/board/ink.js";
import { Board, touches } from "../../roomserver/web/board/model.js";

let board, seq;
const event = (type, fields) => board.apply({ type, seq: ++seq, at: 0, ...fields });
const begun = (shape, more = {}) =>
  event("board.begun", { member: 1, shape, page: 1, kind: "pen", color: "#000000", width: 30, start: [100, 100], ...more });
const drawn = (shape, more = {}) => {
  begun(shape, more);
  event("board.extended", { shape, points: [100, 0], pressure: null });
  return event("board.finished", { shape });
};
const ids = (page = 1) => [...board.page(page).shapes.keys()];
const body = (id, z) => ({ id, page: 1, author: 1, kind: "pen", color: "#000000", width: 30, start: [5, 5], z, finished: true, points: [1, 1], pressure: null });

beforeEach(() => {
  board = new Board();
  seq = 0;
});

describe("strokes", () => {
  test("grow by deltas from the point before, with their pressures", () => {
    begun("1.1");
    event("board.extended", { shape: "1.1", points: [10, -5, 3, 3], pressure: [100, 120] });
    event("board.extended", { shape: "1.1", points: [1, 1], pressure: [90] });
    const stroke = board.shapes.get("1.1");
    assert.deepEqual(stroke.points, [100, 100, 110, 95, 113, 98, 114, 99]);
    assert.deepEqual(stroke.pressure, [100, 120, 90]);
  });

  test("any batching of the same points gives the same stroke", () => {
    begun("1.1");
    begun("1.2");
    event("board.extended", { shape: "1.1", points: [1, 2, 3, 4, 5, 6], pressure: null });
    for (const points of [[1, 2], [3, 4, 5, 6]]) event("board.extended", { shape: "1.2", points, pressure: null });
    assert.deepEqual(board.shapes.get("1.1").points, board.shapes.get("1.2").points);
  });

  test("are live until finished, then laid on top of the page", () => {
    assert.equal(begun("1.1").kind, "live");
    assert.equal(board.open.has("1.1"), true);
    assert.equal(event("board.finished", { shape: "1.1" }).kind, "ink");
    assert.equal(board.open.size, 0);
  });

  test("one that ends after a later one was finished has the page painted anew, below it", () => {
    begun("1.1");
    drawn("2.1");
    assert.equal(event("board.finished", { shape: "1.1" }).kind, "page");
  });

  test("on another page disturb nobody", () => {
    event("page.added", { member: 1, page: 2, after: 1, background: "blank" });
    assert.equal(begun("1.1", { page: 2 }).kind, "none");
  });

  test("points for a stroke that is gone are passed over", () => {
    assert.equal(event("board.extended", { shape: "9.9", points: [1, 1], pressure: null }).kind, "none");
  });
});

describe("taking away and back", () => {
  test("erasing and clearing one author's", () => {
    drawn("1.1");
    drawn("2.1", { member: 2 });
    drawn("2.2", { member: 2 });
    event("board.erased", { member: 1, shapes: ["1.1"] });
    assert.deepEqual(ids(), ["2.1", "2.2"]);
    drawn("1.2");
    event("board.cleared", { member: 2, page: 1, whose: 2 });
    assert.deepEqual(ids(), ["1.2"]);
  });

  test("what is restored stands at its old place in the drawing order", () => {
    board.load({ current: 1, drawn: 3, pages: [{ page: 1, background: "blank", locked: false, shapes: [body("1.1", 1), body("1.3", 3)] }] });
    assert.equal(event("board.restored", { member: 1, shapes: [body("1.2", 2)], undo: true }).kind, "page");
    assert.deepEqual(ids(), ["1.1", "1.2", "1.3"]);
  });

  test("the drawing order goes on after a snapshot", () => {
    board.load({ current: 1, drawn: 7, pages: [{ page: 1, background: "blank", locked: false, shapes: [body("1.1", 2)] }] });
    begun("1.9");
    assert.equal(board.shapes.get("1.9").z, 8);
  });
});

test("pages are added behind one, turned, locked and removed with what is on them", () => {
  event("page.added", { member: 1, page: 2, after: 1, background: "grid" });
  event("page.added", { member: 1, page: 3, after: 1, background: "blank" });
  assert.deepEqual(board.pages.map(({ page }) => page), [1, 3, 2]);
  begun("1.1", { page: 3 });
  event("page.locked", { member: 1, page: 2, on: true });
  event("page.turned", { member: 1, page: 2 });
  event("page.removed", { member: 1, page: 3 });
  assert.deepEqual([board.current, board.pages.map(({ page, locked }) => [page, locked]), board.shapes.size], [2, [[1, false], [2, true]], 0]);
});

test("the eraser touches lines between their points, one's own or all", () => {
  assert.equal(touches([0, 0, 1000, 0], 500, 50, 60), true);
  assert.equal(touches([0, 0, 1000, 0], 500, 90, 60), false);
  assert.equal(touches([10, 10], 10, 40, 30), true);
  drawn("1.1");
  drawn("2.1", { member: 2 });
  assert.deepEqual(board.near(1, 150, 100, 50, null), ["2.1", "1.1"]);
  assert.deepEqual(board.near(1, 150, 100, 50, 2), ["2.1"]);
});

describe("one's own ink", () => {
  const STYLE = { kind: "pen", color: "#000000", width: 30 };
  let sent, answers, ink, refusals;
  const answer = () => {
    const made = {};
    made.done = new Promise((resolve) => (made.settle = resolve));
    answers.push(made);
    return made;
  };
  beforeEach(() => {
    [sent, answers, refusals] = [[], [], []];
    ink = new Ink(
      {
        command: (type, fields) => (sent.push([type, fields]), answer()),
        extend: (shape, points, pressure) => (sent.push(["board.extend", shape, points, pressure]), answer()),
      },
      () => {},
      (refusal) => refusals.push(refusal.code),
    );
    ink.meet(2, 5);
  });

  test("is seen at once, sent in batches, and handed over when the room has it whole", () => {
    ink.begin(1, STYLE, 100.4, 200.6, false);
    ink.move(150, 250, 0);
    ink.move(151, 251, 0); // nearer than a pixel: not a point
    ink.move(200, 250, 0);
    assert.deepEqual(ink.strokes.get("2.5").points, [100, 201, 150, 250, 200, 250]);
    ink.flush();
    ink.flush();
    ink.finish();
    assert.deepEqual(sent, [
      ["board.begin", { shape: "2.5", page: 1, kind: "pen", color: "#000000", width: 30, at: [100, 201] }],
      ["board.extend", "2.5", [50, 49, 50, 0], null],
      ["board.finish", { shape: "2.5" }],
    ]);
    assert.equal(ink.strokes.has("2.5"), true);
    ink.follow({ type: "board.finished", shape: "2.5" });
    assert.equal(ink.strokes.size, 0);
  });

  test("stays on the board, and no message is longer than the wire allows", () => {
    ink.begin(1, STYLE, 15_990, 10, true);
    ink.move(20_000, -50, 0.5);
    for (let i = 0; i < 300; i++) ink.move(16_000 - (i % 2) * 100, 5_000, 1);
    ink.finish();
    const batches = sent.filter(([type]) => type === "board.extend");
    assert.deepEqual(batches.map(([, , points]) => points.length / 2), [256, 45]);
    assert.deepEqual(batches.map(([, , points, pressure]) => pressure.length - points.length / 2), [0, 0]);
    assert.deepEqual(ink.strokes.get("2.5").points.slice(0, 4), [15_990, 10, 16_000, 0]);
  });

  test("a stroke without end goes on as a new one where the last ended", () => {
    ink.begin(1, STYLE, 0, 0, false);
    for (let i = 0; i < 4_100; i++) ink.move((i % 2) * 100, 5_000, 0);
    const begins = sent.filter(([type]) => type === "board.begin");
    assert.deepEqual(begins.map(([, { shape }]) => shape), ["2.5", "2.6"]);
    const points = sent.filter(([type, shape]) => type === "board.extend" && shape === "2.5").reduce((sum, [, , deltas]) => sum + deltas.length / 2, 0);
    assert.equal(points, 4_000);
  });

  test("a refused stroke disappears, is told once, and sends no more", async () => {
    ink.begin(1, STYLE, 100, 100, false);
    answers[0].settle({ ok: false, code: "locked" });
    await Promise.resolve().then(() => {});
    ink.move(300, 300, 0);
    ink.finish();
    assert.deepEqual([ink.strokes.size, refusals, sent.length], [0, ["locked"], 1]);
  });

  test("ids go on where the server says, never back", () => {
    ink.meet(2, 3);
    assert.equal(ink.next, 5);
    ink.meet(2, 9);
    assert.equal(ink.next, 9);
  });
});
