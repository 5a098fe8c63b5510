/**
 * The board as the fold of its events, as whiteboard/state.py folds them.  No DOM.
 *
 * Changed in place, since a page may hold thousands of strokes; `apply` returns what a painter must do about it.
 * A stroke keeps flat absolute points (x, y, x, y…): what is drawn and hit, not what travels.
 */

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").ShapeBody} ShapeBody */
/** @typedef {import("../types.js").BoardBody} BoardBody */

export const WIDTH = 16_000; // board units; docs/protocol.md, "Board"
export const HEIGHT = 9_000;

/**
 * @typedef {object} Stroke
 * @property {string} id
 * @property {number} page
 * @property {number} author
 * @property {import("../types.js").StrokeKind} kind
 * @property {string} color
 * @property {number} width
 * @property {number} z
 * @property {boolean} finished
 * @property {number[]} points            absolute, flat
 * @property {number[]|null} pressure     one a point behind the first
 */
/** @typedef {{page: number, background: string, locked: boolean, shapes: Map<string, Stroke>}} Page */
/** @typedef {{kind: "none"|"live"|"ink"|"page"|"pages", shape?: Stroke}} Damage
 *  `live`: an open stroke grew; `ink`: one stroke is to be laid on top; `page`: paint the page anew; `pages`: and the list of pages changed */

/** @type {Damage} */
const NONE = { kind: "none" };

/** @param {ShapeBody & {start?: [number, number]}} body @returns {Stroke} */
export function strokeOf(body) {
  const { id, page, author, kind, color, width, z, finished, pressure = null } = body;
  const [x, y] = body.start;
  return { id, page, author, kind, color, width, z, finished, points: walk([x, y], body.points), pressure };
}

/** Walk on from the last point along flat dx, dy. @param {number[]} points @param {readonly number[]} deltas */
export function walk(points, deltas) {
  let x = points[points.length - 2];
  let y = points[points.length - 1];
  for (let i = 0; i + 1 < deltas.length; i += 2) points.push((x += deltas[i]), (y += deltas[i + 1]));
  return points;
}

export class Board {
  constructor() {
    this.current = 1;
    this.drawn = 0;
    /** @type {Page[]} in order */
    this.pages = [{ page: 1, background: "blank", locked: false, shapes: new Map() }];
    /** @type {Map<string, Stroke>} of all pages */
    this.shapes = new Map();
    /** @type {Map<string, Stroke>} still being drawn */
    this.open = new Map();
  }

  /** @param {BoardBody} body */
  load(body) {
    this.current = body.current;
    this.drawn = body.drawn;
    this.shapes = new Map();
    this.open = new Map();
    this.pages = body.pages.map(({ page, background, locked }) => ({ page, background, locked, shapes: new Map() }));
    for (const page of body.pages) for (const shape of page.shapes) this.#put(strokeOf(shape));
  }

