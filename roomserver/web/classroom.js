/**
 * One visit to one room: joins the connection, the folds of room and board, one's own ink, and media.
 * The pages watch it and act through it; it touches no element.
 */
import { Ink } from "./board/ink.js";
import { Board } from "./board/model.js";
import { browser } from "./env.js";
import { Media } from "./media/media.js";
import { NOTHING, isStaff, may, memorable, myself, recalled, reduce } from "./state.js";
import { Wire } from "./wire.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./state.js").RoomState} RoomState */
/** @typedef {"state"|"status"|"damage"|"media"|"trouble"|"pointer"|"erased"} Topic */

const NOTIFY_MS = 16; // many events in one frame are one change for the pages

export class Classroom {
  /**
   * @param {object} to
   * @param {string} to.url
   * @param {import("./entry.js").Entry} to.entry
   * @param {import("./entry.js").Memory} to.memory
   * @param {import("./entry.js").Choice} to.choice
   */
  constructor({ url, entry, memory, choice }) {
    this.memory = memory;
    /** @type {RoomState} */
    this.state = memory.session ? recalled(memory.lesson) : NOTHING;
    this.board = new Board();
    /** @type {Map<Topic, Set<(detail: any) => void>>} */
    this.watchers = new Map();
    /** @type {RoomState|null} the state the pages know, while a change is on its way to them */
    this.shown = null;
    const saved = memory.session;
    this.wire = new Wire({
      url,
      room: entry.room,
      token: entry.token,
      // A page that was loaded again knows nothing: it asks from the start, in its old place.
      resume: saved && { ...saved, seq: 0 },
      env: browser,
      onMessage: (message) => this.#receive(message),
      onStatus: (status) => this.#status(status),
    });
    this.ink = new Ink(this.wire, () => this.emit("damage", { kind: "live" }), (answer) => this.emit("trouble", answer));
    this.media = new Media({
      wire: this.wire,
      state: () => this.state,
      choice,
      onWish: (wish) => memory.choose(wish),
      onChange: (what) => this.emit("media", what),
      onTrouble: (key) => this.emit("trouble", { key }),
    });
  }

  /** @param {Topic} topic @param {(detail: any) => void} watcher @returns {() => void} stop watching */
  on(topic, watcher) {
    const watchers = this.watchers.get(topic) ?? new Set();
    this.watchers.set(topic, watchers.add(watcher));
    return () => watchers.delete(watcher);
  }

  /** @param {Topic} topic @param {any} [detail] */
  emit(topic, detail) {
    // Over the set itself: a watcher that another one has just taken off is not called any more.
    for (const watcher of this.watchers.get(topic) ?? []) watcher(detail);
  }

  get me() {
    return myself(this.state);
  }

  get staff() {
    return isStaff(this.me);
  }

  /** Staff now, or before the page was loaded again and nobody let it in any more. */
  get wasStaff() {
    return this.staff || (!this.me && isStaff(this.memory.lesson ?? undefined));
  }

  /** May one draw on the page that is open now? */
  get mayDraw() {
    return may(this.state, "draw") && (this.staff || !this.board.page()?.locked) && this.state.phase !== "closed";
  }

  /** Ask the room; a refusal is told to the user.  @param {string} type @param {Record<string, any>} [fields] @returns {Promise<Answer>} */
  async ask(type, fields) {
    const answer = await this.wire.command(type, fields).done;
    if (!answer.ok && answer.code !== "lost") this.emit("trouble", answer);
    return answer;
  }

  /** @param {string[]} shapes */
  async erase(shapes) {
    const answer = await this.ask("board.erase", { shapes });
    if (!answer.ok) this.emit("erased", shapes);
  }

  leave() {
    this.media.stop();
    this.memory.forget();
    this.wire.leave();
  }

  stop() {
    this.media.stop();
    this.watchers.clear();
  }

  /** @param {Message} message */
  #receive(message) {
    if (message.type === "media.offer") return this.media.offered(message);
    if (message.type === "pointer") return this.emit("pointer", message);
    const board = message.type === "welcome" || message.type === "snapshot" ? message.board : null;
    if (board) {
      this.board.load(board);
      this.ink.forget();
      this.emit("damage", { kind: "pages" });
    } else {
      const damage = this.board.apply(message);
      this.ink.follow(message);
      if (message.type === "board.erased") this.emit("erased", message.shapes);
      if (damage.kind !== "none") this.emit("damage", damage);
    }
    this.#become(reduce(this.state, message, browser.now()));
    if (message.type === "welcome") this.#welcomed(message);
    if (message.type === "room.closed") this.media.stop();
  }

  /** @param {Message} welcome */
  #welcomed(welcome) {
    this.ink.meet(welcome.member, welcome.next_shape);
    if (this.wire.bookmark) this.memory.keep(this.wire.bookmark);
    queueMicrotask(() => this.media.welcomed());
  }

  /** @param {RoomState} next */
  #become(next) {
    if (next === this.state) return;
    if (!this.shown) {
      this.shown = this.state;
      setTimeout(() => this.#show(), NOTIFY_MS);
    }
    this.state = next;
  }

  #show() {
    const before = this.shown ?? NOTHING;
    this.shown = null;
    const noted = /** @type {const} */ (["live_at", "known", "scores", "closed", "chat"]);
    if (this.state.me && noted.some((part) => before[part] !== this.state[part])) this.memory.note(memorable(this.state));
    if (before.me && (before.members !== this.state.members || before.phase !== this.state.phase)) this.media.follow();
    this.emit("state", before);
  }

  /** @param {import("./wire.js").Status} status */
  #status(status) {
    if (status.phase === "stopped") {
      this.media.stop();
      // The summary of a lesson that is over is found again.
      if (status.why !== "replaced" && !(this.wasStaff && this.state.closed)) this.memory.forget();
    }
    this.emit("status", status);
  }
}
