/** The frame around what is selected: its handles, how they look, and which one is under a pointer. */
import { rotate } from "../geometry.js";
import { ACCENT } from "../shapes.js";

/** @typedef {import("../geometry.js").Frame} Frame */
/** @typedef {[number, number]} Point   along the frame's sides: -1, 0 or 1 */
/** @typedef {{at: Point, x: number, y: number}} Handle   `at` [0, 0] turns; x, y on the board */

const PAPER = "#ffffff";
const SIZE_PX = { fine: 9, coarse: 16 };
const REACH_PX = { fine: 11, coarse: 22 }; // a target of 44 px for a finger
const TURN_PX = { fine: 28, coarse: 44 }; // above the frame
const GAP_PX = 6; // between shapes and their frame
const CORNERS = /** @type {Point[]} */ ([[-1, -1], [1, -1], [1, 1], [-1, 1]]);
const SIDES = /** @type {Point[]} */ ([[0, -1], [1, 0], [0, 1], [-1, 0]]);

/** A place on a frame, along its sides.  @param {Frame} frame @param {Point} at @param {number} gap @returns {Point} */
export function placeOn({ x, y, width, height, turn }, [hx, hy], gap = 0) {
  const [dx, dy] = rotate(hx * (width / 2 + gap), hy * (height / 2 + gap), turn);
  return [x + dx, y + dy];
}

/** @param {Frame} frame @param {boolean} rigid   only corners @param {boolean} coarse @param {number} unit @returns {Handle[]} */
export function handlesOf(frame, rigid, coarse, unit) {
  const gap = GAP_PX * unit;
  const roomy = (/** @type {number} */ side) => side > 2 * (coarse ? 44 : 22) * unit;
  const sides = rigid ? [] : SIDES.filter(([hx]) => roomy(hx ? frame.height : frame.width));
  const handles = [...CORNERS, ...sides].map((at) => {
    const [x, y] = placeOn(frame, at, gap);
    return { at, x, y };
  });
  const [dx, dy] = rotate(0, -frame.height / 2 - gap - TURN_PX[coarse ? "coarse" : "fine"] * unit, frame.turn);
  return [...handles, { at: [0, 0], x: frame.x + dx, y: frame.y + dy }];
}

/** @param {readonly Handle[]} handles @param {number} x @param {number} y @param {boolean} coarse @param {number} unit */
export function handleAt(handles, x, y, coarse, unit) {
  const reach = REACH_PX[coarse ? "coarse" : "fine"] * unit;
  const near = handles.map((handle) => ({ handle, far: Math.hypot(handle.x - x, handle.y - y) })).filter(({ far }) => far <= reach);
  return near.sort((a, b) => a.far - b.far)[0]?.handle;
}

/** @param {Frame} frame @param {number} x @param {number} y @param {number} unit */
export function isInside(frame, x, y, unit) {
  const [dx, dy] = rotate(x - frame.x, y - frame.y, (3_600 - frame.turn) % 3_600);
  const gap = GAP_PX * unit;
  return Math.abs(dx) <= frame.width / 2 + gap && Math.abs(dy) <= frame.height / 2 + gap;
}

/** @param {CanvasRenderingContext2D} context @param {Frame} frame @param {readonly Handle[]} handles @param {boolean} coarse @param {number} unit */
export function drawFrame(context, frame, handles, coarse, unit) {
  context.save();
  context.strokeStyle = ACCENT;
  context.fillStyle = PAPER;
  context.lineWidth = 1.5 * unit;
  context.beginPath();
  for (const corner of CORNERS) context.lineTo(...placeOn(frame, corner, GAP_PX * unit));
  context.closePath();
  const turning = handles.find(({ at: [hx, hy] }) => !hx && !hy);
  if (turning) {
    context.moveTo(...placeOn(frame, [0, -1], GAP_PX * unit));
    context.lineTo(turning.x, turning.y);
  }
  context.stroke();
  for (const handle of handles) {
    context.beginPath();
    context.arc(handle.x, handle.y, (SIZE_PX[coarse ? "coarse" : "fine"] / 2) * unit, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {readonly number[]} points @param {number} unit */
export function drawLasso(context, points, unit) {
  context.save();
  context.strokeStyle = ACCENT;
  context.lineWidth = 1.5 * unit;
  context.setLineDash([6 * unit, 5 * unit]);
  context.beginPath();
  for (let i = 0; i + 1 < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
  context.closePath();
  context.stroke();
  context.globalAlpha = 0.06;
  context.fillStyle = ACCENT;
  context.fill();
  context.restore();
}
