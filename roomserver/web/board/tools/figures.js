/** Lines, arrows, rectangles and ellipses, drawn from corner to corner; polygons, from click to click. */
import { WIDTH } from "../model.js";
import { ACCENT, drawShape } from "../shapes.js";
import { placed } from "./desk.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Spot} Spot */
/** @typedef {[number, number]} Point */

const LEAST_PX = 4; // what is smaller was a click
const STEP = Math.PI / 12; // lines are held to multiples of 15 degrees
const CORNER_PX = 12; // this near to the first corner closes a polygon
const DOUBLE_MS = 400; // between two clicks of a double click
const CORNERS = 256; // docs/protocol.md, "Limits"

export class FigureTool {
  draws = true;

  /** @param {Desk} desk @param {"line"|"arrow"|"rectangle"|"ellipse"} kind */
  constructor(desk, kind) {
    this.desk = desk;
    this.kind = kind;
    /** @type {Point|null} */
    this.from = null;
    /** @type {Point} */
    this.to = [0, 0];
  }

  /** @param {Spot} spot */
  down(spot) {
    this.from = this.to = placed(spot);
  }

  /** @param {Spot} spot */
  move(spot) {
    if (!this.from) return;
    this.to = spot.shift ? this.#held(this.from, placed(spot)) : placed(spot);
    this.desk.redraw();
  }

  /** @param {Spot} spot */
  up(spot) {
    this.move(spot);
    const body = this.#body();
    this.cancel();
    if (body) this.desk.edits.put(body);
  }

  cancel() {
    this.from = null;
    this.desk.redraw();
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    const body = this.#body();
    if (body) drawShape(context, /** @type {any} */ (body), this.desk.scene);
  }

  /** Lines to steps of 15 degrees, boxes to squares.  @param {Point} from @param {Point} to @returns {Point} */
  #held([fromX, fromY], [x, y]) {
    const [dx, dy] = [x - fromX, y - fromY];
    if (this.kind === "line" || this.kind === "arrow") {
      const angle = Math.round(Math.atan2(dy, dx) / STEP) * STEP;
      const length = Math.min(Math.hypot(dx, dy), WIDTH / Math.max(Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))));
      return [Math.round(fromX + length * Math.cos(angle)), Math.round(fromY + length * Math.sin(angle))];
    }
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    return [fromX + (dx < 0 ? -side : side), fromY + (dy < 0 ? -side : side)];
  }

  #body() {
    if (!this.from) return null;
    const { kind, desk, from, to } = this;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    if (Math.hypot(dx, dy) < LEAST_PX * desk.unit) return null;
    const { color, width, fill } = desk.styles.shape;
    const common = { page: desk.page, kind, color, width };
    if (kind === "line" || kind === "arrow") return { ...common, start: from, points: [dx, dy] };
    const start = /** @type {Point} */ ([Math.min(from[0], to[0]), Math.min(from[1], to[1])]);
    const size = /** @type {Point} */ ([Math.max(1, Math.abs(dx)), Math.max(1, Math.abs(dy))]);
    return { ...common, start, size, ...(fill ? { fill } : {}) };
  }
}

export class PolygonTool {
  draws = true;
  /** @type {Point[]} */
  corners = [];
  /** @type {Point|null} where the next one would be */
  next = null;
  clicked = -Infinity;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  down() {}

  /** @param {Spot} spot */
  move(spot) {
    this.hover(spot);
  }

  /** @param {Spot} spot */
  up(spot) {
    const at = placed(spot);
    const again = spot.at - this.clicked < DOUBLE_MS && this.#isNear(at, this.corners.length - 1);
    this.clicked = spot.at;
    if (again || this.#isNear(at, 0)) return this.#close();
    this.corners.push(at);
    this.next = at;
    if (this.corners.length === CORNERS) this.#close();
    this.desk.redraw();
  }

  /** @param {Spot|null} spot */
  hover(spot) {
    if (!this.corners.length) return;
    this.next = spot ? placed(spot) : null;
    this.desk.redraw();
  }

  cancel() {
    this.corners = [];
    this.next = null;
    this.desk.redraw();
  }

  leave() {
    this.cancel();
  }

  /** @param {KeyboardEvent} event */
  key({ key }) {
    if (!this.corners.length) return false;
    if (key === "Enter" && this.corners.length > 2) this.#close();
    else if (key === "Backspace") this.corners.pop();
    else if (key === "Escape") this.cancel();
    else return false;
    this.desk.redraw();
    return true;
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    const { desk, corners, next } = this;
    if (!corners.length) return;
    const { color, width } = desk.styles.shape;
    drawShape(context, /** @type {any} */ ({ ...body([...corners, ...(next ? [next] : [])]), kind: "line", color, width }), desk.scene);
    context.strokeStyle = ACCENT;
    context.lineWidth = 1.5 * desk.unit;
    context.beginPath();
    context.arc(...corners[0], CORNER_PX * desk.unit, 0, 2 * Math.PI);
    context.stroke();
  }

  /** @param {Point} at @param {number} corner */
  #isNear([x, y], corner) {
    const there = this.corners[corner];
    return there !== undefined && Math.hypot(x - there[0], y - there[1]) < CORNER_PX * this.desk.unit;
  }

  /** Two corners are not a polygon yet. */
  #close() {
    const { corners, desk } = this;
    if (corners.length < 3) return;
    const { color, width, fill } = desk.styles.shape;
    this.cancel();
    desk.edits.put({ page: desk.page, kind: "polygon", color, width, ...body(corners), ...(fill ? { fill } : {}) });
  }
}

/** @param {Point[]} corners */
function body(corners) {
  const points = corners.slice(1).flatMap(([x, y], i) => [x - corners[i][0], y - corners[i][1]]);
  return { start: corners[0], points };
}
