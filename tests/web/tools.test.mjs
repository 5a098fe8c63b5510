// Pointers and keys on the board, led to the tools.

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Edits } from "../../roomserver/web/board/edits.js";
import { Ink } from "../../roomserver/web/board/ink.js";
import { Board } from "../../roomserver/web/board/model.js";
import { Tools, styleOf } from "../../roomserver/web/board/tools.js";
import { View } from "../../roomserver/web/board/view.js";

const RECT = { left: 0, top: 0, width: 1_600, height: 900 }; // a pixel is 10 units
let board, sent, room, tools, canvas, view, asked, calls, time, watchers, drawn;

class Canvas extends EventTarget {
  getBoundingClientRect() {
    return RECT;
  }
  setPointerCapture() {}
}

/** A room that takes everything and answers nothing, as a slow line does. */
function lesson() {
  const to = {
    command: (type, fields) => (sent.push([type, fields]), { done: new Promise(() => {}) }),
    extend: (shape, points, pressure) => (sent.push(["board.extend", shape, points, pressure]), { done: new Promise(() => {}) }),
  };
  const ink = new Ink(to, () => {}, () => {});
  ink.meet(2, 1);
  const changed = (shapes) => room.emit("damage", { kind: "page", shapes });
  const edits = new Edits(to, board, ink, changed, () => {});
  return {
    board, ink, edits, state: { me: 2 }, staff: false, mayDraw: true, barred: "", shown: 1,
    assets: { formula: () => null, picture: () => null },
    on: (topic, watcher) => (watchers.push([topic, watcher]), () => {}),
    emit: (topic, detail) => watchers.forEach(([of, watcher]) => of === topic && watcher(detail)),
    see: (told, byHand) => asked.push(["see", told, byHand]),
    point: (...at) => sent.push(["pointer", ...at]),
  };
}

const body = (id, more = {}) => ({ id, page: 1, author: Number(id.split(".")[0]), kind: "rectangle", z: ++drawn, start: [1000, 1000], color: "#000000", width: 30, size: [1000, 500], ...more });
const line = (id, more = {}) => ({ ...body(id), kind: "pen", size: undefined, points: [1000, 0], ...more });
const put = (shape) => (board.apply({ type: "board.put", seq: 1, at: 0, member: 2, body: shape }), shape);

/** A pointer event at a place in board units. */
function point(type, x, y, more = {}) {
  time += more.after ?? 20;
  const event = new Event(`pointer${type}`, { cancelable: true });
  Object.assign(event, { pointerId: 1, pointerType: "mouse", button: 0, pressure: 0.5, shiftKey: false, clientX: x / 10, clientY: y / 10 }, more);
  Object.defineProperty(event, "timeStamp", { value: time });
  canvas.dispatchEvent(event);
}
const drag = (places, more) => {
  point("down", ...places[0], more);
  for (const place of places.slice(1)) point("move", ...place, more);
  point("up", ...places.at(-1), more);
};
const tap = (x, y, more) => drag([[x, y]], more);
const key = (name, more = {}) => {
  const event = { key: name, target: canvas, timeStamp: (time += 20), preventDefault() {}, ...more };
  return tools.key(event);
};
const finger = (pointerId, more = {}) => ({ pointerType: "touch", pointerId, ...more });
const pen = { pointerType: "pen", pointerId: 9 };
const types = () => sent.map(([type]) => type);

beforeEach(() => {
  [sent, asked, watchers, calls, time, drawn] = [[], [], [], [], 10_000, 0];
  board = new Board();
  canvas = new Canvas();
  view = new View();
  view.resize(1_600, 900);
  room = lesson();
  const told = (name) => (...details) => calls.push([name, ...details]);
  tools = new Tools(canvas, room, { view, moved() {}, sketch() {} }, Object.fromEntries(["onText", "onFormula", "onImage", "onSelection", "onTool", "onRefused", "onCursor"].map((name) => [name, told(name)])));
});

const last = (name) => calls.filter(([call]) => call === name).at(-1)?.slice(1);

