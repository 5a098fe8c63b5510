/** How a stroke looks, in board units, on any 2D context (the painter has set the scale). */

/** @typedef {import("./model.js").Stroke} Stroke */

const HIGHLIGHT_ALPHA = 0.6;
const DARK_INK = 0x50; // on a dark page, ink darker than this in every part is shown light

/** @type {WeakMap<Stroke, {length: number, path: Path2D}>} */
const paths = new WeakMap();

/** @param {CanvasRenderingContext2D} context @param {Stroke} stroke @param {boolean} dark */
export function drawStroke(context, stroke, dark = false) {
  const color = dark ? onDark(stroke.color) : stroke.color;
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = color;
  context.fillStyle = color;
  if (stroke.kind === "highlighter") {
    context.globalAlpha = HIGHLIGHT_ALPHA;
    context.globalCompositeOperation = dark ? "screen" : "multiply";
  }
  if (stroke.points.length === 2) dot(context, stroke);
  else if (stroke.pressure && stroke.kind === "pen") pressed(context, stroke);
  else {
    context.lineWidth = stroke.width;
    context.stroke(pathOf(stroke));
  }
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Stroke} stroke */
function dot(context, { points: [x, y], width }) {
  context.beginPath();
  context.arc(x, y, width / 2, 0, 2 * Math.PI);
  context.fill();
}

/** A smooth line: a curve between the midpoints, the points as its handles.  @param {Stroke} stroke */
function pathOf(stroke) {
  const { points } = stroke;
  const cached = paths.get(stroke);
  if (cached && cached.length === points.length) return cached.path;
  const path = new Path2D();
  path.moveTo(points[0], points[1]);
  for (let i = 2; i + 3 < points.length; i += 2) {
    path.quadraticCurveTo(points[i], points[i + 1], (points[i] + points[i + 2]) / 2, (points[i + 1] + points[i + 3]) / 2);
  }
  path.lineTo(points[points.length - 2], points[points.length - 1]);
  paths.set(stroke, { length: points.length, path });
  return path;
}

/** The same line in pieces, each as broad as the pen was pressed.
 *  @param {CanvasRenderingContext2D} context @param {Stroke} stroke */
function pressed(context, { points, pressure, width }) {
  let [fromX, fromY] = points;
  for (let i = 2; i + 1 < points.length; i += 2) {
    const last = i + 3 >= points.length;
    const toX = last ? points[i] : (points[i] + points[i + 2]) / 2;
    const toY = last ? points[i + 1] : (points[i + 1] + points[i + 3]) / 2;
    context.lineWidth = width * (0.35 + (1.3 * (pressure?.[i / 2 - 1] ?? 128)) / 255);
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.quadraticCurveTo(points[i], points[i + 1], toX, toY);
    context.stroke();
    [fromX, fromY] = [toX, toY];
  }
}

/** @param {string} color */
function onDark(color) {
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return parts.every((part) => part < DARK_INK) ? "#f4f4f0" : color;
}

const PAPER = "#ffffff";
const SLATE = "#1f2a30";

/** @param {CanvasRenderingContext2D} context @param {string} background @param {number} width @param {number} height */
export function drawBackground(context, background, width, height) {
  const dark = background === "dark";
  context.fillStyle = dark ? SLATE : PAPER;
  context.fillRect(0, 0, width, height);
  if (background !== "grid" && background !== "ruled") return;
  const step = 500;
  context.strokeStyle = "#dbe5ee";
  context.lineWidth = 10;
  context.beginPath();
  for (let y = step; y < height; y += step) {
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  for (let x = step; background === "grid" && x < width; x += step) {
    context.moveTo(x, 0);
    context.lineTo(x, height);
  }
  context.stroke();
}
