/**
 * Things that are loaded by their names, a few at a time, and kept as long as they are shown.
 *
 * There is no list of what waits: whoever shows a thing asks for it whenever they are told that something has changed, so
 * that what is asked for is what is shown.  What was not asked for after that may go.  No DOM; time comes in.
 */

/** @typedef {{now: () => number, setTimer: (run: () => void, ms: number) => any}} Clock */
/** @template T @typedef {{value: T|null, weight: number, tries: number, again: number, asked: number, wrong: boolean}} Kept
 *    `again`: not to be loaded before; `asked`: when it was asked for last; `wrong`: never to be there */

const AT_ONCE = 4;
const TRIES = 2; // of what is not there: it may have been on its way
const MISSING = 500; // so many names that are not there; of what else is asked for then nothing is loaded
const RETRY_MS = [1_000, 4_000, 15_000, 60_000]; // after one failure, two, …
const TIDY_MS = 2_000; // from telling to throwing away: thumbnails are painted a few at a time

/** Why something could not be loaded: it is `wrong`, and always will be; it is `missing`; or the server or the line is `busy`. */
export class Unloaded extends Error {
  /** @param {"wrong"|"missing"|"busy"} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

/** @template T */
export class Shelf {
  /**
   * @param {object} how
   * @param {(name: string) => Promise<T>} how.load   rejects with Unloaded; with anything else it is missing
   * @param {(value: T) => number} how.weigh
   * @param {number} how.kept   weight to which the shelf is tidied
   * @param {number} how.most   weight from which nothing more is loaded
   * @param {Clock} how.clock
   * @param {() => void} how.tell   something has changed: ask again for what is shown
   */
  constructor({ load, weigh, kept, most, clock, tell }) {
    this.load = load;
    this.weigh = weigh;
    this.kept = kept;
    this.most = most;
    this.clock = clock;
    this.tell = tell;
    /** @type {Map<string, Kept<T>>} the least recently asked for first */
    this.things = new Map();
    this.weight = 0;
    this.loading = 0;
    this.missing = 0;
    this.tidying = false;
    this.failures = 0; // of server or line, one after the other
    this.again = -Infinity; // nothing is loaded before
  }

  /** @param {string} name @returns {T|null} null: it is not here */
  get(name) {
    const now = this.clock.now();
    const thing = this.things.get(name);
    if (thing) {
      this.things.delete(name);
      this.things.set(name, thing);
      thing.asked = now;
      if (thing.value || now < thing.again) return thing.value;
    }
    if (this.loading >= AT_ONCE || now < this.again || (!thing && this.missing >= MISSING)) return null;
    if (this.weight < this.most) void this.#fetch(name, thing ?? { value: null, weight: 0, tries: 0, again: 0, asked: now, wrong: false });
    else this.#tidy();
    return null;
  }

  /** @param {string} name */
  isWrong(name) {
    return this.things.get(name)?.wrong ?? false;
  }

  /** @param {string} name @param {T} value */
  put(name, value) {
    const weight = this.weigh(value);
    this.#drop(name);
    this.things.set(name, { value, weight, tries: 0, again: Infinity, asked: this.clock.now(), wrong: false });
    this.weight += weight;
    if (this.weight > this.kept) this.#tidy();
    this.tell();
  }

  /** Another page is shown: what was not there may be by now. */
  forgive() {
    for (const [name, { tries }] of this.things) if (tries >= TRIES) this.#drop(name);
  }

  /** @param {string} name @param {Kept<T>} thing */
  async #fetch(name, thing) {
    thing.again = Infinity;
    this.things.set(name, thing);
    this.loading += 1;
    try {
      const value = await this.load(name);
      this.failures = 0;
      this.loading -= 1;
      this.put(name, value);
    } catch (error) {
      this.loading -= 1;
      if (this.things.get(name) === thing) this.#failed(thing, error instanceof Unloaded ? error.why : "missing");
      this.tell(); // others have waited for this one
    }
  }

  /** @param {Kept<T>} thing @param {"wrong"|"missing"|"busy"} why */
  #failed(thing, why) {
    const now = this.clock.now();
    if (why === "busy") {
      thing.again = 0;
      if (now < this.again) return; // those that failed together are one failure
      const wait = RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)];
      this.again = now + wait;
      return void this.clock.setTimer(this.tell, wait);
    }
    thing.wrong = why === "wrong";
    thing.tries = thing.wrong ? TRIES : thing.tries + 1;
    if (thing.tries >= TRIES) this.missing += 1;
    else {
      const wait = RETRY_MS[thing.tries - 1];
      thing.again = now + wait;
      this.clock.setTimer(this.tell, wait);
    }
  }

  /** Have all that is shown asked for, and let go of what was not. */
  #tidy() {
    if (this.tidying) return;
    this.tidying = true;
    // Not at once: whoever has asked for this may be painting.
    this.clock.setTimer(() => {
      const since = this.clock.now();
      this.tell();
      this.clock.setTimer(() => this.#clear(since), TIDY_MS);
    }, 0);
  }

  /** @param {number} since */
  #clear(since) {
    this.tidying = false;
    const { weight } = this;
    for (const [name, { asked, value }] of this.things) {
      if (this.weight <= this.kept) break;
      if (value && asked < since) this.#drop(name);
    }
    if (weight >= this.most && this.weight < weight) this.tell(); // there is room for what could not be loaded
  }

  /** @param {string} name */
  #drop(name) {
    const thing = this.things.get(name);
    if (!thing) return;
    this.things.delete(name);
    this.weight -= thing.weight;
    if (thing.tries >= TRIES) this.missing -= 1;
    /** @type {any} */ (thing.value)?.close?.(); // an ImageBitmap
  }
}
