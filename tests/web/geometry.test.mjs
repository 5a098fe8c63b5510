// Where shapes lie, what touches them, and what moving, turning, resizing and cutting make of them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { boundsOf, caught, cutBy, encloses, frameOf, hits, moved, outlineOf, remains, resized, textSize, touches, turned, within } from "../../roomserver/web/board/geometry.js";
import { changed, pieceBetween } from "../../roomserver/web/board/model.js";

const stroke = (points, more = {}) => ({ id: "1.1", page: 1, author: 1, kind: "pen", z: 1, start: [0, 0], color: "#000000", width: 20, points, ...more });
const box = (more = {}) => ({ id: "1.2", page: 1, author: 1, kind: "rectangle", z: 1, start: [1000, 1000], color: "#000000", width: 20, size: [400, 200], ...more });
const rounded = (points) => [...points].map((value) => Math.round(value));
/** Seeded: the same numbers each time. */
function numbers(seed) {
  let state = seed;
  return (least, most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
}

describe("an outline", () => {
  test("stands at start, with from, scale and turn", () => {
    assert.deepEqual(outlineOf(stroke([10, 0, 0, 20], { start: [100, 200] })), [100, 200, 110, 200, 110, 220]);
    assert.deepEqual(outlineOf(stroke([10, 0], { start: [100, 200], from: [5, 5], scale: [2000, 500] })), [110, 202.5, 130, 202.5]);
    assert.deepEqual(rounded(outlineOf(stroke([10, 0], { start: [100, 200], turn: 900 }))), [100, 200, 100, 210]); // clockwise
  });

  test("of a box are its corners, turned about start", () => {
    assert.deepEqual(outlineOf(box()), [1000, 1000, 1400, 1000, 1400, 1200, 1000, 1200]);
    assert.deepEqual(rounded(outlineOf(box({ turn: 900 }))), [1000, 1000, 1000, 1400, 800, 1400, 800, 1000]);
  });

  test("of an open stroke grows with it", () => {
    const open = stroke([10, 0], { open: true });
    assert.equal(outlineOf(open).length, 4);
    open.points.push(0, 10);
    assert.deepEqual(outlineOf(open), [0, 0, 10, 0, 10, 10]);
    assert.equal(boundsOf(open).y1 > 10, true);
  });

  test("of a text has as many lines as it has", () => {
    assert.deepEqual(textSize({ text: "面积\nab", height: 100, font: "sans" }), [200, 260]);
  });
});

describe("what touches", () => {
  test("lines between their points, with their breadth", () => {
    assert.equal(touches([0, 0, 1000, 0], 500, 50, 60), true);
    assert.equal(touches([0, 0, 1000, 0], 500, 90, 60), false);
    assert.equal(touches([10, 10], 10, 40, 30), true);
    assert.equal(hits(stroke([1000, 0]), 500, 15, 6), true);
    assert.equal(hits(stroke([1000, 0]), 500, 17, 6), false);
  });

  test("boxes on their outline, filled ones inside, and both enclose", () => {
    assert.equal(hits(box(), 1200, 1000, 5), true);
    assert.equal(hits(box(), 1200, 1100, 5), false);
    assert.equal(encloses(box(), 1200, 1100), true);
    assert.equal(hits(box({ fill: "#ff0000" }), 1200, 1100, 5), true);
    assert.equal(hits(box({ kind: "image", asset: "0".repeat(32) }), 1200, 1100, 5), true);
    assert.equal(hits(box({ turn: 450 }), 900, 1350, 5), false); // within its bounds
  });

  test("ellipses where their line is", () => {
    const ellipse = box({ kind: "ellipse" });
    assert.equal(hits(ellipse, 1200, 1000, 5), true);
    assert.equal(hits(ellipse, 1000, 1000, 5), false);
    assert.equal(hits(ellipse, 1200, 1100, 5), false);
    assert.equal(hits({ ...ellipse, fill: "#ffffff" }, 1200, 1100, 5), true);
  });

  test("a polygon is closed, an open line encloses nothing", () => {
    const points = [1000, 0, 0, 1000];
    assert.equal(hits(stroke(points, { kind: "polygon" }), 500, 500, 5), true);
    assert.equal(hits(stroke(points, { kind: "line" }), 500, 500, 5), false);
    assert.equal(encloses(stroke(points, { kind: "polygon" }), 900, 100), true);
    assert.equal(encloses(stroke(points), 900, 100), false);
  });

  test("a lasso catches what has most of its points inside", () => {
    const lasso = [0, 0, 1250, 0, 1250, 2000, 0, 2000];
    assert.equal(within(lasso, 1200, 5), true);
    assert.equal(caught(box(), lasso), false); // two corners of four
    assert.equal(caught(box({ start: [600, 1000] }), lasso), true);
    assert.equal(caught(stroke([100, 0, 100, 0, 2000, 0], { start: [900, 500] }), lasso), true); // three of four
  });
});

describe("a selection", () => {
  const after = (shape, sets) => changed(shape, sets[shape.id]);

  test("is framed: one shape along its sides, several upright", () => {
    assert.deepEqual(frameOf([box()]), { x: 1200, y: 1100, width: 400, height: 200, turn: 0 });
    const { x, y, turn } = frameOf([box({ turn: 900 })]);
    assert.deepEqual([x, y, turn], [900, 1200, 900]);
    assert.deepEqual(frameOf([box(), stroke([100, 0])]), { x: 700, y: 600, width: 1400, height: 1200, turn: 0 });
  });

  test("moves by its starts, in whole units, within the server's reach", () => {
    assert.deepEqual(moved([box(), stroke([1, 1])], 10.4, -5), { "1.2": { start: [1010, 995] }, "1.1": { start: [10, -5] } });
    assert.deepEqual(moved([box()], -99_999, 99_999), { "1.2": { start: [-16_000, 18_000] } });
  });

  test("turns about a point, clockwise, round and round", () => {
    assert.deepEqual(turned([box()], [1200, 1100], 900), { "1.2": { start: [1300, 900], turn: 900 } });
    assert.deepEqual(turned([box({ turn: 3_000 })], [1000, 1000], 900), { "1.2": { start: [1000, 1000], turn: 300 } });
    assert.deepEqual(turned([box({ turn: 100 })], [1000, 1000], -200), { "1.2": { start: [1000, 1000], turn: 3_500 } });
  });

  test("is resized about the opposite corner or side", () => {
    const frame = frameOf([box()]);
    assert.deepEqual(resized([box()], frame, [-1, -1], 2, 3), { "1.2": { start: [1000, 1000], size: [800, 600] } });
    assert.deepEqual(resized([box()], frame, [1, 1], 0.5, 0.5), { "1.2": { start: [1200, 1100], size: [200, 100] } });
    assert.deepEqual(resized([box()], frame, [0, -1], 1, 2), { "1.2": { start: [1000, 1000], size: [400, 400] } });
    const line = stroke([100, 50], { kind: "line" });
    assert.deepEqual(resized([line], frameOf([line]), [-1, -1], 2, 3), { "1.1": { start: [0, 0], scale: [2000, 3000] } });
  });

  test("keeps the opposite corner of a turned shape where it is", () => {
    const shape = box({ turn: 300 });
    const corner = outlineOf(shape).slice(4, 6);
    const next = after(shape, resized([shape], frameOf([shape]), [1, 1], 0.7, 1.9));
    assert.deepEqual(next.size, [280, 380]);
    for (const [i, value] of outlineOf(next).slice(4, 6).entries()) assert.ok(Math.abs(value - corner[i]) <= 1);
  });

  test("with a turned shape or a text among others keeps its proportions", () => {
    const shapes = [box({ turn: 450 }), stroke([1000, 0])];
    const sets = resized(shapes, frameOf(shapes), [-1, -1], 1, 2);
    assert.deepEqual([sets["1.2"].size, sets["1.1"].scale], [[800, 400], [2000, 2000]]);
    const text = { id: "1.3", page: 1, author: 1, kind: "text", z: 1, start: [0, 0], color: "#000000", text: "ab", font: "sans", height: 200 };
    assert.deepEqual(resized([text], frameOf([text]), [-1, -1], 3, 1)["1.3"], { start: [0, 0], height: 600 });
  });

  test("stays within what the server takes", () => {
    const sets = resized([box()], frameOf([box()]), [-1, -1], 1_000, 0.0001);
    assert.deepEqual(sets["1.2"].size, [16_000, 1]);
    const tiny = stroke([100, 50], { scale: [20, 90_000] });
    assert.deepEqual(resized([tiny], frameOf([tiny]), [-1, -1], 0.1, 5)["1.1"].scale, [10, 100_000]);
  });

  test("turned about its middle and back is where it was", () => {
    const random = numbers(7);
    for (let round = 0; round < 200; round++) {
      const shape = box({ start: [random(0, 16_000), random(0, 9_000)], size: [random(1, 4_000), random(1, 4_000)], turn: random(0, 3_599) });
      const { x, y } = frameOf([shape]);
      const by = random(-3_600, 3_600);
      const there = after(shape, turned([shape], [x, y], by));
      const back = after(there, turned([there], [x, y], -by));
      assert.equal(back.turn ?? 0, shape.turn);
      assert.ok(Math.abs(back.start[0] - shape.start[0]) <= 1 && Math.abs(back.start[1] - shape.start[1]) <= 1);
    }
  });
});

describe("the area eraser", () => {
  const line = stroke([1000, 0]); // one segment of 1000 units, 20 broad: position 1 is 10 units

  test("takes what comes within its radius and half the line's breadth, and a little more rather than less", () => {
    assert.deepEqual(cutBy(line, [500, 0], 100), [[0, 39], [61, 100]]);
    assert.deepEqual(cutBy(line, [500, 0], 95), [[0, 39], [61, 100]]); // 395 and 605 units: rounded away from it
    assert.deepEqual(cutBy(line, [500, 60], 90), [[0, 42], [58, 100]]); // √(100² - 60²) = 80
  });

  test("takes an end, or all of it", () => {
    assert.deepEqual(cutBy(line, [0, 0], 100), [[11, 100]]);
    assert.deepEqual(cutBy(line, [1000, 0], 100), [[0, 89]]);
    assert.deepEqual(cutBy(line, [0, 0, 1000, 0], 50), []);
  });

  test("that touches nothing leaves all as it is", () => {
    assert.equal(cutBy(line, [500, 120], 100), null);
    assert.equal(cutBy(line, [2000, 0], 100), null);
    assert.equal(remains(line, []), null);
  });

  test("takes what lies under its whole way, not only where it stopped", () => {
    assert.deepEqual(cutBy(stroke([0, 1000], { start: [500, 0] }), [0, 500, 1000, 500], 90), [[0, 40], [60, 100]]);
    assert.deepEqual(cutBy(line, [300, 0, 400, 0, 700, 0], 90), [[0, 20], [80, 100]]);
  });

  test("goes over points of the stroke", () => {
    const corner = stroke([1000, 0, 0, 1000]);
    assert.deepEqual(cutBy(corner, [1000, 0], 90), [[0, 90], [110, 200]]);
    assert.deepEqual(cutBy(corner, [500, 0, 1000, 500], 90), [[0, 40], [65, 135], [160, 200]]);
  });

  test("that passes twice leaves a piece between", () => {
    assert.deepEqual(cutBy(line, [200, 0, 200, 300, 800, 300, 800, 0], 90), [[0, 10], [30, 70], [90, 100]]);
  });

  test("leaves no crumbs shorter than half the line's breadth", () => {
    assert.deepEqual(cutBy(stroke([1000, 0], { width: 200 }), [250, 0], 100), [[45, 100]]); // 50 units would be left
  });

  test("takes a point whole", () => {
    assert.deepEqual(cutBy(stroke([]), [50, 0], 45), []);
    assert.equal(cutBy(stroke([]), [50, 0], 35), null);
  });

  test("sees a stroke where it stands: moved, stretched and turned", () => {
    const shape = stroke([100, 0], { start: [500, 500], scale: [10_000, 10_000], turn: 900 });
    assert.deepEqual(cutBy(shape, [500, 1000], 90), [[0, 40], [60, 100]]);
  });

  test("leaves pieces that rise, lie on the parent, and keep clear of the eraser", () => {
    const random = numbers(42);
    for (let round = 0; round < 300; round++) {
      const points = Array.from({ length: 2 * random(1, 30) }, () => random(-300, 300));
      const shape = stroke(points, { start: [8_000, 4_500], width: random(1, 60), turn: random(0, 3_599), scale: [random(300, 3_000), random(300, 3_000)] });
      const way = Array.from({ length: 2 * random(1, 6) }, (_, i) => (i % 2 ? 4_500 : 8_000) + random(-600, 600));
      const radius = random(20, 200);
      const parts = cutBy(shape, way, radius);
      if (!parts) continue;
      let before = -1;
      for (const [from, to] of parts) {
        assert.ok(before < from && from < to && to <= 50 * points.length, JSON.stringify(parts));
        before = to;
        const piece = pieceBetween(shape, "1.1.1", from, to);
        isOn(shape, piece);
        isClear(piece, way, radius + shape.width / 2);
      }
    }
  });

  /** Every point of a piece within a unit of the parent's line, before scale and turn. */
  function isOn(parent, piece) {
    const plain = (shape) => ({ ...shape, scale: undefined, turn: 0 });
    const line = outlineOf(plain(parent));
    const points = outlineOf(plain(piece));
    for (let i = 0; i < points.length; i += 2) assert.ok(touches(line, points[i], points[i + 1], 1.5));
  }

  /** Whole numbers put a piece's ends up to a unit, stretched, from where they were reckoned. */
  function isClear(piece, way, reach) {
    const slack = (1.5 * Math.max(...piece.scale)) / 1_000;
    const points = outlineOf(piece);
    for (let i = 0; i < points.length; i += 2) assert.ok(!touches(way, points[i], points[i + 1], reach - slack));
  }
});
