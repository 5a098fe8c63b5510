/** Looks at both connections every two seconds, so that `findings` say what is wrong with them. */
import { Health } from "./health.js";
import { read } from "./readings.js";

/** @typedef {import("./health.js").Facts} Facts */
/** @typedef {import("./readings.js").Reading} Reading */

const LOOK_MS = 2_000;

export class Watch {
  /**
   * @param {import("../wire.js").Env} env
   * @param {() => {up: RTCPeerConnection|null, down: RTCPeerConnection|null}} connections
   * @param {() => Omit<Facts, "up"|"down">} facts
   * @param {() => void} onLook
   */
  constructor(env, connections, facts, onLook) {
    this.env = env;
    this.connections = connections;
    this.facts = facts;
    this.onLook = onLook;
    this.health = new Health();
    /** @type {any} */
    this.timer = null;
    this.looking = false;
  }

  get findings() {
    return this.health.findings;
  }

  start() {
    if (this.timer === null) this.#soon();
  }

  stop() {
    this.env.clearTimer(this.timer);
    this.timer = null;
    this.health = new Health();
  }

  /** Now, without waiting for the next time. */
  async look() {
    if (this.looking) return; // statistics of a large class take their time
    this.looking = true;
    const { up, down } = this.connections();
    try {
      const [sending, receiving] = await Promise.all([up && read(up), down && read(down)]);
      this.health.look({ up: sending, down: receiving, ...this.facts() }, this.env.now());
      this.onLook();
    } catch (error) {
      console.warn("no statistics", error); // closed meanwhile: the next look sees the new one
    } finally {
      this.looking = false;
    }
  }

  #soon() {
    this.timer = this.env.setTimer(() => {
      this.#soon();
      void this.look();
    }, LOOK_MS);
  }
}
