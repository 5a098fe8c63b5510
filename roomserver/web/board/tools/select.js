/** Selecting: tap or lasso; drag to move, handles to resize and turn.  What is done to a selection is in clipboard.js. */
import { boundsOfPoints, caught, frameOf, isRigid, moved, outlineOf, resized, rotate, turned, union } from "../geometry.js";
import { changed } from "../model.js";
import { drawShape } from "../shapes.js";
import { ARROWS } from "./cursor.js";
import { drawFrame, drawLasso, handleAt, handlesOf, isInside, placeOn } from "./handles.js";
import { ask } from "./placing.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Spot} Spot */
/** @typedef {import("../../types.js").Shape} Shape */
/** @typedef {import("../geometry.js").Sets} Sets */
/** @typedef {import("../geometry.js").Frame} Frame */
/** @typedef {import("./handles.js").Handle} Handle */
/** @typedef {{shapes: Shape[], frame: Frame, from: Spot, handle: Handle|null, sets: Sets|null, frameNow: Frame}} Drag */

const START_PX = 4; // a drag shorter than this was a tap
const DOUBLE_MS = 400; // between two taps of a double tap
const TURN_STEP = 150; // tenths of a degree, with shift
const LEAST = 0.02; // of its size, that a shape can be made smaller by in one go
const NUDGE = { coarse: 100, fine: 10 }; // board units an arrow key moves, and with shift
const NUDGE_MS = 400; // after the last key they are one move

