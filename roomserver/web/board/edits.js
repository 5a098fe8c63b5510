/**
 * One's own changes to the board: sent, shown at once over what the room has confirmed, and put right when it refuses.
 * A change lies over the board until its event comes, or until it is refused.  No DOM.
 */
import { changed } from "./model.js";
import { TOP } from "./ink.js";

/** @typedef {import("../types.js").Shape} Shape */
/** @typedef {import("../types.js").Answer} Answer */
/** @typedef {import("./geometry.js").Sets} Sets */
/** @typedef {import("./geometry.js").Part} Part */
/** @typedef {{hides?: readonly string[], shows?: readonly Shape[], sets?: Sets}} Change */
/** @typedef {Change & {type: string, key: string}} Sent   `type` and a shape of the event that will confirm it */

const SHAPES_A_MESSAGE = 500; // docs/protocol.md, "Limits"
const PIECES_A_MESSAGE = 1_000;
const EVENT_MS = 1_000; // after its answer a change has had its event, or has none: nothing was to be done

export class Edits {
  /**
   * @param {{command: (type: string, fields: any) => {done: Promise<Answer>}}} to
   * @param {import("./model.js").Board} board
   * @param {import("./ink.js").Ink} ink        gives the ids
   * @param {(shapes: readonly Shape[]) => void} onChange   what these cover is to be painted again
   * @param {(answer: Answer & {text?: string}) => void} onRefused   with what somebody has written, if it was that
   * @param {(run: () => void, ms: number) => any} [later]
   */
  constructor(to, board, ink, onChange, onRefused, later = (run, ms) => setTimeout(run, ms)) {
    this.to = to;
    this.board = board;
    this.ink = ink;
    this.onChange = onChange;
    this.onRefused = onRefused;
    this.later = later;
    /** @type {Set<Sent>} in the order in which they were sent */
    this.sent = new Set();
    /** @type {Change|null} not sent: what a tool is about to do */
    this.drafted = null;
    /** @type {ReadonlySet<string>} shapes of the board that are not to be seen */
    this.hidden = new Set();
    /** @type {ReadonlyMap<string, Shape>} instead of them, or besides */
    this.shown = new Map();
  }

  /** What is to be seen on a page, in order.  @param {number} page @returns {Generator<Shape>} */
  *seen(page) {
    const { shapes } = this.board.page(page) ?? { shapes: new Map() };
    for (const [id, shape] of shapes) {
      const instead = this.shown.get(id);
      if (instead) yield instead;
      else if (!this.hidden.has(id)) yield shape;
    }
    for (const [id, shape] of this.shown) if (shape.page === page && !shapes.has(id)) yield shape;
  }

  /** A shape as it is to be seen.  @param {string} id */
  shape(id) {
    return this.shown.get(id) ?? (this.hidden.has(id) ? undefined : this.board.shapes.get(id));
  }

  /** A new shape.  @param {Omit<Shape, "id"|"z"|"author">} body @returns {Shape} */
  put(body) {
    const id = this.ink.id();
    const shape = /** @type {Shape} */ ({ ...body, id, author: this.ink.member, z: TOP + this.ink.next });
    this.#send("board.put", { shape: id, ...body }, { shows: [shape], type: "board.put", key: id });
    return shape;
  }

  /** @param {Sets} set */
  change(set) {
    for (const part of parts(Object.entries(set), SHAPES_A_MESSAGE)) {
      const sets = Object.fromEntries(part);
      this.#send("board.change", { set: sets }, { sets, type: "board.changed", key: part[0][0] });
    }
  }

  /** @param {readonly string[]} shapes */
  erase(shapes) {
    for (const part of parts(shapes, SHAPES_A_MESSAGE)) {
      this.#send("board.erase", { shapes: part }, { hides: part, type: "board.erased", key: part[0] });
    }
  }

  /** @param {Map<string, readonly Part[]>} cuts   what stays of each stroke @param {readonly Shape[]} pieces   the same, to look at */
  cut(cuts, pieces) {
    let [left, message] = [0, /** @type {[string, readonly Part[]][]} */ ([])];
    const flush = () => {
      const ids = message.map(([id]) => id);
      const shows = pieces.filter(({ id }) => ids.includes(id.split("~")[0]));
      if (ids.length) this.#send("board.cut", { cuts: Object.fromEntries(message) }, { hides: ids, shows, type: "board.cut", key: ids[0] });
      [left, message] = [0, []];
    };
    for (const cut of cuts) {
      if (message.length >= SHAPES_A_MESSAGE || left + cut[1].length > PIECES_A_MESSAGE) flush();
      left += cut[1].length;
      message.push(cut);
    }
    flush();
  }

