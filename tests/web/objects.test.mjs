// Texts, formulas and pictures, and what is selected of the board and changed.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { asked, begin, board, body, drag, key, last, point, put, room, sent, tap, tools } from "./desk.mjs";

beforeEach(begin);

describe("text, formulas and pictures", () => {
  test("are asked for where one clicks, and put", () => {
    tools.take("text");
    tap(2000, 2000);
    const [request] = last("onText");
    assert.deepEqual([request.page, request.x, request.y, request.style.height], [1, 2000, 1766, 360]);
    request.commit({ text: "面积 = ab \n", height: 400 });
    assert.deepEqual(sent, [["board.put", { shape: "2.1", page: 1, kind: "text", start: [2000, 1766], color: "#1c2430", font: "sans", height: 400, text: "面积 = ab" }]]);
  });

  test("a text that is there is written anew, hidden meanwhile; without words it goes", () => {
    put({ id: "2.1", page: 1, author: 2, kind: "text", z: 1, start: [1000, 1000], color: "#000000", font: "serif", height: 300, text: "old" });
    tools.take("text");
    tap(1100, 1100);
    const [request] = last("onText");
    assert.deepEqual([request.shape.id, request.style.font, [...room.edits.seen(1)].length], ["2.1", "serif", 0]);
    request.commit({ text: "new" });
    assert.deepEqual(sent, [["board.change", { set: { "2.1": { text: "new" } } }]]);
    tap(1100, 1100);
    last("onText")[0].commit({ text: " " });
    assert.deepEqual(sent[1], ["board.erase", { shapes: ["2.1"] }]);
  });

  test("a formula is as large as its em says, around the place, and is selected", () => {
    tools.take("formula");
    tap(2000, 2000);
    last("onFormula")[0].commit({ latex: "x^2", width: 1_000, height: 900 });
    assert.deepEqual(sent[0][1], { shape: "2.1", page: 1, kind: "formula", start: [1790, 1811], size: [420, 378], latex: "x^2", color: "#1c2430" });
    assert.deepEqual([tools.tool, tools.selection.map(({ id }) => id)], ["select", ["2.1"]]);
  });

  test("a picture fits into what is seen, and stays on the board", () => {
    tools.placeImage({ asset: "0".repeat(32), width: 4_000, height: 1_000 }, [15_900, 100]);
    assert.deepEqual(sent[0][1], { shape: "2.1", page: 1, kind: "image", start: [6_400, 0], size: [9_600, 2_400], asset: "0".repeat(32) });
  });
});

