/**
 * A closed room played again: where one is in it, how fast it goes, and the fold of its log up to there.
 *
 * The log comes in segments, each a picture of room and board and the events behind it.  Within a segment the player
 * keeps pictures of its own, so that going back is as quick as going on.  It is what a board is shown of (`BoardHost` in
 * types.js).  No DOM; clock, timers and whatever loads are arguments.
 */
import { Board } from "./board/model.js";
import { message, unpack } from "./frames.js";
import { NOTHING, myself, reduce } from "./state.js";
import { Watched } from "./watched.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").BoardBody} BoardBody */
/** @typedef {import("./state.js").RoomState} RoomState */
/** @typedef {{now: () => number, setTimer: (run: () => void, ms: number) => any, clearTimer: (timer: any) => void}} Env */

/**
 * What the server says of the whole; instants are milliseconds since the room opened.
 * @typedef {object} Index
 * @property {string} room
 * @property {string} form
 * @property {string} subject
 * @property {string} topic
 * @property {number} opened_at_ms
 * @property {number} begins       somebody came in for the first time
 * @property {number|null} live
 * @property {number} duration_ms  the room closed
 * @property {number} member       who one was in it, 0 for who never was
 * @property {{member: number, name: string, role: string}[]} members
 * @property {number[]} keyframes  where segments begin
 * @property {Message[]} marks     events for the time line
 */
/** @typedef {{room: any, board: BoardBody, chunks: {shapes: string}[], at: number, events: any[], next: number|null}} Packed
 *  a segment as the server sends it */
/** @typedef {{applied: number, state: RoomState, board: BoardBody}} Picture   the fold of so many events of a segment */
/** @typedef {{at: number, next: number|null, events: Message[], pictures: Picture[]}} Segment */
/** @typedef {"damage"|"look"|"state"|"time"|"status"} Topic */

export const SPEEDS = [0.5, 1, 1.5, 2];
const PICTURE_EVENTS = 200; // between two pictures of a segment: a few milliseconds of folding
const SEGMENTS_KEPT = 6;
const SHOW_MS = 200; // between two looks at the clock when nothing happens
const FRAME_MS = 16;
const WHOLE = /** @type {const} */ ({ kind: "pages", shapes: [] });

/** How many of these events are not later.  @param {readonly Message[]} events @param {number} at */
function countUpTo(events, at) {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle].at <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @template T @param {readonly T[]} list @param {(item: T) => boolean} fits */
const last = (list, fits) => [...list].reverse().find(fits);

/** A board as it is now, to be loaded again; open strokes go on growing, so they are copied.  @param {Board} board @returns {BoardBody} */
function pictureOf(board) {
  const { current, free, locked } = board;
  const pages = board.pages.map(({ page, background, locked, owner, shapes }) => ({
    page,
    background,
    locked,
    ...(owner === undefined ? {} : { owner }),
    shapes: [...shapes.values()].map(copied),
    chunks: 0,
  }));
  return { current, free, locked, pages };
}

/** @param {import("./types.js").Shape} shape */
const copied = (shape) => (shape.open ? { ...shape, points: [...(shape.points ?? [])], ...(shape.pressure ? { pressure: [...shape.pressure] } : {}) } : shape);

/** @param {BoardBody} body @returns {BoardBody} */
const again = (body) => ({ ...body, pages: body.pages.map((page) => ({ ...page, shapes: page.shapes.map(copied) })) });

/** @extends {Watched<Topic>} */
export class Player extends Watched {
  /**
   * @param {object} to
   * @param {Index} to.index
   * @param {(at: number) => Promise<Packed>} to.load   the segment in which an instant lies
   * @param {any} to.assets
   * @param {Env} to.env
   */
  constructor({ index, load, assets, env }) {
    super();
    this.index = index;
    this.load = load;
    this.assets = assets;
    this.env = env;
    /** @type {readonly import("./deck.js").Recording[]} */
    this.recordings = [];
    this.board = new Board();
    /** @type {RoomState} */
    this.state = NOTHING;
    this.at = index.begins;
    this.speed = 1;
    this.playing = false;
    this.waiting = false; // for a segment
    this.failed = false; // to load one
    /** @type {(path: string) => Promise<Response>} of the room, at the instant that is shown */
    this.fetch = () => Promise.reject(new Error("a replay that came from nowhere"));
    /** @type {number|null} the page that is looked at here, where that is not the class's */
    this.looking = null;
    /** @type {Map<number, Segment|Promise<Segment>>} by where they begin, the oldest first */
    this.segments = new Map();
    /** @type {Segment|null} */
    this.segment = null;
    this.applied = 0; // events of the segment
    this.wish = 0; // counts what was asked for, so that an old answer is not taken for a new one
    /** @type {Promise<any>} what was sought last and had to be loaded */
    this.loading = Promise.resolve();
    this.since = { at: 0, now: 0 }; // when and where playing began
    /** @type {any} */
    this.timer = null;
  }

  // What is shown

