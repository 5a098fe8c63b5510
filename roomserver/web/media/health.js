/**
 * What is wrong with somebody's sound and picture, of what can be known at this end, and since when.
 * Pure: readings and `now` in, findings out.  A passing trouble is none: each kind must last, and is over only when it stays away.
 *
 * A finding's number is read to the help desk: "E-31-4F2A" is kind 31 on the connection 4F2A (docs/operations.md).
 */

/** @typedef {import("./readings.js").Reading} Reading */
/** @typedef {import("./devices.js").Trouble} Trouble */
/** @typedef {import("../types.js").MuteKind} MuteKind */
/** @typedef {keyof typeof KINDS} Kind */
/** @typedef {{kind: Kind, level: "bad"|"weak", number: string}} Finding   i18n keys `health.<kind>` and `health.<kind>.do` */

/**
 * @typedef {object} Facts
 * @property {Reading|null} up        the connection that sends; null where there is none
 * @property {Reading|null} down      the connection that receives
 * @property {boolean} relays         the server has given us a relay
 * @property {boolean} busy           the server could not take our offer just now
 * @property {number} paused          pictures that the server keeps back, since our line carries no more
 * @property {ReadonlyMap<MuteKind, Trouble>} devices   what did not open
 */

/**
 * The worst first.  `after` and `over`: ms for which it must be so to be told, and not be so to be told no more.
 * 1x devices, 3x no connection, 4x a weak one, 5x the server.
 */
export const KINDS = /** @satisfies {Record<string, {code: number, level: "bad"|"weak", after: number, over: number}>} */ ({
  "blocked": { code: 31, level: "bad", after: 8_000, over: 0 },
  "blocked_relay": { code: 32, level: "bad", after: 8_000, over: 0 },
  "cut": { code: 33, level: "bad", after: 6_000, over: 0 },
  "handshake": { code: 34, level: "bad", after: 8_000, over: 0 },
  "server": { code: 51, level: "bad", after: 4_000, over: 0 },
  "microphone.denied": { code: 11, level: "bad", after: 0, over: 0 },
  "camera.denied": { code: 12, level: "bad", after: 0, over: 0 },
  "microphone.busy": { code: 13, level: "bad", after: 0, over: 0 },
  "camera.busy": { code: 14, level: "bad", after: 0, over: 0 },
  "microphone.missing": { code: 15, level: "bad", after: 0, over: 0 },
  "camera.missing": { code: 16, level: "bad", after: 0, over: 0 },
  "microphone.insecure": { code: 17, level: "bad", after: 0, over: 0 },
  "camera.insecure": { code: 18, level: "bad", after: 0, over: 0 },
  "microphone.unknown": { code: 19, level: "bad", after: 0, over: 0 },
  "camera.unknown": { code: 20, level: "bad", after: 0, over: 0 },
  "upload": { code: 41, level: "weak", after: 8_000, over: 8_000 },
  "download": { code: 42, level: "weak", after: 6_000, over: 8_000 },
  "slow": { code: 43, level: "weak", after: 20_000, over: 8_000 },
});
const ORDER = /** @type {Kind[]} */ (Object.keys(KINDS));

const PAUSE_MS = 4_000; // what comes again within that counts as lasting
const GAP_MS = 8_000; // two readings further apart are not compared: the page was asleep
const GONE_MS = 6_000; // a connection that is away for less comes back as the same trouble: we are trying again
const SETTLE_MS = 12_000; // a new connection finds out by itself what the line carries; until then nothing is weak
const LOST_UP = 0.08; // of the packets; sound suffers from about a tenth
const LOST_DOWN = 0.08;
const JITTER_MS = 100; // browsers hide less
const MADE_UP = 0.1; // of the sound
const FROZEN = 0.25; // of the time
const UP_BPS = 200_000; // for sound and the smallest picture that is worth showing

/** One connection over time: since when it has been down, and what happened between its last two readings. */
export class Course {
  constructor() {
    /** @type {Reading|null} */
    this.now = null;
    /** @type {Reading|null} */
    this.before = null;
    this.number = ""; // of the newest that had one
    this.at = 0;
    this.spanMs = 0;
    this.worked = false; // the one that is down has been up
    this.settledAt = Infinity;
    this.wantedAt = -Infinity;
    /** @type {number|null} */
    this.downSince = null;
  }

  /** @param {Reading|null} reading @param {number} now */
  add(reading, now) {
    this.before = reading && this.now && reading.number === this.now.number && now - this.at <= GAP_MS ? this.now : null;
    this.spanMs = now - this.at;
    if (now - this.at > GAP_MS) this.downSince = null;
    this.now = reading;
    this.at = now;
    if (reading) this.wantedAt = now;
    if (reading?.number) this.number = reading.number;
    if (reading?.state === "connected") {
      if (!this.worked || !this.before) this.settledAt = now + SETTLE_MS;
      this.worked = true;
      this.downSince = null;
    } else if (reading && reading.number) this.downSince ??= now; // before there is an answer nothing is tried
    else if (now - this.wantedAt >= GONE_MS) {
      this.worked = false;
      this.downSince = null;
      this.number = "";
    }
  }

