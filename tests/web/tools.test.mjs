// Keys and the view, whatever tool is in hand.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { styleOf } from "../../roomserver/web/board/tools.js";
import { View } from "../../roomserver/web/board/view.js";
import { asked, begin, board, body, canvas, drag, key, last, line, put, room, sent, tools, view } from "./desk.mjs";

beforeEach(begin);

describe("keys", () => {
  test("move a cursor, press and lift: a line without a pointer", () => {
    tools.take("line");
    key("ArrowRight");
    key(" ");
    for (let i = 0; i < 5; i++) key("ArrowRight");
    key("ArrowDown", { shiftKey: true });
    key(" ");
    assert.deepEqual(sent[0][1].start, [8200, 4500]);
    assert.deepEqual(sent[0][1].points, [1000, 20]);
    assert.deepEqual(last("onCursor"), [{ x: 9200, y: 4520, down: false, shape: room.edits.shape("2.1") }]);
  });

  test("Enter is a tap", () => {
    put(body("2.1", { start: [7500, 4250], fill: "#ffffff" }));
    tools.take("select");
    key("Enter");
    assert.deepEqual(tools.selection.map(({ id }) => id), ["2.1"]);
  });

  test("tell who may not draw why, and are no keys of the board elsewhere", () => {
    Object.assign(room, { mayDraw: false, barred: "right" });
    assert.equal(key(" "), true);
    assert.deepEqual([last("onRefused"), key(" ", { target: null }), key("x")], [["right"], false, false]);
  });

  test("the cursor stays in sight where the page is magnified", () => {
    view.zoomBy(4);
    for (let i = 0; i < 60; i++) key("ArrowRight");
    const { box } = view;
    assert.equal(Math.round(box.x + box.width), 11_000); // 60 steps of 50 units from the middle
  });
});

describe("the view", () => {
  const wheel = (more) => canvas.dispatchEvent(Object.assign(new Event("wheel", { cancelable: true }), { deltaX: 0, deltaY: 0, deltaMode: 0, clientX: 800, clientY: 450, ...more }));

  test("ctrl and wheel zoom about the pointer, a wheel pans, and the page fills the canvas", () => {
    wheel({ deltaY: -50, ctrlKey: true, clientX: 0, clientY: 0 });
    assert.ok(view.zoom > 1.6 && view.zoom < 1.7);
    assert.deepEqual([view.box.x, view.box.y].map(Math.round), [0, 0]);
    wheel({ deltaX: 100, deltaY: 50 });
    assert.deepEqual([view.box.x, view.box.y].map((units) => Math.round(units * view.scale)), [100, 50]);
    wheel({ deltaX: 99_999, deltaY: 99_999 });
    assert.equal(Math.round(view.box.x + view.box.width), 16_000);
    assert.equal(asked.every(([what, , byHand]) => what === "see" && byHand), true);
  });

  test("in a narrow frame grows to fill it", () => {
    view.resize(400, 700);
    assert.deepEqual([view.width, view.height], [400, 225]);
    view.zoomBy(2);
    assert.deepEqual([view.width, view.height], [400, 450]);
    view.zoomBy(4);
    assert.deepEqual([view.width, view.height], [400, 700]);
  });

  test("is told as a box that others can show whole", () => {
    view.zoomBy(2);
    assert.deepEqual(view.told, { x: 4000, y: 2250, width: 8000 });
    const other = new View();
    other.resize(400, 700);
    other.follow(view.told);
    assert.deepEqual([other.x, other.y, other.zoom], [8000, 4500, 2]);
    view.fit();
    assert.deepEqual(view.told, { x: 0, y: 0, width: 16_000 });
  });

  test("the hand pans, and so does who may only look", () => {
    view.zoomBy(2);
    tools.take("hand");
    drag([[8_000, 4_500], [7_000, 4_500]]);
    assert.equal(view.x, 8_500);
    tools.take("pen");
    Object.assign(room, { mayDraw: false, barred: "right" });
    drag([[8_000, 4_500], [7_000, 4_500]]);
    assert.deepEqual([view.x, last("onRefused")], [9_000, undefined]);
  });
});

test("every tool says how it draws", () => {
  assert.deepEqual(["pen", "area", "polygon", "text", "select", "laser"].map(styleOf), ["pen", "eraser", "shape", "text", null, null]);
});
