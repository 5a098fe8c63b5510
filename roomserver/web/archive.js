/** Where a replay comes from: what the server answers about one closed room.  No DOM; it is asked again when it is busy. */
import { Player } from "./replay.js";

const TRIES = 5;
const AGAIN_MS = 1_000; // and a random part of it more, so that a class does not come again as one

/** The server will not show it, or cannot be reached: `code` as in problem details, or `lost`. */
export class Refused extends Error {
  /** @param {string} code @param {string} [detail] */
  constructor(code, detail = "") {
    super(detail || code);
    this.code = code;
  }
}

export class Archive {
  /**
   * @param {object} to
   * @param {import("./entry.js").Entry} to.entry
   * @param {any} to.assets
   * @param {import("./replay.js").Env & {random: () => number}} to.env
   * @param {(path: string, options: any) => Promise<Response>} [to.fetch]
   */
  constructor({ entry, assets, env, fetch = (path, options) => globalThis.fetch(path, options) }) {
    this.base = `/v1/rooms/${encodeURIComponent(entry.room)}`;
    this.token = entry.token;
    this.assets = assets;
    this.env = env;
    this.fetch = fetch;
    /** @type {Promise<Player>|null} */
    this.opening = null;
  }

  /** The player, which stands where the lesson began.  Rejects with Refused; ask again then.  @returns {Promise<Player>} */
  open() {
    this.opening ??= this.#open().catch((error) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  async #open() {
    const index = await this.#get("replay/index");
    const player = new Player({ index, load: (at) => this.#get(`replay?at=${at}`), assets: this.assets, env: this.env });
    player.fetch = (path) => this.#send(`${path}&at=${Math.floor(player.at)}`);
    player.recordings = await this.#get("recordings").then(({ recordings }) => recordings ?? [], () => []); // without: silent
    void player.seek(index.live ?? index.begins);
    return player;
  }

  stop() {
    void this.opening?.then((player) => player.stop(), () => {});
  }

  /** @param {string} path */
  #send(path) {
    return this.fetch(`${this.base}/${path}`, { headers: { Authorization: `Bearer ${this.token}` } });
  }

  /** @param {string} path @returns {Promise<any>} */
  async #get(path) {
    for (let tries = 1; ; tries++) {
      const answer = await this.#send(path).catch(() => null);
      if (answer?.ok) return answer.json();
      const busy = !answer || answer.status === 503;
      if (!busy || tries === TRIES) throw answer ? await refusal(answer) : new Refused("lost");
      await new Promise((resolve) => this.env.setTimer(() => resolve(null), AGAIN_MS * (1 + this.env.random())));
    }
  }
}

/** @param {Response} answer */
async function refusal(answer) {
  const { title, detail } = await answer.json().catch(() => ({}));
  return new Refused(title ?? "unknown", detail);
}
