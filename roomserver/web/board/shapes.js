/**
 * How each shape and background looks, in board units, on any 2D context whose transform is set: the same for the page,
 * thumbnails and a replay.  The server's export (docs/protocol.md, "Board") draws by the same formulas.
 */
import { LINE, headOf, kept, outlineOf, useRuler } from "./geometry.js";
import { HEIGHT, WIDTH } from "./model.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("./assets.js").Assets} Assets */
/** @typedef {{dark: boolean, assets: Assets|null}} Scene */

export const FONTS = {
  sans: '"Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", system-ui, sans-serif',
  serif: '"Noto Serif CJK SC", "Noto Serif SC", "Songti SC", STSong, SimSun, Georgia, serif',
  mono: '"Noto Sans Mono CJK SC", ui-monospace, Menlo, Consolas, "PingFang SC", "Microsoft YaHei", monospace',
};
const HIGHLIGHT_ALPHA = 0.6;
const DARK_INK = 0x50; // on a dark page, ink darker than this in every part is shown light
const LIGHT_INK = "#f4f4f0";
const PAPER = "#ffffff";
const SLATE = "#1f2a30";
const RULE = "#dbe5ee";
export const ACCENT = "#2a78f0"; // frames, cursors and pointers: seen on white paper and on the dark page
const RULE_STEP = 500; // board units between the lines of a grid
const HEAD = Math.tan((25 * Math.PI) / 180); // half the breadth of an arrow's head, in its lengths
const EDGE = 100; // board units beside the page that have its colour: a canvas ends within a pixel
const LEVELS = 16; // pressures that are told apart

/** @param {string} background */
export const isDark = (background) => background === "dark";

/** @param {string} background */
export const paperOf = (background) => (isDark(background) ? SLATE : PAPER);

/** @param {CanvasRenderingContext2D} context @param {Shape} shape @param {Scene} scene */
export function drawShape(context, shape, { dark, assets }) {
  context.save();
  ink(context, shape, dark);
  if (shape.kind === "pen" || shape.kind === "highlighter") drawStroke(context, shape);
  else if (shape.points) drawPath(context, shape, dark);
  else {
    context.translate(...shape.start);
    context.rotate(((shape.turn ?? 0) * Math.PI) / 1_800);
    drawBox(context, shape, dark, assets);
  }
  context.restore();
}

/** Only the first points of a stroke: one that is still arriving, or one's own with points that are only guessed.
 *  @param {CanvasRenderingContext2D} context @param {Shape} shape @param {readonly number[]} points @param {boolean} dark */
export function drawPart(context, shape, points, dark) {
  context.save();
  ink(context, shape, dark);
  if (points.length === 2) dot(context, points, shape.width ?? 1);
  else for (const { path, width } of curves(points, shape)) lay(context, path, width);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Shape} shape @param {boolean} dark */
function ink(context, { kind, color = "#000000" }, dark) {
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = dark ? onDark(color) : color;
  if (kind !== "highlighter") return;
  context.globalAlpha = HIGHLIGHT_ALPHA;
  context.globalCompositeOperation = dark ? "screen" : "multiply";
}

/** @param {string} color */
function onDark(color) {
  const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
  return parts.every((part) => part < DARK_INK) ? LIGHT_INK : color;
}

// Strokes: a smooth line, its points the handles of curves from middle to middle.

/** @typedef {{path: Path2D, width: number}} Curve */

/** @param {CanvasRenderingContext2D} context @param {Shape} shape */
function drawStroke(context, shape) {
  const points = outlineOf(shape);
  if (points.length === 2) dot(context, points, shape.width ?? 1);
  else for (const { path, width } of curvesOf(shape)) lay(context, path, width);
}

const curvesOf = kept((shape) => curves(outlineOf(shape), shape));

/** @param {CanvasRenderingContext2D} context @param {readonly number[]} points @param {number} width */
function dot(context, [x, y], width) {
  context.beginPath();
  context.arc(x, y, width / 2, 0, 2 * Math.PI);
  context.fill();
}

