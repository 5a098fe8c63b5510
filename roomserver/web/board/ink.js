/**
 * One's own ink: seen at once, sent in batches, and handed over to the board when the room has confirmed it.
 * No DOM, no timer: whoever owns the pen calls `flush` every 50 ms.
 */
import { HEIGHT, WIDTH } from "./model.js";

/** @typedef {import("./model.js").Stroke} Stroke */
/** @typedef {import("../types.js").Answer} Answer */
/** @typedef {{kind: import("../types.js").StrokeKind, color: string, width: number}} Style */
/**
 * @typedef {object} Sender
 * @property {(type: string, fields: any) => {done: Promise<Answer>}} command
 * @property {(shape: string, points: number[], pressure: number[]|null) => {done: Promise<Answer>}} extend
 */
/** @typedef {Stroke & {refused?: boolean}} Own */

export const BATCH_MS = 50;
const POINTS_A_MESSAGE = 256; // docs/protocol.md, "Limits"
const POINTS_A_STROKE = 4_000; // then a new one begins where this one ends
const GAP = 8; // board units between two points kept: under a pixel on any classroom screen

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

  /** The board was replaced by a snapshot: what it does not hold is gone, what it holds is confirmed. */
  forget() {
    this.wet = null;
    this.strokes.clear();
    this.onChange();
  }

  /** @param {number} page @param {Style} style @param {number} x @param {number} y @param {boolean} pressed */
  begin(page, { kind, color, width }, x, y, pressed) {
    if (this.wet) this.finish();
    const id = `${this.member}.${this.next++}`;
    const at = /** @type {[number, number]} */ ([within(x, WIDTH), within(y, HEIGHT)]);
    /** @type {Own} */
    const stroke = {
      id, page, author: this.member, kind, color, width, z: Infinity, finished: false,
      points: [...at], pressure: pressed ? [] : null,
    };
    this.wet = stroke;
    this.strokes.set(id, stroke);
    void this.to.command("board.begin", { shape: id, page, kind, color, width, at }).done.then((answer) => {
      if (!answer.ok) this.#refuse(stroke, answer);
    });
    this.onChange();
  }

  /** @param {number} x @param {number} y @param {number} pressure 0..1 */
  move(x, y, pressure) {
    const stroke = this.wet;
    if (!stroke) return;
    const [px, py] = stroke.points.slice(-2);
    const [dx, dy] = [within(x, WIDTH) - px, within(y, HEIGHT) - py];
    if (Math.abs(dx) + Math.abs(dy) < GAP) return;
    stroke.points.push(px + dx, py + dy);
    this.deltas.push(dx, dy);
    if (stroke.pressure) {
      const level = within(pressure * 255, 255);
      stroke.pressure.push(level);
      this.pressures.push(level);
    }
    if (this.deltas.length >= 2 * POINTS_A_MESSAGE) this.flush();
    if (stroke.points.length / 2 > POINTS_A_STROKE) this.#continue(stroke);
    this.onChange();
  }

  /** Send what has gathered. */
  flush() {
    const stroke = this.wet;
    if (!stroke || !this.deltas.length) return;
    const pressure = stroke.pressure ? this.pressures : null;
    if (!stroke.refused) void this.to.extend(stroke.id, this.deltas, pressure);
    this.deltas = [];
    this.pressures = [];
  }

  finish() {
    const stroke = this.wet;
    if (!stroke) return;
    this.flush();
    this.wet = null;
    if (stroke.refused) return;
    void this.to.command("board.finish", { shape: stroke.id }).done.then((answer) => {
      if (!answer.ok) this.settle(stroke.id); // the server has finished it, or it is gone
    });
  }

  /** The room's own account of a stroke is complete (or it was taken away): show that instead. @param {string} id */
  settle(id) {
    if (this.wet?.id === id) this.wet = null;
    if (this.strokes.delete(id)) this.onChange();
  }

  /** Follow an event of the board.  @param {import("../types.js").Message} event */
  follow(event) {
    if (event.type === "board.finished") this.settle(event.shape);
    else if (event.type === "board.erased") for (const id of event.shapes) this.settle(id);
    else if (event.type === "board.cleared") this.#drop((stroke) => stroke.page === event.page && [stroke.author, "all"].includes(event.whose));
    else if (event.type === "page.removed") this.#drop((stroke) => stroke.page === event.page);
  }

  /** @param {(stroke: Own) => boolean} gone */
  #drop(gone) {
    for (const stroke of [...this.strokes.values()]) if (stroke !== this.wet && gone(stroke)) this.settle(stroke.id);
  }

  /** @param {Own} stroke */
  #continue(stroke) {
    const [x, y] = stroke.points.slice(-2);
    this.finish();
    if (!stroke.refused) this.begin(stroke.page, stroke, x, y, stroke.pressure !== null);
  }

  /** @param {Own} stroke @param {Answer} answer */
  #refuse(stroke, answer) {
    stroke.refused = true;
    this.settle(stroke.id);
    this.onRefused(answer);
  }
}
