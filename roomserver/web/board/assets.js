/**
 * Pictures and formulas by their names: fetched once, kept while there is room, and told of when they are there.
 * `picture` and `formula` answer at once, with null for what has not come yet.
 */

/** @typedef {{path: Path2D, width: number, height: number}} Formula   in thousandths of an em */
/** @typedef {{ok: false, code: string, message?: string, retry_in_s?: number}} Refusal */
/** @typedef {{value: any, tries: number, again: number, wrong?: boolean}} Kept   `again`: not to be asked for before; `wrong`: never to be there */
/** @typedef {(part: number) => void} Progress   0..1 of a file is on its way */

const KEPT = { picture: 60, formula: 500 }; // the least recently used go first
const RETRY_MS = [1_000, 4_000, 15_000, 60_000]; // after one failure, two, …
const PIXELS = 2_400; // a picture is kept no larger than this: 60 of them are 1.4 GB at the very worst, and 100 MB in a lesson

export class Assets {
  /**
   * @param {object} to
   * @param {string} to.room
   * @param {string} to.token
   * @param {(path: string, options?: any) => Promise<Response>} [to.fetch]
   * @param {() => number} [to.now]
   * @param {(run: () => void, ms: number) => any} [to.setTimer]
   */
  constructor({ room, token, fetch = (path, options) => globalThis.fetch(path, options), now = () => performance.now(), setTimer = (run, ms) => setTimeout(run, ms) }) {
    this.base = `/v1/rooms/${encodeURIComponent(room)}`;
    this.token = token;
    this.fetch = fetch;
    this.now = now;
    this.setTimer = setTimer;
    /** @type {Map<string, Kept>} the least recently used first */
    this.pictures = new Map();
    /** @type {Map<string, Kept>} */
    this.formulas = new Map();
    /** @type {Set<() => void>} */
    this.watchers = new Set();
  }

  /** @param {() => void} watcher   called when something is there that was asked for @returns {() => void} stop watching */
  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** @param {string} asset @returns {ImageBitmap|null} */
  picture(asset) {
    return this.#get(this.pictures, asset, KEPT.picture, () => this.#picture(asset));
  }

  /** @param {string} latex @returns {Formula|null} */
  formula(latex) {
    return this.#get(this.formulas, latex, KEPT.formula, () => this.#formula(latex));
  }

  /** Is this no LaTeX, as far as the server can tell?  @param {string} latex */
  isWrong(latex) {
    return this.formulas.get(latex)?.wrong ?? false;
  }

  /** Something of the room.  @param {string} path   behind the room's own */
  get(path) {
    return this.#send(`${this.base}/${path}`);
  }

  /** Send a picture.  @param {Blob} file @param {Progress} [onProgress]
   *  @returns {Promise<{ok: true, asset: string, width: number, height: number}|Refusal>} */
  upload(file, onProgress) {
    return this.#post(`${this.base}/assets`, file, onProgress);
  }

  /** Send a PDF, or a picture that is to be a page.  @param {Blob} file @param {Progress} [onProgress]
   *  @returns {Promise<{ok: true, slides: {asset: string, width: number, height: number}[]}|Refusal>} */
  slides(file, onProgress) {
    return this.#post(`${this.base}/slides`, file, onProgress);
  }

  /** A formula as the server sets it, or what is wrong with it.
   *  @param {string} latex @returns {Promise<{ok: true, latex: string, width: number, height: number, path: string}|Refusal>} */
  async render(latex) {
    const answer = await this.#ask(`/v1/formulas?latex=${encodeURIComponent(latex)}`);
    if (answer.ok && !this.formulas.get(latex)?.value) this.#keep(this.formulas, latex, KEPT.formula, formulaOf(answer));
    return answer;
  }