  get me() {
    return myself(this.state);
  }

  staff = false; // nothing is asked of a room that has closed
  mayDraw = false;
  barred = "closed";

  get shown() {
    return this.looking !== null && this.mayLook(this.looking) ? this.looking : this.board.current;
  }

  get away() {
    return this.shown !== this.board.current;
  }

  /** Whatever one was sent, one may look at.  @param {number} page */
  mayLook(page) {
    return this.board.page(page) !== undefined;
  }

  /** @param {number|null} page   null: the one at which the class looked */
  look(page) {
    this.looking = page === this.board.current ? null : page;
    this.emit("look");
  }

  follow() {
    this.look(null);
  }

  // What one does

  play() {
    if (this.playing) return;
    if (this.at >= this.index.duration_ms) void this.seek(this.index.begins);
    else if (this.failed || !this.segment) void this.seek(this.at);
    this.playing = true;
    this.#ahead();
    this.#begin();
    this.emit("status");
  }

  pause() {
    this.#settle();
    this.playing = false;
    this.emit("status");
  }

  /** @param {number} speed */
  setSpeed(speed) {
    this.#settle();
    this.speed = speed;
    this.#begin();
    this.emit("status");
  }

  /** Show an instant: at once when its segment is here.  One is loaded at a time, so that whoever drags the slider asks
   *  for where they stop, and not for all that lies between.
   *  @param {number} at @returns {Promise<void>} when it is shown */
  async seek(at) {
    const wish = ++this.wish;
    this.at = Math.max(this.index.begins, Math.min(at, this.index.duration_ms));
    this.emit("time");
    const held = this.#held(this.at);
    if (held) return this.#show(held);
    this.#wait();
    await this.loading;
    if (wish !== this.wish) return;
    const coming = this.#fetch(this.at);
    this.loading = coming.catch(() => {});
    try {
      const segment = await coming;
      if (wish === this.wish) this.#show(segment);
    } catch {
      if (wish === this.wish) this.#fail();
    }
  }

  stop() {
    this.env.clearTimer(this.timer);
    this.playing = false;
    this.wish += 1;
    this.watchers.clear();
  }

  // The clock

  #begin() {
    this.env.clearTimer(this.timer);
    this.since = { at: this.at, now: this.env.now() };
    if (this.playing && !this.waiting) this.#sleep();
  }

  /** Until the next event, or until the clock is to be shown. */
  #sleep() {
    const next = this.segment?.events[this.applied]?.at ?? Infinity;
    const ms = Math.min(SHOW_MS, Math.max(FRAME_MS, (next - this.at) / this.speed));
    this.timer = this.env.setTimer(() => this.#tick(), ms);
  }

  #tick() {
    this.#settle();
    if (this.at >= this.index.duration_ms) return this.pause();
    if (this.playing && !this.waiting) this.#sleep();
  }

  /** Be where the clock is. */
  #settle() {
    this.env.clearTimer(this.timer);
    if (!this.playing || this.waiting) return;
    this.#advance(Math.min(this.since.at + (this.env.now() - this.since.now) * this.speed, this.index.duration_ms));
  }

  /** Play on to an instant, over the ends of segments: there the fold is the picture with which the next one begins.
   *  @param {number} at */
  #advance(at) {
    const before = this.state;
    while (this.segment) {
      this.#fold(countUpTo(this.segment.events, at), (damage) => this.emit("damage", damage));
      const { next } = this.segment;
      if (next === null || at < next) break;
      const following = this.#held(next);
      if (!following) {
        at = next;
        void this.seek(next); // shows what was loaded, and plays on
        break;
      }
      this.#enter(following);
    }
    this.at = at;
    if (this.state !== before) this.emit("state", before);
    this.emit("time");
  }

  // Folding

  /** @param {Segment} segment */
  #show(segment) {
    const before = this.state;
    const count = countUpTo(segment.events, this.at);
    const picture = /** @type {Picture} */ (last(segment.pictures, ({ applied }) => applied <= count));
    if (segment !== this.segment || this.applied > count || this.applied < picture.applied) {
      this.board.load(again(picture.board));
      this.state = picture.state;
      this.#enter(segment);
      this.applied = picture.applied;
    }
    this.#fold(count, () => {});
    [this.waiting, this.failed] = [false, false];
    this.emit("damage", WHOLE);
    this.emit("state", before);
    this.emit("status");
    this.#begin();
  }

  /** @param {Segment} segment */
  #enter(segment) {
    this.segment = segment;
    this.applied = 0;
    this.#ahead();
  }

  /** While one plays, what comes next is loaded before it is needed. */
  #ahead() {
    const next = this.segment?.next ?? null;
    if (this.playing && next !== null) this.#fetch(next).catch(() => {}); // it is asked for again when it is needed
  }

  /** @param {number} count   events of the segment @param {(damage: import("./board/model.js").Damage) => void} tell */
  #fold(count, tell) {
    const { events, pictures } = /** @type {Segment} */ (this.segment);
    while (this.applied < count) {
      const event = events[this.applied];
      const damage = this.board.apply(event);
      this.state = reduce(this.state, event, event.at);
      this.applied += 1;
      if (damage.kind !== "none") tell(damage);
      const newest = pictures[pictures.length - 1].applied;
      if (this.applied >= newest + PICTURE_EVENTS) pictures.push({ applied: this.applied, state: this.state, board: pictureOf(this.board) });
    }
    if (this.looking !== null && !this.mayLook(this.looking)) this.looking = null;
  }

  // Segments

  /** Where the segment of an instant begins.  @param {number} at */
  #key(at) {
    return last(this.index.keyframes, (begin) => begin <= at) ?? 0;
  }

  /** @param {number} at @returns {Segment|null} */
  #held(at) {
    const segment = this.segments.get(this.#key(at));
    return segment && !(segment instanceof Promise) ? segment : null;
  }

  /** @param {number} at @returns {Promise<Segment>} */
  async #fetch(at) {
    const key = this.#key(at);
    const known = this.segments.get(key);
    if (known) return known;
    const coming = this.load(key).then((packed) => this.#unpacked(packed));
    this.segments.set(key, coming);
    try {
      const segment = await coming;
      this.segments.set(key, segment);
      for (const old of this.segments.keys()) {
        if (this.segments.size <= SEGMENTS_KEPT) break;
        if (this.segments.get(old) !== this.segment) this.segments.delete(old);
      }
      return segment;
    } catch (error) {
      this.segments.delete(key);
      throw error;
    }
  }

  /** @param {Packed} packed @returns {Promise<Segment>} */
  async #unpacked({ room, board, chunks, at, events, next }) {
    const shown = new Board();
    shown.load(board);
    for (const shapes of await Promise.all(chunks.map((chunk) => unpack(chunk.shapes)))) shown.chunk(shapes);
    const { member, opened_at_ms, live, members } = this.index;
    const known = new Map(members.map(({ member, name, role }) => [member, { name, role }]));
    // The page's clock is the room's own.
    const empty = { ...NOTHING, me: member, offset: opened_at_ms, live_at: live !== null && live <= at ? live : -1, known };
    const state = reduce(empty, { type: "snapshot", room }, at);
    const read = events.map(message).filter((event) => event !== null);
    return { at, next, events: read, pictures: [{ applied: 0, state, board: pictureOf(shown) }] };
  }

  #wait() {
    this.env.clearTimer(this.timer);
    [this.waiting, this.failed] = [true, false];
    this.emit("status");
  }

  #fail() {
    [this.waiting, this.failed, this.playing] = [false, true, false];
    this.emit("status");
  }
}

