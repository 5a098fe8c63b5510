/**
 * One visit to one room: joins the connection, the folds of room and board, one's own ink and edits, and media.
 * The pages watch it and act through it; it touches no element.
 */
import { Assets } from "./board/assets.js";
import { Edits } from "./board/edits.js";
import { Ink } from "./board/ink.js";
import { Board, WIDTH } from "./board/model.js";
import { browser } from "./env.js";
import { Media } from "./media/media.js";
import { NOTHING, isLearner, isStaff, may, memorable, myself, recalled, reduce } from "./state.js";
import { Watched } from "./watched.js";
import { Wire } from "./wire.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./state.js").RoomState} RoomState */
/** @typedef {import("./types.js").Shape} Shape */
/** @typedef {"state"|"status"|"damage"|"media"|"trouble"|"pointer"|"view"|"look"|"loading"|"undone"|"shown"} Topic */
/** @typedef {{x: number, y: number, width: number}} Told   what somebody sees of a page */

const NOTIFY_MS = 16; // many events in one frame are one change for the pages
const LEAD_MS = 100; // between two views told to those who follow
const LEAD_AGAIN_MS = 3_000; // and told again, for those who have come since
const LED_MS = 8_000; // who has told nothing for this long leads no more

/** @extends {Watched<Topic>} */
export class Classroom extends Watched {
  /**
   * @param {object} to
   * @param {string} to.url
   * @param {import("./entry.js").Entry} to.entry
   * @param {import("./entry.js").Memory} to.memory
   * @param {import("./entry.js").Choice} to.choice
   */
  constructor({ url, entry, memory, choice }) {
    super();
    this.memory = memory;
    /** @type {RoomState} */
    this.state = memory.session ? recalled(memory.lesson) : NOTHING;
    this.board = new Board();
    /** @type {RoomState|null} the state the pages know, while a change is on its way to them */
    this.told = null;
    /** @type {number|null} the page that is looked at here, where that is not the class's */
    this.looking = null;
    this.leading = false; // others see what is seen here
    this.following = true; // what is seen here is what they see who lead
    /** @type {Told|null} what is seen here */
    this.view = null;
    /** @type {number|null} who leads, be it followed or not */
    this.leader = null;
    this.pacing = false; // it was told just now
    /** @type {any} */
    this.leadTimer = null;
    /** @type {any} */
    this.ledTimer = null;
    /** @type {((page: number|null) => void)[]} pages asked for from here, that have not come yet */
    this.coming = [];
    this.assets = new Assets({ room: entry.room, token: entry.token });
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
    const refused = (/** @type {Answer} */ answer) => this.emit("trouble", answer);
    this.ink = new Ink(this.wire, () => this.emit("damage", { kind: "live", shapes: [] }), refused);
    this.edits = new Edits(this.wire, this.board, this.ink, (shapes) => this.emit("damage", { kind: "page", shapes }), refused);
    this.media = new Media({
      wire: this.wire,
      state: () => this.state,
      choice,
      onWish: (wish) => memory.choose(wish),
      onChange: (what) => this.emit("media", what),
      onTrouble: (key) => this.emit("trouble", { key }),
    });
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

  // The page that is looked at

  /** The class's page, or another one that is looked at here. */
  get shown() {
    return this.looking !== null && this.mayLook(this.looking) ? this.looking : this.board.current;
  }

  /** Does one look at another page than the class? */
  get away() {
    return this.shown !== this.board.current;
  }

  /** @param {number} id */
  mayLook(id) {
    const page = this.board.page(id);
    if (!page) return false;
    return this.staff || id === this.board.current || (page.owner === undefined ? this.board.free : page.owner === this.state.me);
  }

  /** Look at a page; null: at the class's.  @param {number|null} page */
  look(page) {
    this.looking = page === this.board.current ? null : page;
    if (this.board.free && this.looking !== null) this.following = false;
    this.emit("look");
  }

  /** Everybody is to look there.  @param {number} page */
  turn(page) {
    this.look(null);
    return page === this.board.current ? Promise.resolve({ ok: true }) : this.ask("page.turn", { page });
  }

  /** One's own page, if there is one. */
  scratch() {
    return this.board.scratch(this.state.me)?.page ?? null;
  }

  /** Look at one's own page, made where there is none.  @returns {Promise<void>} */
  async openScratch() {
    if (this.scratch() === null) await this.addPage({ scratch: true });
    if (this.scratch() !== null) this.look(this.scratch());
  }

  /** A new page, once it is there: the answer may come before it.
   *  @param {{after?: number, background?: string, scratch?: boolean}} [how] @returns {Promise<number|null>} */
  addPage(how = {}) {
    return new Promise((resolve) => {
      this.coming.push(resolve);
      void this.ask("page.add", how).then(({ ok }) => {
        if (ok) return;
        this.coming = this.coming.filter((other) => other !== resolve);
        resolve(null);
      });
    });
  }

  /** Show the class what is on a page: all of it, on a new page behind the class's.  @param {number} from @returns {Promise<number|null>} */
  async copyPage(from) {
    const { background = "blank", shapes } = this.board.page(from) ?? {};
    const page = await this.addPage({ after: this.board.current, background });
    if (page === null) return null;
    this.edits.copy([...(shapes?.values() ?? [])].filter(({ open }) => !open), page, [0, 0]);
    await this.turn(page);
    return page;
  }

  /** Why one may not draw on the page that is shown; "" where one may.  @returns {""|"right"|"page"|"board"|"closed"} */
  get barred() {
    const page = this.board.page(this.shown);
    if (this.state.phase === "closed") return "closed";
    if (page?.owner !== undefined && page.owner === this.state.me && isLearner(this.me)) return "";
    if (!may(this.state, "draw")) return "right";
    if (this.staff) return "";
    return this.board.locked ? "board" : page?.locked ? "page" : "";
  }

  get mayDraw() {
    return this.barred === "";
  }

  // Leading and following

  /** @param {boolean} on   are others to see what is seen here? */
  lead(on) {
    this.leading = on;
    clearTimeout(this.leadTimer);
    if (!on) this.wire.signal(["view", this.board.current, 0, 0, 0]); // a page that everybody sees
    this.#lead();
    this.emit("look");
  }

  /** Look where the class looks, and see what is shown there. */
  follow() {
    this.following = true;
    this.look(null);
  }

  /** What is seen here has changed.  @param {Told} view @param {boolean} byHand */
  see(view, byHand) {
    this.view = view;
    if (this.leading && !this.pacing) this.#lead();
    if (!byHand || !this.following || this.leader === null || this.leading) return;
    this.following = false;
    this.emit("look");
  }

  /** Tell now what is seen, in a moment what is seen then, and now and again that it is still so. */
  #lead() {
    clearTimeout(this.leadTimer);
    if (!this.leading || !this.staff) return;
    const told = this.view;
    const { x, y, width } = told ?? { x: 0, y: 0, width: WIDTH };
    this.wire.signal(["view", this.shown, x, y, width]);
    this.pacing = true;
    this.leadTimer = setTimeout(() => {
      this.pacing = false;
      if (this.view !== told) this.#lead();
      else this.leadTimer = setTimeout(() => this.#lead(), LEAD_AGAIN_MS);
    }, LEAD_MS);
  }

  /** Somebody leads, or says that they are there still, or with no width that they lead no more.  @param {Message} view */
  #led(view) {
    if (!view.width) return this.#unled(view.member);
    clearTimeout(this.ledTimer);
    const { leader } = this;
    this.leader = view.member;
    this.ledTimer = setTimeout(() => this.#unled(view.member), LED_MS);
    if (leader !== this.leader) this.emit("look");
    if (this.following && !this.leading) this.emit("view", view);
  }

  /** Whoever followed sees the whole page, and all follow who leads next.  @param {number} member */
  #unled(member) {
    if (member !== this.leader) return;
    clearTimeout(this.ledTimer);
    this.leader = null;
    if (this.following && !this.leading) this.emit("view", { page: this.shown, x: 0, y: 0, width: WIDTH });
    this.following = true;
    this.emit("look");
  }

