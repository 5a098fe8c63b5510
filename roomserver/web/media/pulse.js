/**
 * Whether anything comes over the media connections: the server says something on each every half second (docs/protocol.md,
 * "Changing networks").  A browser takes 2.5 s to call silence "disconnected", and a second more before it tries another way; here
 * it takes three looks.  Silence while the line does not answer either is no news: then the server or the network is away.
 */
import { received } from "./readings.js";

const LOOK_MS = 500;
const STEADY = 2; // looks, each of which found more, before silence means anything
const SILENT = 3; // looks that found nothing more

/** @typedef {{pc: RTCPeerConnection|null}} Connection */
/** @typedef {Pick<import("../wire.js").Wire, "heard"|"hurry"|"isOpen">} Line */

/** What came over one connection, look by look. */
class Course {
  constructor() {
    /** @type {RTCPeerConnection|null} */
    this.pc = null;
    this.bytes = 0;
    this.steady = 0;
    this.silent = 0;
  }

  /** @param {RTCPeerConnection} pc @param {number} bytes */
  add(pc, bytes) {
    if (pc !== this.pc) this.steady = this.silent = 0;
    else if (bytes !== this.bytes) [this.steady, this.silent] = [this.steady + 1, 0];
    else this.silent += 1;
    if (this.silent && this.steady < STEADY) this.steady = 0;
    this.pc = pc;
    this.bytes = bytes;
  }

  get doubtful() {
    return this.steady >= STEADY && this.silent >= SILENT - 1;
  }

  get stopped() {
    return this.steady >= STEADY && this.silent >= SILENT;
  }
}

export class Pulse {
  /** @param {import("../wire.js").Env} env @param {Line} line @param {Connection[]} connections @param {() => void} onSilent */
  constructor(env, line, connections, onSilent) {
    this.env = env;
    this.line = line;
    this.onSilent = onSilent;
    this.courses = connections.map((connection) => ({ connection, course: new Course() }));
    /** @type {number|null} when we doubted, and asked the line */
    this.asked = null;
    /** @type {any} */
    this.timer = null;
  }

  start() {
    if (this.timer === null) this.timer = this.env.setTimer(() => void this.#look(), LOOK_MS);
  }

  stop() {
    this.env.clearTimer(this.timer);
    this.timer = null;
  }

  async #look() {
    const timer = this.timer;
    await Promise.all(this.courses.map(({ connection, course }) => this.#feel(connection.pc, course)));
    if (timer !== this.timer) return; // stopped meanwhile
    this.timer = null;
    this.#judge();
    this.start();
  }

  /** @param {RTCPeerConnection|null} pc @param {Course} course */
  async #feel(pc, course) {
    try {
      if (pc?.connectionState === "connected") return course.add(pc, await received(pc));
    } catch {
      // closed meanwhile
    }
    course.pc = null;
  }

  #judge() {
    const courses = this.courses.map(({ course }) => course).filter(({ pc }) => pc);
    if (!courses.some(({ doubtful }) => doubtful)) this.asked = null;
    else if (this.asked === null) {
      this.asked = this.env.now();
      if (this.line.isOpen) this.line.hurry(); // one that waits has been told to
    } else if (courses.some(({ stopped }) => stopped) && this.line.heard > this.asked) {
      for (const course of courses) course.steady = course.silent = 0;
      this.asked = null;
      this.onSilent();
    }
  }
}
