/**
 * The board as the fold of its events, as whiteboard/state.py folds them.  No DOM.
 *
 * A shape is the plain body of docs/protocol.md: flat deltas, defaults left out.  It is never changed in place, but for
 * an open stroke, which only grows; so whatever is worked out from a shape may be kept beside it (geometry.js).
 * `apply` returns what a painter must do about an event.
 */

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("../types.js").BoardBody} BoardBody */

export const WIDTH = 16_000; // board units; docs/protocol.md, "Board"
export const HEIGHT = 9_000;
const STEP = 100; // positions a segment, along a stroke that is cut

/** @typedef {{kind: "none"|"live"|"ink"|"page"|"pages", shapes: readonly Shape[]}} Damage
 *  `live`: open strokes grew; `ink`: these are to be laid on top; `page`: what these cover or covered is to be painted
 *  anew; `pages`: and the list of pages, or what may be done on them, has changed */

/** @type {Damage} */
const NONE = { kind: "none", shapes: [] };
/** @type {Damage} */
const PAGES = { kind: "pages", shapes: [] };

/** @type {Record<string, any>} what a body leaves out */
const DEFAULTS = { from: [0, 0], scale: [1_000, 1_000], turn: 0, fill: "" };

/** The number of a piece, 0 for a shape that is none.  @param {string} id */
const pieceOf = (id) => Number(id.split(".")[2] ?? 0);

/** The drawing order of a page.  @param {Shape} a @param {Shape} b */
export const order = (a, b) => a.z - b.z || pieceOf(a.id) - pieceOf(b.id);

/** A shape with other properties.  @param {Shape} shape @param {Record<string, any>} set @returns {Shape} */
export function changed(shape, set) {
  const next = /** @type {any} */ ({ ...shape, ...set });
  for (const key of Object.keys(set)) if (key in DEFAULTS && String(next[key]) === String(DEFAULTS[key])) delete next[key];
  return next;
}

/** One sheet, its shapes in drawing order.  A scratch page has an owner. */
export class Page {
  /** @param {{page: number, background: string, locked?: boolean, owner?: number}} body */
  constructor({ page, background, locked = false, owner }) {
    this.page = page;
    this.background = background;
    this.locked = locked;
    this.owner = owner;
    /** @type {Map<string, Shape>} */
    this.all = new Map();
    /** @type {Shape|null} the last one, while `all` is in order */
    this.top = null;
    this.mixed = false;
  }

  get shapes() {
    if (this.mixed) {
      const list = [...this.all.values()].sort(order);
      this.all = new Map(list.map((shape) => [shape.id, shape]));
      this.top = list[list.length - 1] ?? null;
      this.mixed = false;
    }
    return this.all;
  }

  /** @param {Shape} shape @returns {boolean} is it above all others? */
  put(shape) {
    const old = this.all.get(shape.id);
    this.all.set(shape.id, shape);
    if (old && old.z === shape.z) return false;
    if (!old && (!this.top || order(this.top, shape) < 0)) {
      this.top = shape;
      return !this.mixed;
    }
    this.mixed = true;
    return false;
  }
}

export class Board {
  constructor() {
    this.current = 1;
    this.free = false; // everybody may look at any page
    this.locked = false; // students change no common page
    this.pages = [new Page({ page: 1, background: "blank" })]; // in order
    /** @type {Map<string, Shape>} of all pages */
    this.shapes = new Map();
    /** @type {Map<string, Shape>} still being drawn */
    this.open = new Map();
    this.loading = 0; // chunks of the snapshot that are still to come
  }

  /** The board of a snapshot, but for what its chunks bring.  @param {BoardBody} body */
  load(body) {
    this.current = body.current;
    this.free = body.free;
    this.locked = body.locked;
    this.shapes = new Map();
    this.open = new Map();
    this.pages = body.pages.map((page) => new Page(page));
    this.loading = 0;
    for (const { shapes, chunks } of body.pages) {
      this.loading += chunks ?? 0;
      for (const shape of shapes) this.#put(shape);
    }
  }

  /** Finished shapes of a page, as a snapshot's chunk brings them.  @param {Shape[]} shapes @returns {Damage} */
  chunk(shapes) {
    if (this.loading) this.loading -= 1;
    this.#added(shapes);
    return { kind: "ink", shapes }; // they come in order, and strokes that are open are not painted on the page yet
  }

