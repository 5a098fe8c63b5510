/**
 * All rooms as an inspector sees them: asked for again and again, chosen and put in order.  No DOM; what it needs of the
 * browser comes in as an argument.
 */

const EVERY_MS = 3_000;
const LATEST_MS = 30_000; // between two tries while the server does not answer
const JITTER = 0.2; // of the time between two, so that a city's inspectors do not ask as one
export const FINAL = { 401: "token", 403: "token" };

/**
 * @typedef {object} Glance  docs/protocol.md, `GET /v1/live`
 * @property {string} room
 * @property {string} form
 * @property {string} subject
 * @property {string} grade
 * @property {string} topic
 * @property {"waiting"|"live"} state
 * @property {boolean} paused             its teacher is away
 * @property {number|null} live_ms
 * @property {number} ends_ms
 * @property {string} ends_because
 * @property {string[]} teachers
 * @property {Record<string, number>} people
 * @property {number} away
 * @property {number} hands
 * @property {number|null} quality
 * @property {Record<string, number>} alarms
 * @property {number|null} alarm_ms
 */
/** @typedef {{words: string, form: string, subject: string, state: string, alarms: boolean}} Filter */
/** @typedef {"lesson"|"state"|"people"|"left"|"quality"|"alarms"} Column */
/** @typedef {{column: Column, down: boolean}} Order */
/** @typedef {{now: () => number, random: () => number, setTimer: (run: () => void, ms: number) => any, clearTimer: (timer: any) => void}} Env */

/** @type {Filter} */
export const EVERYTHING = { words: "", form: "", subject: "", state: "", alarms: false };

/** What needs somebody first. @type {Order} */
export const URGENT = { column: "alarms", down: true };

/** @param {Glance} one */
export const alarmsOf = (one) => Object.values(one.alarms).reduce((sum, count) => sum + count, 0);

/** @param {Glance} one */
export const peopleOf = (one) => Object.values(one.people).reduce((sum, count) => sum + count, 0);

/** What rises with each column; a line of which nothing is known comes after the bad ones and before the good.
 *  @type {Record<Column, (one: Glance) => number|string>} */
const RANK = {
  lesson: (one) => `${one.topic || one.subject}\n${one.room}`,
  state: (one) => (one.state === "live" ? 1 : 0),
  people: peopleOf,
  left: (one) => one.ends_ms,
  quality: (one) => one.quality ?? 3.5,
  alarms: alarmsOf,
};

/** Those that fit, in order; among equals the worse line comes first, then who ends first.
 *  @param {Glance[]} rooms @param {Filter} filter @param {Order} order */
export function arranged(rooms, filter, order) {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {Glance} */ one) => {
    if (filter.form && one.form !== filter.form) return false;
    if (filter.subject && one.subject !== filter.subject) return false;
    if (filter.state && one.state !== filter.state) return false;
    if (filter.alarms && !alarmsOf(one)) return false;
    const text = [one.room, one.topic, one.grade, ...one.teachers].join("\n").toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const ranks = [...new Set([order.column, "quality", "left", "lesson"])].map((column) => RANK[/** @type {Column} */ (column)]);
  return rooms.filter(fits).sort((a, b) => {
    for (const [place, rank] of ranks.entries()) {
      const [x, y] = [rank(a), rank(b)];
      if (x !== y) return (x < y ? -1 : 1) * (place === 0 && order.down ? -1 : 1);
    }
    return 0;
  });
}

/** Asks until it is stopped, or told that it may not. */
export class Supervision {
  /**
   * @param {object} to
   * @param {string} to.token
   * @param {Env} to.env
   * @param {() => void} to.onChange
   * @param {(path: string, options: any) => Promise<Response>} [to.fetch]
   */
  constructor({ token, env, onChange, fetch = (path, options) => globalThis.fetch(path, options) }) {
    this.token = token;
    this.env = env;
    this.onChange = onChange;
    this.fetch = fetch;
    /** @type {Glance[]} */
    this.rooms = [];
    this.total = 0;
    this.ahead = 0; // of our wall clock, the server's, in milliseconds
    /** @type {number|null} when the rooms were seen, by `env.now` */
    this.seen = null;
    /** @type {string|null} why there will be no answer any more */
    this.over = null;
    this.failures = 0;
    /** @type {any} */
    this.timer = null;
    this.asking = false;
    this.paused = false;
  }

  /** Nobody looks at the page, or somebody does again.  @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    this.env.clearTimer(this.timer);
    if (!paused) void this.ask();
  }

  stop() {
    this.over ??= "stopped";
    this.env.clearTimer(this.timer);
  }

  /** Now, and then again and again. */
  async ask() {
    if (this.asking || this.over) return;
    this.asking = true;
    this.env.clearTimer(this.timer);
    const answer = await this.fetch("/v1/live", { headers: { Authorization: `Bearer ${this.token}` } }).then(read, () => ({ status: 0, body: null }));
    this.asking = false;
    if (this.over) return;
    this.#take(answer);
    if (!this.over && !this.paused) {
      const wait = Math.min(LATEST_MS, EVERY_MS * 2 ** this.failures);
      this.timer = this.env.setTimer(() => void this.ask(), wait * (1 + JITTER * this.env.random()));
    }
    this.onChange();
  }

  /** @param {{status: number, body: {now_ms: number, total: number, rooms: Glance[]}|null}} answer */
  #take({ status, body }) {
    if (body) {
      this.rooms = body.rooms;
      this.total = body.total;
      this.ahead = body.now_ms - Date.now();
      this.seen = this.env.now();
      this.failures = 0;
    } else if (status in FINAL) this.over = FINAL[/** @type {401|403} */ (status)];
    else this.failures++;
  }

  /** Until a room ends by itself.  @param {Glance} one */
  left(one) {
    return one.ends_ms - (Date.now() + this.ahead);
  }
}

/** @param {Response} answer */
async function read(answer) {
  return { status: answer.status, body: answer.ok ? await answer.json() : null };
}
