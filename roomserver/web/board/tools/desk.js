/** What every tool has before it: the page, the styles, whose shapes may be changed, and whom to ask. */
import { encloses, hits } from "../geometry.js";
import { HEIGHT, WIDTH } from "../model.js";
import { isDark } from "../shapes.js";

/** @typedef {import("../../types.js").Shape} Shape */
/** @typedef {import("../../classroom.js").Classroom} Classroom */
/**
 * @typedef {object} Spot           where a pointer is, in board units, and how
 * @property {number} x
 * @property {number} y
 * @property {number} pressure      0..1
 * @property {"mouse"|"pen"|"touch"|"key"} by
 * @property {boolean} shift
 * @property {number} at            milliseconds
 */
/**
 * @typedef {object} Held           a tool in hand
 * @property {boolean} [draws]      once a pen was seen, a finger pans instead
 * @property {boolean} [looks]      needs no right to draw
 * @property {(spot: Spot) => void} down
 * @property {(spot: Spot) => void} move          while down
 * @property {(spot: Spot) => void} up
 * @property {() => void} cancel                  what was begun is not meant
 * @property {() => void} [drop]                  another page or tool comes between; else that is `cancel`
 * @property {(spot: Spot|null) => void} [hover]  while up; null: the pointer has left
 * @property {(spots: Spot[]) => void} [guess]    where the pointer will be in a moment
 * @property {(context: CanvasRenderingContext2D) => void} [draw]   in board units
 * @property {(event: KeyboardEvent, onBoard: boolean) => boolean} [key]   did it mean this tool?
 * @property {() => void} [leave]                 another tool is taken, or another page
 * @property {() => void} [changed]               the board has
 */
/** @typedef {{color: string, font: "sans"|"serif"|"mono", height: number}} TextStyle */
/** @typedef {{page: number, x: number, y: number, shape?: Shape, style: TextStyle, commit: (written: {text: string, color?: string, font?: TextStyle["font"], height?: number}) => void, cancel: () => void}} TextRequest */
/** @typedef {{page: number, x: number, y: number, shape?: Shape, style: {color: string, height: number}, commit: (set: {latex: string, width: number, height: number, color?: string}) => void, cancel: () => void}} FormulaRequest */
/** @typedef {{page: number, x: number, y: number, commit: (picture: {asset: string, width: number, height: number}) => void, cancel: () => void}} ImageRequest */
/**
 * @typedef {object} Calls          to the pages
 * @property {(request: TextRequest) => void} [onText]   exactly one of its `commit` and `cancel` is to be called
 * @property {(request: FormulaRequest) => void} [onFormula]
 * @property {(request: ImageRequest) => void} [onImage]
 * @property {(shapes: Shape[]) => void} [onSelection]
 * @property {(tool: import("../tools.js").Tool) => void} [onTool]
 * @property {(reason: string) => void} [onRefused]
 * @property {(shape: Shape|null, event: PointerEvent) => void} [onHover]   anybody's shape under a pointer that looks
 * @property {(cursor: {x: number, y: number, down: boolean, shape?: Shape}) => void} [onCursor]
 */

export const STYLES = () => ({
  pen: { color: "#1c2430", width: 36 },
  highlighter: { color: "#ffd43b", width: 260 },
  shape: { color: "#1c2430", width: 36, fill: "" },
  text: { color: "#1c2430", font: /** @type {"sans"|"serif"|"mono"} */ ("sans"), height: 360 },
  formula: { color: "#1c2430", height: 420 },
  eraser: { reach: 160 },
});

const REACH_PX = { mouse: 6, pen: 10, touch: 18, key: 6 };

export class Desk {
  /** @param {Classroom} room @param {import("../painter.js").Painter} painter @param {Calls} calls */
  constructor(room, painter, calls) {
    this.room = room;
    this.painter = painter;
    this.calls = calls;
    this.styles = STYLES();
    this.coarse = typeof matchMedia === "function" && matchMedia("(pointer: coarse)").matches;
  }

  get ink() {
    return this.room.ink;
  }

  get edits() {
    return this.room.edits;
  }

  get page() {
    return this.room.shown;
  }

  get view() {
    return this.painter.view;
  }

  /** Board units for a CSS pixel. */
  get unit() {
    return 1 / this.view.scale;
  }

  get scene() {
    return { dark: isDark(this.room.board.page(this.page)?.background ?? "blank"), assets: this.room.assets };
  }

  /** How near is near enough?  @param {Spot} spot */
  reach(spot) {
    return REACH_PX[spot.by] * this.unit;
  }

  /** Students change what is theirs, staff everything; nobody what is still being drawn.  @param {Shape} shape */
  may(shape) {
    return !shape.open && (this.room.staff || shape.author === this.room.state.me);
  }

  /** Shapes of the page that may be changed, in drawing order.  @returns {Shape[]} */
  shapes() {
    return [...this.edits.seen(this.page)].filter((shape) => this.may(shape) && !shape.id.includes("~"));
  }

  /** The topmost shape under a spot; one that is only an outline counts inside too where nothing else is.
   *  @param {Spot} spot @param {(shape: Shape) => boolean} [which] @returns {Shape|undefined} */
  top(spot, which = () => true) {
    const shapes = this.shapes().filter(which).reverse();
    const { x, y } = spot;
    return shapes.find((shape) => hits(shape, x, y, this.reach(spot))) ?? shapes.find((shape) => encloses(shape, x, y));
  }

  /** The topmost shape under a spot, whoever drew it.  @param {Spot} spot */
  over(spot) {
    return [...this.edits.seen(this.page)].reverse().find((shape) => hits(shape, spot.x, spot.y, this.reach(spot)));
  }

  /** What moves is to be painted again. */
  redraw() {
    this.painter.moved();
  }
}

/** On the board, in whole units.  @param {Spot} spot @returns {[number, number]} */
export const placed = ({ x, y }) => [Math.max(0, Math.min(WIDTH, Math.round(x))), Math.max(0, Math.min(HEIGHT, Math.round(y)))];
