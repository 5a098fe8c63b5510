/** What is done to a selection as a whole: copy, cut, paste, duplicate, delete, reorder, restyle. */
import { PATHS, STROKES } from "../geometry.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../../types.js").Shape} Shape */
/** @typedef {{color?: string, width?: number, fill?: string, font?: string, height?: number}} Look */

const APART = 300; // board units from a copy to the next on the same page
const AROUND = 20; // copies, then the next lies where it was copied from

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
    const far = APART * (this.pasted % AROUND);
    const by = /** @type {[number, number]} */ ([far, far]);
    this.#place(shapes, by);
    return true;
  }

  duplicate() {
    const chosen = this.#chosen;
    if (chosen.length) this.#place(chosen, [APART, APART]);
  }

  /** The room copies what is there, and what is gone and can be taken back.  @param {readonly Shape[]} shapes @param {[number, number]} by */
  #place(shapes, by) {
    const { edits, page } = this.desk;
    this.selected.select(edits.copy(shapes, page, by));
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
