/** The laser: shown to everybody, drawn by nobody. */
import { placed } from "./desk.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Spot} Spot */

const POINT_MS = 50; // between two positions

export class Laser {
  looks = true;
  last = -Infinity;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
  }

  /** @param {Spot} spot */
  down(spot) {
    this.move(spot);
  }

  /** @param {Spot} spot */
  move(spot) {
    if (spot.at - this.last < POINT_MS) return;
    this.last = spot.at;
    this.desk.room.point(this.desk.page, ...placed(spot));
  }

  /** A mouse points without being pressed.  @param {Spot|null} spot */
  hover(spot) {
    if (spot && spot.by !== "touch") this.move(spot);
  }

  up() {}
  cancel() {}
}
