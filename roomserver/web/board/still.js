/**
 * A picture of the page as it was painted last, moved and stretched while somebody pans or zooms: a page full of ink is
 * painted anew only when the gesture rests.
 */

/** @typedef {{k: number, tx: number, ty: number}} Transform   from board units to a canvas's pixels */

const SLOW_MS = 10; // a page that takes longer is not painted anew in every frame of a gesture
const REST_MS = 90; // and this long after the last step it is

export class Still {
  /** @param {() => void} onRest */
  constructor(onRest) {
    this.onRest = onRest;
    this.cost = 0; // milliseconds that the page took
    /** @type {Transform} of that painting */
    this.transform = { k: 1, tx: 0, ty: 0 };
    /** @type {HTMLCanvasElement|null} */
    this.copy = null;
    /** @type {any} */
    this.timer = null;
  }

  /** Is a copy shown in place of the page? */
  get isRough() {
    return this.copy !== null;
  }

  /** The page was painted.  @param {number} cost @param {Transform} transform */
  painted(cost, transform) {
    this.cost = cost;
    this.transform = transform;
  }

  /** The view has moved.  @param {HTMLCanvasElement} canvas   as it was painted last */
  moved(canvas) {
    if (this.cost < SLOW_MS) return;
    this.copy ??= copied(canvas);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rest(), REST_MS);
  }

  rest() {
    if (!this.copy) return;
    this.copy = null;
    this.onRest();
  }

  /** @param {CanvasRenderingContext2D} context @param {Transform} to @param {string} paper   where there is nothing yet */
  draw(context, to, paper) {
    if (!this.copy) return;
    const stretch = to.k / this.transform.k;
    const [x, y] = [to.tx - this.transform.tx * stretch, to.ty - this.transform.ty * stretch];
    context.fillStyle = paper;
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    context.drawImage(this.copy, x, y, this.copy.width * stretch, this.copy.height * stretch);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

/** @param {HTMLCanvasElement} canvas */
function copied(canvas) {
  const copy = document.createElement("canvas");
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  copy.getContext("2d")?.drawImage(canvas, 0, 0);
  return copy;
}
