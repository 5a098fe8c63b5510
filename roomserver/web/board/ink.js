/**
 * One's own ink: seen at once, sent in batches, and handed over to the board when the room has confirmed it.
 * No DOM, no timer: whoever owns the pen calls `flush` every 50 ms.
 */
import { HEIGHT, WIDTH } from "./model.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("../types.js").Answer} Answer */
/** @typedef {{kind: "pen"|"highlighter", color: string, width: number}} Style */
/**
 * @typedef {object} Sender
 * @property {(type: string, fields: any) => {done: Promise<Answer>}} command
 * @property {(shape: string, points: number[], pressure: number[]|null) => {done: Promise<Answer>}} extend
 */
/** @typedef {Shape & {points: number[], refused?: boolean}} Own */

export const BATCH_MS = 50;
const POINTS_A_MESSAGE = 256; // docs/protocol.md, "Limits"
const POINTS_A_STROKE = 4_000; // then a new one begins where this one ends
export const GAP = 8; // board units between two points kept: under a pixel on any classroom screen
export const TOP = 2 ** 52; // the `z` of what the server has not placed yet: above all others

/** @param {number} value @param {number} most */
const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));

export class Ink {
  /**
   * @param {Sender} to
   * @param {() => void} onChange   something is to be painted again
   * @param {(answer: Answer) => void} onRefused
   */
  constructor(to, onChange, onRefused) {
    this.to = to;
    this.onChange = onChange;
    this.onRefused = onRefused;
    this.member = 0;
    this.next = 1;
    /** @type {Map<string, Own>} drawn here, not yet confirmed whole */
    this.strokes = new Map();
    /** @type {Own|null} under the pen now */
    this.wet = null;
    /** @type {[number, number]} where the wet stroke ends */
    this.tip = [0, 0];
    this.gap = GAP; // between two points kept; less where the page is magnified
    /** @type {(() => void)|null} how the wet stroke is announced, while it may turn out not to be meant */
    this.held = null;
    /** @type {number[]} where the browser thinks that the pen will be in a moment: x, y… */
    this.guess = [];
    /** @type {number[]} */
    this.deltas = [];
    /** @type {number[]} */
    this.pressures = [];
  }

  /** Where the shape ids go on.  @param {number} member @param {number} next */
  meet(member, next) {
    this.member = member;
    this.next = Math.max(this.next, next);
  }

  /** An id that was never used.  @returns {string} */
  id() {
    return `${this.member}.${this.next++}`;
  }

  /** Ids in a row, for copies.  @param {number} count @returns {number} the number of the first */
  ids(count) {
    const first = this.next;
    this.next += count;
    return first;
  }

  /** The board was replaced by a snapshot: what it does not hold is gone, what it holds is confirmed. */
  forget() {
    this.wet = this.held = null;
    this.strokes.clear();
    this.onChange();
  }

  /** @param {number} page @param {Style} style @param {number} x @param {number} y @param {boolean} pressed
   *  @param {boolean} [held]   nobody is told before `release` */
  begin(page, { kind, color, width }, x, y, pressed, held = false) {
    if (this.wet) this.finish();
    const id = this.id();
    const at = /** @type {[number, number]} */ ([within(x, WIDTH), within(y, HEIGHT)]);
    /** @type {Own} */
    const stroke = { id, page, author: this.member, kind, z: TOP + this.next, start: at, color, width, points: [], open: true };
    if (pressed) stroke.pressure = [];
    this.wet = stroke;
    this.tip = [...at];
    this.strokes.set(id, stroke);
    this.held = () => {
      void this.to.command("board.begin", { shape: id, page, kind, color, width, at }).done.then((answer) => {
        if (!answer.ok) this.#refuse(stroke, answer);
      });
    };
    if (!held) this.release();
    this.onChange();
  }

  /** The stroke is meant: the room may know. */
  release() {
    const announce = this.held;
    this.held = null;
    announce?.();
  }

  /** @param {number} x @param {number} y @param {number} pressure 0..1 */
  move(x, y, pressure) {
    const stroke = this.wet;
    if (!stroke) return;
    const [dx, dy] = [within(x, WIDTH) - this.tip[0], within(y, HEIGHT) - this.tip[1]];
    if (Math.abs(dx) + Math.abs(dy) < this.gap) return;
    this.tip[0] += dx;
    this.tip[1] += dy;
    stroke.points.push(dx, dy);
    this.deltas.push(dx, dy);
    if (stroke.pressure) {
      const level = within(pressure * 255, 255);
      stroke.pressure.push(level);
      this.pressures.push(level);
    }
    if (this.deltas.length >= 2 * POINTS_A_MESSAGE) {
      this.release();
      this.flush();
    }
    if (stroke.points.length >= 2 * POINTS_A_STROKE) this.#continue(stroke);
    this.onChange();
  }

  /** Send what has gathered. */
  flush() {
    const stroke = this.wet;
    if (!stroke || !this.deltas.length || this.held) return;
    const pressure = stroke.pressure ? this.pressures : null;
    if (!stroke.refused) void this.to.extend(stroke.id, this.deltas, pressure);
    this.deltas = [];
    this.pressures = [];
  }

  finish() {
    const stroke = this.wet;
    if (!stroke) return;
    this.release();
    this.flush();
    this.wet = null;
    this.guess = [];
    if (stroke.refused) return;
    void this.to.command("board.finish", { shape: stroke.id }).done.then((answer) => {
      if (!answer.ok) this.settle(stroke.id); // the server has finished it, or it is gone
    });
  }

  /** The wet stroke was not meant: whatever of it has been sent is taken back. */
  cancel() {
    const stroke = this.wet;
    if (!stroke) return;
    const told = !this.held;
    this.held = null;
    [this.deltas, this.pressures, this.guess] = [[], [], []];
    if (told) {
      this.finish();
      void this.to.command("board.erase", { shapes: [stroke.id] });
    }
    this.settle(stroke.id);
  }

  /** The room's own account of a stroke is complete (or it was taken away): show that instead. @param {string} id */
  settle(id) {
    if (this.wet?.id === id) this.wet = null;
    if (this.strokes.delete(id)) this.onChange();
  }

  /** Follow an event of the board.  @param {import("../types.js").Message} event @param {(page: number) => boolean} isCommon */
  follow(event, isCommon = () => true) {
    if (event.type === "board.finished") this.settle(event.shape);
    else if (event.type === "board.erased") for (const id of event.shapes) this.settle(id);
    else if (event.type === "board.cut") for (const id of Object.keys(event.cuts)) this.settle(id);
    else if (event.type === "board.restored") for (const id of event.gone ?? []) this.settle(id);
    else if (event.type === "page.removed") this.#drop((stroke) => stroke.page === event.page);
    else if (event.type === "board.cleared") {
      const { page, whose } = event;
      this.#drop((stroke) => [stroke.author, "all"].includes(whose) && (page === null ? isCommon(stroke.page) : stroke.page === page));
    }
  }

  /** @param {(stroke: Own) => boolean} gone */
  #drop(gone) {
    for (const stroke of [...this.strokes.values()]) if (stroke !== this.wet && gone(stroke)) this.settle(stroke.id);
  }

  /** @param {Own} stroke */
  #continue(stroke) {
    const [x, y] = this.tip;
    this.finish();
    if (!stroke.refused) this.begin(stroke.page, /** @type {any} */ (stroke), x, y, stroke.pressure !== undefined);
  }

  /** @param {Own} stroke @param {Answer} answer */
  #refuse(stroke, answer) {
    stroke.refused = true;
    this.settle(stroke.id);
    this.onRefused(answer);
  }
}
