/**
 * Pointers and keys on the board's upper canvas, led to the tool in hand.
 *
 * Two fingers always move the view.  While a pen is near, touches are palms; once a pen was seen, a finger moves the view
 * instead of drawing.  Every tool works by keys too: arrows move a cursor, space presses and lifts, Enter does both.
 */
import { Gestures } from "./gestures.js";
import { Clipboard } from "./tools/clipboard.js";
import { Cursor } from "./tools/cursor.js";
import { Desk } from "./tools/desk.js";
import { AreaEraser, ShapeEraser } from "./tools/erasers.js";
import { FigureTool, PolygonTool } from "./tools/figures.js";
import { Laser } from "./tools/laser.js";
import { PlacingTool, placeFormula, placeImage, placeText } from "./tools/placing.js";
import { SelectTool } from "./tools/select.js";
import { DOUBT_MS, StrokeTool } from "./tools/strokes.js";

/** @typedef {"select"|"pen"|"highlighter"|"eraser"|"area"|"line"|"arrow"|"rectangle"|"ellipse"|"polygon"|"text"|"formula"|"image"|"laser"|"hand"} Tool */
/** @typedef {import("./tools/desk.js").Held} Held */
/** @typedef {import("./tools/desk.js").TextRequest} TextRequest */
/** @typedef {import("./tools/desk.js").FormulaRequest} FormulaRequest */
/** @typedef {import("./tools/desk.js").ImageRequest} ImageRequest */
/** @typedef {import("./tools/desk.js").Spot} Spot */
/** @typedef {import("./tools/desk.js").Calls} Calls */
/** @typedef {import("../types.js").Shape} Shape */

const PALM_MS = 3_000; // after a pen, touches are a palm for this long

/** The key of `styles` that a tool draws with, if it does.  @param {Tool} tool
 *  @returns {"pen"|"highlighter"|"shape"|"text"|"formula"|"eraser"|null} */
export function styleOf(tool) {
  if (tool === "pen" || tool === "highlighter" || tool === "text" || tool === "formula") return tool;
  if (tool === "eraser" || tool === "area") return "eraser";
  return ["line", "arrow", "rectangle", "ellipse", "polygon"].includes(tool) ? "shape" : null;
}

/** @returns {Held} */
const idle = () => ({ looks: true, down() {}, move() {}, up() {}, cancel() {} });

