/**
 * Which part of a page is seen.  At zoom 1 the whole page fits into its frame; zoomed in, the canvas grows until it fills
 * the frame, and never shows anything beside the page.  It stays in the middle of the frame, so positions are reckoned
 * from there.  No DOM: CSS pixels and board units.
 */
import { clamp } from "./geometry.js";
import { HEIGHT, WIDTH } from "./model.js";

/** @typedef {{x: number, y: number, width: number, height: number}} Box   board units */

export const ZOOM_MAX = 8;

export class View {
  constructor() {
    this.frame = { width: 1, height: 1 };
    this.zoom = 1;
    this.x = WIDTH / 2; // the point of the board in the middle
    this.y = HEIGHT / 2;
    /** @type {Set<(byHand: boolean) => void>} */
    this.watchers = new Set();
  }

  /** @param {(byHand: boolean) => void} watcher   `byHand`: somebody here did it @returns {() => void} */
  watch(watcher) {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** CSS pixels for a board unit. */
  get scale() {
    return Math.min(this.frame.width / WIDTH, this.frame.height / HEIGHT) * this.zoom;
  }

  /** Of the canvas, in CSS pixels. */
  get width() {
    return Math.max(1, Math.min(this.frame.width, WIDTH * this.scale));
  }

  get height() {
    return Math.max(1, Math.min(this.frame.height, HEIGHT * this.scale));
  }

  /** What is seen.  @returns {Box} */
  get box() {
    const [width, height] = [this.width / this.scale, this.height / this.scale];
    return { x: this.x - width / 2, y: this.y - height / 2, width, height };
  }

  /** @param {number} width @param {number} height   CSS pixels */
  resize(width, height) {
    this.frame = { width, height };
    this.#set(this.zoom, this.x, this.y, false);
  }

  /** From the middle of the canvas, in CSS pixels, to the board.  @param {number} dx @param {number} dy @returns {[number, number]} */
  at(dx, dy) {
    return [this.x + dx / this.scale, this.y + dy / this.scale];
  }

  /** @param {number} clientX @param {number} clientY @param {{left: number, top: number, width: number, height: number}} rect of the canvas */
  toBoard(clientX, clientY, rect) {
    return this.at(clientX - rect.left - rect.width / 2, clientY - rect.top - rect.height / 2);
  }

  /** From the board to CSS pixels from the canvas's corner.  @param {number} x @param {number} y @returns {[number, number]} */
  toCanvas(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  /** Show the whole page.  @param {boolean} [byHand] */
  fit(byHand = true) {
    this.#set(1, WIDTH / 2, HEIGHT / 2, byHand);
  }

  /** About a place, seen from the middle of the canvas.  @param {number} factor @param {number} [dx] @param {number} [dy] */
  zoomBy(factor, dx = 0, dy = 0) {
    this.pinch(this.at(dx, dy), this.zoom * factor, dx, dy);
  }

  /** Hold a point of the board at a place, at a zoom: two fingers.
   *  @param {[number, number]} point @param {number} zoom @param {number} dx @param {number} dy */
  pinch([x, y], zoom, dx, dy) {
    const next = clamp(zoom, 1, ZOOM_MAX);
    const scale = (this.scale / this.zoom) * next;
    this.#set(next, x - dx / scale, y - dy / scale, true);
  }

  /** @param {number} dx @param {number} dy   CSS pixels that the page is pushed by */
  panBy(dx, dy) {
    this.#set(this.zoom, this.x - dx / this.scale, this.y - dy / this.scale, true);
  }

  /** Bring a point into sight.  @param {number} x @param {number} y */
  reveal(x, y) {
    const { box } = this;
    const beyond = (/** @type {number} */ at, /** @type {number} */ from, /** @type {number} */ size) => (at < from ? at - from : Math.max(0, at - from - size));
    const [dx, dy] = [beyond(x, box.x, box.width), beyond(y, box.y, box.height)];
    if (dx || dy) this.#set(this.zoom, this.x + dx, this.y + dy, true);
  }

  /** What others are told: a box of the page's proportions around all that is seen here.  @returns {{x: number, y: number, width: number}} */
  get told() {
    const { box } = this;
    const width = Math.min(WIDTH, Math.max(box.width, (box.height * WIDTH) / HEIGHT));
    const height = (width * HEIGHT) / WIDTH;
    const corner = (/** @type {number} */ middle, /** @type {number} */ size, /** @type {number} */ most) => Math.round(clamp(middle - size / 2, 0, most - size));
    return { x: corner(this.x, width, WIDTH), y: corner(this.y, height, HEIGHT), width: Math.round(width) };
  }

  /** Show what somebody else sees.  @param {{x: number, y: number, width: number}} told */
  follow({ x, y, width }) {
    this.#set(WIDTH / width, x + width / 2, y + (width * HEIGHT) / WIDTH / 2, false);
  }

  /** @param {number} zoom @param {number} x @param {number} y @param {boolean} byHand */
  #set(zoom, x, y, byHand) {
    this.zoom = clamp(zoom, 1, ZOOM_MAX);
    const [halfX, halfY] = [this.width / this.scale / 2, this.height / this.scale / 2];
    this.x = clamp(x, halfX, WIDTH - halfX);
    this.y = clamp(y, halfY, HEIGHT - halfY);
    for (const watcher of this.watchers) watcher(byHand);
  }
}
