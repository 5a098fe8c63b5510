/**
 * The connection: hello, resume, resend, ping, and coming back by itself.
 * No DOM and no clock of its own: sockets, time and chance come in as `env`.
 *
 * What was not yet answered is kept and sent again after a resume, in order and under the same ids, so the server can
 * tell a repeat.  Media commands are never sent twice: they belong to one connection.
 *
 * What a snapshot shows of the board comes behind it in chunks, and so may much that is taken back, which take a moment to
 * unpack: whatever comes meanwhile waits its turn in the inbox.  Until the last chunk of a snapshot is in, a resume begins
 * from the start.
 */
import { FINAL, course } from "./codes.js";
import { isPacked, read, unpacked, write } from "./frames.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {{session: string, epoch: number, seq: number}} Bookmark */
/** @typedef {{phase: "connecting"|"open"|"waiting"|"stopped", why?: string, code?: number, reason?: string, refusal?: Message, retryAt?: number, tries: number}} Status */
/**
 * @typedef {object} Env
 * @property {(url: string) => any} connect          a WebSocket, or something like it
 * @property {() => number} now                      milliseconds, never going back
 * @property {() => number} random                   0 <= x < 1
 * @property {(run: () => void, ms: number) => any} setTimer
 * @property {(timer: any) => void} clearTimer
 */
/** @typedef {{ready: boolean, handle: () => void}} Received   in the order in which it came */
/** @typedef {{frame: string, media: boolean, alone: boolean, board: boolean, said: boolean, settle: (answer: Answer) => void}} Pending */

export const SUBPROTOCOL = "classroom.v1.json";
const PING_MS = 4_000; // silence after which we ask; docs/protocol.md, "Connection"
const LOST_MS = 4_000; // and after which an unanswered ping is a lost line
const MOVED_MS = 1_000; // the same when the network has just changed: a line of the old one never answers
const OPEN_MS = 10_000; // from a new socket to `welcome`
const BACKOFF_MS = 5_000; // the longest wait between two tries
const STABLE_MS = 5_000; // an open line this old starts the count of tries anew
const PENDING_MAX = 4_000; // unanswered commands kept; more are refused, or a long outage would fill the memory

export class Wire {
  /**
   * @param {object} to
   * @param {string} to.url
   * @param {string} to.room
   * @param {string} to.token
   * @param {Bookmark|null} [to.resume]
   * @param {Env} to.env
   * @param {(message: Message) => void} to.onMessage   `welcome`, events, notices and signals, each once and in order
   * @param {(status: Status) => void} to.onStatus
   */
  constructor({ url, room, token, resume = null, env, onMessage, onStatus }) {
    this.url = url;
    this.room = room;
    this.token = token;
    this.env = env;
    this.onMessage = onMessage;
    this.onStatus = onStatus;
    /** @type {Bookmark|null} */
    this.bookmark = resume;
    /** @type {Status} */
    this.status = { phase: "waiting", tries: 0 };
    this.seen = 0; // the newest `seq` that was passed on
    this.chunks = 0; // of the snapshot, still to come
    /** @type {Received[]} */
    this.inbox = [];
    this.nextId = 2; // 1 is the hello
    /** @type {Map<number, Pending>} */
    this.pending = new Map();
    /** @type {any} */
    this.socket = null;
    /** @type {any} */
    this.timer = null;
    this.tries = 0;
    this.heard = 0;
    this.opened = 0;
    this.pings = 0;
    this.asked = 0; // when the outstanding ping was sent; 0: none is
    this.patience = LOST_MS; // with its answer
    /** @type {Message|null} */
    this.bye = null;
    /** @type {Message|null} what the server said to our hello, when that was not welcome */
    this.refusal = null;
    /** @type {string|null} */
    this.movedTo = null;
  }

  get isOpen() {
    return this.status.phase === "open";
  }

  start() {
    this.#connect();
  }

  /** Try now instead of waiting out the back-off: the network is back, or the user asks. */
  hurry() {
    if (this.status.phase === "waiting") this.#connect();
    else if (this.isOpen) this.#ask();
  }