describe("selecting", () => {
  beforeEach(() => {
    put(body("2.1"));
    put(body("2.2", { start: [4000, 1000], fill: "#ffffff" }));
    put(body("3.1", { start: [7000, 1000], fill: "#ffffff" }));
    room.ink.meet(2, 10);
    tools.take("select");
  });
  const ids = () => tools.selection.map(({ id }) => id);

  test("by a tap, more by shift, none beside; only what one may change", () => {
    tap(4500, 1250);
    assert.deepEqual(ids(), ["2.2"]);
    tap(1500, 1250, { shiftKey: true }); // inside an outline
    assert.deepEqual(ids(), ["2.2", "2.1"]);
    tap(4500, 1250, { shiftKey: true });
    assert.deepEqual(ids(), ["2.1"]);
    tap(7500, 1250);
    assert.deepEqual(ids(), []);
  });

  test("by a box or a lasso around", () => {
    drag([[500, 500], [5500, 2000]]);
    assert.deepEqual(ids(), ["2.1", "2.2"]);
    tools.selected.free = true;
    drag([[3500, 500], [6500, 500], [6500, 2500], [3500, 2500]]);
    assert.deepEqual(ids(), ["2.2"]);
  });

  test("and dragging moves, seen at once, sent once", () => {
    drag([[4500, 1250], [4700, 1250], [5500, 2250]]);
    assert.deepEqual(sent, [["board.change", { set: { "2.2": { start: [5000, 2000] } } }]]);
    assert.deepEqual(room.edits.shape("2.2").start, [5000, 2000]);
    assert.deepEqual(tools.box, { x0: 5000, y0: 2000, x1: 6000, y1: 2500 });
  });

  test("a corner resizes about the opposite one, by shift in proportion", () => {
    tap(4500, 1250);
    drag([[5060, 1560], [6060, 1560]]); // six pixels outside the corner
    assert.deepEqual(sent[0][1], { set: { "2.2": { start: [4000, 1000], size: [2000, 500] } } });
    board.apply({ type: "board.changed", seq: 1, at: 0, member: 2, set: sent[0][1].set });
    drag([[6060, 1560], [8060, 1560]], { shiftKey: true });
    assert.deepEqual(sent[1][1], { set: { "2.2": { start: [4000, 1000], size: [4000, 1000] } } });
  });

  test("the handle above turns about the middle, by shift in steps", () => {
    tap(4500, 1250);
    drag([[4500, 660], [5090, 1250]]);
    assert.deepEqual(sent[0][1], { set: { "2.2": { start: [4750, 750], turn: 900 } } });
  });

  test("Escape lets go of what is dragged, then of the selection", () => {
    point("down", 4500, 1250);
    point("move", 5500, 2250);
    key("Escape");
    point("up", 5500, 2250);
    assert.deepEqual([sent, ids(), room.edits.shape("2.2").start], [[], ["2.2"], [4000, 1000]]);
    key("Escape");
    assert.deepEqual(ids(), []);
  });

  test("a double tap on a text opens it", () => {
    put({ id: "2.9", page: 1, author: 2, kind: "text", z: 9, start: [1000, 4000], color: "#000000", font: "sans", height: 300, text: "words" });
    tap(1100, 4100);
    tap(1100, 4100, { after: 100 });
    assert.equal(last("onText")[0].shape.id, "2.9");
  });

  test("arrow keys move it, many steps at once", () => {
    tap(4500, 1250);
    for (const name of ["ArrowRight", "ArrowRight", "ArrowDown"]) key(name);
    key("ArrowRight", { shiftKey: true });
    assert.deepEqual([sent, room.edits.shape("2.2").start], [[], [4210, 1100]]);
    tools.selected.settle();
    assert.deepEqual(sent, [["board.change", { set: { "2.2": { start: [4210, 1100] } } }]]);
  });

  test("ends for what others take away", () => {
    tools.selectAll();
    room.emit("damage", board.apply({ type: "board.erased", seq: 1, at: 0, member: 1, shapes: ["2.1"] }));
    assert.deepEqual([ids(), last("onSelection")[0].map(({ id }) => id)], [["2.2"], ["2.2"]]);
  });

  test("copy and paste: the room copies, in drawing order, a little further each time", () => {
    tools.select(["2.2", "2.1"]);
    assert.equal(tools.canPaste, false);
    tools.copy();
    assert.equal(tools.canPaste, true);
    tools.paste();
    assert.deepEqual(sent, [["board.copy", { shapes: ["2.1", "2.2"], page: 1, by: [300, 300], first: 10 }]]);
    assert.deepEqual(ids(), ["2.10", "2.11"]);
    tools.paste();
    assert.deepEqual(sent[1][1].by, [600, 600]);
  });

  test("cut and paste: the room copies what is gone, back to where it was", () => {
    tools.select(["2.2"]);
    tools.cut();
    assert.deepEqual([sent, tools.selection], [[["board.erase", { shapes: ["2.2"] }]], []]);
    board.apply({ type: "board.erased", seq: 1, at: 0, member: 2, shapes: ["2.2"] });
    tools.paste();
    assert.deepEqual(sent[1], ["board.copy", { shapes: ["2.2"], page: 1, by: [0, 0], first: 10 }]);
    assert.deepEqual(ids(), ["2.10"]);
  });

  test("is restyled where a kind has the property, reordered, duplicated and deleted", () => {
    put({ id: "2.9", page: 1, author: 2, kind: "image", z: 9, start: [0, 5000], size: [100, 100], asset: "0".repeat(32) });
    tools.select(["2.2", "2.9"]);
    tools.restyle({ color: "#ff0000", fill: "#ffffff", height: 200 });
    key("]");
    key("d", { ctrlKey: true });
    tools.select(["2.2"]);
    key("Delete");
    assert.deepEqual(sent.map(([type, { set, to }]) => [type, set ?? to]), [
      ["board.change", { "2.2": { color: "#ff0000" } }], ["board.order", "front"], ["board.copy", undefined], ["board.erase", undefined],
    ]);
  });
});