  /** Copies on a page, moved by dx, dy.  @param {readonly Shape[]} shapes @param {number} page @param {[number, number]} by @returns {string[]} their ids */
  copy(shapes, page, by) {
    return parts(shapes, SHAPES_A_MESSAGE).flatMap((part) => {
      const first = this.ink.ids(part.length);
      const shows = part.map((shape, i) => copyOf(shape, { id: `${this.ink.member}.${first + i}`, page, z: TOP + first + i }, by));
      const ids = shows.map(({ id }) => id);
      this.#send("board.copy", { shapes: part.map(({ id }) => id), page, by, first }, { shows, type: "board.copied", key: ids[0] });
      return ids;
    });
  }

  /** In front of all others, or behind them.  @param {readonly string[]} shapes @param {"front"|"back"} to */
  order(shapes, to) {
    for (const part of parts(shapes, SHAPES_A_MESSAGE)) this.#send("board.order", { shapes: part, to }, { type: "board.changed", key: part[0] });
  }

  /** Show what a tool is about to do, without telling anybody; null: it is not.
   *  @param {Change|null} change @param {readonly Shape[]} [fresh]   what of it differs from the draft before */
  draft(change, fresh) {
    const old = this.drafted;
    if (!old && !change) return;
    this.drafted = change;
    this.#merge(fresh ?? [...this.#touched(old), ...this.#touched(change)]);
  }

  /** Follow an event of the board: has it confirmed something?
   *  @param {import("../types.js").Message} event @param {boolean} own @returns {readonly Shape[]} what is to be painted again */
  follow(event, own) {
    if (!this.sent.size && !this.drafted) return [];
    const found = own ? [...this.sent].find(({ type, key }) => type === event.type && named(event, key)) : undefined;
    const touched = found ? this.#touched(found) : [];
    if (found) this.sent.delete(found);
    this.#merge(null);
    return touched;
  }

  /** The board was replaced by a snapshot. */
  forget() {
    this.sent.clear();
    this.drafted = null;
    this.#merge(null);
  }

  /** @param {string} type @param {any} fields @param {Sent} change */
  #send(type, fields, change) {
    this.sent.add(change);
    this.#merge(this.#touched(change));
    void this.to.command(type, fields).done.then((answer) => {
      // The answer may be faster than the event.
      if (answer.ok && this.sent.has(change)) return void this.later(() => this.#settle(change), EVENT_MS);
      this.#settle(change);
      const text = fields.text ?? Object.values(fields.set ?? {})[0]?.text;
      if (!answer.ok && (text || answer.code !== "lost")) this.onRefused(text ? { ...answer, text } : answer);
    });
  }

  /** It lies over the board no more.  @param {Sent} change */
  #settle(change) {
    const touched = this.#touched(change);
    if (this.sent.delete(change)) this.#merge(touched);
  }

  /** Shapes before and after a change.  @param {Change|null} change @returns {Shape[]} */
  #touched(change) {
    const ids = [...(change?.hides ?? []), ...Object.keys(change?.sets ?? {})];
    const before = ids.flatMap((id) => [this.board.shapes.get(id), this.shown.get(id)]);
    return [...before.filter((shape) => shape !== undefined), ...(change?.shows ?? [])];
  }

  /** Lay all changes over the board, one after the other.  @param {readonly Shape[]|null} touched */
  #merge(touched) {
    const hidden = new Set();
    const shown = new Map();
    for (const { hides = [], shows = [], sets = {} } of [...this.sent, ...(this.drafted ? [this.drafted] : [])]) {
      for (const [id, set] of Object.entries(sets)) {
        const shape = shown.get(id) ?? (hidden.has(id) ? undefined : this.board.shapes.get(id));
        if (shape) shown.set(id, changed(shape, set));
      }
      for (const id of hides) {
        hidden.add(id);
        shown.delete(id);
      }
      for (const shape of shows) shown.set(shape.id, shape);
    }
    [this.hidden, this.shown] = [hidden, shown];
    if (touched) this.onChange([...touched, ...touched.flatMap(({ id }) => shown.get(id) ?? [])]);
  }
}

/** @param {Shape} shape @param {{id: string, page: number, z: number}} other @param {[number, number]} by @returns {Shape} */
const copyOf = (shape, other, [dx, dy]) => ({ ...shape, ...other, start: [shape.start[0] + dx, shape.start[1] + dy] });

/** Does an event name a shape?  @param {import("../types.js").Message} event @param {string} id */
function named({ body, shapes, set, cuts }, id) {
  if (body) return body.id === id;
  if (shapes) return shapes.some((/** @type {any} */ shape) => (shape.id ?? shape) === id);
  return id in (set ?? cuts ?? {});
}

/** @template T @param {readonly T[]} list @param {number} most @returns {T[][]} */
function parts(list, most) {
  const result = [];
  for (let i = 0; i < list.length; i += most) result.push(list.slice(i, i + most));
  return result;
}