export class Tools {
  /**
   * @param {HTMLCanvasElement} canvas @param {import("../classroom.js").Classroom} room
   * @param {import("./painter.js").Painter} painter @param {Calls} calls
   * @param {Tool} [tool]   in hand from the start: nobody is told
   */
  constructor(canvas, room, painter, calls, tool = "pen") {
    this.canvas = canvas;
    this.room = room;
    this.painter = painter;
    this.calls = calls;
    this.desk = new Desk(room, painter, calls);
    this.selected = new SelectTool(this.desk);
    this.clipboard = new Clipboard(this.desk, this.selected);
    this.tools = this.#all();
    this.tool = tool;
    /** @type {{id: number, at: number, by: Spot["by"]}|null} the pointer that presses the tool */
    this.press = null;
    /** @type {PointerEvent|null} what it said last */
    this.last = null;
    this.penSeen = -Infinity; // when; and so whether at all
    this.cursor = new Cursor(this.desk, () => this.#hand, () => this.#mayDraw());
    this.page = room.shown;
    this.off = new AbortController();
    this.gestures = new Gestures(canvas, painter.view, this.off.signal);
    painter.sketch = (context) => this.#draw(context);
    this.offs = [room.on("damage", (damage) => this.#changed(damage)), room.on("look", () => this.#changed()), painter.view.watch((byHand) => room.see(painter.view.told, byHand))];
    this.#listen();
  }

  /** @returns {Record<Tool, Held>} */
  #all() {
    const { desk } = this;
    const placed = (/** @type {string} */ id) => this.#select([id]);
    return {
      select: this.selected,
      pen: new StrokeTool(desk, "pen"),
      highlighter: new StrokeTool(desk, "highlighter"),
      eraser: new ShapeEraser(desk),
      area: new AreaEraser(desk),
      line: new FigureTool(desk, "line"),
      arrow: new FigureTool(desk, "arrow"),
      rectangle: new FigureTool(desk, "rectangle"),
      ellipse: new FigureTool(desk, "ellipse"),
      polygon: new PolygonTool(desk),
      text: new PlacingTool(desk, "text", placed),
      formula: new PlacingTool(desk, "formula", placed),
      image: new PlacingTool(desk, "image", placed),
      laser: new Laser(desk),
      hand: idle(),
    };
  }

  #listen() {
    const listen = { signal: this.off.signal };
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.#down(event), listen);
    canvas.addEventListener("pointermove", (event) => this.#move(event), listen);
    canvas.addEventListener("pointerup", (event) => this.#up(event), listen);
    canvas.addEventListener("pointercancel", (event) => this.#up(event), listen);
    canvas.addEventListener("lostpointercapture", (event) => this.#up(event), listen); // the board was hidden under the hand
    canvas.addEventListener("pointerleave", () => !this.press && this.#hand.hover?.(null), listen);
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), listen);
    canvas.addEventListener("blur", () => this.cursor.hide(), listen);
  }

  stop() {
    this.#drop();
    this.selected.settle();
    this.off.abort();
    for (const off of this.offs) off();
    this.painter.sketch = () => {};
  }

  get #hand() {
    return this.tools[this.tool];
  }

  /** Take a tool in hand.  @param {Tool} name */
  take(name) {
    if (name === this.tool) return;
    this.#drop();
    this.#hand.leave?.();
    this.tool = name;
    this.calls.onTool?.(name);
    this.painter.moved();
  }

  /** How each tool draws; the pages write into it, or give their own. */
  get styles() {
    return this.desk.styles;
  }

  set styles(styles) {
    this.desk.styles = styles;
  }

  // What the pages may do with a selection

  /** Is something being moved, resized or turned? */
  get busy() {
    return this.selected.isBusy;
  }

  /** Around the selection, in board units, while it is moved too. */
  get box() {
    return this.selected.box;
  }

  /** @returns {Shape[]} */
  get selection() {
    return this.selected.shapes;
  }

  /** Take the selecting tool, with these in it.  @param {Iterable<string>} ids */
  select(ids) {
    this.#select(ids);
  }

  /** @param {Iterable<string>} ids */
  #select(ids) {
    this.take("select");
    this.selected.select(ids);
  }

  selectAll() {
    this.#select(this.desk.shapes().map(({ id }) => id));
  }

  unselect() {
    this.selected.select([]);
  }

  /** Is there anything to paste, and may it be pasted here? */
  get canPaste() {
    return this.room.mayDraw && this.clipboard.shapes.length > 0;
  }

  copy() {
    const any = this.clipboard.copy();
    if (any) this.calls.onSelection?.(this.selection); // it can be pasted now
    return any;
  }

  cut() {
    return this.clipboard.cut();
  }

  paste() {
    if (!this.#mayDraw() || !this.clipboard.shapes.length) return false;
    this.take("select");
    return this.clipboard.paste();
  }

  duplicate() {
    this.clipboard.duplicate();
  }

  remove() {
    this.clipboard.remove();
  }

  /** @param {"front"|"back"} to */
  order(to) {
    this.clipboard.order(to);
  }

  /** @param {import("./tools/clipboard.js").Look} look */
  restyle(look) {
    this.clipboard.restyle(look);
  }

  /** @param {import("./tools/placing.js").Picture} picture @param {[number, number]} [at]   the middle of what is seen */
  placeImage(picture, at = this.#middle) {
    if (this.#mayDraw()) this.#select([placeImage(this.desk, picture, at, this.room.shown)]);
  }

  /** @param {import("./tools/placing.js").Set} formula @param {[number, number]} [at] */
  placeFormula(formula, at = this.#middle) {
    if (this.#mayDraw()) this.#select([placeFormula(this.desk, formula, at, this.room.shown)]);
  }

  /** @param {string} text @param {[number, number]} [at] */
  placeText(text, at = this.#middle) {
    if (this.#mayDraw() && text.trim()) this.#select([placeText(this.desk, text, at, this.room.shown)]);
  }

  /** @returns {[number, number]} */
  get #middle() {
    return [this.painter.view.x, this.painter.view.y];
  }

  #mayDraw() {
    if (!this.room.mayDraw) this.calls.onRefused?.(this.room.barred);
    return this.room.mayDraw;
  }

  // Pointers

  /** Where an event is on the board.  @param {{clientX: number, clientY: number}} event @returns {[number, number]} */
  at({ clientX, clientY }) {
    return this.painter.view.toBoard(clientX, clientY, this.canvas.getBoundingClientRect());
  }

  /** @param {PointerEvent} event @returns {Spot} */
  #spot(event) {
    const [x, y] = this.at(event);
    const by = /** @type {Spot["by"]} */ (event.pointerType === "pen" || event.pointerType === "touch" ? event.pointerType : "mouse");
    return { x, y, by, pressure: event.pressure, shift: event.shiftKey, at: event.timeStamp };
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.cursor.hide();
    if (this.#isPalm(event)) return;
    if (event.pointerType === "pen") this.#penDown(event);
    const touch = event.pointerType === "touch";
    if (touch && (this.press?.by === "touch" || this.gestures.places.size)) return this.#second(event);
    if (this.press || (event.button !== 0 && event.button !== 1)) return;
    event.preventDefault();
    this.canvas.focus?.({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const hand = this.#hand;
    const barred = !hand.looks && !this.room.mayDraw;
    const pans = this.tool === "hand" || event.button === 1 || (touch && hand.draws && this.penSeen > -Infinity) || (barred && this.painter.view.zoom > 1);
    if (pans) return this.gestures.down(event);
    if (barred) return void this.#mayDraw();
    const spot = this.#note(event);
    this.press = { id: event.pointerId, at: event.timeStamp, by: spot.by };
    hand.down(spot);
  }

  /** A second finger: the first one was not meant to draw, if it came just before.  @param {PointerEvent} event */
  #second(event) {
    this.canvas.setPointerCapture(event.pointerId);
    if (this.press && this.last) {
      if (event.timeStamp - this.press.at < DOUBT_MS) this.#hand.cancel();
      else this.#hand.up(this.#spot(this.last));
      this.press = null;
      this.gestures.down(this.last);
    }
    this.gestures.down(event);
  }

  /** A pen is meant: fingers that drew were not.  @param {PointerEvent} event */
  #penDown(event) {
    this.penSeen = event.timeStamp;
    this.gestures.release();
    if (this.press?.by === "touch") this.#cancel();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    if (this.gestures.move(event)) return;
    if (event.pointerId !== this.press?.id) {
      if (!this.press && !this.#isPalm(event)) this.#hover(event);
      return;
    }
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) this.#hand.move(this.#note(part));
    this.#hand.guess?.((event.getPredictedEvents?.() ?? []).map((part) => this.#spot(part)));
  }

  /** @param {PointerEvent} event */
  #hover(event) {
    const spot = this.#spot(event);
    if (!this.room.mayDraw && !this.#hand.looks) this.#hand.hover?.(null);
    else this.#hand.hover?.(spot);
    const { onHover } = this.calls;
    if (onHover) onHover(this.tool === "select" || this.tool === "hand" || !this.room.mayDraw ? (this.desk.over(spot) ?? null) : null, event);
  }

  /** @param {PointerEvent} event */
  #note(event) {
    this.last = event;
    return this.#spot(event);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (event.pointerType === "pen") this.penSeen = event.timeStamp;
    if (this.gestures.up(event) || event.pointerId !== this.press?.id) return;
    this.press = null;
    this.#hand.up(this.#spot(event));
  }

  /** @param {PointerEvent} event */
  #isPalm(event) {
    return event.pointerType === "touch" && (this.press?.by === "pen" || event.timeStamp - this.penSeen < PALM_MS);
  }

  /** Something came between: what is drawn so far stays where that makes sense. */
  #drop() {
    const hand = this.#hand;
    if ((this.press || this.cursor.isDown) && hand.drop) {
      hand.drop();
      this.press = null;
      this.cursor.cancel();
    } else this.#cancel();
  }

  #cancel() {
    if (this.press || this.cursor.isDown) this.#hand.cancel();
    this.press = null;
    this.cursor.cancel();
  }