  /** Of a rising count, what came between the last two readings.  @param {keyof Reading} name */
  rise(name) {
    if (!this.now || !this.before) return 0;
    return Math.max(0, /** @type {number} */ (this.now[name]) - /** @type {number} */ (this.before[name]));
  }

  /** Up for long enough to be judged.  @param {number} now */
  settled(now) {
    return this.now?.state === "connected" && this.before !== null && now >= this.settledAt;
  }
}

export class Health {
  constructor() {
    this.up = new Course();
    this.down = new Course();
    /** @type {Finding[]} the worst first */
    this.findings = [];
    /** @type {Map<Kind, number>} since when it is so */
    this.since = new Map();
    /** @type {Map<Kind, number>} when it was so last */
    this.last = new Map();
  }

  /** Every two seconds, or whenever something has happened.  @param {Facts} facts @param {number} now */
  look(facts, now) {
    this.up.add(facts.up, now);
    this.down.add(facts.down, now);
    const here = this.#conditions(facts, now);
    for (const kind of ORDER) {
      if (here.has(kind)) {
        if (!this.since.has(kind)) this.since.set(kind, here.get(kind) ?? now);
        this.last.set(kind, now);
      } else {
        const over = this.findings.some((finding) => finding.kind === kind) ? KINDS[kind].over : Math.min(KINDS[kind].over, PAUSE_MS);
        if (now - (this.last.get(kind) ?? -Infinity) >= over) this.since.delete(kind);
      }
    }
    const found = ORDER.filter((kind) => now - (this.since.get(kind) ?? Infinity) >= KINDS[kind].after);
    this.findings = found.map((kind) => ({ kind, level: KINDS[kind].level, number: this.#number(kind) }));
  }

  /** To be read to the help desk when nothing was found. */
  get number() {
    return written(0, this.up.number || this.down.number);
  }

  /** What is so now, and since when where that is known.  @param {Facts} facts @param {number} now @returns {Map<Kind, number>} */
  #conditions(facts, now) {
    /** @type {Map<Kind, number>} */
    const here = new Map();
    for (const course of [this.up, this.down]) {
      const kind = standing(course, facts.relays);
      if (kind) here.set(kind, Math.min(here.get(kind) ?? Infinity, course.downSince ?? now));
    }
    if (facts.busy) here.set("server", now);
    for (const [source, trouble] of facts.devices) {
      const kind = /** @type {Kind} */ (`${source}.${trouble}`);
      if (kind in KINDS) here.set(kind, now);
    }
    if (weakUp(this.up, now)) here.set("upload", now);
    if (weakDown(this.down, now) || facts.paused > 0) here.set("download", now);
    if (this.up.settled(now) && this.up.now?.limited === "cpu") here.set("slow", now);
    return here;
  }

  /** @param {Kind} kind */
  #number(kind) {
    const { up, down } = this;
    const ill = [up, down].find(({ downSince }) => downSince !== null);
    const course = kind === "download" ? down : kind === "upload" || kind === "slow" ? up : ill ?? (up.number ? up : down);
    return written(KINDS[kind].code, course.number);
  }
}

/** @param {number} code @param {string} number */
const written = (code, number) => ["E", String(code).padStart(2, "0"), number].filter(Boolean).join("-");

/** Why a connection does not stand.  @param {Course} course @param {boolean} relays @returns {Kind|null} */
function standing(course, relays) {
  const { now: reading, downSince, worked } = course;
  if (downSince === null) return null;
  if (worked) return "cut";
  if (reading?.iceUp) return "handshake";
  return relays ? "blocked_relay" : "blocked";
}

/** @param {Course} up @param {number} now */
function weakUp(up, now) {
  const reading = up.settled(now) ? up.now : null;
  if (!reading) return false;
  const tight = reading.picture && reading.limited === "bandwidth" && reading.availableBps > 0 && reading.availableBps < UP_BPS;
  return tight || reading.lostThere > LOST_UP;
}

/** @param {Course} down @param {number} now */
function weakDown(down, now) {
  if (!down.settled(now)) return false;
  const [got, lost, heard] = [down.rise("got"), down.rise("lost"), down.rise("heard")];
  const share = (/** @type {number} */ part, /** @type {number} */ whole) => (whole > 0 ? part / whole : 0);
  return (
    share(lost, got + lost) > LOST_DOWN ||
    share(down.rise("made"), heard) > MADE_UP ||
    (got > 0 && (down.now?.jitterMs ?? 0) > JITTER_MS) ||
    share(down.rise("frozenS") * 1_000, down.spanMs) > FROZEN
  );
}
