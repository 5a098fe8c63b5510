/**
 * Where a shape lies, what touches it, and what moving, resizing, turning and cutting make of it.  Pure: board units in,
 * board units out.  The width of a text depends on fonts, so whoever can measure it says so (`useRuler`).
 */
import { pathFrom } from "./model.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {[number, number]} Point */
/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Bounds */
/** @typedef {{x: number, y: number, width: number, height: number, turn: number}} Frame
 *  around its middle x, y; turned like a shape */
/** @typedef {Record<string, Record<string, any>>} Sets   what `board.change` takes */

export const STROKES = new Set(["pen", "highlighter"]);
export const PATHS = new Set(["line", "arrow", "polygon"]);
export const LINE = 1.3; // from line to line of a text, in heights of its font
const STEP = 100; // positions a segment, along a stroke that is cut
const HAIR = 1e-6; // of a position: what reckoning with fractions adds
const SIZE_MAX = 16_000; // docs/protocol.md, "Board"
const SCALE = /** @type {const} */ ([10, 100_000]);
const FONT_HEIGHT = /** @type {const} */ ([60, 2_000]);

/** @param {number} value @param {number} least @param {number} most */
export const clamp = (value, least, most) => Math.max(least, Math.min(most, value));

/** The length of an arrow's head.  @param {number} width */
export const headOf = (width) => Math.max(4 * width, 200);

/** A guess for whoever has no fonts: Chinese characters are square, others half as broad.  @param {string} line @param {number} height */
const guess = (line, height) => [...line].reduce((sum, char) => sum + (char > "\u2e80" ? 1 : 0.55), 0) * height;

/** @type {(line: string, height: number, font: string) => number} */
let ruler = guess;

/** @param {typeof ruler} measure   the width of a line */
export function useRuler(measure) {
  ruler = measure;
}

/** @param {Pick<Shape, "text"|"height"|"font">} text @returns {Point} width and height of its lines */
export function textSize({ text = "", height = 0, font = "sans" }) {
  const lines = text.split("\n");
  return [Math.max(height / 2, ...lines.map((line) => ruler(line, height, font))), LINE * height * lines.length];
}

/** Sine and cosine of tenths of a degree, exact for right angles.  @param {number} turn @returns {Point} */
export function rotation(turn) {
  const right = [[0, 1], [1, 0], [0, -1], [-1, 0]][turn / 900];
  const angle = (turn * Math.PI) / 1_800;
  return /** @type {Point} */ (right ?? [Math.sin(angle), Math.cos(angle)]);
}

/** @param {number} x @param {number} y @param {number} turn @returns {Point} about the origin, clockwise */
export function rotate(x, y, turn) {
  const [sin, cos] = rotation(turn);
  return [x * cos - y * sin, x * sin + y * cos];
}

/** Width and height of a box or a text.  @param {Shape} shape @returns {Point} */
export const sizeOf = (shape) => shape.size ?? textSize(shape);

/** What is worked out from a shape is kept beside it; an open stroke only grows.
 *  @template T @param {(shape: Shape) => T} work @returns {(shape: Shape) => T} */
export function kept(work) {
  /** @type {WeakMap<Shape, {count: number, result: T}>} */
  const known = new WeakMap();
  return (shape) => {
    const count = shape.points?.length ?? 0;
    const found = known.get(shape);
    if (found && found.count === count) return found.result;
    const result = work(shape);
    known.set(shape, { count, result });
    return result;
  };
}

/** Flat x, y as seen from `start`, scaled and not yet turned: the points of strokes and paths, the corners of others.
 *  @param {Shape} shape @returns {number[]} */
function flat(shape) {
  if (!shape.points) {
    const [w, h] = sizeOf(shape);
    return [0, 0, w, 0, w, h, 0, h];
  }
  const path = pathFrom(shape);
  const [sx, sy] = shape.scale ?? [1_000, 1_000];
  if (sx !== 1_000 || sy !== 1_000) for (let i = 0; i < path.length; i += 2) (path[i] *= sx / 1_000), (path[i + 1] *= sy / 1_000);
  return path;
}

/** Where the points of a stroke or path stand on the board, or the corners of a box: flat x, y.  Read only. */
export const outlineOf = kept((shape) => {
  const path = flat(shape);
  const [sx, sy] = shape.start;
  const [sin, cos] = rotation(shape.turn ?? 0);
  for (let i = 0; i < path.length; i += 2) {
    const [x, y] = [path[i], path[i + 1]];
    path[i] = sx + x * cos - y * sin;
    path[i + 1] = sy + x * sin + y * cos;
  }
  return path;
});

