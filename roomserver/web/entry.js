/**
 * How one gets in: the link's fragment, what the token says for display, and what the tab remembers.
 * No DOM; the storage comes in as an argument.  The token is shown, never trusted: the server checks it.
 */

const ENTRY = "classroom.entry";
const SESSION = "classroom.session";
const CHOICE = "classroom.choice";
const ADDRESSEE = "classroom.to";
const LESSON = "classroom.lesson";
const WATCHING = "classroom.watching";

/** @typedef {{room: string, token: string}} Entry */
/** @typedef {{session: string, epoch: number, seq: number}} Bookmark */
/** @typedef {{live_at: number, known: [number, {name: string, role: string}][], scores: {score: number, member?: number}[], closed: {reason: string, by?: number|null, at: number}|null, role: string, lines: number}} Lesson */
/** @typedef {{microphone: boolean, camera: boolean, microphoneId: string, cameraId: string}} Choice */
/** @typedef {{name?: string, role?: import("./types.js").Role, room?: string, subject?: string, topic?: string, school?: string, grade?: string}} Claims */
/** @typedef {Pick<Storage, "getItem"|"setItem"|"removeItem">} Store */

/** @param {string} hash @returns {Entry|null} */
export function readLink(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const token = fields.get("token") ?? "";
  const room = fields.get("room") ?? claims(token).room ?? "";
  return room && Object.keys(claims(token)).length ? { room, token } : null;
}

/** Something that was meant as a link and is none: cut off in a message, or copied in part.  @param {string} hash */
export function isDamaged(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  return (fields.has("token") || fields.has("room")) && !readLink(hash);
}

/** The payload of a JWT, or {} when it is none.  @param {string} token @returns {Claims} */
export function claims(token) {
  try {
    const base64 = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const payload = JSON.parse(new TextDecoder().decode(bytes));
    return typeof payload === "object" && payload !== null ? payload : {};
  } catch {
    return {};
  }
}

/** @template T @param {Store} store @param {string} key @returns {T|null} */
function recall(store, key) {
  try {
    return JSON.parse(store.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** What this tab remembers, so that a reload finds its place and two links live in two tabs. */
export class Memory {
  /** @param {Store} store @param {string} [scope]   of a lesson that was called for: beside the lobby's own */
  constructor(store, scope = "") {
    this.store = {
      getItem: (key) => store.getItem(key + scope),
      setItem: (key, value) => store.setItem(key + scope, value),
      removeItem: (key) => store.removeItem(key + scope),
    };
  }

  /** @returns {Entry|null} */
  get entry() {
    return recall(this.store, ENTRY);
  }

  /** A new link forgets the session of the one before.  @param {Entry} entry */
  enter(entry) {
    const old = this.entry;
    if (old?.room !== entry.room || old?.token !== entry.token) {
      this.forget();
      this.watching = false;
    }
    this.store.setItem(ENTRY, JSON.stringify(entry));
  }

  /** @returns {Bookmark|null} */
  get session() {
    return recall(this.store, SESSION);
  }

  /** @param {Bookmark} bookmark */
  keep(bookmark) {
    this.store.setItem(SESSION, JSON.stringify(bookmark));
  }

  /** @returns {Choice|null} */
  get choice() {
    return recall(this.store, CHOICE);
  }

  /** @param {Choice} choice */
  choose(choice) {
    this.store.setItem(CHOICE, JSON.stringify(choice));
  }

  /** To whom one writes: "all", "staff" or a member.  @returns {string} */
  get addressee() {
    return this.store.getItem(ADDRESSEE) ?? "all";
  }

  set addressee(to) {
    this.store.setItem(ADDRESSEE, to);
  }

  /** What a welcome does not tell again.  @returns {Lesson|null} */
  get lesson() {
    return recall(this.store, LESSON);
  }

  /** @param {Lesson} lesson */
  note(lesson) {
    this.store.setItem(LESSON, JSON.stringify(lesson));
  }

  /** Is the lesson seen again, after it has ended? */
  get watching() {
    return this.store.getItem(WATCHING) !== null;
  }

  set watching(on) {
    if (on) this.store.setItem(WATCHING, "yes");
    else this.store.removeItem(WATCHING);
  }

  forget() {
    this.store.removeItem(SESSION);
    this.store.removeItem(LESSON);
    this.store.removeItem(ADDRESSEE); // a member's number means somebody else in another session's room
  }
}
