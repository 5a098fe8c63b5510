/** What is done to a selection as a whole: copy, cut, paste, duplicate, delete, reorder, restyle. */
import { PATHS, STROKES, rotate } from "../geometry.js";
import { pieceBetween } from "../model.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../../types.js").Shape} Shape */
/** @typedef {{color?: string, width?: number, fill?: string, font?: string, height?: number}} Look */

const APART = 300; // board units from a copy to the next on the same page
const POINTS_A_MESSAGE = 256; // docs/protocol.md, "Limits"
const AT_ONCE = 60; // of the 100 commands that a member may send at once
const PUT_MS = 125; // and then eight of the ten a second

/** Which kinds have which property.  @type {Record<string, (kind: string) => boolean>} */
const HAS = {
  color: (kind) => kind !== "image",
  width: (kind) => STROKES.has(kind) || PATHS.has(kind) || kind === "rectangle" || kind === "ellipse",
  fill: (kind) => ["polygon", "rectangle", "ellipse"].includes(kind),
  font: (kind) => kind === "text",
  height: (kind) => kind === "text",
};

export class Clipboard {
  /** @param {Desk} desk @param {import("./select.js").SelectTool} selected */
  constructor(desk, selected) {
    this.desk = desk;
    this.selected = selected;
    /** @type {readonly Shape[]} as they were when they were copied */
    this.shapes = [];
    this.pasted = 0; // how often since
  }

  /** In drawing order, so that copies lie as their originals do. */
  get #chosen() {
    this.selected.settle();
    const { ids } = this.selected;
    return this.desk.shapes().filter(({ id }) => ids.has(id));
  }

  /** @returns {boolean} was there anything to copy? */
  copy() {
    const chosen = this.#chosen;
    if (!chosen.length) return false;
    this.shapes = chosen;
    this.pasted = 0;
    return true;
  }

  /** @returns {boolean} */
  cut() {
    const any = this.copy();
    this.pasted = -1; // back to where it was
    if (any) this.remove();
    return any;
  }

  /** @returns {boolean} was there anything to paste? */
  paste() {
    const { shapes, desk } = this;
    if (!shapes.length) return false;
    this.pasted += shapes[0].page === desk.page ? 1 : 0;
    const by = /** @type {[number, number]} */ ([APART * this.pasted, APART * this.pasted]);
    this.#place(shapes, by);
    return true;
  }

  duplicate() {
    const chosen = this.#chosen;
    if (chosen.length) this.#place(chosen, [APART, APART]);
  }

  /** The room copies what is there; what is not there any more is put anew.  @param {readonly Shape[]} shapes @param {[number, number]} by */
  #place(shapes, by) {
    const { edits, page } = this.desk;
    const there = shapes.filter(({ id }) => edits.shape(id));
    const copies = edits.copy(there, page, by);
    const bodies = shapes.filter((shape) => !there.includes(shape)).flatMap(wholes).map((body) => moved(body, page, by));
    const anew = bodies.slice(0, AT_ONCE).map((body) => edits.put(body).id);
    this.#putLater(bodies.slice(AT_ONCE));
    this.selected.select([...copies, ...anew]);
  }

  /** No faster than the room takes them.  @param {Omit<Shape, "id"|"z"|"author">[]} bodies */
  #putLater([next, ...others]) {
    if (!next) return;
    setTimeout(() => {
      this.desk.edits.put(next);
      this.#putLater(others);
    }, PUT_MS);
  }

  remove() {
    const chosen = this.#chosen.map(({ id }) => id);
    if (!chosen.length) return;
    this.selected.select([]);
    this.desk.edits.erase(chosen);
  }

  /** @param {"front"|"back"} to */
  order(to) {
    const chosen = this.#chosen.map(({ id }) => id);
    if (chosen.length) this.desk.edits.order(chosen, to);
  }

  /** @param {Look} look */
  restyle(look) {
    const sets = this.#chosen.map((shape) => {
      const news = Object.entries(look).filter(([key, value]) => HAS[key]?.(shape.kind) && /** @type {any} */ (shape)[key] !== value);
      return /** @type {const} */ ([shape.id, Object.fromEntries(news)]);
    });
    const changed = sets.filter(([, set]) => Object.keys(set).length);
    if (changed.length) this.desk.edits.change(Object.fromEntries(changed));
  }
}

/** A shape as messages can carry it: of a long stroke, several pieces.  @param {Shape} shape @returns {Shape[]} */
function wholes(shape) {
  const count = (shape.points?.length ?? 0) / 2;
  if (count <= POINTS_A_MESSAGE) return [shape];
  const pieces = [];
  for (let from = 0; from < count; from += POINTS_A_MESSAGE) {
    pieces.push(pieceBetween(shape, shape.id, 100 * from, 100 * Math.min(count, from + POINTS_A_MESSAGE)));
  }
  return pieces;
}

/** A new shape like this one: a piece starts where its first point lies.
 *  @param {Shape} shape @param {number} page @param {[number, number]} by @returns {Omit<Shape, "id"|"z"|"author">} */
function moved({ id: _id, z: _z, author: _author, from = [0, 0], ...body }, page, [dx, dy]) {
  const [sx, sy] = body.scale ?? [1_000, 1_000];
  const [fx, fy] = rotate((from[0] * sx) / 1_000, (from[1] * sy) / 1_000, body.turn ?? 0);
  const start = /** @type {[number, number]} */ ([Math.round(body.start[0] + fx + dx), Math.round(body.start[1] + fy + dy)]);
  return { ...body, page, start };
}