/** @param {readonly number[]} points @param {number} [more] @returns {Bounds} */
export function boundsOfPoints(points, more = 0) {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    if (x < x0) x0 = x;
    if (x > x1) x1 = x;
    if (y < y0) y0 = y;
    if (y > y1) y1 = y;
  }
  return { x0: x0 - more, y0: y0 - more, x1: x1 + more, y1: y1 + more };
}

/** All that a shape covers, its ink included. */
export const boundsOf = kept((shape) => boundsOfPoints(outlineOf(shape), reachOf(shape)));

/** How far the ink of a shape reaches beyond its points.  @param {Shape} shape */
function reachOf({ kind, width = 0, height = 0 }) {
  if (kind === "arrow") return headOf(width);
  if (kind === "text") return height * 0.2; // letters hang over
  return width * 0.85 + 4; // a pen that is pressed hard: shapes.js
}

/** @param {Bounds} a @param {Bounds} b */
export const overlap = (a, b) => a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1;

/** @param {readonly Bounds[]} all @returns {Bounds} */
export function union(all) {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const { x0, y0, x1, y1 } of all) {
    box.x0 = Math.min(box.x0, x0);
    box.y0 = Math.min(box.y0, y0);
    box.x1 = Math.max(box.x1, x1);
    box.y1 = Math.max(box.y1, y1);
  }
  return box;
}

/** Is a point on a shape, or within `reach` of its ink?  @param {Shape} shape @param {number} x @param {number} y @param {number} reach */
export function hits(shape, x, y, reach) {
  const { x0, y0, x1, y1 } = boundsOf(shape);
  if (x < x0 - reach || x > x1 + reach || y < y0 - reach || y > y1 + reach) return false;
  const { kind, width = 0, fill } = shape;
  if (kind === "ellipse") return onEllipse(shape, x, y, reach + width / 2);
  const points = outlineOf(shape);
  const solid = fill || kind === "text" || kind === "image" || kind === "formula";
  if (solid && within(points, x, y)) return true;
  return touches(points, x, y, reach + width / 2, !STROKES.has(kind) && kind !== "line" && kind !== "arrow");
}

/** Is a point inside the outline of a box or polygon, filled or not?  @param {Shape} shape @param {number} x @param {number} y */
export function encloses(shape, x, y) {
  if (STROKES.has(shape.kind) || shape.kind === "line" || shape.kind === "arrow") return false;
  return within(outlineOf(shape), x, y);
}

/** @param {Shape} shape @param {number} x @param {number} y @param {number} reach */
function onEllipse({ start, size = [1, 1], turn = 0, fill }, x, y, reach) {
  const [px, py] = rotate(x - start[0], y - start[1], (3_600 - turn) % 3_600);
  const [a, b] = [size[0] / 2, size[1] / 2];
  const far = (/** @type {number} */ more) => a + more > 0 && b + more > 0 && ((px - a) / (a + more)) ** 2 + ((py - b) / (b + more)) ** 2 <= 1;
  return far(reach) && (Boolean(fill) || !far(-reach));
}

/** Does a point lie within `reach` of a line of flat points?
 *  @param {readonly number[]} points @param {number} x @param {number} y @param {number} reach @param {boolean} [closed] */
export function touches(points, x, y, reach, closed = false) {
  const limit = reach * reach;
  const last = points.length - 2;
  for (let i = 0; i <= last; i += 2) {
    const next = i < last ? i + 2 : closed ? 0 : i;
    if (distance2(x, y, points[i], points[i + 1], points[next], points[next + 1]) <= limit) return true;
  }
  return false;
}

/** Square of the distance of a point from a segment.
 *  @param {number} x @param {number} y @param {number} ax @param {number} ay @param {number} bx @param {number} by */
function distance2(x, y, ax, ay, bx, by) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? clamp(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) : 0;
  return (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2;
}