/** @param {CanvasRenderingContext2D} context @param {Path2D} path @param {number} width */
function lay(context, path, width) {
  context.lineWidth = width;
  context.stroke(path);
}

/** A line of one breadth, or for a pen that feels pressure pieces, each as broad as the pen was pressed: 0.35 to 1.65
 *  of its width.  @param {readonly number[]} points @param {Shape} shape @returns {Curve[]} */
function curves(points, { kind, width = 1, pressure }) {
  const levels = kind === "pen" ? pressure : undefined;
  /** @type {Curve[]} */
  const result = [];
  let [level, x, y] = [-1, points[0], points[1]];
  for (let i = 2; i + 1 < points.length; i += 2) {
    const next = levels ? Math.round(((levels[i / 2 - 1] ?? 128) * LEVELS) / 255) : 0;
    if (next !== level) {
      const path = new Path2D();
      path.moveTo(x, y);
      result.push({ path, width: levels ? width * (0.35 + (1.3 * next) / LEVELS) : width });
      level = next;
    }
    const last = i + 3 >= points.length;
    x = last ? points[i] : (points[i] + points[i + 2]) / 2;
    y = last ? points[i + 1] : (points[i + 1] + points[i + 3]) / 2;
    result[result.length - 1].path.quadraticCurveTo(points[i], points[i + 1], x, y);
  }
  return result;
}

// Paths: straight from corner to corner.

/** @param {CanvasRenderingContext2D} context @param {Shape} shape @param {boolean} dark */
function drawPath(context, shape, dark) {
  const { kind, width = 1, fill } = shape;
  const points = [...outlineOf(shape)];
  const head = kind === "arrow" ? cutHead(points, headOf(width)) : null;
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i], points[i + 1]);
  if (kind === "polygon") context.closePath();
  if (fill) filled(context, fill, dark);
  context.lineWidth = width;
  context.stroke();
  if (!head) return;
  context.beginPath();
  for (const [x, y] of head) context.lineTo(x, y);
  context.fill();
}

/** The corners of an arrow's head.  The shaft is made to end where the head begins.  @param {number[]} points @param {number} length */
function cutHead(points, length) {
  while (points.length > 4 && isDouble(points)) points.length -= 2; // it points away from the last other point
  const [fromX, fromY, tipX, tipY] = points.slice(-4);
  const reach = Math.hypot(tipX - fromX, tipY - fromY) || 1;
  const [ux, uy] = [(tipX - fromX) / reach, (tipY - fromY) / reach];
  const [baseX, baseY] = [tipX - ux * length, tipY - uy * length];
  const shaft = Math.min(length, reach);
  points.splice(-2, 2, tipX - ux * shaft, tipY - uy * shaft);
  const half = length * HEAD;
  return [[tipX, tipY], [baseX - uy * half, baseY + ux * half], [baseX + uy * half, baseY - ux * half]];
}

/** Are the last two points the same?  @param {readonly number[]} points */
const isDouble = (points) => points[points.length - 2] === points[points.length - 4] && points[points.length - 1] === points[points.length - 3];

/** @param {CanvasRenderingContext2D} context @param {string} fill @param {boolean} dark */
function filled(context, fill, dark) {
  const { fillStyle } = context;
  context.fillStyle = dark ? onDark(fill) : fill;
  context.fill();
  context.fillStyle = fillStyle;
}

// Boxes and texts: in a context that begins at their start and is turned with them.