  /** Show others a place on the page.  @param {number} page @param {number} x @param {number} y */
  point(page, x, y) {
    this.wire.signal(["pointer", page, x, y, true]);
    this.emit("pointer", { type: "pointer", member: this.state.me, page, x, y, laser: true });
  }

  // Asking

  /** Ask the room; a refusal is told to the user.  @param {string} type @param {Record<string, any>} [fields] @returns {Promise<Answer>} */
  async ask(type, fields) {
    const answer = await this.wire.command(type, fields).done;
    if (!answer.ok && answer.code !== "lost") this.emit("trouble", answer);
    return answer;
  }

  /** Fetch something of the room.  @param {string} path   behind `/v1/rooms/{room}/` */
  fetch(path) {
    return this.assets.get(path);
  }

  /** Take a step back, or do it again; nothing to take back is no trouble worth a sentence.
   *  @param {"board.undo"|"board.redo"} type @param {number} [member]   whose step, for staff @returns {Promise<Answer>} */
  async back(type, member) {
    const answer = await this.wire.command(type, member === undefined ? {} : { member }).done;
    if (!answer.ok && answer.code !== "conflict" && answer.code !== "lost") this.emit("trouble", answer);
    return answer;
  }

  /** The browser says that the network has changed. */
  moved() {
    this.wire.moved();
    this.media.moved();
  }

