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
  }

  /** Is it still so?  Where there is no answer, it is. */
  async ask() {
    const answer = await this.question();
    if (answer.ok) this.#become(null);
    else this.meets(answer);
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

const OF_LESSONS = ["gap_not_elapsed", "quota_exceeded", "evaluation_due", "rest_needed", "not_eligible"];
