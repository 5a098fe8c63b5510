// Pointers on the board, led to what draws and rubs out.
import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { begin, body, drag, finger, key, last, line, pen, point, put, room, sent, tap, time, tools, types, view } from "./desk.mjs";

beforeEach(begin);

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

test("the laser points 20 times a second at most, pressed or not", () => {
  tools.take("laser");
  for (let i = 0; i < 6; i++) point("move", 1000 + i, 1000);
  assert.deepEqual(sent, [["pointer", 1, 1000, 1000], ["pointer", 1, 1003, 1000]]);
});