  /** @param {number} id @returns {Page|undefined} */
  page(id) {
    return this.pages.find((page) => page.page === id);
  }

  /** @param {string} id @returns {Shape|undefined} */
  shape(id) {
    return this.shapes.get(id);
  }

  /** A member's own page.  @param {number} member */
  scratch(member) {
    return this.pages.find((page) => page.owner === member);
  }

  /** The pages of the class. */
  get common() {
    return this.pages.filter((page) => page.owner === undefined);
  }

  /** What everybody must agree on, as text: tests compare it with the server's, byte for byte. */
  canonical() {
    const { current, free, locked } = this;
    const pages = this.pages.map(({ page, background, locked, owner, shapes }) => ({ page, background, locked, owner, shapes: [...shapes.values()] }));
    return JSON.stringify({ current, free, locked, pages }, (_, value) => {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    });
  }

  /** @param {Message} event @returns {Damage} */
  apply(event) {
    switch (event.type) {
      case "board.begun":
        return this.#begun(event);
      case "board.extended":
        return this.#extended(event);
      case "board.finished":
        return this.#finished(event);
      case "board.put":
        return this.#added([event.body]);
      case "board.copied":
        return this.#added(event.shapes);
      case "board.changed":
        return this.#changed(event.set);
      case "board.cut":
        return this.#cut(event.cuts);
      case "board.erased":
        return this.#replaced(event.shapes, []);
      case "board.restored":
        return this.#replaced(event.gone ?? [], event.shapes);
      case "board.cleared":
        return this.#replaced(this.#of(event.page, event.whose), []);
      case "board.locked":
        this.locked = event.on;
        return PAGES;
      case "board.freed":
        this.free = event.on;
        return PAGES;
      default:
        return this.#applyToPages(event);
    }
  }