/** @typedef {"page"|"hand"|"chat"|"asked"|"comment"|"stage"|"teacher"|"room"} Kind */
/** @typedef {{at: number, seq: number, kind: Kind, type: string, member: number|null, name: string, text: string}} Moment   `name` where the event has it */

/** @type {Record<string, Kind>} */
const KINDS = {
  "page.added": "page",
  "page.turned": "page",
  "hand.raised": "hand",
  "chat.message": "chat",
  "poll.opened": "asked",
  "poll.closed": "asked",
  "checkin.opened": "asked",
  "comment.added": "comment",
  "stage.joined": "stage",
  "stage.left": "stage",
  "member.joined": "teacher",
  "member.away": "teacher",
  "member.back": "teacher",
  "member.left": "teacher",
  "room.live": "room",
  "room.paused": "room",
  "room.resumed": "room",
  "room.closed": "room",
};

/** What the time line shows, in order; what was taken back is left out.  @param {readonly Message[]} marks @returns {Moment[]} */
export function moments(marks) {
  const gone = new Set(marks.filter(({ type }) => type === "chat.deleted").map(({ chat }) => chat));
  return marks
    .filter(({ type, seq }) => type in KINDS && !gone.has(seq))
    .map(({ at, seq, type, member, name, text, question }) => ({ at, seq, kind: KINDS[type], type, member: member ?? null, name: name ?? "", text: text ?? question ?? "" }));
}

/** The comments up to an instant.  @param {readonly Message[]} marks @param {number} at @returns {import("./asking.js").Comment[]} */
export function commentsUpTo(marks, at) {
  return marks.slice(0, countUpTo(marks, at)).filter(({ type }) => type === "comment.added").map(({ seq, at, member, name, text }) => ({ seq, at, member, name, text }));
}

/** The chat up to an instant.  @param {readonly Message[]} marks @param {number} at @returns {import("./types.js").ChatLine[]} */
export function linesUpTo(marks, at) {
  const said = marks.slice(0, countUpTo(marks, at));
  const gone = new Set(marks.filter(({ type }) => type === "chat.deleted").map(({ chat }) => chat));
  return said
    .filter(({ type, seq }) => type === "chat.message" && !gone.has(seq))
    .map(({ seq, at, member, text, to = "all" }) => ({ seq, at, member, text, to }));
}