export class SelectTool {
  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    /** @type {Set<string>} */
    this.ids = new Set();
    /** @type {Drag|null} */
    this.drag = null;
    /** @type {{points: number[], more: boolean}|null} `more`: to what is selected already */
    this.lasso = null;
    /** A lasso, or a box. */
    this.free = false;
    /** @type {{id: string, at: number}} the last tap */
    this.tapped = { id: "", at: -Infinity };
    /** @type {[number, number]} how far arrow keys have moved the selection */
    this.pushed = [0, 0];
    /** @type {any} */
    this.timer = null;
  }

  /** As they are to be seen now.  @returns {Shape[]} */
  get shapes() {
    return [...this.ids].flatMap((id) => this.desk.edits.shape(id) ?? []);
  }

  get isBusy() {
    return Boolean(this.drag?.sets);
  }

  /** Around them, while they are dragged too. */
  get box() {
    const shapes = this.drag ? this.#dragged(this.drag) : this.shapes;
    return shapes.length ? union(shapes.map((shape) => boundsOfPoints(outlineOf(shape)))) : null;
  }

  /** @param {Iterable<string>} ids */
  select(ids) {
    this.settle();
    const next = new Set(ids);
    if (next.size === this.ids.size && [...next].every((id) => this.ids.has(id))) return;
    this.ids = next;
    this.#tell();
  }

  #tell() {
    this.desk.calls.onSelection?.(this.shapes);
    this.desk.redraw();
  }

  /** The board has changed: what is gone is not selected any more. */
  changed() {
    if (!this.ids.size) return;
    const there = [...this.ids].filter((id) => this.desk.edits.shape(id) || this.drag?.shapes.some((shape) => shape.id === id));
    if (there.length < this.ids.size) this.select(there);
    else if (!this.drag) this.#tell();
  }

  /** @param {Spot} spot */
  down(spot) {
    this.settle();
    const { shapes, desk } = this;
    const handle = shapes.length ? handleAt(this.#handles(shapes), spot.x, spot.y, desk.coarse, desk.unit) : undefined;
    const hit = handle ? undefined : desk.top(spot);
    const inside = shapes.length > 0 && !spot.shift && isInside(frameOf(shapes), spot.x, spot.y, desk.unit);
    if (handle) return this.#take(spot, handle);
    if (hit && spot.shift) return this.select(this.ids.has(hit.id) ? [...this.ids].filter((id) => id !== hit.id) : [...this.ids, hit.id]);
    if (hit && !this.ids.has(hit.id) && !(inside && shapes.length > 1)) this.select([hit.id]);
    if (hit || inside) return this.#take(spot, null);
    if (!spot.shift) this.select([]);
    this.lasso = { points: [spot.x, spot.y], more: spot.shift };
  }

  /** @param {Spot} from @param {Handle|null} handle */
  #take(from, handle) {
    const { shapes } = this;
    const frame = frameOf(shapes);
    this.drag = { shapes, frame, from, handle, sets: null, frameNow: frame };
  }

  /** @param {Spot} spot */
  move(spot) {
    if (this.lasso) this.#throw(spot);
    if (this.drag) this.#pull(this.drag, spot);
    this.desk.redraw();
  }

  /** @param {Spot} spot */
  #throw({ x, y }) {
    const points = this.lasso?.points ?? [];
    if (this.free) points.push(x, y);
    else points.splice(2, Infinity, x, points[1], x, y, points[0], y);
  }

  /** @param {Drag} drag @param {Spot} spot */
  #pull(drag, spot) {
    const { shapes, from, handle } = drag;
    const [dx, dy] = [spot.x - from.x, spot.y - from.y];
    const begins = !drag.sets;
    if (begins) {
      if (Math.hypot(dx, dy) < START_PX * this.desk.unit) return;
      this.desk.edits.draft({ hides: shapes.map(({ id }) => id) });
    }
    if (!handle) drag.sets = moved(shapes, ...(spot.shift ? straight(dx, dy) : /** @type {const} */ ([dx, dy])));
    else if (!handle.at[0] && !handle.at[1]) drag.sets = this.#turn(drag, spot);
    else drag.sets = this.#resize(drag, handle, spot);
    const now = this.#dragged(drag);
    if (begins) this.#tell();
    drag.frameNow = handle && !handle.at[0] && !handle.at[1] && shapes.length > 1 ? drag.frameNow : frameOf(now);
  }

  /** @param {Drag} drag @param {Spot} spot @returns {Sets} */
  #turn({ shapes, frame, from }, spot) {
    const angle = (/** @type {Spot} */ { x, y }) => (Math.atan2(y - frame.y, x - frame.x) * 1_800) / Math.PI;
    let by = angle(spot) - angle(from);
    if (spot.shift) by = Math.round((frame.turn + by) / TURN_STEP) * TURN_STEP - frame.turn;
    return turned(shapes, [frame.x, frame.y], by);
  }

  /** @param {Drag} drag @param {Handle} handle @param {Spot} spot @returns {Sets} */
  #resize({ shapes, frame, from }, { at: [hx, hy] }, spot) {
    const [dx, dy] = rotate(spot.x - from.x, spot.y - from.y, (3_600 - frame.turn) % 3_600);
    const factor = (/** @type {number} */ side, /** @type {number} */ by) => Math.max(LEAST, 1 + by / Math.max(1, side));
    let kx = hx ? factor(frame.width, hx * dx) : 1;
    let ky = hy ? factor(frame.height, hy * dy) : 1;
    const proportional = shapes.some(({ kind }) => kind === "image" || kind === "formula");
    if (hx && hy && (spot.shift || proportional)) kx = ky = Math.max(kx, ky);
    return resized(shapes, frame, [-hx, -hy], kx, ky);
  }

  /** @param {Spot} spot */
  up(spot) {
    const { drag, lasso, desk } = this;
    this.drag = this.lasso = null;
    if (lasso) this.#catch(lasso);
    if (drag?.sets) {
      desk.edits.draft(null);
      desk.edits.change(drag.sets);
      this.#tell();
    } else if (drag && !drag.handle) this.#tap(spot);
    desk.redraw();
  }

  /** @param {{points: number[], more: boolean}} lasso */
  #catch({ points, more }) {
    const inside = this.desk.shapes().filter((shape) => caught(shape, points));
    if (inside.length) this.select([...(more ? this.ids : []), ...inside.map(({ id }) => id)]);
  }

  /** A tap inside a group selects one of it; a second one on a text or formula opens it.  @param {Spot} spot */
  #tap(spot) {
    const hit = this.desk.top(spot);
    const again = hit && this.tapped.id === hit.id && spot.at - this.tapped.at < DOUBLE_MS;
    this.tapped = { id: hit?.id ?? "", at: spot.at };
    if (hit && again) ask(this.desk, hit);
    else if (!spot.shift) this.select(hit ? [hit.id] : []);
  }

  cancel() {
    if (this.drag?.sets) this.desk.edits.draft(null);
    this.drag = this.lasso = null;
    this.desk.redraw();
  }

  leave() {
    this.cancel();
    this.select([]);
  }

  /** Arrow keys move the selection, Enter opens a text.  @param {KeyboardEvent} event @param {boolean} onBoard */
  key({ key, shiftKey }, onBoard) {
    const { shapes } = this;
    if (!shapes.length || !onBoard) return false;
    const way = ARROWS[key];
    if (way) this.#nudge(shiftKey ? NUDGE.fine : NUDGE.coarse, way);
    else if (key === "Enter" && shapes.length === 1 && ["text", "formula"].includes(shapes[0].kind)) ask(this.desk, shapes[0]);
    else return false;
    return true;
  }

  /** @param {number} step @param {[number, number]} way */
  #nudge(step, [dx, dy]) {
    const { edits } = this.desk;
    this.pushed = [this.pushed[0] + step * dx, this.pushed[1] + step * dy];
    edits.draft(null);
    edits.draft({ sets: moved(this.shapes, ...this.pushed) });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), NUDGE_MS);
    this.#tell();
  }

  /** Many steps of the arrow keys are one change. */
  settle() {
    clearTimeout(this.timer);
    const { edits } = this.desk;
    const [dx, dy] = this.pushed;
    if (!dx && !dy) return;
    this.pushed = [0, 0];
    const sets = edits.drafted?.sets ?? {};
    if (Object.keys(sets).length) edits.change(sets);
    edits.draft(null);
  }

  /** @param {Drag} drag */
  #dragged({ shapes, sets }) {
    return shapes.map((shape) => (sets ? changed(shape, sets[shape.id]) : shape));
  }

  /** @param {Shape[]} shapes @param {Frame} [frame] */
  #handles(shapes, frame = frameOf(shapes)) {
    return handlesOf(frame, isRigid(shapes), this.desk.coarse, this.desk.unit);
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    const { drag, lasso, desk } = this;
    if (lasso) drawLasso(context, lasso.points, desk.unit);
    const shapes = drag ? this.#dragged(drag) : this.shapes;
    if (drag?.sets) for (const shape of shapes) drawShape(context, shape, desk.scene);
    if (!shapes.length) return;
    const frame = drag?.sets ? drag.frameNow : frameOf(shapes);
    drawFrame(context, frame, drag?.sets ? [] : this.#handles(shapes, frame), desk.coarse, desk.unit);
  }
}

/** Along one axis only.  @param {number} dx @param {number} dy @returns {[number, number]} */
const straight = (dx, dy) => (Math.abs(dx) > Math.abs(dy) ? [dx, 0] : [0, dy]);
