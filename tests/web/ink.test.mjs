// One's own ink and edits: seen at once, put right when the room says otherwise.

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Edits } from "../../roomserver/web/board/edits.js";
import { outlineOf } from "../../roomserver/web/board/geometry.js";
import { Ink } from "../../roomserver/web/board/ink.js";
import { Board } from "../../roomserver/web/board/model.js";

let late, sent, answers, board, ink, edits, refusals, touched, seq;
const answer = () => {
  const made = {};
  made.done = new Promise((resolve) => (made.settle = resolve));
  answers.push(made);
  return made;
};
const to = {
  command: (type, fields) => (sent.push([type, fields]), answer()),
  extend: (shape, points, pressure) => (sent.push(["board.extend", shape, points, pressure]), answer()),
};
/** An answer comes, and is heard. */
const settle = async (i, said) => {
  answers[i].settle(said);
  await answers[i].done;
};

beforeEach(() => {
  [sent, answers, refusals, touched, seq] = [[], [], [], [], 0];
  board = new Board();
  ink = new Ink(to, () => {}, (refusal) => refusals.push(refusal.code));
  ink.meet(2, 5);
  edits = new Edits(to, board, ink, (shapes) => touched.push(shapes.map(({ id }) => id)), (refusal) => refusals.push(refusal.code), (run) => (late = run));
});

describe("one's own ink", () => {
  const STYLE = { kind: "pen", color: "#000000", width: 30 };

  test("is seen at once, sent in batches, and handed over when the room has it whole", () => {
    ink.begin(1, STYLE, 100.4, 200.6, false);
    ink.move(150, 250, 0);
    ink.move(151, 251, 0); // nearer than a pixel: not a point
    ink.move(200, 250, 0);
    assert.deepEqual(outlineOf(ink.strokes.get("2.5")), [100, 201, 150, 250, 200, 250]);
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
    assert.deepEqual(outlineOf(ink.strokes.get("2.5")).slice(0, 4), [15_990, 10, 16_000, 0]);
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
    await settle(0, { ok: false, code: "locked" });
    ink.move(300, 300, 0);
    ink.finish();
    assert.deepEqual([ink.strokes.size, refusals, sent.length], [0, ["locked"], 1]);
  });

  test("a stroke in doubt is seen here and told nobody until it is meant", () => {
    ink.begin(1, STYLE, 100, 100, false, true);
    ink.move(300, 300, 0);
    ink.flush();
    assert.deepEqual([sent, ink.strokes.size], [[], 1]);
    ink.release();
    ink.finish();
    assert.deepEqual(sent.map(([type]) => type), ["board.begin", "board.extend", "board.finish"]);
  });

  test("one that was not meant leaves no trace; one that was told of is taken back", () => {
    ink.begin(1, STYLE, 100, 100, false, true);
    ink.move(300, 300, 0);
    ink.cancel();
    assert.deepEqual([sent, ink.strokes.size, ink.wet], [[], 0, null]);
    ink.begin(1, STYLE, 100, 100, false);
    ink.cancel();
    assert.deepEqual([sent.map(([type]) => type), ink.strokes.size], [["board.begin", "board.finish", "board.erase"], 0]);
  });

  test("goes with what is cleared, but not from one's own page when the class's are", () => {
    ink.begin(7, STYLE, 100, 100, false);
    ink.finish();
    ink.follow({ type: "board.cleared", page: null, whose: "all" }, (page) => page !== 7);
    assert.equal(ink.strokes.size, 1);
    ink.follow({ type: "board.cleared", page: 7, whose: 2 });
    assert.equal(ink.strokes.size, 0);
  });

  test("ids go on where the server says, never back", () => {
    ink.meet(2, 3);
    assert.equal(ink.next, 5);
    ink.meet(2, 9);
    assert.equal(ink.next, 9);
  });
});