  // Keys

  /** Did a key mean the board?  To be asked first, wherever the focus is but in what is written into.  @param {KeyboardEvent} event */
  key(event) {
    const onBoard = event.target === this.canvas;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const done = (plain && this.#hand.key?.(event, onBoard)) || this.#command(event) || (plain && onBoard && this.cursor.key(event));
    if (done) event.preventDefault();
    return Boolean(done);
  }

  /** @param {KeyboardEvent} event */
  #command(event) {
    const { key } = event;
    const ctrl = event.ctrlKey || event.metaKey;
    const chosen = this.selected.ids.size > 0;
    if (ctrl && key.toLowerCase() === "a" && this.room.mayDraw) this.selectAll();
    else if (ctrl && key.toLowerCase() === "d" && chosen) this.duplicate();
    else if (ctrl || event.altKey) return false;
    else if ((key === "Delete" || key === "Backspace") && chosen) this.remove();
    else if (key === "]" && chosen) this.order("front");
    else if (key === "[" && chosen) this.order("back");
    else if (key === "Escape" && (this.press || this.cursor.isDown)) this.#cancel();
    else if (key === "Escape" && chosen) this.unselect();
    else return false;
    return true;
  }

  // The board and the canvas

  /** @param {import("./model.js").Damage} [damage] */
  #changed(damage) {
    if (damage?.kind === "live") return;
    if (this.page !== this.room.shown) {
      this.page = this.room.shown;
      this.#drop();
      this.#hand.leave?.();
    }
    this.selected.changed();
  }

  /** @param {CanvasRenderingContext2D} context */
  #draw(context) {
    this.#hand.draw?.(context);
    this.cursor.draw(context);
  }
}
