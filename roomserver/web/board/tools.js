/** Pointer events on the board's upper canvas, turned into ink, erasing and pointing. */
import { BATCH_MS } from "./ink.js";
import { HEIGHT, WIDTH } from "./model.js";

/** @typedef {"pen"|"highlighter"|"eraser"|"laser"} Tool */
/**
 * @typedef {object} Hands          what the tools act upon
 * @property {() => boolean} mayDraw
 * @property {() => boolean} staff
 * @property {() => number} me
 * @property {(shapes: string[]) => void} erase
 * @property {(page: number, x: number, y: number) => void} point
 * @property {() => void} onRefused     somebody drew without the right
 */

const ERASER = 160; // board units around the pointer
const SHAPES_A_MESSAGE = 500; // docs/protocol.md, "Limits"
const POINT_MS = 50; // between two positions of the laser
const PALM_MS = 3_000; // after a pen, touches are a palm for this long

export class Tools {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("./model.js").Board} board
   * @param {import("./ink.js").Ink} ink @param {import("./painter.js").Painter} painter @param {Hands} hands
   */
  constructor(canvas, board, ink, painter, hands) {
    this.canvas = canvas;
    this.board = board;
    this.ink = ink;
    this.painter = painter;
    this.hands = hands;
    /** @type {Tool} */
    this.tool = "pen";
    this.styles = {
      pen: { kind: /** @type {const} */ ("pen"), color: "#1c2430", width: 36 },
      highlighter: { kind: /** @type {const} */ ("highlighter"), color: "#ffd43b", width: 260 },
    };
    this.pointer = -1; // the one that is down
    this.penSeen = -Infinity;
    this.pointed = 0;
    /** @type {[number, number]|null} where the eraser was last */
    this.wiped = null;
    /** @type {Set<string>} */
    this.erased = new Set();
    /** @type {any} */
    this.timer = null;
    this.off = new AbortController();
    const listen = { signal: this.off.signal };
    canvas.addEventListener("pointerdown", (event) => this.#down(event), listen);
    canvas.addEventListener("pointermove", (event) => this.#move(event), listen);
    canvas.addEventListener("pointerup", (event) => this.#up(event), listen);
    canvas.addEventListener("pointercancel", (event) => this.#up(event), listen);
    canvas.addEventListener("pointerleave", () => this.#ring(null), listen);
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), listen);
  }

  stop() {
    this.off.abort();
    this.#lift();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    if (this.pointer !== -1 || event.button !== 0 || this.#isPalm(event)) return;
    if (this.tool === "laser") return this.#point(event);
    if (!this.hands.mayDraw()) return this.hands.onRefused();
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    const [x, y] = this.#at(event);
    if (this.tool === "eraser") this.#erase(x, y);
    else this.ink.begin(this.board.current, this.styles[this.tool], x, y, event.pointerType === "pen");
    this.timer = setInterval(() => this.ink.flush(), BATCH_MS);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (this.tool === "laser" && (event.pointerType === "mouse" || event.buttons)) return this.#point(event);
    if (this.tool === "eraser" && this.hands.mayDraw()) this.#ring(event);
    if (event.pointerId !== this.pointer) return;
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length ? events : [event]) {
      const [x, y] = this.#at(part);
      if (this.tool === "eraser") this.#erase(x, y);
      else this.ink.move(x, y, part.pressure);
    }
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (event.pointerId !== this.pointer) return;
    if (event.pointerType === "touch") this.#ring(null);
    this.#lift();
  }

  #lift() {
    clearInterval(this.timer);
    this.pointer = -1;
    this.wiped = null;
    this.ink.finish();
    this.#swept();
  }

  /** One sweep of the eraser is one step to take back: it is sent when the eraser is lifted. */
  #swept() {
    const shapes = [...this.erased];
    for (let i = 0; i < shapes.length; i += SHAPES_A_MESSAGE) this.hands.erase(shapes.slice(i, i + SHAPES_A_MESSAGE));
    this.erased.clear();
  }

  /** Everything between the last position and this one: a quick hand skips no line.  @param {number} x @param {number} y */
  #erase(x, y) {
    const [fromX, fromY] = this.wiped ?? [x, y];
    this.wiped = [x, y];
    const steps = Math.ceil(Math.hypot(x - fromX, y - fromY) / ERASER) || 1;
    for (let i = 1; i <= steps; i++) this.#wipe(fromX + ((x - fromX) * i) / steps, fromY + ((y - fromY) * i) / steps);
  }

  /** @param {number} x @param {number} y */
  #wipe(x, y) {
    const author = this.hands.staff() ? null : this.hands.me();
    for (const id of this.board.near(this.board.current, x, y, ERASER, author)) {
      if (this.painter.hidden.has(id)) continue;
      this.painter.hidden.add(id);
      this.erased.add(id);
      this.painter.page();
    }
  }

  /** @param {PointerEvent|null} event */
  #ring(event) {
    if (!event && !this.painter.eraser) return;
    const at = event && this.#at(event);
    this.painter.eraser = at && { x: at[0], y: at[1], reach: ERASER };
    this.painter.moved();
  }

  /** @param {PointerEvent} event */
  #point(event) {
    if (event.timeStamp - this.pointed < POINT_MS) return;
    this.pointed = event.timeStamp;
    const [x, y] = this.#at(event).map(Math.round);
    if (x >= 0 && y >= 0 && x <= WIDTH && y <= HEIGHT) this.hands.point(this.board.current, x, y);
  }

  /** @param {PointerEvent} event */
  #isPalm(event) {
    return event.pointerType === "touch" && event.timeStamp - this.penSeen < PALM_MS;
  }

  /** In board units.  @param {PointerEvent} event @returns {[number, number]} */
  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
  }
}