  leave() {
    this.media.stop();
    this.memory.forget();
    this.wire.leave();
  }

  stop() {
    clearTimeout(this.leadTimer);
    clearTimeout(this.ledTimer);
    this.media.stop();
    this.watchers.clear();
  }

  /** @param {Message} message */
  #receive(message) {
    switch (message.type) {
      case "media.offer":
        return this.media.offered(message);
      case "media.carries":
        return this.media.carries(message);
      case "media.used":
        return this.media.used(message);
      case "pointer":
        return this.emit("pointer", message);
      case "view":
        return this.#led(message);
      case "board.chunk":
        this.emit("damage", this.board.chunk(message.shapes));
        return this.emit("loading", this.board.loading);
    }
    if (message.board) this.#loaded(message);
    else this.#fold(message);
    this.#become(reduce(this.state, message, browser.now()));
    if (message.type === "welcome") this.#welcomed(message);
    if (message.type === "member.left") this.#unled(message.member);
    if (message.type === "room.closed") this.media.stop();
  }

  /** @param {Message} message   with a snapshot */
  #loaded({ board }) {
    this.board.load(board);
    this.ink.forget();
    this.edits.forget();
    for (const resolve of this.coming.splice(0)) resolve(null); // whether they came is in the snapshot
    this.emit("damage", { kind: "pages", shapes: [] });
    this.emit("loading", this.board.loading);
  }

  /** @param {Message} event */
  #fold(event) {
    const { me } = this.state;
    if (event.type === "board.copied" && event.member !== me && this.#shows(event)) this.emit("shown", event.member);
    const damage = this.board.apply(event);
    if (event.undo && event.author && event.member === me) this.emit("undone", { author: event.author, page: damage.shapes[0]?.page });
    this.ink.follow(event, (page) => this.board.page(page)?.owner === undefined);
    const confirmed = this.edits.follow(event, event.member === me);
    if (event.type === "page.added" && event.member === me) this.coming.shift()?.(event.page);
    // Whoever turns the class's page looks there, and so does who is there already.
    if (event.type === "page.turned" && (event.member === me || event.page === this.looking)) this.looking = null;
    if (this.looking !== null && !this.mayLook(this.looking)) this.looking = null;
    if (confirmed.length) this.emit("damage", { kind: "page", shapes: [...damage.shapes, ...confirmed] });
    else if (damage.kind !== "none") this.emit("damage", damage);
  }

  /** Does a copy show others what stands on one's own page?  @param {Message} copied */
  #shows({ sources, shapes: [copy] }) {
    const own = this.scratch();
    return own !== null && copy?.page !== own && sources.some((/** @type {string} */ id) => this.board.shape(id)?.page === own);
  }

  /** @param {Message} welcome */
  #welcomed(welcome) {
    this.ink.meet(welcome.member, welcome.next_shape);
    if (this.wire.bookmark) this.memory.keep(this.wire.bookmark);
    if (this.state.lobby.open) return; // nobody is heard or seen there
    queueMicrotask(() => this.media.welcomed(welcome.ice_servers ?? []));
  }

  /** @param {RoomState} next */
  #become(next) {
    if (next === this.state) return;
    if (!this.told) {
      this.told = this.state;
      setTimeout(() => this.#show(), NOTIFY_MS);
    }
    this.state = next;
  }

  #show() {
    const before = this.told ?? NOTHING;
    this.told = null;
    const noted = /** @type {const} */ (["live_at", "known", "scores", "closed", "chat"]);
    if (this.state.me && noted.some((part) => before[part] !== this.state[part])) this.memory.note(memorable(this.state));
    if (this.state.lobby.open) return void this.emit("state", before);
    if (before.me && (before.members !== this.state.members || before.phase !== this.state.phase || before.paused !== this.state.paused)) this.media.follow();
    if (before.me && before.tracks !== this.state.tracks) this.media.compare(before.tracks);
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
