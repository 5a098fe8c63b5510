/** A pointer for the keyboard: arrows move it, space presses and lifts, Enter does both at once. */
import { HEIGHT, WIDTH } from "../model.js";
import { ACCENT } from "../shapes.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Held} Held */
/** @typedef {import("./desk.js").Spot} Spot */

const STEP = { coarse: 200, fine: 20 }; // board units that an arrow key moves it, and with shift
const ARM_PX = 14;

/** @type {Record<string, [number, number]>} */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Cursor {
  /** @param {Desk} desk @param {() => Held} hand @param {() => boolean} mayPress   tells whoever may not */
  constructor(desk, hand, mayPress) {
    this.desk = desk;
    this.hand = hand;
    this.mayPress = mayPress;
    /** @type {{x: number, y: number, down: boolean}|null} while it is used */
    this.at = null;
  }

  get isDown() {
    return this.at?.down ?? false;
  }

  /** @param {KeyboardEvent} event @returns {boolean} did it mean the cursor? */
  key({ key, shiftKey, timeStamp }) {
    const way = ARROWS[key];
    if (!way && key !== " " && key !== "Enter") return false;
    const { x, y } = this.desk.view;
    this.at ??= { x, y, down: false };
    if (way) this.#step(this.at, way, shiftKey ? STEP.fine : STEP.coarse);
    const spot = /** @type {Spot} */ ({ x: this.at.x, y: this.at.y, by: "key", pressure: 0.5, shift: false, at: timeStamp });
    if (way) this.#move(spot);
    else if (this.hand().looks || this.mayPress()) this.#press(this.at, spot, key === "Enter");
    if (this.at) this.desk.calls.onCursor?.({ ...this.at, shape: this.desk.over(spot) });
    this.desk.redraw();
    return true;
  }

  /** @param {{x: number, y: number}} at @param {[number, number]} way @param {number} step */
  #step(at, [dx, dy], step) {
    const { view } = this.desk;
    at.x = Math.max(0, Math.min(WIDTH, at.x + (dx * step) / view.zoom));
    at.y = Math.max(0, Math.min(HEIGHT, at.y + (dy * step) / view.zoom));
    view.reveal(at.x, at.y);
  }

  /** @param {Spot} spot */
  #move(spot) {
    if (this.isDown) this.hand().move(spot);
    else this.hand().hover?.(spot);
  }

  /** @param {{down: boolean}} at @param {Spot} spot @param {boolean} both */
  #press(at, spot, both) {
    const down = !at.down;
    at.down = down && !both;
    if (down) this.hand().down(spot);
    if (!at.down) this.hand().up(spot);
  }

  /** What was pressed is not meant. */
  cancel() {
    if (this.at) this.at.down = false;
  }

  hide() {
    if (!this.at) return;
    if (this.at.down) this.hand().cancel();
    this.at = null;
    this.desk.redraw();
  }

  /** @param {CanvasRenderingContext2D} context */
  draw(context) {
    if (!this.at) return;
    const { x, y, down } = this.at;
    const arm = ARM_PX * this.desk.unit;
    for (const [color, width] of /** @type {const} */ ([["#ffffff", 5], [down ? "#e8590c" : ACCENT, 2]])) {
      context.strokeStyle = color; // seen on any ground
      context.lineWidth = width * this.desk.unit;
      context.beginPath();
      context.moveTo(x - arm, y);
      context.lineTo(x + arm, y);
      context.moveTo(x, y - arm);
      context.lineTo(x, y + arm);
      context.stroke();
    }
  }
}
