/**
 * Strokes of others as they arrive: their newest points come about every 100 ms and are shown over that time, so that a
 * line grows as it was drawn instead of in jumps.  Pure: time comes in.
 */
import { outlineOf } from "./geometry.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {{from: number, count: number, at: number}} Growth   shown when the newest points came, and how many there are since */

export const REVEAL_MS = 110; // the server's tick, the sender's batch and some of the network between two events

export class Reveal {
  constructor() {
    /** @type {Map<string, Growth>} */
    this.grown = new Map();
  }

  /** A stroke was begun, or points have come.  @param {Shape} shape @param {number} now */
  grow(shape, now) {
    const count = (shape.points?.length ?? 0) / 2;
    const old = this.grown.get(shape.id);
    // One that was long when this page came to it is shown as it is.
    this.grown.set(shape.id, { from: old ? shown(old, now) : count, count, at: now });
  }

  /** @param {string} id */
  forget(id) {
    this.grown.delete(id);
  }

  /** Is all of it shown?  @param {string} id @param {number} now */
  isWhole(id, now) {
    const growth = this.grown.get(id);
    return !growth || shown(growth, now) >= growth.count;
  }

  /** The points to be shown now, the last one perhaps on its way.  @param {Shape} shape @param {number} now @returns {readonly number[]} */
  points(shape, now) {
    const points = outlineOf(shape);
    const growth = this.grown.get(shape.id);
    const until = growth ? shown(growth, now) : Infinity;
    const whole = Math.floor(until);
    if (2 * whole + 3 >= points.length) return points;
    const part = until - whole;
    if (!part) return points.slice(0, 2 * whole + 2);
    const [ax, ay, bx, by] = points.slice(2 * whole, 2 * whole + 4);
    return [...points.slice(0, 2 * whole + 2), ax + part * (bx - ax), ay + part * (by - ay)];
  }
}

/** @param {Growth} growth @param {number} now */
const shown = ({ from, count, at }, now) => from + (count - from) * Math.max(0, Math.min(1, (now - at) / REVEAL_MS));