  /** @param {number} [id] @returns {Page|undefined} */
  page(id = this.current) {
    return this.pages.find((page) => page.page === id);
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
      case "board.erased":
        return this.#take(event.shapes);
      case "board.cleared":
        return this.#take(this.#of(event.page, event.whose));
      case "board.restored":
        return this.#restored(event);
      case "page.added": {
        const behind = this.pages.findIndex((page) => page.page === event.after) + 1;
        const { page, background } = event;
        this.pages.splice(behind, 0, { page, background, locked: false, shapes: new Map() });
        return { kind: "pages" };
      }
      case "page.turned":
        this.current = event.page;
        return { kind: "pages" };
      case "page.removed":
        this.#take(this.#of(event.page, "all"));
        this.pages = this.pages.filter((page) => page.page !== event.page);
        return { kind: "pages" };
      case "page.locked": {
        const page = this.page(event.page);
        if (page) page.locked = event.on;
        return { kind: "pages" };
      }
      default:
        return NONE;
    }
  }

  /** Ids of shapes of a page that a path comes near to, the newest first.
   *  @param {number} page @param {number} x @param {number} y @param {number} reach @param {number|null} author */
  near(page, x, y, reach, author) {
    const shapes = [...(this.page(page)?.shapes.values() ?? [])].reverse();
    return shapes
      .filter((shape) => author === null || shape.author === author)
      .filter((shape) => touches(shape.points, x, y, reach + shape.width / 2))
      .map((shape) => shape.id);
  }

  /** @param {Message} event @returns {Damage} */
  #begun({ member, shape, page, kind, color, width, start }) {
    const z = ++this.drawn;
    const author = Number(shape.split(".")[0]) || member;
    this.#put({ id: shape, page, author, kind, color, width, z, finished: false, points: [...start], pressure: null });
    return this.#seen(page, { kind: "live" });
  }

  /** @param {Message} event @returns {Damage} */
  #extended({ shape, points, pressure }) {
    const stroke = this.shapes.get(shape);
    if (!stroke) return NONE;
    walk(stroke.points, points);
    if (pressure) stroke.pressure = [...(stroke.pressure ?? []), ...pressure];
    return this.#seen(stroke.page, { kind: "live" });
  }

  /** @param {Message} event @returns {Damage} */
  #finished({ shape }) {
    const stroke = this.shapes.get(shape);
    this.open.delete(shape);
    if (!stroke) return NONE;
    stroke.finished = true;
    const page = this.page(stroke.page);
    const above = [...(page?.shapes.values() ?? [])].some((other) => other.finished && other.z > stroke.z);
    return this.#seen(stroke.page, above ? { kind: "page" } : { kind: "ink", shape: stroke });
  }

  /** @param {Message} event @returns {Damage} */
  #restored({ shapes }) {
    const pages = new Set();
    for (const body of shapes) {
      this.#put(strokeOf(body));
      pages.add(body.page);
    }
    for (const page of this.pages.filter(({ page }) => pages.has(page))) {
      page.shapes = new Map([...page.shapes].sort(([, a], [, b]) => a.z - b.z));
    }
    return pages.has(this.current) ? { kind: "page" } : NONE;
  }

  /** @param {readonly string[]} ids @returns {Damage} */
  #take(ids) {
    let seen = false;
    for (const id of ids) {
      const stroke = this.shapes.get(id);
      if (!stroke) continue;
      seen ||= stroke.page === this.current;
      this.shapes.delete(id);
      this.open.delete(id);
      this.page(stroke.page)?.shapes.delete(id);
    }
    return seen ? { kind: "page" } : NONE;
  }

  /** @param {number} id @param {"all"|number} whose */
  #of(id, whose) {
    const shapes = [...(this.page(id)?.shapes.values() ?? [])];
    return shapes.filter((shape) => whose === "all" || shape.author === whose).map((shape) => shape.id);
  }

  /** @param {Stroke} stroke */
  #put(stroke) {
    const page = this.page(stroke.page);
    if (!page) return;
    page.shapes.set(stroke.id, stroke);
    this.shapes.set(stroke.id, stroke);
    if (!stroke.finished) this.open.set(stroke.id, stroke);
  }

  /** @param {number} page @param {Damage} damage @returns {Damage} */
  #seen(page, damage) {
    return page === this.current ? damage : NONE;
  }
}

/** Does a point lie within `reach` of a line of flat points? */
/** @param {readonly number[]} points @param {number} x @param {number} y @param {number} reach */
export function touches(points, x, y, reach) {
  const limit = reach * reach;
  for (let i = 0; i + 1 < points.length; i += 2) {
    const [ax, ay] = [points[i], points[i + 1]];
    const [bx, by] = i + 3 < points.length ? [points[i + 2], points[i + 3]] : [ax, ay];
    if (distance2(x, y, ax, ay, bx, by) <= limit) return true;
  }
  return false;
}

/** Square of the distance of a point from a segment.
 *  @param {number} x @param {number} y @param {number} ax @param {number} ay @param {number} bx @param {number} by */
function distance2(x, y, ax, ay, bx, by) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
  return (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2;
}