/** Is a point inside a polygon of flat points?  @param {readonly number[]} polygon @param {number} x @param {number} y */
export function within(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [polygon[i], polygon[i + 1], polygon[j], polygon[j + 1]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Has a lasso caught a shape: most of its points?  @param {Shape} shape @param {readonly number[]} lasso */
export function caught(shape, lasso) {
  const points = outlineOf(shape);
  let inside = 0;
  for (let i = 0; i < points.length; i += 2) if (within(lasso, points[i], points[i + 1])) inside += 1;
  return inside * 4 > points.length; // more than half: two numbers a point
}

// Transforms: what `board.change` is to set, in whole numbers.

/** Around shapes: of one, turned like it.  @param {readonly Shape[]} shapes @returns {Frame} */
export function frameOf(shapes) {
  const only = shapes.length === 1 ? shapes[0] : null;
  const box = only ? boundsOfPoints(flat(only)) : union(shapes.map((shape) => boundsOfPoints(outlineOf(shape))));
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
  const [mx, my] = [box.x0 + width / 2, box.y0 + height / 2];
  if (!only) return { x: mx, y: my, width, height, turn: 0 };
  const turn = only.turn ?? 0;
  const [dx, dy] = rotate(mx, my, turn);
  return { x: only.start[0] + dx, y: only.start[1] + dy, width, height, turn };
}

/** @param {number} x @param {number} y @returns {Point} a place at which the server lets a shape start */
const reachable = (x, y) => [clamp(Math.round(x), -16_000, 32_000), clamp(Math.round(y), -9_000, 18_000)];

/** @param {readonly Shape[]} shapes @param {number} dx @param {number} dy @returns {Sets} */
export function moved(shapes, dx, dy) {
  return Object.fromEntries(shapes.map(({ id, start: [x, y] }) => [id, { start: reachable(x + dx, y + dy) }]));
}

/** About a point, clockwise.  @param {readonly Shape[]} shapes @param {Point} about @param {number} turn @returns {Sets} */
export function turned(shapes, [cx, cy], turn) {
  const by = ((Math.round(turn) % 3_600) + 3_600) % 3_600;
  const sets = shapes.map((shape) => {
    const [dx, dy] = rotate(shape.start[0] - cx, shape.start[1] - cy, by);
    return [shape.id, { start: reachable(cx + dx, cy + dy), turn: ((shape.turn ?? 0) + by) % 3_600 }];
  });
  return Object.fromEntries(sets);
}

/** Must these keep their proportions?  @param {readonly Shape[]} shapes */
export function isRigid(shapes) {
  return shapes.some((shape) => shape.kind === "text" || (shapes.length > 1 && (shape.turn ?? 0) !== 0));
}

/** Resize by factors along the sides of a frame, so that `anchor` stays where it is: a corner or middle of a side, as
 *  -1, 0 or 1 along each side.
 *  @param {readonly Shape[]} shapes @param {Frame} frame @param {Point} anchor @param {number} kx @param {number} ky @returns {Sets} */
export function resized(shapes, frame, [hx, hy], kx, ky) {
  if (isRigid(shapes)) kx = ky = Math.max(kx, ky);
  const [ax, ay] = [(hx * frame.width) / 2, (hy * frame.height) / 2];
  const sets = shapes.map((shape) => {
    const [x, y] = rotate(shape.start[0] - frame.x, shape.start[1] - frame.y, (3_600 - frame.turn) % 3_600);
    const [dx, dy] = rotate(ax + kx * (x - ax), ay + ky * (y - ay), frame.turn);
    return [shape.id, { start: reachable(frame.x + dx, frame.y + dy), ...stretched(shape, kx, ky) }];
  });
  return Object.fromEntries(sets);
}

/** @param {Shape} shape @param {number} kx @param {number} ky */
function stretched({ kind, size, scale = [1_000, 1_000], height = 0 }, kx, ky) {
  if (kind === "text") return { height: clamp(Math.round(height * ky), ...FONT_HEIGHT) };
  if (size) return { size: [clamp(Math.round(size[0] * kx), 1, SIZE_MAX), clamp(Math.round(size[1] * ky), 1, SIZE_MAX)] };
  return { scale: [clamp(Math.round(scale[0] * kx), ...SCALE), clamp(Math.round(scale[1] * ky), ...SCALE)] };
}

// The area eraser.

/** @typedef {[number, number]} Part   from where to where along a stroke, in hundredths of a segment */

/** What an eraser of a radius takes of a stroke, on its way from a to b.  The ends of what stays are round, so it keeps
 *  half a line's width away from the eraser's edge.
 *  @param {Shape} stroke @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {number} radius
 *  @returns {Part[]} */
export function wiped(stroke, ax, ay, bx, by, radius) {
  const reach = radius + (stroke.width ?? 0) / 2;
  if (!overlap(boundsOf(stroke), boundsOfPoints([ax, ay, bx, by], reach))) return [];
  const points = outlineOf(stroke);
  if (points.length === 2) return distance2(points[0], points[1], ax, ay, bx, by) <= reach * reach ? [[0, 0]] : [];
  /** @type {Part[]} */
  const parts = [];
  for (let i = 0; i + 3 < points.length; i += 2) {
    const t = inCapsule(points[i], points[i + 1], points[i + 2], points[i + 3], ax, ay, bx, by, reach);
    if (t) parts.push([(i / 2 + t[0]) * STEP, (i / 2 + t[1]) * STEP]);
  }
  return parts;
}

/** What stays of a stroke, as `board.cut` says it; null: all of it.  Crumbs shorter than half the line's width go too.
 *  @param {Shape} stroke @param {readonly Part[]} gone @returns {Part[]|null} */
export function remains(stroke, gone) {
  if (!gone.length) return null;
  const count = (stroke.points?.length ?? 0) / 2;
  if (!count) return [];
  /** @type {Part[]} */
  const stay = [];
  let from = 0;
  for (const [a, b] of [...gone].sort(([a], [b]) => a - b)) {
    const [to, next] = [Math.floor(a + HAIR), Math.ceil(b - HAIR)];
    if (next <= to) continue; // it was only grazed
    if (to >= from && a > 0) stay.push([from, to]);
    from = Math.max(from, next);
  }
  if (from < STEP * count) stay.push([from, STEP * count]);
  const kept = stay.filter(([a, b]) => b > a && lengthBetween(stroke, a, b) > (stroke.width ?? 0) / 2);
  return kept.length === 1 && kept[0][0] === 0 && kept[0][1] === STEP * count ? null : kept;
}

/** What an eraser leaves of a stroke after its way along flat points; null: all of it.
 *  @param {Shape} stroke @param {readonly number[]} path @param {number} radius @returns {Part[]|null} */
export function cutBy(stroke, path, radius) {
  /** @type {Part[]} */
  const gone = [];
  for (let i = 0; i < path.length; i += 2) {
    const j = Math.min(i + 2, path.length - 2);
    gone.push(...wiped(stroke, path[i], path[i + 1], path[j], path[j + 1], radius));
  }
  return remains(stroke, gone);
}

/** @param {Shape} stroke @param {number} a @param {number} b */
function lengthBetween(stroke, a, b) {
  const points = outlineOf(stroke);
  const at = (/** @type {number} */ position) => {
    const i = Math.min(Math.floor(position / STEP) * 2, points.length - 4);
    const t = position / STEP - i / 2;
    return [points[i] + t * (points[i + 2] - points[i]), points[i + 1] + t * (points[i + 3] - points[i + 1])];
  };
  let [length, [x, y]] = [0, at(a)];
  for (let position = Math.min(b, (Math.floor(a / STEP) + 1) * STEP); ; position = Math.min(b, position + STEP)) {
    const [nextX, nextY] = at(position);
    length += Math.hypot(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
    if (position >= b) return length;
  }
}

/** From where to where (0..1) a segment p lies within `reach` of a segment from a to b: two discs and what is between.
 *  @param {number} px @param {number} py @param {number} qx @param {number} qy
 *  @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {number} reach @returns {Point|null} */
function inCapsule(px, py, qx, qy, ax, ay, bx, by, reach) {
  const spans = [inDisc(px, py, qx, qy, ax, ay, reach), inDisc(px, py, qx, qy, bx, by, reach), inBar(px, py, qx, qy, ax, ay, bx, by, reach)];
  let [from, to] = [Infinity, -Infinity];
  for (const span of spans) if (span) [from, to] = [Math.min(from, span[0]), Math.max(to, span[1])];
  [from, to] = [Math.max(0, from), Math.min(1, to)];
  return from <= to ? [from, to] : null;
}

/** @param {number} px @param {number} py @param {number} qx @param {number} qy @param {number} cx @param {number} cy @param {number} r @returns {Point|null} */
function inDisc(px, py, qx, qy, cx, cy, r) {
  const [dx, dy, ex, ey] = [qx - px, qy - py, px - cx, py - cy];
  const a = dx * dx + dy * dy;
  const c = ex * ex + ey * ey - r * r;
  if (!a) return c <= 0 ? [0, 1] : null;
  const half = ex * dx + ey * dy;
  const root = half * half - a * c;
  return root < 0 ? null : [(-half - Math.sqrt(root)) / a, (-half + Math.sqrt(root)) / a];
}

/** The bar of half-width r from a to b: between its two ends, and between its two sides.
 *  @param {number} px @param {number} py @param {number} qx @param {number} qy
 *  @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {number} r @returns {Point|null} */
function inBar(px, py, qx, qy, ax, ay, bx, by, r) {
  const length = Math.hypot(bx - ax, by - ay);
  if (!length) return null;
  const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
  const along = between((px - ax) * ux + (py - ay) * uy, (qx - px) * ux + (qy - py) * uy, 0, length);
  const across = between((py - ay) * ux - (px - ax) * uy, (qy - py) * ux - (qx - px) * uy, -r, r);
  if (!along || !across) return null;
  const [from, to] = [Math.max(along[0], across[0]), Math.min(along[1], across[1])];
  return from <= to ? [from, to] : null;
}

/** For which t lies value + t · step between two limits?
 *  @param {number} value @param {number} step @param {number} least @param {number} most @returns {Point|null} */
function between(value, step, least, most) {
  if (!step) return value >= least && value <= most ? [-Infinity, Infinity] : null;
  const [a, b] = [(least - value) / step, (most - value) / step];
  return a < b ? [a, b] : [b, a];
}