  /** @param {Message} event @returns {Damage} */
  #applyToPages(event) {
    const page = this.page(event.page);
    switch (event.type) {
      case "page.added":
        // A scratch page comes last: not everybody sees those before it.
        this.#insert(new Page(/** @type {any} */ (event)), event.owner ? this.pages.length : this.pages.findIndex(({ page }) => page === event.after) + 1);
        return PAGES;
      case "page.turned":
        this.current = event.page;
        return PAGES;
      case "page.removed":
        this.#replaced([...(page?.shapes.keys() ?? [])], []);
        this.pages = this.pages.filter((other) => other !== page);
        return PAGES;
      case "page.moved":
        this.pages = this.pages.filter((other) => other !== page);
        if (page) this.#insert(page, this.pages.findIndex(({ page }) => page === event.before));
        return PAGES;
      case "page.locked":
        if (page) page.locked = event.on;
        return PAGES;
      case "page.changed":
        if (page) page.background = event.background;
        return PAGES;
      default:
        return NONE;
    }
  }

  /** @param {Page} page @param {number} place  behind all where there is none */
  #insert(page, place) {
    this.pages.splice(place < 0 ? this.pages.length : place, 0, page);
  }

  /** @param {Message} event @returns {Damage} */
  #begun({ member, shape, page, kind, color, width, start, z }) {
    const stroke = /** @type {Shape} */ ({ id: shape, page, author: member, kind, z, start, color, width, points: [], open: true });
    this.#put(stroke);
    return { kind: "live", shapes: [stroke] };
  }

  /** @param {Message} event @returns {Damage} */
  #extended({ shape, points, pressure }) {
    const stroke = this.shapes.get(shape);
    if (!stroke) return NONE;
    /** @type {number[]} */ (stroke.points).push(...points);
    if (pressure) (stroke.pressure ??= []).push(...pressure);
    return { kind: "live", shapes: [stroke] };
  }

  /** @param {Message} event @returns {Damage} */
  #finished({ shape }) {
    const stroke = this.shapes.get(shape);
    this.open.delete(shape);
    if (!stroke) return NONE;
    delete stroke.open;
    return { kind: this.#isBuried(stroke) ? "page" : "ink", shapes: [stroke] };
  }

  /** Does anything finished lie above it?  @param {Shape} stroke */
  #isBuried(stroke) {
    for (const other of this.page(stroke.page)?.all.values() ?? []) if (!other.open && order(stroke, other) < 0) return true;
    return false;
  }

  /** @param {readonly Shape[]} shapes @returns {Damage} */
  #added(shapes) {
    let onTop = true;
    for (const shape of shapes) onTop = this.#put(shape) && onTop;
    return { kind: onTop ? "ink" : "page", shapes };
  }

  /** @param {Record<string, Record<string, any>>} set @returns {Damage} */
  #changed(set) {
    const shapes = [];
    for (const [id, properties] of Object.entries(set)) {
      const old = this.shapes.get(id);
      if (!old) continue;
      const next = changed(old, properties);
      this.#put(next);
      shapes.push(old, next);
    }
    return { kind: "page", shapes };
  }

  /** @param {Record<string, [string, number, number][]>} cuts @returns {Damage} */
  #cut(cuts) {
    /** @type {Shape[]} */
    const pieces = [];
    for (const [id, parts] of Object.entries(cuts)) {
      const stroke = this.shapes.get(id);
      if (stroke) for (const [piece, from, to] of parts) pieces.push(pieceBetween(stroke, piece, from, to));
    }
    return this.#replaced(Object.keys(cuts), pieces);
  }

  /** @param {readonly string[]} gone @param {readonly Shape[]} come @returns {Damage} */
  #replaced(gone, come) {
    const shapes = [...come];
    for (const id of gone) {
      const shape = this.shapes.get(id);
      if (!shape) continue;
      shapes.push(shape);
      this.shapes.delete(id);
      this.open.delete(id);
      this.page(shape.page)?.all.delete(id);
    }
    for (const shape of come) this.#put(shape);
    return { kind: "page", shapes };
  }

  /** Ids on a page, or on all common ones.  @param {number|null} id @param {"all"|number} whose */
  #of(id, whose) {
    const pages = id === null ? this.common : this.pages.filter(({ page }) => page === id);
    return pages.flatMap(({ shapes }) => [...shapes.values()].filter(({ author }) => whose === "all" || author === whose)).map((shape) => shape.id);
  }

  /** @param {Shape} shape @returns {boolean} is it above all others of its page? */
  #put(shape) {
    const page = this.page(shape.page);
    if (!page) return true;
    this.shapes.set(shape.id, shape);
    if (shape.open) this.open.set(shape.id, shape);
    return page.put(shape);
  }
}

/** What an area eraser left of a stroke between two positions, in hundredths of a segment, as whiteboard/pieces.py
 *  works it out: in whole numbers.
 *  @param {Shape} stroke @param {string} id @param {number} from @param {number} to @returns {Shape} */
export function pieceBetween(stroke, id, from, to) {
  const along = pathFrom(stroke);
  const at = [from];
  for (let whole = STEP * (Math.floor(from / STEP) + 1); whole < to; whole += STEP) at.push(whole);
  if (to > from) at.push(to);
  let [x, y] = between(along, from);
  /** @type {any} */
  const piece = changed({ ...stroke, id }, { from: [x, y] });
  piece.points = [];
  for (const position of at.slice(1)) {
    const [nextX, nextY] = between(along, position);
    piece.points.push(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
  }
  delete piece.pressure;
  const { pressure } = stroke;
  if (pressure && at.length > 1) piece.pressure = at.slice(1).map((position) => pressure[Math.floor((position - 1) / STEP)]);
  return piece;
}

/** Flat points as offsets from `start`, before scale and turn.  @param {Shape} shape @returns {number[]} */
export function pathFrom({ from = [0, 0], points = [] }) {
  let [x, y] = from;
  const path = [x, y];
  for (let i = 0; i + 1 < points.length; i += 2) path.push((x += points[i]), (y += points[i + 1]));
  return path;
}

/** @param {readonly number[]} along @param {number} position @returns {[number, number]} */
function between(along, position) {
  const i = 2 * Math.floor(position / STEP);
  const part = position % STEP;
  if (!part) return [along[i], along[i + 1]];
  const step = (/** @type {number} */ a, /** @type {number} */ b) => a + Math.floor(((b - a) * part) / STEP);
  return [step(along[i], along[i + 2]), step(along[i + 1], along[i + 3])];
}
