// The board as the fold of its events.

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { deflateSync } from "node:zlib";
import { Board, changed, pieceBetween } from "../../roomserver/web/board/model.js";
import { unpack } from "../../roomserver/web/frames.js";

let board, seq;
const event = (type, fields) => board.apply({ type, seq: ++seq, at: 0, member: 1, ...fields });
let drawn;
const begun = (shape, more = {}) =>
  event("board.begun", { shape, page: 1, kind: "pen", color: "#000000", width: 30, start: [100, 100], z: ++drawn, ...more });
const stroke = (shape, more = {}) => {
  begun(shape, more);
  event("board.extended", { shape, points: [100, 0], pressure: null });
  return event("board.finished", { shape });
};
const ids = (page = 1) => [...board.page(page).shapes.keys()];
const body = (id, z, more = {}) => ({ id, page: 1, author: Number(id.split(".")[0]), kind: "pen", z, start: [5, 5], color: "#000000", width: 30, points: [1, 1], ...more });
const box = (id, z, more = {}) => ({ id, page: 1, author: 1, kind: "rectangle", z, start: [0, 0], color: "#000000", width: 30, size: [100, 50], ...more });
const page = (page, more = {}) => ({ page, background: "blank", locked: false, shapes: [], chunks: 0, ...more });
const load = (pages, more = {}) => board.load({ current: 1, free: false, locked: false, pages, ...more });

beforeEach(() => {
  board = new Board();
  seq = drawn = 0;
});

describe("strokes", () => {
  test("grow by deltas from the point before, with their pressures", () => {
    begun("1.1");
    event("board.extended", { shape: "1.1", points: [10, -5, 3, 3], pressure: [100, 120] });
    event("board.extended", { shape: "1.1", points: [1, 1], pressure: [90] });
    const { points, pressure, open } = board.shape("1.1");
    assert.deepEqual([points, pressure, open], [[10, -5, 3, 3, 1, 1], [100, 120, 90], true]);
  });

  test("any batching of the same points gives the same stroke", () => {
    begun("1.1");
    begun("1.2");
    event("board.extended", { shape: "1.1", points: [1, 2, 3, 4, 5, 6], pressure: null });
    for (const points of [[1, 2], [3, 4, 5, 6]]) event("board.extended", { shape: "1.2", points, pressure: null });
    assert.deepEqual(board.shape("1.1").points, board.shape("1.2").points);
  });

  test("are live until finished, then laid on top of the page", () => {
    assert.equal(begun("1.1").kind, "live");
    assert.equal(board.open.has("1.1"), true);
    assert.equal(event("board.finished", { shape: "1.1" }).kind, "ink");
    assert.deepEqual([board.open.size, "open" in board.shape("1.1")], [0, false]);
  });

  test("one that ends after a later one was finished has the page painted anew, below it", () => {
    begun("1.1");
    stroke("2.1");
    assert.equal(event("board.finished", { shape: "1.1" }).kind, "page");
    assert.deepEqual(ids(), ["1.1", "2.1"]);
  });

  test("points for a stroke that is gone are passed over", () => {
    assert.equal(event("board.extended", { shape: "9.9", points: [1, 1], pressure: null }).kind, "none");
  });
});

describe("whole shapes", () => {
  test("are put and copied on top", () => {
    assert.equal(event("board.put", { body: box("1.1", 1) }).kind, "ink");
    const copied = event("board.copied", { sources: ["1.1"], shapes: [box("1.2", 2, { start: [300, 300] })] });
    assert.deepEqual([copied.kind, ids()], ["ink", ["1.1", "1.2"]]);
  });

  test("are changed property by property; what is at its default is left out", () => {
    event("board.put", { body: box("1.1", 1) });
    event("board.changed", { set: { "1.1": { start: [9, 9], turn: 450, fill: "#ff0000" } } });
    assert.deepEqual(board.shape("1.1"), box("1.1", 1, { start: [9, 9], turn: 450, fill: "#ff0000" }));
    const damage = event("board.changed", { set: { "1.1": { turn: 0, fill: "" }, "9.9": { turn: 5 } } });
    assert.deepEqual(board.shape("1.1"), box("1.1", 1, { start: [9, 9] }));
    assert.deepEqual(damage.shapes.map(({ turn = 0 }) => turn), [450, 0]);
  });

  test("are never changed in place, so what was worked out from them stays true", () => {
    event("board.put", { body: box("1.1", 1) });
    const before = board.shape("1.1");
    event("board.changed", { set: { "1.1": { start: [9, 9] } } });
    assert.deepEqual(before.start, [0, 0]);
    assert.notEqual(board.shape("1.1"), before);
  });

  test("are brought forward and back by their `z`", () => {
    for (const n of [1, 2, 3]) event("board.put", { body: box(`1.${n}`, n) });
    event("board.changed", { set: { "1.1": { z: 4 } } });
    assert.deepEqual(ids(), ["1.2", "1.3", "1.1"]);
    event("board.changed", { set: { "1.3": { z: 0 } } });
    assert.deepEqual(ids(), ["1.3", "1.2", "1.1"]);
  });
});

