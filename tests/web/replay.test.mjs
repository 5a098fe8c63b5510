// The player of a closed room: wherever it is sought to it shows the fold up to there, and it keeps time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";

import { Board } from "../../roomserver/web/board/model.js";
import { Player, commentsUpTo, linesUpTo, moments } from "../../roomserver/web/replay.js";
import { NOTHING, reduce } from "../../roomserver/web/state.js";
import { spread } from "../../roomserver/web/ui/timeline.js";
import { World, welcome } from "./support.mjs";

const OPENED = 1_790_000_000_000;
const ROOM = { ...welcome().room, members: [], chat: [], stage: [] };
const BOARD = { current: 1, free: false, locked: false, pages: [{ page: 1, background: "blank", locked: false, shapes: [], chunks: 0 }] };

/** A number that is the same in every run. */
function chance(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Something of everything that happens in a lesson, an event each `step` ms. */
function lesson(count, { step = 100, seed = 1 } = {}) {
  const below = chance(seed);
  const events = [
    { type: "member.joined", member: 1, name: "王老师", role: "teacher", can: ["draw"], at: 0 },
    { type: "member.joined", member: 2, name: "小明", role: "student", can: ["draw"], at: 0 },
    { type: "page.added", member: 1, page: 2, after: 1, background: "grid", at: 0 },
  ];
  const open = [];
  let shapes = 0;
  while (events.length < count - 1) {
    const at = (events.length - 3) * step;
    const dice = below(20);
    if (dice < 4) {
      open.push(`1.${++shapes}`);
      events.push({ type: "board.begun", member: 1, shape: `1.${shapes}`, page: 1 + below(2), kind: "pen", color: "#102030", width: 24, start: [below(9_000), below(9_000)], z: shapes, at });
    } else if (dice < 11 && open.length) {
      events.push(["board.extended", -1, at, open[below(open.length)], [below(50), below(50)], [below(256)]]);
    } else if (dice < 14 && open.length) events.push({ type: "board.finished", shape: open.splice(below(open.length), 1)[0], at });
    else if (dice === 14 && shapes > 2) events.push({ type: "board.changed", member: 1, set: { [`1.${1 + below(shapes)}`]: { start: [below(900), below(900)] } }, at });
    else if (dice === 15 && shapes > 5) events.push({ type: "board.erased", member: 1, shapes: [`1.${1 + below(shapes)}`], at });
    else if (dice === 16) events.push({ type: "page.turned", member: 1, page: 1 + below(2), at });
    else if (dice === 17) events.push({ type: "hand.raised", member: 2, at });
    else if (dice === 18) events.push({ type: "hand.lowered", member: 2, by: 2, at });
    else events.push({ type: "chat.message", member: 1 + below(2), text: `line ${events.length}`, at });
  }
  events.push({ type: "room.closed", reason: "ended", at: (events.length - 3) * step });
  events.forEach((event, i) => (Array.isArray(event) ? (event[1] = i + 1) : (event.seq = i + 1)));
  return events;
}

const plain = (event) =>
  Array.isArray(event) ? { type: event[0], seq: event[1], at: event[2], shape: event[3], points: event[4], pressure: event[5] } : event;

/** The fold of events from the beginning. */
function folded(events, index) {
  const board = new Board();
  board.load(BOARD);
  const known = new Map(index.members.map(({ member, name, role }) => [member, { name, role }]));
  let state = reduce({ ...NOTHING, me: index.member, offset: OPENED, known }, { type: "snapshot", room: ROOM }, 0);
  for (const event of events.map(plain)) {
    board.apply(structuredClone(event));
    state = reduce(state, event, event.at);
  }
  return { board, state };
}

/** What a server has of a lesson whose checkpoints stand behind so many events. */
class Archive {
  constructor(events, borders = []) {
    this.events = events;
    this.places = [0, ...borders];
    this.asked = [];
    this.held = []; // answers that are kept back
    this.holds = false;
    this.broken = false;
    const marks = events.map(plain).filter(({ type }) => !type.startsWith("board."));
    this.index = {
      room: "r-1", form: "one_to_one", subject: "", topic: "", opened_at_ms: OPENED, begins: 0, live: null,
      duration_ms: plain(events.at(-1)).at, member: 2, marks,
      members: [{ member: 1, name: "王老师", role: "teacher" }, { member: 2, name: "小明", role: "student" }],
      keyframes: this.places.map((place) => this.at(place)),
    };
  }

  at(place) {
    return place ? plain(this.events[place - 1]).at : 0;
  }

  load = async (at) => {
    this.asked.push(at);
    if (this.holds) await new Promise((go) => this.held.push(go));
    if (this.broken) throw new Error("lost");
    const i = this.places.findLastIndex((place) => this.at(place) <= at);
    const [begin, end] = [this.places[i], this.places[i + 1] ?? this.events.length];
    const { board, state } = folded(this.events.slice(0, begin), this.index);
    const next = i + 1 < this.places.length ? this.at(end) : null;
    return { ...packed(board), room: view(state), at: this.at(begin), next, events: structuredClone(this.events.slice(begin, end)) };
  };
}

function view(state) {
  const chat = state.chat.map((line) => ({ ...line, name: "", role: "student" }));
  const { phase, members, hands, stage, closed } = state;
  return { ...ROOM, state: phase, members: [...members.values()], hands, stage, chat, closed_reason: closed?.reason };
}

/** As the server packs it: what is finished in chunks. */
function packed(board) {
  const { current, free, locked, pages } = structuredClone(JSON.parse(board.canonical()));
  const chunks = [];
  for (const page of pages) {
    const done = page.shapes.filter(({ open }) => !open);
    page.shapes = page.shapes.filter(({ open }) => open);
    if (done.length) chunks.push({ shapes: deflateSync(JSON.stringify(done)).toString("base64") });
    page.chunks = done.length ? 1 : 0;
  }
  return { board: { current, free, locked, pages }, chunks };
}

function player(archive) {
  const world = new World();
  return { world, player: new Player({ index: archive.index, load: archive.load, assets: null, env: world.env }) };
}

/** Every answer that the archive does not keep back has been unpacked, and has had its effect. */
async function settled(player, archive) {
  const coming = () => [...player.segments.values()].filter((segment) => segment instanceof Promise);
  do await new Promise((resolve) => setImmediate(resolve));
  while (coming().length > archive.held.length);
}

/** What of a state is to be equal; `ends` counts from when the page was told. */
const shown = ({ board, state: { members, hands, stage, chat, phase, closed } }) =>
  JSON.stringify([board.canonical(), [...members], hands, stage, chat.map(({ text }) => text), phase, closed]);

function isAt(player, archive, at) {
  const truth = folded(archive.events.filter((event) => plain(event).at <= at), archive.index);
  assert.equal(player.at, at);
  assert.equal(shown(player), shown(truth), `at ${at}`);
}

test("REPLAY-8: wherever it is sought to, it shows the fold up to there", async () => {
  const archive = new Archive(lesson(2_000), [400, 401, 950, 1_500]);
  const { player: shownBy } = player(archive);
  const below = chance(7);
  for (let i = 0; i < 60; i++) {
    const at = below(archive.index.duration_ms + 1);
    await shownBy.seek(at);
    isAt(shownBy, archive, at);
  }
  for (const place of archive.places) {
    for (const at of [archive.at(place) - 1, archive.at(place), archive.at(place) + 1].filter((at) => at >= 0)) {
      await shownBy.seek(at);
      isAt(shownBy, archive, at);
    }
  }
});

test("REPLAY-8: going back within a segment needs no answer of the server and no waiting", async () => {
  const archive = new Archive(lesson(1_000));
  const { player: shownBy } = player(archive);
  await shownBy.seek(90_000);
  assert.deepEqual(archive.asked, [0]);
  for (const at of [3_000, 95_000, 94_900, 20]) {
    void shownBy.seek(at);
    isAt(shownBy, archive, at);
  }
  assert.deepEqual(archive.asked, [0]);
});

test("it plays at the speed that is chosen, over the ends of segments, and stops at the end", async () => {
  const archive = new Archive(lesson(600), [200, 400]);
  const { world, player: shownBy } = player(archive);
  await shownBy.seek(0);
  shownBy.play();
  await settled(shownBy, archive);
  world.pass(10_000);
  isAt(shownBy, archive, 10_000);
  shownBy.setSpeed(2);
  world.pass(5_000);
  isAt(shownBy, archive, 20_000);
  await settled(shownBy, archive);
  shownBy.setSpeed(0.5);
  world.pass(4_000);
  isAt(shownBy, archive, 22_000);
  shownBy.setSpeed(1.5);
  world.pass(20_000);
  isAt(shownBy, archive, 52_000);
  shownBy.pause();
  world.pass(20_000);
  isAt(shownBy, archive, 52_000);
  shownBy.play();
  world.pass(20_000);
  isAt(shownBy, archive, archive.index.duration_ms);
  assert.equal(shownBy.playing, false);
  assert.equal(world.timers.length, 0);
  assert.deepEqual(archive.asked, archive.index.keyframes, "each segment is loaded once, before it is needed");
  shownBy.play();
  assert.deepEqual([shownBy.at, shownBy.playing], [0, true], "from the beginning again");
});

test("every event is told while it plays, and a seek is told as one change", async () => {
  const archive = new Archive(lesson(300));
  const { world, player: shownBy } = player(archive);
  await shownBy.seek(0);
  const told = [];
  shownBy.on("damage", ({ kind }) => told.push(kind));
  shownBy.play();
  world.pass(5_000);
  const drawn = archive.events.map(plain).filter(({ type, at }) => at > 0 && at <= 5_000 && /^(board|page)/.test(type));
  assert.equal(told.length, drawn.length);
  told.length = 0;
  await shownBy.seek(25_000);
  assert.deepEqual(told, ["pages"]);
});

test("time stands still while a segment is on its way, and goes on with it", async () => {
  const archive = new Archive(lesson(400), [200]);
  const { world, player: shownBy } = player(archive);
  archive.holds = true;
  void shownBy.seek(0);
  await settled(shownBy, archive);
  archive.held.shift()();
  await settled(shownBy, archive);
  shownBy.play();
  world.pass(60_000);
  assert.deepEqual([shownBy.at, shownBy.waiting, shownBy.playing], [archive.at(200), true, true]);
  archive.holds = false;
  archive.held.shift()();
  await settled(shownBy, archive);
  isAt(shownBy, archive, archive.at(200));
  world.pass(1_000);
  isAt(shownBy, archive, archive.at(200) + 1_000);
});

test("whoever drags asks for where they begin and where they stop, and sees that", async () => {
  const archive = new Archive(lesson(400), [100, 200, 300]);
  const { player: shownBy } = player(archive);
  archive.holds = true;
  void shownBy.seek(100);
  await settled(shownBy, archive);
  for (const at of [12_000, 22_000, archive.index.duration_ms]) void shownBy.seek(at);
  await settled(shownBy, archive);
  assert.deepEqual([archive.asked, shownBy.waiting], [[0], true]);
  archive.held.shift()();
  await settled(shownBy, archive);
  assert.deepEqual(archive.asked, [0, archive.at(300)]);
  assert.equal(shownBy.at, archive.index.duration_ms);
  void shownBy.seek(200); // what is here already is shown at once, whatever arrives later
  isAt(shownBy, archive, 200);
  archive.held.shift()();
  await settled(shownBy, archive);
  isAt(shownBy, archive, 200);
});

test("what could not be loaded is said, and asked for again", async () => {
  const archive = new Archive(lesson(100));
  const { world, player: shownBy } = player(archive);
  archive.broken = true;
  await shownBy.seek(1_000);
  assert.deepEqual([shownBy.failed, shownBy.waiting, shownBy.playing], [true, false, false]);
  archive.broken = false;
  shownBy.play();
  await settled(shownBy, archive);
  world.pass(500);
  isAt(shownBy, archive, 1_500);
});

test("one follows the class, or looks around", async () => {
  const archive = new Archive([
    { type: "member.joined", member: 1, name: "王老师", role: "teacher", can: [], at: 0, seq: 1 },
    { type: "page.added", member: 1, page: 2, after: 1, background: "grid", at: 10, seq: 2 },
    { type: "page.turned", member: 1, page: 2, at: 20, seq: 3 },
    { type: "room.closed", reason: "ended", at: 30, seq: 4 },
  ]);
  const { player: shownBy } = player(archive);
  await shownBy.seek(15);
  assert.deepEqual([shownBy.shown, shownBy.away], [1, false]);
  shownBy.look(2);
  assert.deepEqual([shownBy.shown, shownBy.away], [2, true]);
  await shownBy.seek(5);
  assert.equal(shownBy.shown, 1, "there is no such page yet");
  await shownBy.seek(25);
  assert.deepEqual([shownBy.shown, shownBy.away], [2, false]);
});

test("the time line has a mark for what mattered, and none for a line that was taken back", () => {
  const marks = [
    { type: "room.live", at: 1, seq: 1 },
    { type: "page.turned", member: 1, page: 2, at: 2, seq: 2 },
    { type: "hand.raised", member: 2, at: 3, seq: 3 },
    { type: "chat.message", member: 2, text: "rude", at: 4, seq: 4 },
    { type: "chat.message", member: 2, text: "sorry", at: 5, seq: 5 },
    { type: "chat.deleted", chat: 4, by: 1, at: 6, seq: 6 },
    { type: "stage.joined", member: 2, by: 1, can: [], at: 7, seq: 7 },
    { type: "member.away", member: 1, at: 8, seq: 8 },
  ];
  assert.deepEqual(moments(marks).map(({ at, kind }) => [at, kind]), [[1, "room"], [2, "page"], [3, "hand"], [5, "chat"], [7, "stage"], [8, "teacher"]]);
  assert.deepEqual(linesUpTo(marks, 4).map(({ text }) => text), []);
  assert.deepEqual(linesUpTo(marks, 5), [{ seq: 5, at: 5, member: 2, text: "sorry", to: "all" }]);
});

test("marks on the time line have room, and where two have none the weightier stays", () => {
  const mark = (kind, at) => ({ kind, at });
  const all = [mark("chat", 0), mark("hand", 5), mark("page", 6), mark("chat", 16), mark("page", 20), mark("room", 26)];
  assert.deepEqual(spread(all, 10), [mark("hand", 5), mark("page", 6), mark("chat", 16), mark("room", 26)]);
  assert.deepEqual(spread(all, 1), all);
});

test("POLL-6, COMMENT-3: the time line has what was asked, and comments with the name that they carry", () => {
  const comment = { type: "comment.added", seq: 3, at: 30, member: 9, name: "听课教师", text: "好" };
  const marks = [
    { type: "poll.opened", seq: 1, at: 10, member: 1, question: "1/2?", options: ["a", "b"] },
    { type: "checkin.opened", seq: 2, at: 20, member: 1, seconds: 30 },
    comment,
    { type: "poll.closed", seq: 4, at: 40, poll: 1, counts: [1, 0] },
  ];
  assert.deepEqual(moments(marks).map(({ kind, name, text }) => [kind, name, text]), [["asked", "", "1/2?"], ["asked", "", ""], ["comment", "听课教师", "好"], ["asked", "", ""]]);
  const { type, ...shown } = comment;
  assert.deepEqual([commentsUpTo(marks, 29), commentsUpTo(marks, 30)], [[], [shown]]);
});
