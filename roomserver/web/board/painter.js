/**
 * Two canvases, one above the other: `ink` holds the page and what is finished and is painted anew only when it must be,
 * `live` holds what moves (open strokes, one's own unconfirmed ink, pointers) and is painted anew in every frame that changes it.
 */
import { HEIGHT, WIDTH } from "./model.js";
import { drawBackground, drawStroke } from "./stroke.js";

/** @typedef {import("./model.js").Damage} Damage */
/** @typedef {{x: number, y: number, page: number, laser: boolean, name: string, until: number}} Pointing */

export const POINTER_MS = 2_500; // how long somebody's pointer stays after it has stopped

export class Painter {
  /**
   * @param {HTMLCanvasElement} ink @param {HTMLCanvasElement} live
   * @param {import("./model.js").Board} board @param {import("./ink.js").Ink} own
   */
  constructor(ink, live, board, own) {
    this.canvases = { ink, live };
    this.ink = /** @type {CanvasRenderingContext2D} */ (ink.getContext("2d"));
    this.live = /** @type {CanvasRenderingContext2D} */ (live.getContext("2d"));
    this.board = board;
    this.own = own;
    /** @type {Set<string>} erased here, not yet confirmed */
    this.hidden = new Set();
    /** @type {Map<number, Pointing>} */
    this.pointers = new Map();
    /** @type {{x: number, y: number, reach: number}|null} */
    this.eraser = null;
    this.frame = 0;
    this.wholePage = true;
    this.scale = 1;
  }

  /** Fit the canvases to a box of CSS pixels.  @param {number} width @param {number} height */
  resize(width, height) {
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const fit = Math.min((width - 2) / WIDTH, (height - 2) / HEIGHT); // a border around it
    const [w, h] = [Math.max(1, Math.round(WIDTH * fit)), Math.max(1, Math.round(HEIGHT * fit))];
    for (const canvas of [this.canvases.ink, this.canvases.live]) {
      canvas.style.width = `${w}px`;
      canvas.style.height = `${h}px`;
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    this.scale = this.canvases.ink.width / WIDTH;
    this.page();
  }

  /** @param {Damage} damage */
  damage(damage) {
    if (damage.kind === "page" || damage.kind === "pages") this.page();
    else if (damage.kind === "live") this.moved();
    else if (damage.kind === "ink" && damage.shape) {
      if (!this.wholePage) this.#on(this.ink, () => drawStroke(this.ink, /** @type {any} */ (damage.shape), this.#dark));
      this.moved();
    }
  }

  /** The whole page is to be painted. */
  page() {
    this.wholePage = true;
    this.moved();
  }

  /** What moves is to be painted. */
  moved() {
    this.frame ||= requestAnimationFrame(() => this.#paint());
  }

  /** @param {number} member @param {Pointing} pointing */
  point(member, pointing) {
    this.pointers.set(member, pointing);
    this.moved();
  }

  stop() {
    cancelAnimationFrame(this.frame);
  }

  get #dark() {
    return this.board.page()?.background === "dark";
  }

  #paint() {
    this.frame = 0;
    if (this.wholePage) this.#paintPage();
    this.wholePage = false;
    this.#paintLive();
  }

  #paintPage() {
    const page = this.board.page();
    this.#on(this.ink, () => {
      drawBackground(this.ink, page?.background ?? "blank", WIDTH, HEIGHT);
      for (const stroke of page?.shapes.values() ?? []) {
        if (stroke.finished && !this.hidden.has(stroke.id)) drawStroke(this.ink, stroke, this.#dark);
      }
    });
  }

  #paintLive() {
    const { live, board, own } = this;
    live.clearRect(0, 0, live.canvas.width, live.canvas.height);
    // A layer above cannot be multiplied by a context, only by its element: board.css does it for light pages.
    live.canvas.classList.toggle("on-dark", this.#dark);
    this.#on(live, () => {
      for (const stroke of board.open.values()) {
        if (stroke.page === board.current && !own.strokes.has(stroke.id)) drawStroke(live, stroke, this.#dark);
      }
      for (const stroke of own.strokes.values()) {
        if (stroke.page === board.current && !board.shapes.get(stroke.id)?.finished) drawStroke(live, stroke, this.#dark);
      }
      if (this.eraser) ring(live, this.eraser);
      this.#paintPointers();
    });
  }

  #paintPointers() {
    const now = performance.now();
    for (const [member, at] of this.pointers) {
      if (at.until <= now) this.pointers.delete(member);
      else if (at.page === this.board.current) pointer(this.live, at, Math.min(1, (at.until - now) / 600));
    }
    if (this.pointers.size) this.moved();
  }

  /** @param {CanvasRenderingContext2D} context @param {() => void} draw */
  #on(context, draw) {
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    draw();
    context.setTransform(1, 0, 0, 1, 0, 0);
  }
}

/** @param {CanvasRenderingContext2D} context @param {{x: number, y: number, reach: number}} eraser */
function ring(context, { x, y, reach }) {
  context.strokeStyle = "#5b6773";
  context.lineWidth = 14;
  context.beginPath();
  context.arc(x, y, reach, 0, 2 * Math.PI);
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Pointing} at @param {number} alpha */
function pointer(context, { x, y, laser, name }, alpha) {
  context.save();
  context.globalAlpha = alpha;
  context.fillStyle = laser ? "#e11d2e" : "#3b5bdb";
  context.beginPath();
  context.arc(x, y, 90, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = alpha * 0.25;
  context.beginPath();
  context.arc(x, y, 200, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = alpha;
  context.font = "240px system-ui, sans-serif";
  context.fillText(name, Math.min(x + 240, WIDTH - 240 * name.length), Math.max(300, y - 160));
  context.restore();
}
