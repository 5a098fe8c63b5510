/** Fingers, wheels and trackpads that move the view: two fingers pan and zoom, ctrl and wheel zoom, a wheel pans. */

/** @typedef {import("./view.js").View} View */
/** @typedef {{x: number, y: number}} Place   client pixels */

const WHEEL = 0.01; // of a zoom step a pixel of the wheel; a trackpad's pinch comes as such a wheel
const LINE_PX = 16; // some wheels count in lines

export class Gestures {
  /** @param {HTMLElement} canvas @param {View} view @param {AbortSignal} signal */
  constructor(canvas, view, signal) {
    this.canvas = canvas;
    this.view = view;
    /** @type {Map<number, Place>} pointers that move the view */
    this.places = new Map();
    /** @type {{point: [number, number], zoom: number, apart: number}|null} how two fingers took hold */
    this.hold = null;
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { signal, passive: false });
    canvas.addEventListener("gesturestart", (event) => this.#pinch(event), { signal }); // Safari's trackpad
    canvas.addEventListener("gesturechange", (event) => this.#pinch(event), { signal });
  }

  /** A pointer takes hold of the view.  @param {PointerEvent} event */
  down(event) {
    this.places.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.#grasp();
  }

  /** @param {PointerEvent} event @returns {boolean} is it one of those that hold the view? */
  move(event) {
    const old = this.places.get(event.pointerId);
    if (!old) return false;
    this.places.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.places.size === 1) this.view.panBy(event.clientX - old.x, event.clientY - old.y);
    else if (this.hold) {
      const { middle, apart } = this.#two();
      this.view.pinch(this.hold.point, (this.hold.zoom * apart) / this.hold.apart, ...this.#fromMiddle(middle));
    }
    return true;
  }

  /** @param {PointerEvent} event @returns {boolean} */
  up(event) {
    const held = this.places.delete(event.pointerId);
    if (held) this.#grasp();
    return held;
  }

  /** Let go of all. */
  release() {
    this.places.clear();
    this.hold = null;
  }

  #grasp() {
    this.hold = null;
    if (this.places.size < 2) return;
    const { middle, apart } = this.#two();
    this.hold = { point: this.view.at(...this.#fromMiddle(middle)), zoom: this.view.zoom, apart };
  }

  #two() {
    const [a, b] = [...this.places.values()];
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, apart: Math.hypot(a.x - b.x, a.y - b.y) || 1 };
  }

  /** @param {Place} place @returns {[number, number]} */
  #fromMiddle({ x, y }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [x - left - width / 2, y - top - height / 2];
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    const unit = event.deltaMode ? LINE_PX : 1;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const step = Math.max(-50, Math.min(50, event.deltaY * unit)); // a mouse wheel's notch is 100 and more
      this.view.zoomBy(Math.exp(-step * WHEEL), ...this.#fromMiddle({ x: event.clientX, y: event.clientY }));
    } else if (this.view.zoom > 1) {
      event.preventDefault();
      this.view.panBy(-event.deltaX * unit, -event.deltaY * unit);
    }
  }

  /** @param {any} event */
  #pinch(event) {
    event.preventDefault();
    if (this.places.size) return; // fingers are pointers too
    if (event.type === "gesturechange") this.view.zoomBy(event.scale / this.scale, ...this.#fromMiddle({ x: event.clientX, y: event.clientY }));
    this.scale = event.scale;
  }

  scale = 1;
}

/** For a board that is only looked at: every pointer moves the view.  @param {HTMLElement} canvas @param {View} view @returns {() => void} stop */
export function lookAround(canvas, view) {
  const off = new AbortController();
  const listen = { signal: off.signal };
  const gestures = new Gestures(canvas, view, off.signal);
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    gestures.down(event);
  }, listen);
  canvas.addEventListener("pointermove", (event) => void gestures.move(event), listen);
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) canvas.addEventListener(end, (event) => void gestures.up(event), listen);
  return () => off.abort();
}
