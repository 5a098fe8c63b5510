/** Pen and highlighter. */
import { BATCH_MS, GAP } from "../ink.js";
import { placed } from "./desk.js";

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
    this.guessed = false; // since the last flush
  }

  /** @param {Spot} spot */
  down({ x, y, by }) {
    const { ink, page, styles, view } = this.desk;
    ink.gap = Math.max(1, GAP / view.zoom);
    ink.begin(page, { kind: this.kind, ...styles[this.kind] }, x, y, by === "pen", by === "touch");
    this.timers = [setInterval(() => this.#flush(), BATCH_MS), setTimeout(() => ink.release(), DOUBT_MS)];
  }

  /** Where the pen rests, it is not guessed to go on. */
  #flush() {
    const { ink } = this.desk;
    ink.flush();
    if (!this.guessed && ink.guess.length) {
      ink.guess = [];
      this.desk.redraw();
    }
    this.guessed = false;
  }

  /** @param {Spot} spot */
  move({ x, y, pressure }) {
    this.desk.ink.guess = [];
    this.desk.ink.move(x, y, pressure);
  }

  /** @param {Spot[]} spots */
  guess(spots) {
    this.desk.ink.guess = spots.flatMap(placed);
    this.guessed = true;
  }

  up() {
    this.#rest();
    this.desk.ink.finish();
  }

  drop() {
    this.up();
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