describe("the pen", () => {
  test("draws where the pointer is", () => {
    drag([[1000, 1000], [1200, 1000], [1200, 1300]]);
    assert.deepEqual(types(), ["board.begin", "board.extend", "board.finish"]);
    assert.deepEqual(sent[0][1], { shape: "2.1", page: 1, kind: "pen", color: "#1c2430", width: 36, at: [1000, 1000] });
    assert.deepEqual(sent[1].slice(2), [[200, 0, 0, 300], null]);
  });

  test("feels pressure only of a pen", () => {
    drag([[1000, 1000], [1200, 1000]], { ...pen, pressure: 1 });
    assert.deepEqual(sent[1].slice(2), [[200, 0], [255]]);
  });

  test("takes every position that the browser has gathered", () => {
    point("down", 0, 0);
    const parts = [100, 200, 300].map((x) => ({ clientX: x / 10, clientY: 0, pointerType: "mouse", pressure: 0.5, timeStamp: time }));
    point("move", 300, 0, { getCoalescedEvents: () => parts });
    point("up", 300, 0);
    assert.deepEqual(sent[1][2], [100, 0, 100, 0, 100, 0]);
  });

  test("is refused, with the reason, to who may not draw", () => {
    Object.assign(room, { mayDraw: false, barred: "page" });
    drag([[1000, 1000], [1200, 1000]]);
    assert.deepEqual([sent, last("onRefused")], [[], ["page"]]);
  });

  test("draws on the page that is looked at", () => {
    room.shown = 7;
    drag([[1000, 1000], [1200, 1000]]);
    assert.equal(sent[0][1].page, 7);
  });

  test("keeps what was drawn when the class turns the page, or another tool is taken", () => {
    point("down", 1000, 1000);
    point("move", 1200, 1000);
    room.shown = 2;
    room.emit("look");
    point("up", 1300, 1000);
    assert.deepEqual([types(), sent[0][1].page], [["board.begin", "board.extend", "board.finish"], 1]);
  });

  test("shows where it will be in a moment, and tells nobody", () => {
    point("down", 1000, 1000);
    point("move", 1200, 1000, { getPredictedEvents: () => [{ clientX: 130, clientY: 100, pointerType: "mouse" }] });
    assert.deepEqual(room.ink.guess, [1300, 1000]);
    point("up", 1200, 1000);
    assert.deepEqual([sent[1][2], room.ink.guess], [[200, 0], []]);
  });

  test("keeps finer points where the page is magnified", () => {
    view.zoomBy(8);
    drag([[8_000, 4_500], [8_016, 4_500]]); // two units
    assert.deepEqual(sent[1][2], [2, 0]);
  });
});

describe("fingers", () => {
  test("one draws until a pen was seen, then it moves the view", () => {
    drag([[1000, 1000], [1200, 1000]], finger(1));
    assert.equal(types().includes("board.begin"), true);
    sent.length = 0;
    drag([[1000, 1000], [1200, 1000]], pen);
    sent.length = 0;
    view.zoomBy(2);
    const { x } = view;
    point("down", 8_000, 4_500, finger(1, { after: 5_000 }));
    point("move", 7_000, 4_500, finger(1));
    point("up", 7_000, 4_500, finger(1));
    assert.deepEqual([sent, view.x], [[], x + 500]);
  });

  test("are palms while a pen draws and three seconds after", () => {
    point("down", 1000, 1000, pen);
    drag([[5000, 5000], [5500, 5500]], finger(1));
    point("up", 1200, 1000, pen);
    drag([[5000, 5000], [5500, 5500]], finger(1, { after: 900 }));
    assert.deepEqual([types(), view.zoom], [["board.begin", "board.finish"], 1]);
  });

  test("a pen that comes down while a palm draws takes its ink away", () => {
    point("down", 1000, 1000, finger(1));
    point("move", 1300, 1000, finger(1));
    drag([[3000, 3000], [3300, 3000]], pen);
    assert.deepEqual([types(), sent[0][1].at], [["board.begin", "board.extend", "board.finish"], [3000, 3000]]);
  });

  test("two pan and zoom, and what the first one has just begun was not meant", () => {
    point("down", 7_000, 4_500, finger(1));
    point("move", 7_020, 4_500, finger(1));
    point("down", 9_000, 4_500, finger(2, { after: 80 }));
    point("move", 5_000, 4_500, finger(1));
    point("move", 11_000, 4_500, finger(2));
    assert.deepEqual([sent, room.ink.strokes.size], [[], 0]);
    assert.ok(Math.abs(view.zoom - 6_000 / 1_980) < 0.01);
    assert.deepEqual(view.at(0, 0).map(Math.round), [8010, 4500]); // what was between them still is
    point("up", 5_000, 4_500, finger(1));
    point("up", 11_000, 4_500, finger(2));
    assert.deepEqual(sent, []);
  });

  test("a second one after a while ends a stroke that was meant", () => {
    point("down", 7_000, 4_500, finger(1));
    point("move", 7_500, 4_500, finger(1, { after: 200 }));
    point("down", 9_000, 4_500, finger(2));
    assert.deepEqual(types(), ["board.begin", "board.extend", "board.finish"]);
  });
});

