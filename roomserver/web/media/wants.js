/**
 * How much of each picture can be used here, told to the server: by the size of the place where it is shown, and nothing
 * of a picture that is not seen.  The server sends the best layer up to that, if the line carries it.
 */

/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {{track: string|null, least: Layer, width: number}} Place   `width`: device pixels, 0 where it is not seen */

const SETTLE_MS = 300; // a window that is being resized, a panel that slides
const HIDDEN_MS = 5_000; // a glance at another tab costs no picture
const RANKS = /** @type {readonly Layer[]} */ (["off", "low", "medium", "high"]);

/** The layer for a place: they are 320, 640 and 1,280 pixels wide, and a fifth of stretching is not seen.
 *  @param {number} width @returns {Layer} */
export const layerFor = (width) => (width <= 0 ? "off" : width <= 384 ? "low" : width <= 768 ? "medium" : "high");

export class Wants {
  /** @param {(track: string, layer: Layer) => void} tell @param {(element: Element, onWidth: (width: number) => void) => () => void} watch */
  constructor(tell, watch = watched) {
    this.tell = tell;
    this.watch = watch;
    /** @type {Map<Element, Place & {stop: () => void}>} */
    this.places = new Map();
    /** @type {Map<string, Layer>} */
    this.told = new Map();
    /** @type {readonly string[]} pictures that come in */
    this.tracks = [];
    this.away = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /** An element is the place of this picture now.  @param {Element} element @param {string|null} track @param {Layer} [least]   once it is seen */
  show(element, track, least = "low") {
    let place = this.places.get(element);
    if (!place) {
      if (track === null) return;
      const made = { track, least, width: 0, stop: () => {} };
      this.places.set(element, (place = made));
      made.stop = this.watch(element, (width) => {
        made.width = width;
        if (width > 0 || element.isConnected) return this.#soon();
        this.forget(element);
      });
    } else if (place.track === track) return;
    place.track = track;
    this.#soon();
  }

  /** @param {Element} element */
  forget(element) {
    this.places.get(element)?.stop();
    this.places.delete(element);
    this.#soon();
  }

  /** These pictures come in, whether they are shown or not.  @param {readonly string[]} tracks */
  come(tracks) {
    this.tracks = tracks;
    for (const track of this.told.keys()) if (!tracks.includes(track)) this.told.delete(track);
    this.#soon();
  }

  /** The page has gone behind others, or is back.  @param {boolean} away */
  hide(away) {
    this.away = away;
    this.#soon(away ? HIDDEN_MS : SETTLE_MS);
  }

  /** A new line: the server may have forgotten. */
  restart() {
    clearTimeout(this.timer);
    this.told.clear();
    this.tracks = [];
  }

  /** @param {string} track @returns {Layer} */
  wanted(track) {
    if (this.away) return "off";
    const ranks = [...this.places.values()]
      .filter((place) => place.track === track && place.width > 0)
      .map(({ width, least }) => Math.max(RANKS.indexOf(layerFor(width)), RANKS.indexOf(least)));
    return RANKS[Math.max(0, ...ranks)];
  }

  #soon(delay = SETTLE_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#settle(), delay);
  }

  #settle() {
    for (const track of this.tracks) {
      const layer = this.wanted(track);
      if (this.told.get(track) === layer) continue;
      this.told.set(track, layer);
      this.tell(track, layer);
    }
  }
}

/** How wide an element is in device pixels, 0 while it is not seen.
 *  @param {Element} element @param {(width: number) => void} onWidth @returns {() => void} stop */
function watched(element, onWidth) {
  let seen = false;
  const measure = () => {
    const { width, height } = element.getBoundingClientRect();
    onWidth(seen ? Math.max(width, (height * 16) / 9) * devicePixelRatio : 0); // pictures fill their place
  };
  const sight = new IntersectionObserver(([entry]) => {
    seen = entry.isIntersecting;
    measure();
  });
  const size = new ResizeObserver(measure);
  sight.observe(element);
  size.observe(element);
  return () => {
    sight.disconnect();
    size.disconnect();
  };
}