describe("taking away and back", () => {
  test("erasing, and clearing one author's", () => {
    stroke("1.1");
    stroke("2.1", { member: 2 });
    stroke("2.2", { member: 2 });
    const damage = event("board.erased", { shapes: ["1.1", "9.9"] });
    assert.deepEqual([damage.kind, damage.shapes.map(({ id }) => id), ids()], ["page", ["1.1"], ["2.1", "2.2"]]);
    stroke("1.2");
    event("board.cleared", { page: 1, whose: 2 });
    assert.deepEqual(ids(), ["1.2"]);
  });

  test("clearing every common page leaves scratch pages alone", () => {
    event("page.added", { page: 2, after: 1, background: "blank" });
    event("page.added", { member: 3, page: 3, after: 2, background: "blank", owner: 3 });
    stroke("1.1");
    stroke("1.2", { page: 2 });
    stroke("3.1", { page: 3, member: 3 });
    event("board.cleared", { page: null, whose: "all" });
    assert.deepEqual([...board.shapes.keys()], ["3.1"]);
  });

  test("what is restored stands at its old place in the drawing order, and what was there instead goes", () => {
    load([page(1)]);
    board.chunk([body("1.1", 1), body("1.3", 3), body("1.2.1", 2)]);
    const damage = event("board.restored", { shapes: [body("1.2", 2)], gone: ["1.2.1"], undo: true });
    assert.deepEqual([damage.kind, ids()], ["page", ["1.1", "1.2", "1.3"]]);
  });
});

describe("a cut", () => {
  // Points, seen from start: (0,0) (100,0) (100,50).
  const cut = (parts, more = {}) => {
    event("board.put", { body: body("1.1", 1, { points: [100, 0, 0, 50], ...more }) });
    return event("board.cut", { cuts: { "1.1": parts } });
  };

  test("leaves pieces in place of the stroke, in whole numbers", () => {
    const damage = cut([["1.1.1", 0, 33], ["1.1.2", 150, 200]]);
    assert.deepEqual(board.shape("1.1.1"), body("1.1.1", 1, { points: [33, 0] }));
    assert.deepEqual(board.shape("1.1.2"), body("1.1.2", 1, { from: [100, 25], points: [0, 25] }));
    assert.deepEqual([damage.kind, ids()], ["page", ["1.1.1", "1.1.2"]]);
  });

  test("over a corner keeps the corner, and the pressure of each segment", () => {
    cut([["1.1.1", 50, 150]], { pressure: [10, 20] });
    assert.deepEqual(board.shape("1.1.1"), body("1.1.1", 1, { from: [50, 0], points: [50, 0, 0, 25], pressure: [10, 20] }));
  });

  test("of nothing but a point has neither points nor pressure", () => {
    cut([["1.1.1", 100, 100]], { pressure: [10, 20] });
    assert.deepEqual(board.shape("1.1.1"), body("1.1.1", 1, { from: [100, 0], points: [] }));
  });

  test("rounds down, below zero too", () => {
    const piece = pieceBetween(body("1.1", 1, { points: [-10, 7] }), "1.1.1", 33, 66);
    assert.deepEqual([piece.from, piece.points], [[-4, 2], [-3, 2]]); // -3.3 and 2.31; -6.6 and 4.62
  });

  test("of a piece begins where the piece begins", () => {
    const piece = pieceBetween(body("1.1", 1, { from: [40, 8], points: [100, 0] }), "1.1.2", 0, 50);
    assert.deepEqual([piece.from, piece.points], [[40, 8], [50, 0]]);
  });

  test("keeps what the stroke had otherwise; nothing left is nothing there", () => {
    cut([["1.1.7", 0, 100]], { scale: [500, 500], turn: 900, author: 4 });
    assert.deepEqual(board.shape("1.1.7"), body("1.1.7", 1, { points: [100, 0], scale: [500, 500], turn: 900, author: 4 }));
    event("board.cut", { cuts: { "1.1.7": [] } });
    assert.equal(board.shapes.size, 0);
  });

  test("pieces of one stroke lie by their numbers", () => {
    cut([["1.1.10", 0, 50], ["1.1.9", 60, 70]]);
    assert.deepEqual(ids(), ["1.1.9", "1.1.10"]);
  });
});

