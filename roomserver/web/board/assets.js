/**
 * Pictures and formulas by their names: fetched once, kept while there is room, and told of when they are there.
 * `picture` and `formula` answer at once, with null for what has not come yet.
 */
import { Shelf, Unloaded } from "./shelf.js";

/** @typedef {{path: Path2D, width: number, height: number, weight: number}} Formula   in thousandths of an em */
/** @typedef {{ok: false, code: string, message?: string, retry_in_s?: number}} Refusal */
/** @typedef {(part: number) => void} Progress   0..1 of a file is on its way */

const EDGE = 2_400; // a picture is kept no larger than this
const SMALL = 65_536; // what a picture counts at least, in pixels
const PICTURES = { kept: 50_000_000, most: 100_000_000 }; // pixels of four bytes
const FORMULAS = { kept: 4_000_000, most: 16_000_000 }; // characters of their paths: one has some thousands
const URL_CHARS = 4_000; // a longer question is sent as a body

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
    /** @type {Set<() => void>} */
    this.watchers = new Set();
    const how = { clock: { now, setTimer }, tell: () => this.#tell() };
    /** @type {Shelf<ImageBitmap>} */
    this.pictures = new Shelf({ ...how, ...PICTURES, load: (asset) => this.#picture(asset), weigh: ({ width, height }) => Math.max(SMALL, width * height) });
    /** @type {Shelf<Formula>} */
    this.formulas = new Shelf({ ...how, ...FORMULAS, load: (latex) => this.#formula(latex), weigh: ({ weight }) => weight });
  }

  /** @param {() => void} watcher   called when what is shown is to be asked for again @returns {() => void} stop watching */
  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** @param {string} asset @returns {ImageBitmap|null} */
  picture(asset) {
    return this.pictures.get(asset);
  }

  /** @param {string} latex @returns {Formula|null} */
  formula(latex) {
    return this.formulas.get(latex);
  }

  /** Is this no LaTeX, as far as the server can tell?  @param {string} latex */
  isWrong(latex) {
    return this.formulas.isWrong(latex);
  }

  /** Another page is shown: what was not there may be by now. */
  forgive() {
    this.pictures.forgive();
    this.formulas.forgive();
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
    try {
      const response = await this.#set(latex);
      const answer = /** @type {any} */ (await answerOf(response));
      if (answer.ok) this.formulas.put(latex, formulaOf(answer));
      return answer;
    } catch {
      return { ok: false, code: "lost" };
    }
  }

  #tell() {
    for (const watcher of this.watchers) watcher();
  }

  /** @param {string} asset */
  async #picture(asset) {
    const response = await loaded(this.get(`assets/${asset}`));
    return small(await response.blob());
  }

  /** @param {string} latex */
  async #formula(latex) {
    const response = await loaded(this.#set(latex));
    return formulaOf(await response.json());
  }

  /** Have a formula set.  @param {string} latex */
  #set(latex) {
    const query = `latex=${encodeURIComponent(latex)}`;
    if (query.length <= URL_CHARS) return this.#send(`/v1/formulas?${query}`);
    return this.#send("/v1/formulas", { method: "POST", body: JSON.stringify({ latex }) }, { "Content-Type": "application/json" });
  }

  /** @param {string} path @param {any} [options] @param {Record<string, string>} [headers] */
  #send(path, options = {}, headers = {}) {
    return this.fetch(path, { ...options, headers: { Authorization: `Bearer ${this.token}`, ...headers } });
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
      request.onload = () => resolve(answered(request.status, request.response, request.getResponseHeader("Retry-After")));
      request.onerror = request.onabort = () => resolve({ ok: false, code: "lost" });
      request.send(file);
    });
  }
}

/** What the server said: refusals are problem details (RFC 9457).  @param {number} status @param {any} body @param {string|null} retry */
function answered(status, body, retry) {
  if (status < 300) return { ok: true, ...body };
  return { ok: false, code: body?.title ?? "unknown", message: body?.detail, ...(Number(retry) ? { retry_in_s: Number(retry) } : {}) };
}

/** The same of a response.  @param {Response} response @returns {Promise<any>} */
export const answerOf = async (response) => answered(response.status, await response.json().catch(() => null), response.headers.get("Retry-After"));

/** What a shelf is to hold.  @param {Promise<Response>} sent */
async function loaded(sent) {
  const response = await sent.catch(() => {
    throw new Unloaded("busy");
  });
  if (response.ok) return response;
  throw new Unloaded(response.status === 400 ? "wrong" : response.status === 404 ? "missing" : "busy");
}

/** @param {{path: string, width: number, height: number}} answer @returns {Formula} */
const formulaOf = ({ path, width, height }) => ({ path: new Path2D(path), width, height, weight: path.length });

/** A picture, made smaller where it is larger than any board.  @param {Blob} blob */
async function small(blob) {
  const picture = await createImageBitmap(blob);
  const fit = EDGE / Math.max(picture.width, picture.height);
  if (fit >= 1) return picture;
  const smaller = await createImageBitmap(picture, { resizeWidth: Math.round(picture.width * fit), resizeHeight: Math.round(picture.height * fit), resizeQuality: "high" });
  picture.close();
  return smaller;
}
