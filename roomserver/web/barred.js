/**
 * In a lobby: why there is no lesson for one now, in the words of the door that would not open, and what cures it.
 * It is asked, and known again from whatever is refused for the same reason.  No DOM.  CALL-11, CALL-13.
 */
import { hasPage, waiting } from "./door.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./door.js").Refusal} Refusal */

export class Barred {
  /** @param {() => Promise<Answer>} ask   the lobby @param {() => void} onChange */
  constructor(ask, onChange) {
    this.question = ask;
    this.onChange = onChange;
    /** @type {Refusal|null} */
    this.refusal = null;
    /** @type {import("./door.js").Wait|null} until when; null: time does not help */
    this.wait = null;
    /** @type {any} */
    this.timer = null;
    this.over = false; // nobody asks any more
  }

  stop() {
    this.over = true;
    clearTimeout(this.timer);
  }

  /** Is it still so?  Where there is no answer it is, and is asked again; a line that is lost asks when it is back. */
  async ask() {
    clearTimeout(this.timer);
    const answer = await this.question();
    if (answer.ok) this.#become(null);
    else if (!this.meets(answer) && answer.code !== "lost" && !this.over) {
      this.timer = setTimeout(() => void this.ask(), (answer.retry_in_s ?? AGAIN_S) * 1_000);
    }
  }

  /** Something was refused: is it for a reason of these?  @param {Answer} answer */
  meets(answer) {
    if (answer.ok || !hasPage(answer) || !OF_LESSONS.includes(answer.code)) return false;
    this.#become(answer);
    return true;
  }

  /** The same again changes nothing: an evaluation may be half written.  @param {Refusal|null} refusal */
  #become(refusal) {
    const before = this.refusal;
    const same = before?.code === refusal?.code && before?.rule === refusal?.rule && before?.room === refusal?.room;
    if (same && !refusal?.retry_in_s) return;
    this.refusal = refusal;
    this.wait = refusal && waiting(refusal, Date.now(), Math.random());
    this.onChange();
  }
}

const AGAIN_S = 2;
const OF_LESSONS = ["gap_not_elapsed", "quota_exceeded", "evaluation_due", "rest_needed", "not_eligible"];