describe("erasers", () => {
  beforeEach(() => tools.styles.eraser.reach = 100);

  test("one takes whole shapes that it touches, one's own, in one message", () => {
    for (const id of ["2.1", "2.2", "3.1"]) put(line(id, { start: [1000, 1000 + 500 * Number(id[2])] }));
    tools.take("eraser");
    point("down", 1500, 900);
    point("move", 1500, 2200);
    assert.deepEqual([...room.edits.seen(1)].map(({ id }) => id), ["3.1"]);
    point("up", 1500, 2200);
    assert.deepEqual(sent, [["board.erase", { shapes: ["2.1", "2.2"] }]]);
  });

  test("staff take everybody's", () => {
    room.staff = true;
    put(line("3.1"));
    tools.take("eraser");
    tap(1500, 1000);
    assert.deepEqual(sent, [["board.erase", { shapes: ["3.1"] }]]);
  });

  test("the other cuts out what it passes over: one message when it is lifted", () => {
    put(line("2.1"));
    put(body("2.2"));
    tools.take("area");
    point("down", 1500, 800);
    point("move", 1500, 1200);
    assert.deepEqual([...room.edits.seen(1)].map(({ id }) => id), ["2.2", "2.1~0", "2.1~1"]);
    assert.deepEqual(sent, []);
    point("up", 1500, 1200);
    assert.deepEqual(sent, [["board.cut", { cuts: { "2.1": [[0, 38], [62, 100]] } }]]);
  });

  test("Escape gives back what was not sent", () => {
    put(line("2.1"));
    tools.take("area");
    point("down", 1500, 1000);
    assert.equal(key("Escape"), true);
    point("up", 1500, 1000);
    assert.deepEqual([sent, [...room.edits.seen(1)].map(({ id }) => id)], [[], ["2.1"]]);
  });
});

describe("figures", () => {
  const drawnBy = (tool, places, more) => {
    tools.take(tool);
    drag(places, more);
    return sent.at(-1)?.[1];
  };

  test("lines and arrows from end to end, held to 15 degrees by shift", () => {
    assert.deepEqual(drawnBy("arrow", [[1000, 1000], [3000, 1500]]), { shape: "2.1", page: 1, kind: "arrow", color: "#1c2430", width: 36, start: [1000, 1000], points: [2000, 500] });
    const { points } = drawnBy("line", [[1000, 1000], [3000, 1100]], { shiftKey: true });
    assert.deepEqual(points[1], 0);
  });

  test("boxes from corner to corner whichever way, filled if wished, square by shift", () => {
    tools.styles.shape.fill = "#ffd43b";
    assert.deepEqual(drawnBy("rectangle", [[3000, 2000], [1000, 1500]]), { shape: "2.1", page: 1, kind: "rectangle", color: "#1c2430", width: 36, start: [1000, 1500], size: [2000, 500], fill: "#ffd43b" });
    assert.deepEqual(drawnBy("ellipse", [[3000, 2000], [2000, 1500]], { shiftKey: true }).size, [1000, 1000]);
  });

  test("a click is no figure, and nothing reaches beyond the board", () => {
    assert.equal(drawnBy("rectangle", [[1000, 1000], [1010, 1000]]), undefined);
    assert.deepEqual(drawnBy("rectangle", [[15_000, 8_000], [20_000, 20_000]]).size, [1000, 1000]);
  });

  test("polygons by clicks, closed at the first corner, by a double click or Enter", () => {
    tools.take("polygon");
    for (const place of [[1000, 1000], [3000, 1000], [3000, 3000]]) tap(...place, { after: 600 });
    tap(1030, 1030, { after: 600 });
    assert.deepEqual(sent[0][1], { shape: "2.1", page: 1, kind: "polygon", color: "#1c2430", width: 36, start: [1000, 1000], points: [2000, 0, 0, 2000] });
    for (const place of [[1000, 1000], [3000, 1000], [3000, 3000]]) tap(...place, { after: 600 });
    tap(3010, 3000, { after: 100 });
    for (const place of [[1000, 1000], [3000, 1000], [3000, 3000], [1000, 3000]]) tap(...place, { after: 600 });
    key("Backspace");
    key("Enter");
    assert.deepEqual(sent.map(([, { points }]) => points.length), [4, 4, 4]);
  });

  test("a polygon is given up by Escape, another tool, or another page", () => {
    tools.take("polygon");
    const giveUp = [() => key("Escape"), () => (tools.take("pen"), tools.take("polygon")), () => ((room.shown = 2), room.emit("look"))];
    for (const how of giveUp) {
      for (const place of [[1000, 1000], [3000, 1000], [3000, 3000]]) tap(...place, { after: 600 });
      how();
      assert.equal(key("Enter", { target: null }), false);
    }
    assert.deepEqual(sent, []);
  });
});

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
    tools.copy();
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

test("the laser points 20 times a second at most, pressed or not", () => {
  tools.take("laser");
  for (let i = 0; i < 6; i++) point("move", 1000 + i, 1000);
  assert.deepEqual(sent, [["pointer", 1, 1000, 1000], ["pointer", 1, 1003, 1000]]);
});

test("every tool says how it draws", () => {
  assert.deepEqual(["pen", "area", "polygon", "text", "select", "laser"].map(styleOf), ["pen", "eraser", "shape", "text", null, null]);
});
