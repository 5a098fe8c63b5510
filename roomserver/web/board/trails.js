/** Pointers of others and lasers with their fading trails.  Time comes in. */
import { ACCENT } from "./shapes.js";

/** @typedef {{x: number, y: number, at: number}} Spot */
/** @typedef {{page: number, laser: boolean, spots: Spot[]}} Trail */

const STAYS_MS = 2_500; // how long a pointer stays after it has stopped
const FADES_MS = 600; // and of that, how long it fades
const TRAIL_MS = 900; // how long a laser's way is seen
const APART_MS = 400; // positions further apart than this are two ways
const LASER = "#e11d2e";

export class Trails {
  constructor() {
    /** @type {Map<number, Trail>} */
    this.trails = new Map();
  }

  /** @param {{member: number, page: number, x: number, y: number, laser: boolean}} pointer @param {number} now */
  push({ member, page, x, y, laser }, now) {
    const old = this.trails.get(member);
    const spots = old?.page === page ? old.spots.filter(({ at }) => now - at < TRAIL_MS) : [];
    this.trails.set(member, { page, laser, spots: [...spots, { x, y, at: now }] });
  }

  /** @param {CanvasRenderingContext2D} context   in board units @param {number} page @param {number} now
   *  @param {number} unit   board units for a CSS pixel @param {(member: number) => string} name @returns {boolean} will it look different soon? */
  draw(context, page, now, unit, name) {
    for (const [member, trail] of this.trails) {
      const spot = trail.spots[trail.spots.length - 1];
      const left = STAYS_MS - (now - spot.at);
      if (left <= 0) this.trails.delete(member);
      else if (trail.page === page) {
        context.save();
        context.fillStyle = context.strokeStyle = trail.laser ? LASER : ACCENT;
        if (trail.laser) way(context, trail.spots, now, unit);
        context.globalAlpha = Math.min(1, left / FADES_MS);
        disc(context, spot, unit);
        context.font = `${15 * unit}px system-ui, sans-serif`;
        context.fillText(name(member), spot.x + 16 * unit, spot.y - 12 * unit);
        context.restore();
      }
    }
    return this.trails.size > 0;
  }
}

/** @param {CanvasRenderingContext2D} context @param {Spot} spot @param {number} unit */
function disc(context, { x, y }, unit) {
  const { globalAlpha } = context;
  for (const [radius, alpha] of [[6, 1], [14, 0.25]]) {
    context.globalAlpha = globalAlpha * alpha;
    context.beginPath();
    context.arc(x, y, radius * unit, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = globalAlpha;
}

/** @param {CanvasRenderingContext2D} context @param {readonly Spot[]} spots @param {number} now @param {number} unit */
function way(context, spots, now, unit) {
  context.lineCap = "round";
  for (let i = 1; i < spots.length; i++) {
    const [a, b] = [spots[i - 1], spots[i]];
    const fresh = 1 - (now - a.at) / TRAIL_MS;
    if (fresh <= 0 || b.at - a.at > APART_MS) continue;
    context.globalAlpha = fresh;
    context.lineWidth = (2 + 6 * fresh) * unit;
    context.beginPath();
    context.moveTo(a.x, a.y);
    context.lineTo(b.x, b.y);
    context.stroke();
  }
}
