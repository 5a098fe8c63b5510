/** Two erasers: one takes whole shapes, the other what it passes over. */
import { STROKES, boundsOf, boundsOfPoints, hits, overlap, remains, wiped } from "../geometry.js";
import { pieceBetween } from "../model.js";

const PARTS = 200; // of one stroke; docs/protocol.md, "Limits"

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Spot} Spot */
/** @typedef {import("../../types.js").Shape} Shape */
/** @typedef {import("../geometry.js").Part} Part */

/** What both have: a ring, and a way from spot to spot. */
class Eraser {
  draws = true;

  /** @param {Desk} desk */
  constructor(desk) {
    this.desk = desk;
    /** @type {Spot|null} */
    this.ring = null;
    /** @type {Spot|null} where it was last */
    this.last = null;
  }

  /** As large as it looks, whatever the zoom. */
  get reach() {
    return this.desk.styles.eraser.reach / this.desk.view.zoom;
  }

  /** @param {Spot} spot */
  down(spot) {
    this.begin();
    this.move(spot);
  }

  /** @param {Spot} spot */
  move(spot) {
    this.hover(spot);
    this.wipe(this.last ?? spot, spot);
    this.last = spot;
  }

  /** One sweep is one step to take back: it is sent when the eraser is lifted.  @param {Spot} spot */
  up(spot) {
    this.last = null;
    if (spot.by === "touch") this.hover(null);
    this.send();
    this.desk.edits.draft(null);
  }

  cancel() {
    this.last = null;
    this.hover(null);
    this.begin();
    this.desk.edits.draft(null);
  }

  /** @param {Spot|null} spot */
  hover(spot) {
    this.ring = spot;
    this.desk.redraw();
  }

  leave() {
    this.hover(null);
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (!this.ring) return;
    context.strokeStyle = "#5b6773";
    context.lineWidth = 1.5 * this.desk.unit;
    context.beginPath();
    context.arc(this.ring.x, this.ring.y, this.reach, 0, 2 * Math.PI);
    context.stroke();
  }

  begin() {}
  send() {}
  /** Everything between the last position and this one.  @param {Spot} _from @param {Spot} _to */
  wipe(_from, _to) {}
}

export class ShapeEraser extends Eraser {
  /** @type {Set<string>} */
  gone = new Set();

  begin() {
    this.gone = new Set();
  }

  /** @param {Spot} from @param {Spot} to */
  wipe(from, to) {
    const { desk, reach } = this;
    const near = boundsOfPoints([from.x, from.y, to.x, to.y], reach);
    const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / reach) || 1; // a quick hand skips no line
    const found = desk.shapes().filter((shape) => overlap(boundsOf(shape), near)).filter((shape) => {
      for (let i = 0; i <= steps; i++) {
        if (hits(shape, from.x + ((to.x - from.x) * i) / steps, from.y + ((to.y - from.y) * i) / steps, reach)) return true;
      }
      return false;
    });
    if (!found.length) return;
    for (const { id } of found) this.gone.add(id);
    desk.edits.draft({ hides: [...this.gone] }, found);
  }

  send() {
    if (this.gone.size) this.desk.edits.erase([...this.gone]);
  }
}

export class AreaEraser extends Eraser {
  /** @type {Shape[]} strokes of the page when the sweep began */
  strokes = [];
  /** @type {Map<string, {gone: Part[], stay: Part[], pieces: Shape[]}>} */
  cuts = new Map();

  begin() {
    const { board } = this.desk.room;
    this.strokes = this.desk.shapes().filter(({ id, kind }) => STROKES.has(kind) && board.shapes.has(id));
    this.cuts = new Map();
  }

  /** @param {Spot} from @param {Spot} to */
  wipe(from, to) {
    /** @type {Shape[]} */
    const touched = [];
    for (const stroke of this.strokes) {
      const gone = wiped(stroke, from.x, from.y, to.x, to.y, this.reach);
      if (!gone.length) continue;
      const all = [...(this.cuts.get(stroke.id)?.gone ?? []), ...gone];
      const stay = remains(stroke, all);
      if (!stay || stay.length > PARTS) continue; // a stroke in more pieces than that takes a sweep of its own
      const pieces = stay.map(([a, b], i) => pieceBetween(stroke, `${stroke.id}~${i}`, a, b));
      this.cuts.set(stroke.id, { gone: all, stay, pieces });
      touched.push(stroke);
    }
    if (touched.length) this.desk.edits.draft({ hides: [...this.cuts.keys()], shows: this.#pieces }, touched);
  }

  get #pieces() {
    return [...this.cuts.values()].flatMap(({ pieces }) => pieces);
  }

  send() {
    const { edits, room } = this.desk;
    const cuts = [...this.cuts].filter(([id]) => room.board.shapes.has(id)); // somebody may have been faster
    edits.cut(new Map(cuts.map(([id, { stay }]) => [id, stay])), this.#pieces);
  }
}