describe("pages", () => {
  const list = () => board.pages.map(({ page }) => page);

  test("are added behind one, turned, locked and removed with what is on them", () => {
    event("page.added", { page: 2, after: 1, background: "grid" });
    event("page.added", { page: 3, after: 1, background: "blank" });
    assert.deepEqual(list(), [1, 3, 2]);
    begun("1.1", { page: 3 });
    event("page.locked", { page: 2, on: true });
    event("page.turned", { page: 2 });
    event("page.removed", { page: 3 });
    assert.deepEqual([board.current, board.pages.map(({ page, locked }) => [page, locked]), board.shapes.size, board.open.size], [2, [[1, false], [2, true]], 0, 0]);
  });

  test("are moved before another or to the end, and have their backgrounds changed", () => {
    for (const n of [2, 3]) event("page.added", { page: n, after: n - 1, background: "blank" });
    event("page.moved", { page: 3, before: 1 });
    assert.deepEqual(list(), [3, 1, 2]);
    event("page.moved", { page: 3, before: null });
    assert.deepEqual(list(), [1, 2, 3]);
    event("page.changed", { page: 2, background: "dark" });
    assert.equal(board.page(2).background, "dark");
  });

  test("of one's own have an owner and are no page of the class", () => {
    event("page.added", { member: 3, page: 2, after: 1, background: "blank", owner: 3 });
    assert.deepEqual([board.scratch(3).page, board.scratch(4), board.common.map(({ page }) => page)], [2, undefined, [1]]);
  });

  test("and the board are locked and freed", () => {
    assert.equal(event("board.locked", { on: true }).kind, "pages");
    event("board.freed", { on: true });
    assert.deepEqual([board.locked, board.free], [true, true]);
  });
});

describe("a snapshot", () => {
  test("brings open strokes at once and the rest in chunks", () => {
    load([page(1, { shapes: [body("2.9", 4, { open: true })], chunks: 2 }), page(2, { chunks: 1 })], { free: true });
    assert.deepEqual([board.loading, [...board.open.keys()], board.free], [3, ["2.9"], true]);
    board.chunk([body("1.1", 1), body("1.2", 2)]);
    assert.equal(board.chunk([body("1.3", 7)]).kind, "ink");
    assert.deepEqual([board.loading, ids()], [1, ["1.1", "1.2", "2.9", "1.3"]]);
    board.chunk([body("1.4", 5, { page: 2 })]);
    assert.deepEqual([board.loading, ids(2)], [0, ["1.4"]]);
  });

  test("replaces what was there", () => {
    stroke("1.1");
    load([page(7)], { current: 7 });
    assert.deepEqual([board.current, board.shapes.size, board.pages.map(({ page }) => page)], [7, 0, [7]]);
  });

  test("has chunks of deflated JSON", async () => {
    const shapes = [body("1.1", 1), { ...box("1.2", 2), kind: "text", text: "二次函数 y = x²" }];
    assert.deepEqual(await unpack(deflateSync(JSON.stringify(shapes)).toString("base64")), shapes);
    await assert.rejects(unpack("bm90aGluZw=="));
  });
});

test("the canonical picture has sorted keys and leaves nothing out that counts", () => {
  load([page(1, { chunks: 1 }), page(4, { background: "grid", locked: true, owner: 3 })]);
  board.chunk([box("1.2", 2, { fill: "#ffffff" })]);
  begun("1.3", { z: 3 });
  assert.equal(
    board.canonical(),
    '{"current":1,"free":false,"locked":false,"pages":[{"background":"blank","locked":false,"page":1,"shapes":[' +
      '{"author":1,"color":"#000000","fill":"#ffffff","id":"1.2","kind":"rectangle","page":1,"size":[100,50],"start":[0,0],"width":30,"z":2},' +
      '{"author":1,"color":"#000000","id":"1.3","kind":"pen","open":true,"page":1,"points":[],"start":[100,100],"width":30,"z":3}]},' +
      '{"background":"grid","locked":true,"owner":3,"page":4,"shapes":[]}]}',
  );
});

test("a change to a default takes the property away", () => {
  assert.deepEqual(changed(body("1.1", 1, { scale: [500, 500], from: [1, 2] }), { scale: [1000, 1000] }), body("1.1", 1, { from: [1, 2] }));
});