/** @param {CanvasRenderingContext2D} context @param {Shape} shape @param {boolean} dark @param {Assets|null} assets */
function drawBox(context, shape, dark, assets) {
  const { kind, size: [w, h] = [1, 1], width = 1, fill } = shape;
  if (kind === "text") return drawText(context, shape);
  if (kind === "image") return drawImage(context, assets?.picture(shape.asset ?? ""), w, h);
  if (kind === "formula") return drawFormula(context, shape, assets);
  context.beginPath();
  if (kind === "ellipse") context.ellipse(w / 2, h / 2, w / 2, h / 2, 0, 0, 2 * Math.PI);
  else context.rect(0, 0, w, h);
  if (fill) filled(context, fill, dark);
  context.lineWidth = width;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Pick<Shape, "text"|"height"|"font">} shape */
function drawText(context, { text = "", height = 0, font = "sans" }) {
  context.font = `${height}px ${FONTS[font]}`;
  context.textBaseline = "alphabetic";
  for (const [i, line] of text.split("\n").entries()) context.fillText(line, 0, height * (1 + LINE * i));
}

/** @param {CanvasRenderingContext2D} context @param {ImageBitmap|null|undefined} picture @param {number} w @param {number} h */
function drawImage(context, picture, w, h) {
  if (picture) context.drawImage(picture, 0, 0, w, h);
  else gap(context, w, h);
}

/** A formula's path is in thousandths of an em, and stretched over its box.
 *  @param {CanvasRenderingContext2D} context @param {Shape} shape @param {Assets|null} assets */
function drawFormula(context, { latex = "", size: [w, h] = [1, 1] }, assets) {
  const formula = assets?.formula(latex);
  if (!formula && assets?.isWrong(latex)) return drawSource(context, latex, w, h);
  if (!formula) return gap(context, w, h);
  context.scale(w / formula.width, h / formula.height);
  context.fill(formula.path);
}

/** What nobody can set is shown as it was written, as wide as the box.
 *  @param {CanvasRenderingContext2D} context @param {string} latex @param {number} w @param {number} h */
function drawSource(context, latex, w, h) {
  const height = Math.max(1, Math.min(h * 0.8, (1.6 * w) / latex.length)); // a letter of a fixed width is 0.6 high
  context.translate(0, (h - height) / 2);
  drawText(context, { text: latex, height, font: "mono" });
}

/** The place of something that has not come, or never will.  @param {CanvasRenderingContext2D} context @param {number} w @param {number} h */
function gap(context, w, h) {
  context.globalAlpha = 0.12;
  context.fillStyle = "#5b6773";
  context.fillRect(0, 0, w, h);
}

// Backgrounds

/** @param {CanvasRenderingContext2D} context @param {string} background @param {Assets|null} assets */
export function drawBackground(context, background, assets) {
  context.fillStyle = paperOf(background);
  context.fillRect(-EDGE, -EDGE, WIDTH + 2 * EDGE, HEIGHT + 2 * EDGE);
  if (background.length === 32) return drawSlide(context, assets?.picture(background));
  if (background !== "grid" && background !== "ruled") return;
  context.strokeStyle = RULE;
  context.lineWidth = 10;
  context.beginPath();
  for (let y = RULE_STEP; y < HEIGHT; y += RULE_STEP) {
    context.moveTo(0, y);
    context.lineTo(WIDTH, y);
  }
  for (let x = RULE_STEP; background === "grid" && x < WIDTH; x += RULE_STEP) {
    context.moveTo(x, 0);
    context.lineTo(x, HEIGHT);
  }
  context.stroke();
}

/** As large as fits, in the middle.  @param {CanvasRenderingContext2D} context @param {ImageBitmap|null|undefined} slide */
function drawSlide(context, slide) {
  if (!slide) return;
  const fit = Math.min(WIDTH / slide.width, HEIGHT / slide.height);
  const [w, h] = [slide.width * fit, slide.height * fit];
  context.drawImage(slide, (WIDTH - w) / 2, (HEIGHT - h) / 2, w, h);
}

if (typeof document !== "undefined") {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  useRuler((line, height, font) => {
    context.font = `100px ${FONTS[/** @type {keyof FONTS} */ (font)]}`;
    return (context.measureText(line).width * height) / 100;
  });
}
