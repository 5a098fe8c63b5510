// A board with all its tools, and hands that press and drag on it: what the tests of the tools share.
import { Edits } from "../../roomserver/web/board/edits.js";
import { Ink } from "../../roomserver/web/board/ink.js";
import { Board } from "../../roomserver/web/board/model.js";
import { Tools } from "../../roomserver/web/board/tools.js";
import { View } from "../../roomserver/web/board/view.js";

const RECT = { left: 0, top: 0, width: 1_600, height: 900 }; // a pixel is 10 units
// Made anew by `begin`, before every test.
export let board, sent, room, tools, canvas, view, asked, calls, time, watchers, drawn;

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

export const body = (id, more = {}) => ({ id, page: 1, author: Number(id.split(".")[0]), kind: "rectangle", z: ++drawn, start: [1000, 1000], color: "#000000", width: 30, size: [1000, 500], ...more });
export const line = (id, more = {}) => ({ ...body(id), kind: "pen", size: undefined, points: [1000, 0], ...more });
export const put = (shape) => (board.apply({ type: "board.put", seq: 1, at: 0, member: 2, body: shape }), shape);

/** A pointer event at a place in board units. */
export function point(type, x, y, more = {}) {
  time += more.after ?? 20;
  const event = new Event(`pointer${type}`, { cancelable: true });
  Object.assign(event, { pointerId: 1, pointerType: "mouse", button: 0, pressure: 0.5, shiftKey: false, clientX: x / 10, clientY: y / 10 }, more);
  Object.defineProperty(event, "timeStamp", { value: time });
  canvas.dispatchEvent(event);
}
export const drag = (places, more) => {
  point("down", ...places[0], more);
  for (const place of places.slice(1)) point("move", ...place, more);
  point("up", ...places.at(-1), more);
};
export const tap = (x, y, more) => drag([[x, y]], more);
export const key = (name, more = {}) => {
  const event = { key: name, target: canvas, timeStamp: (time += 20), preventDefault() {}, ...more };
  return tools.key(event);
};
export const finger = (pointerId, more = {}) => ({ pointerType: "touch", pointerId, ...more });
export const pen = { pointerType: "pen", pointerId: 9 };
export const types = () => sent.map(([type]) => type);

export function begin() {
  [sent, asked, watchers, calls, time, drawn] = [[], [], [], [], 10_000, 0];
  board = new Board();
  canvas = new Canvas();
  view = new View();
  view.resize(1_600, 900);
  room = lesson();
  const told = (name) => (...details) => calls.push([name, ...details]);
  tools = new Tools(canvas, room, { view, moved() {}, sketch() {} }, Object.fromEntries(["onText", "onFormula", "onImage", "onSelection", "onTool", "onRefused", "onCursor"].map((name) => [name, told(name)])));
}

export const last = (name) => calls.filter(([call]) => call === name).at(-1)?.slice(1);