describe("one's own edits", () => {
  const box = (id, more = {}) => ({ id, page: 1, author: 2, kind: "rectangle", z: 1, start: [0, 0], color: "#000000", width: 30, size: [100, 50], ...more });
  const seen = () => [...edits.seen(1)].map(({ id }) => id);
  /** What the room says, as the classroom folds it. */
  const hear = (type, fields, member = 2) => {
    const event = { type, seq: ++seq, at: 0, member, ...fields };
    board.apply(event);
    return edits.follow(event, member === 2);
  };

  test("put a shape under a new id, which the room confirms", async () => {
    const { id } = edits.put({ page: 1, kind: "rectangle", start: [0, 0], color: "#000000", width: 30, size: [100, 50] });
    assert.deepEqual(sent, [["board.put", { shape: "2.5", page: 1, kind: "rectangle", start: [0, 0], color: "#000000", width: 30, size: [100, 50] }]]);
    assert.deepEqual([id, seen(), touched], ["2.5", ["2.5"], [["2.5", "2.5"]]]);
    assert.equal(hear("board.put", { body: box("2.5") }).length, 1);
    assert.deepEqual([seen(), edits.shown.size], [["2.5"], 0]);
    await settle(0, { ok: true });
    assert.deepEqual(seen(), ["2.5"]);
  });

  test("an answer may come before the event: what was put stays, and goes if none comes", async () => {
    edits.put({ page: 1, kind: "rectangle", start: [0, 0], color: "#000000", width: 30, size: [100, 50] });
    await settle(0, { ok: true });
    assert.deepEqual(seen(), ["2.5"]);
    late();
    assert.deepEqual(seen(), []);
  });

  test("a refused one is put right and told", async () => {
    edits.put({ page: 1, kind: "rectangle", start: [0, 0], color: "#000000", width: 30, size: [100, 50] });
    await settle(0, { ok: false, code: "full" });
    assert.deepEqual([seen(), refusals], [[], ["full"]]);
  });

  test("what somebody wrote comes back with its refusal, also when the line is lost for good", async () => {
    edits.onRefused = (refusal) => refusals.push(refusal);
    hear("board.put", { body: { id: "2.1", page: 1, author: 2, kind: "text", z: 1, start: [0, 0], color: "#000000", font: "sans", height: 300, text: "old" } });
    edits.put({ page: 1, kind: "text", start: [0, 0], color: "#000000", font: "sans", height: 300, text: "勾股定理" });
    edits.change({ "2.1": { text: "new" } });
    edits.change({ "2.1": { color: "#ff0000" } });
    await settle(0, { ok: false, code: "locked" });
    await settle(1, { ok: false, code: "lost" });
    await settle(2, { ok: false, code: "lost" });
    assert.deepEqual(refusals, [{ ok: false, code: "locked", text: "勾股定理" }, { ok: false, code: "lost", text: "new" }]);
  });

  test("changes lie over each other and over what others do meanwhile", async () => {
    hear("board.put", { body: box("2.1") });
    edits.change({ "2.1": { start: [10, 10] } });
    edits.change({ "2.1": { start: [20, 20] } });
    hear("board.changed", { set: { "2.1": { color: "#ff0000" } } }, 3);
    assert.deepEqual([edits.shape("2.1").start, edits.shape("2.1").color], [[20, 20], "#ff0000"]);
    hear("board.changed", { set: { "2.1": { start: [10, 10] } } });
    assert.deepEqual(edits.shape("2.1").start, [20, 20]);
    await settle(1, { ok: false, code: "locked" });
    assert.deepEqual([edits.shape("2.1").start, edits.sent.size], [[10, 10], 0]);
  });

  test("what is erased here is not seen, and is again when that is refused", async () => {
    hear("board.put", { body: box("3.1", { author: 3 }) });
    edits.erase(["3.1"]);
    assert.deepEqual(seen(), []);
    await settle(0, { ok: false, code: "forbidden" });
    assert.deepEqual(seen(), ["3.1"]);
  });

  test("many shapes go in several messages", () => {
    edits.erase(Array.from({ length: 700 }, (_, i) => `2.${i + 1}`));
    assert.deepEqual(sent.map(([type, { shapes }]) => [type, shapes.length]), [["board.erase", 500], ["board.erase", 200]]);
  });

  test("a cut shows its pieces until the room has numbered them", () => {
    const stroke = { id: "2.1", page: 1, author: 2, kind: "pen", z: 1, start: [0, 0], color: "#000000", width: 30, points: [100, 0] };
    hear("board.put", { body: stroke });
    edits.cut(new Map([["2.1", [[0, 30]]]]), [{ ...stroke, id: "2.1~0", points: [30, 0] }]);
    assert.deepEqual([sent[0], seen()], [["board.cut", { cuts: { "2.1": [[0, 30]] } }], ["2.1~0"]]);
    hear("board.cut", { cuts: { "2.1": [["2.1.1", 0, 30]] } });
    assert.deepEqual(seen(), ["2.1.1"]);
  });

  test("a cut that leaves too many pieces goes in several messages", () => {
    const parts = Array.from({ length: 300 }, (_, i) => [i * 200, i * 200 + 100]);
    edits.cut(new Map([1, 2, 3, 4].map((n) => [`2.${n}`, parts])), []);
    assert.deepEqual(sent.map(([, { cuts }]) => Object.keys(cuts).length), [3, 1]);
  });

  test("copies have ids in a row and lie where they will be", () => {
    hear("board.put", { body: box("3.1", { author: 3, start: [100, 100] }) });
    assert.deepEqual(edits.copy([board.shape("3.1")], 1, [300, 300]), ["2.5"]);
    assert.deepEqual(sent[0], ["board.copy", { shapes: ["3.1"], page: 1, by: [300, 300], first: 5 }]);
    assert.deepEqual([edits.shape("2.5").start, edits.shape("2.5").author, ink.next], [[400, 400], 3, 6]);
    hear("board.copied", { sources: ["3.1"], shapes: [box("2.5", { author: 3, start: [400, 400], z: 2 })] });
    assert.deepEqual([seen(), edits.sent.size], [["3.1", "2.5"], 0]);
  });

  test("a draft is seen and told nobody", () => {
    hear("board.put", { body: box("2.1") });
    edits.draft({ hides: ["2.1"], shows: [box("2.1~0")] });
    assert.deepEqual(seen(), ["2.1~0"]);
    edits.draft(null);
    assert.deepEqual([seen(), sent], [["2.1"], []]);
  });

  test("a snapshot ends them all", () => {
    hear("board.put", { body: box("2.1") });
    edits.erase(["2.1"]);
    edits.forget();
    assert.deepEqual(seen(), ["2.1"]);
  });
});
