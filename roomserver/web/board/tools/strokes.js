/** Pen and highlighter. */
import { BATCH_MS, GAP } from "../ink.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Spot} Spot */

export const DOUBT_MS = 150; // a finger may turn out to be the first of two for this long

export class StrokeTool {
  draws = true;

  /** @param {Desk} desk @param {"pen"|"highlighter"} kind */
  constructor(desk, kind) {
    this.desk = desk;
    this.kind = kind;
    /** @type {any[]} */
    this.timers = [];
  }

  /** @param {Spot} spot */
  down({ x, y, by }) {
    const { ink, page, styles, view } = this.desk;
    ink.gap = Math.max(1, GAP / view.zoom);
    ink.begin(page, { kind: this.kind, ...styles[this.kind] }, x, y, by === "pen", by === "touch");
    this.timers = [setInterval(() => ink.flush(), BATCH_MS), setTimeout(() => ink.release(), DOUBT_MS)];
  }

  /** @param {Spot} spot */
  move({ x, y, pressure }) {
    this.desk.ink.guess = [];
    this.desk.ink.move(x, y, pressure);
  }

  /** @param {Spot[]} spots */
  guess(spots) {
    this.desk.ink.guess = spots.flatMap(({ x, y }) => [x, y]);
  }

  up() {
    this.#rest();
    this.desk.ink.finish();
  }

  cancel() {
    this.#rest();
    this.desk.ink.cancel();
  }

  #rest() {
    const [flushing, doubting] = this.timers;
    clearInterval(flushing);
    clearTimeout(doubting);
  }
}
