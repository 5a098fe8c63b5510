/**
 * The recorded sound and pictures of a replay, kept in step with its board.  Each file has an element of its own, made
 * shortly before it is needed.  The replay's clock leads: an element that is a little off runs faster or slower, one
 * that is far off jumps.  In the gaps of a file its element rests, since players do not agree on what to do there.
 */

/**
 * A recorded file; instants are the room's `at`, in milliseconds.
 * @typedef {object} Recording
 * @property {string} name
 * @property {string} url
 * @property {number} member
 * @property {"microphone"|"camera"|"screen"|"screen_audio"} source
 * @property {number} start_ms
 * @property {number} duration_ms
 * @property {[number, number][]} gaps   from and until
 */
/** What is used of an HTMLMediaElement.
 * @typedef {{currentTime: number, playbackRate: number, paused: boolean, seeking: boolean, muted: boolean, play: () => Promise<void>, pause: () => void}} Medium */

const AHEAD_MS = 5_000; // before it is heard, a file is opened
const JUMP_S = 0.3; // further off: seconds of running faster or slower would be heard
const SLACK_S = 0.03;
const PUSH = 0.1; // at most so much faster or slower
const STILL_S = 0.05; // a picture at rest may be so far off

/** Is something of the file heard or seen at this instant?  @param {Recording} recording @param {number} at */
export function covers({ start_ms, duration_ms, gaps }, at) {
  return at >= start_ms && at < start_ms + duration_ms && !gaps.some(([from, until]) => at > from && at < until);
}

/** @param {Recording} recording */
export const seen = ({ source }) => source === "camera" || source === "screen";

export class Deck {
  /**
   * @param {object} to
   * @param {import("./replay.js").Player} to.player
   * @param {(recording: Recording) => Medium} to.open
   * @param {(recording: Recording, medium: Medium) => void} to.close
   */
  constructor({ player, open, close }) {
    this.player = player;
    this.open = open;
    this.close = close;
    this.muted = false;
    /** @type {Map<Recording, Medium>} */
    this.media = new Map();
    this.offs = [player.on("time", () => this.keep()), player.on("status", () => this.keep())];
    this.keep();
  }

  /** What is seen or heard now.  @returns {Recording[]} */
  get now() {
    return [...this.media.keys()].filter((recording) => covers(recording, this.player.at));
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.muted = muted;
    this.keep();
  }

  /** Bring all that plays to where the replay is. */
  keep() {
    const { at, recordings } = this.player;
    for (const recording of recordings) {
      const { start_ms, duration_ms } = recording;
      const near = at >= start_ms - AHEAD_MS && at < start_ms + duration_ms;
      const medium = this.media.get(recording);
      if (near) this.#keep(recording, medium ?? this.#open(recording));
      else if (medium) this.#close(recording, medium);
    }
  }

  stop() {
    for (const off of this.offs) off();
    for (const [recording, medium] of this.media) this.#close(recording, medium);
  }

  /** @param {Recording} recording */
  #open(recording) {
    const medium = this.open(recording);
    this.media.set(recording, medium);
    return medium;
  }

  /** @param {Recording} recording @param {Medium} medium */
  #close(recording, medium) {
    this.media.delete(recording);
    medium.pause();
    this.close(recording, medium);
  }

  /** @param {Recording} recording @param {Medium} medium */
  #keep(recording, medium) {
    const { at, speed, playing, waiting } = this.player;
    const plays = playing && !waiting && covers(recording, at);
    const wanted = Math.max(0, at - recording.start_ms) / 1_000;
    const late = wanted - medium.currentTime;
    medium.muted = this.muted;
    if (!medium.seeking && Math.abs(late) > (plays ? JUMP_S : STILL_S)) medium.currentTime = wanted;
    if (plays) {
      const push = Math.abs(late) > SLACK_S ? Math.max(-PUSH, Math.min(late, PUSH)) : 0;
      medium.playbackRate = speed * (1 + push);
      if (medium.paused) medium.play().catch(() => {}); // the page was never touched, or it is being taken away
    } else if (!medium.paused) medium.pause();
  }
}