  /** @param {Map<string, Kept>} shelf @param {string} name @param {number} most @param {() => Promise<any>} load */
  #get(shelf, name, most, load) {
    const kept = shelf.get(name) ?? { value: null, tries: 0, again: -Infinity };
    shelf.delete(name);
    shelf.set(name, kept); // behind all others: it was used last
    if (!kept.value && this.now() >= kept.again) {
      kept.again = Infinity;
      void load().then(
        (value) => this.#keep(shelf, name, most, value),
        (error) => this.#failed(kept, error.final),
      );
    }
    return kept.value;
  }

  /** @param {Map<string, Kept>} shelf @param {string} name @param {number} most @param {any} value */
  #keep(shelf, name, most, value) {
    shelf.delete(name);
    shelf.set(name, { value, tries: 0, again: Infinity });
    for (const [oldest, { value }] of shelf) {
      if (shelf.size <= most) break;
      shelf.delete(oldest);
      value?.close?.();
    }
    this.#tell();
  }

  /** Whoever still shows it asks again when it is told to.  @param {Kept} kept @param {boolean} final */
  #failed(kept, final) {
    if (final) {
      kept.wrong = true;
      return this.#tell();
    }
    const wait = RETRY_MS[Math.min(kept.tries, RETRY_MS.length - 1)];
    kept.tries += 1;
    kept.again = this.now() + wait;
    this.setTimer(() => this.#tell(), wait);
  }

  #tell() {
    for (const watcher of this.watchers) watcher();
  }

  /** @param {string} asset */
  async #picture(asset) {
    const response = await this.#load(`${this.base}/assets/${asset}`);
    return small(await response.blob());
  }

  /** @param {string} latex */
  async #formula(latex) {
    const response = await this.#load(`/v1/formulas?latex=${encodeURIComponent(latex)}`);
    return formulaOf(await response.json());
  }

  /** @param {string} path */
  #send(path) {
    return this.fetch(path, { headers: { Authorization: `Bearer ${this.token}` } });
  }

  /** @param {string} path */
  async #load(path) {
    const response = await this.#send(path);
    // A formula that is wrong stays wrong; a picture that is not there may still be on its way.
    if (!response.ok) throw Object.assign(new Error(String(response.status)), { final: response.status === 400 });
    return response;
  }

  /** @param {string} path @returns {Promise<any>} */
  async #ask(path) {
    try {
      const response = await this.#send(path);
      return answerOf(response.status, await response.json(), response.headers.get("Retry-After"));
    } catch {
      return { ok: false, code: "lost" };
    }
  }

  /** `fetch` cannot tell how much of a file has gone.
   *  @param {string} path @param {Blob} file @param {Progress} [onProgress] @returns {Promise<any>} */
  #post(path, file, onProgress) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open("POST", path);
      request.setRequestHeader("Authorization", `Bearer ${this.token}`);
      request.responseType = "json";
      request.upload.onprogress = ({ loaded, total }) => onProgress?.(total ? loaded / total : 0);
      request.onload = () => resolve(answerOf(request.status, request.response, request.getResponseHeader("Retry-After")));
      request.onerror = request.onabort = () => resolve({ ok: false, code: "lost" });
      request.send(file);
    });
  }
}

/** What the server said: refusals are problem details (RFC 9457).  @param {number} status @param {any} body @param {string|null} retry */
function answerOf(status, body, retry) {
  if (status < 300) return { ok: true, ...body };
  return { ok: false, code: body?.title ?? "unknown", message: body?.detail, ...(Number(retry) ? { retry_in_s: Number(retry) } : {}) };
}

/** @param {{path: string, width: number, height: number}} answer @returns {Formula} */
const formulaOf = ({ path, width, height }) => ({ path: new Path2D(path), width, height });

/** A picture, made smaller where it is larger than any board.  @param {Blob} blob */
async function small(blob) {
  const picture = await createImageBitmap(blob);
  const fit = PIXELS / Math.max(picture.width, picture.height);
  if (fit >= 1) return picture;
  const smaller = await createImageBitmap(picture, { resizeWidth: Math.round(picture.width * fit), resizeHeight: Math.round(picture.height * fit), resizeQuality: "high" });
  picture.close();
  return smaller;
}
