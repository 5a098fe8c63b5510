/**
 * What to do when the way to the server goes: ICE begins afresh on both connections, and what flows on them goes on.
 * If that does not help soon, `onFailed`: a new line, and media with it.  No DOM and no clock of its own.
 */

/** @typedef {{pc: RTCPeerConnection|null, onState: (state: RTCPeerConnectionState) => void, mend: () => void}} Connection */
/** @typedef {Pick<import("../wire.js").Env, "setTimer"|"clearTimer">} Timers */

const DOUBT_MS = 1_000; // without an answer, after which it is more than a hiccup; browsers take 2.5 s to say "disconnected"
const HELP_MS = 4_000; // within which mending helps, or does not

export class Mender {
  /** @param {Timers} env @param {Connection[]} connections @param {() => void} onFailed */
  constructor(env, connections, onFailed) {
    this.env = env;
    this.connections = connections;
    this.onFailed = onFailed;
    /** @type {any} */
    this.timer = null;
    this.mending = false;
    for (const connection of connections) connection.onState = () => this.#look();
  }

  /** The network has changed: do not wait until it shows. */
  moved() {
    if (this.connections.some(({ pc }) => pc)) this.#mend();
  }

  /** Nothing comes any more on one that stands, as far as the browser knows. */
  silent() {
    if (!this.mending) this.#mend();
  }

  /** Both connections begin anew, or end. */
  stop() {
    if (this.timer !== null) this.env.clearTimer(this.timer);
    this.timer = null;
    this.mending = false;
  }

  #look() {
    const away = this.#away();
    if (!away && !this.mending) this.stop();
    else if (away && this.timer === null) this.timer = this.env.setTimer(() => this.#mend(), DOUBT_MS);
  }

  #mend() {
    this.stop();
    this.mending = true;
    for (const connection of this.connections) connection.mend();
    this.timer = this.env.setTimer(() => this.#judge(), HELP_MS);
  }

  #judge() {
    const away = this.#away();
    this.stop();
    if (away) this.onFailed();
  }

  #away() {
    return this.connections.some(({ pc }) => pc?.connectionState === "disconnected");
  }
}