  /** The network has changed: find out soon whether the line still holds. */
  moved() {
    this.hurry();
    if (!this.isOpen) return;
    this.patience = MOVED_MS;
    this.env.clearTimer(this.timer);
    this.timer = this.env.setTimer(() => this.#watch(), MOVED_MS);
  }

  /** Drop the line and come back: whatever hangs on the connection (media) begins afresh. */
  relink() {
    if (this.isOpen) this.#lost(0);
  }

  /** Go for good. */
  leave() {
    const socket = this.socket;
    this.#drop();
    socket?.close(1000);
    this.#stop("left", 1000);
  }

  /**
   * Ask the room for something.  The promise never rejects.
   * @param {string} type @param {Record<string, any>} [fields]
   * @returns {{id: number, done: Promise<Answer>}}
   */
  command(type, fields = {}) {
    const id = this.nextId++;
    return this.#send(id, type, write({ type, id, ...fields }));
  }

  /** @param {string} shape @param {number[]} points @param {number[]|null} pressure */
  extend(shape, points, pressure) {
    const id = this.nextId++;
    const frame = ["board.extend", id, shape, points, ...(pressure ? [pressure] : [])];
    return this.#send(id, "board.extend", JSON.stringify(frame));
  }

  /** Worth its newest value only: dropped when the line is down.  @param {any} message */
  signal(message) {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }

  /** @param {number} id @param {string} type @param {string} frame */
  #send(id, type, frame) {
    const media = type.startsWith("media.");
    const alone = type === "media.publish" || type === "media.answer";
    /** @type {(answer: Answer) => void} */
    let settle = () => {};
    /** @type {Promise<Answer>} */
    const done = new Promise((resolve) => (settle = resolve));
    if (this.status.phase === "stopped" || (media && !this.isOpen)) settle({ ok: false, code: "lost" });
    else if (this.pending.size >= PENDING_MAX) settle({ ok: false, code: "rate_limited" });
    else {
      this.pending.set(id, { frame, media, alone, board: type.startsWith("board."), said: this.isOpen, settle });
      if (this.isOpen) this.socket.send(frame);
    }
    return { id, done };
  }

  #connect() {
    this.#drop();
    this.bye = null;
    this.refusal = null;
    const socket = this.env.connect(this.url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.#say({ phase: "connecting", tries: this.tries });
    this.timer = this.env.setTimer(() => this.#lost(1006), OPEN_MS);
    socket.onopen = () => {
      if (socket === this.socket) socket.send(JSON.stringify(this.#hello()));
    };
    socket.onmessage = (/** @type {{data: any}} */ event) => {
      if (socket === this.socket) this.#receive(event.data);
    };
    socket.onclose = (/** @type {{code: number}} */ event) => {
      if (socket === this.socket) this.#take({ ready: true, handle: () => this.#lost(this.bye?.code ?? event.code) });
    };
  }

  #hello() {
    return {
      type: "hello",
      id: 1,
      room: this.room,
      token: this.token,
      client: { name: "web", version: "0.1.0" },
      ...(this.bookmark ? { resume: this.bookmark } : {}),
    };
  }

  /** @param {string|ArrayBuffer} frame */
  #receive(frame) {
    this.heard = this.env.now();
    this.asked = 0;
    this.patience = LOST_MS;
    const message = read(frame);
    if (!message) return;
    if (message.type === "bye") this.bye = message;
    else if (message.type === "moved") this.movedTo = message.url;
    else if (isPacked(message)) this.#unpack(message);
    else this.#take({ ready: true, handle: () => this.#handle(message) });
  }

  /** @param {Message} message */
  #unpack(message) {
    /** @type {Received} */
    const received = { ready: false, handle: () => {} };
    this.#take(received);
    const { inbox } = this;
    void unpacked(message).then(
      (whole) => {
        received.handle = () => this.#handle(whole);
        received.ready = true;
        if (inbox === this.inbox) this.#empty();
      },
      () => inbox === this.inbox && this.#lost(1006), // once more, from the start
    );
  }

  /** @param {Received} received */
  #take(received) {
    this.inbox.push(received);
    this.#empty();
  }

  /** Handle what has come, as far as it is ready. */
  #empty() {
    const { inbox } = this;
    while (inbox === this.inbox && inbox[0]?.ready) inbox.shift()?.handle();
  }

  /** @param {Message} message */
  #handle(message) {
    switch (message.type) {
      case "welcome":
        return this.#welcome(message);
      case "ok":
        return this.#ok(message);
      case "error":
        return this.#refused(message);
      case "board.chunk":
        return this.#chunk(message);
      case "snapshot":
        this.#reach(message.seq, message.board);
        return this.onMessage(message);
      default:
        return this.#pass(message);
    }
  }

  /** An event we have seen already is not passed on.  @param {Message} message */
  #pass(message) {
    if (typeof message.seq === "number" && this.bookmark) {
      if (message.seq <= this.seen) return;
      if (message.type === "epoch.raised") this.bookmark.epoch = message.epoch;
      this.#reach(message.seq);
    }
    this.onMessage(message);
  }

  /** @param {Message} chunk */
  #chunk(chunk) {
    this.chunks = Math.max(0, this.chunks - 1);
    this.#reach(this.seen);
    this.onMessage(chunk);
  }

  /** All up to here is known, but for chunks that a snapshot announces.
   *  @param {number} seq @param {import("./types.js").BoardBody} [board] */
  #reach(seq, board) {
    if (board) this.chunks = board.pages.reduce((sum, page) => sum + (page.chunks ?? 0), 0);
    this.seen = seq;
    if (this.bookmark) this.bookmark.seq = this.chunks ? 0 : seq;
  }

  /** @param {Message} welcome */
  #welcome(welcome) {
    const same = this.bookmark?.session === welcome.session;
    // When resumed, the events after the one that we named follow; `seq` says the same.
    const seq = welcome.resumed && this.bookmark ? this.bookmark.seq : welcome.seq;
    this.bookmark = { session: welcome.session, epoch: welcome.epoch, seq };
    this.#reach(seq, welcome.board);
    this.nextId = Math.max(this.nextId, welcome.last_id + 1);
    this.opened = this.env.now();
    this.env.clearTimer(this.timer);
    this.timer = this.env.setTimer(() => this.#watch(), 1_000);
    this.status = { phase: "open", tries: this.tries };
    this.onMessage(welcome);
    this.#again(same);
    this.onStatus(this.status);
  }

  /** Send again what has no answer: what was taken may never have reached the disk.  @param {boolean} same */
  #again(same) {
    for (const [id, command] of [...this.pending]) {
      // Another session knows nothing of this one: what was said may have been heard, and shapes have other numbers.
      const lost = command.media || (!same && (command.said || command.board));
      if (lost) this.#settle(id, { ok: false, code: "lost" });
      else {
        command.said = true;
        this.socket.send(command.frame);
      }
    }
  }

  /** Cumulative, but for offers and answers: those have an `ok` of their own.  @param {Message} message */
  #ok(message) {
    for (const [id, command] of [...this.pending]) {
      if (id > message.id) break;
      if (!command.alone) this.#settle(id, { ok: true });
      else if (id === message.id) this.#settle(id, { ok: true, ...(message.sdp ? { sdp: message.sdp } : {}) });
    }
  }

  /** @param {Message} message */
  #refused({ type, id, code, message, rule, retry_in_s, until_ms, room }) {
    if (!this.isOpen) this.refusal = { type, code, message, rule, retry_in_s, until_ms, room };
    else this.#settle(id, { ok: false, code, message, rule, retry_in_s, until_ms, room });
  }

  /** @param {number} id @param {Answer} answer */
  #settle(id, answer) {
    const command = this.pending.get(id);
    this.pending.delete(id);
    command?.settle(answer);
  }

  #watch() {
    const now = this.env.now();
    if (now - this.opened >= STABLE_MS) this.tries = 0;
    if (this.asked && now - this.asked >= this.patience) return this.#lost(1006);
    if (!this.asked && now - this.heard >= PING_MS) this.#ask();
    this.timer = this.env.setTimer(() => this.#watch(), 1_000);
  }

  #ask() {
    if (this.asked) return;
    this.asked = this.env.now();
    this.signal({ type: "ping", n: ++this.pings });
  }

  /** @param {number} code */
  #lost(code) {
    const socket = this.socket;
    this.#drop();
    socket?.close();
    for (const [id, command] of [...this.pending]) if (command.media) this.#settle(id, { ok: false, code: "lost" });
    const next = course(code);
    if (next === "stop") return this.#stop(/** @type {string} */ (FINAL[code]), code);
    const wait = this.#wait(next);
    this.tries += 1;
    this.#say({ phase: "waiting", tries: this.tries, code, retryAt: this.env.now() + wait });
    this.timer = this.env.setTimer(() => this.#connect(), wait);
  }

  /** @param {import("./codes.js").Course} next */
  #wait(next) {
    const random = this.env.random();
    if (next === "spread") return random * 3_000;
    if (next === "told") return (this.bye?.retry_in_s ?? 5) * 1_000;
    if (next === "moved" && this.movedTo) {
      this.url = this.movedTo.replace(/^http/, "ws");
      return this.tries ? BACKOFF_MS * random : 0;
    }
    if (next === "now" && this.tries === 0) return 0;
    const most = Math.min(BACKOFF_MS, 500 * 2 ** this.tries);
    return most / 2 + (random * most) / 2;
  }

  /** @param {string} why @param {number} code */
  #stop(why, code) {
    for (const id of [...this.pending.keys()]) this.#settle(id, { ok: false, code: "lost" });
    const refusal = this.refusal ?? undefined;
    this.#say({ phase: "stopped", why, code, reason: this.bye?.reason, refusal, tries: this.tries });
  }

  /** Forget the socket; whatever it still says is not for us. */
  #drop() {
    this.env.clearTimer(this.timer);
    this.socket = null;
    this.inbox = [];
    this.asked = 0;
    this.patience = LOST_MS;
  }

  /** @param {Status} status */
  #say(status) {
    this.status = status;
    this.onStatus(status);
  }
}
