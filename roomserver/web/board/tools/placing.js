/** Text, formulas and pictures: the tool says where, the page asks what, and the answer is put on the board. */
import { clamp, sizeOf, textSize } from "../geometry.js";
import { HEIGHT, WIDTH } from "../model.js";
import { placed } from "./desk.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./desk.js").Spot} Spot */
/** @typedef {import("../../types.js").Shape} Shape */
/** @typedef {[number, number]} Point */
/** @typedef {{asset: string, width: number, height: number}} Picture */
/** @typedef {{latex: string, width: number, height: number}} Set   width and height in thousandths of an em */

const CHARS = 2_000; // docs/protocol.md, "Limits"
const ROOM = 0.6; // of what is seen, that a new picture fills at most
const LINE_MIDDLE = 0.65; // of a text's height: where one clicks on its first line

export class PlacingTool {
  /** @param {Desk} desk @param {"text"|"formula"|"image"} kind @param {(id: string) => void} onPlaced */
  constructor(desk, kind, onPlaced) {
    this.desk = desk;
    this.kind = kind;
    this.onPlaced = onPlaced;
    this.isDown = false;
  }

  down() {
    this.isDown = true;
  }

  move() {}

  /** @param {Spot} spot */
  up(spot) {
    if (!this.isDown) return;
    this.isDown = false;
    const shape = this.kind === "image" ? undefined : this.desk.top(spot, ({ kind }) => kind === this.kind);
    if (shape) return ask(this.desk, shape);
    const [x, y] = placed(spot);
    if (this.kind === "text") askText(this.desk, x, clamp(Math.round(y - LINE_MIDDLE * this.desk.styles.text.height), 0, HEIGHT));
    else if (this.kind === "formula") askFormula(this.desk, x, y, undefined, this.onPlaced);
    else askImage(this.desk, x, y, this.onPlaced);
  }

  cancel() {
    this.isDown = false;
  }
}

/** Let a text or formula that is there be written anew.  @param {Desk} desk @param {Shape} shape */
export function ask(desk, shape) {
  if (shape.kind === "text") askText(desk, ...shape.start, shape);
  else if (shape.kind === "formula") askFormula(desk, ...shape.start, shape);
}

/** @param {Desk} desk @param {number} x @param {number} y @param {Shape} [shape] */
function askText(desk, x, y, shape) {
  const { page, edits } = desk;
  const { color, font, height } = /** @type {import("./desk.js").TextStyle} */ (shape ?? desk.styles.text);
  if (shape) edits.draft({ hides: [shape.id] });
  /** @param {{text: string} & Partial<import("./desk.js").TextStyle>} written */
  const commit = (written) => {
    edits.draft(null);
    const values = { color, font, height, ...written, text: written.text.replace(/\s+$/, "").slice(0, CHARS) };
    if (shape) rewrite(desk, shape, values, values.text);
    else if (values.text) edits.put({ page, kind: "text", start: [x, y], ...values });
  };
  desk.calls.onText?.({ page, x, y, shape, style: { color, font, height }, commit, cancel: () => edits.draft(null) });
}

/** @param {Desk} desk @param {number} x @param {number} y @param {Shape} [shape] @param {(id: string) => void} [onPlaced] */
function askFormula(desk, x, y, shape, onPlaced) {
  const { page } = desk;
  const { color = "#000000" } = shape ?? desk.styles.formula;
  const height = shape ? emOf(desk, shape) : desk.styles.formula.height;
  /** @param {Set & {color?: string}} set */
  const commit = (set) => {
    if (!shape) onPlaced?.(placeFormula(desk, set, [x, y], page));
    else rewrite(desk, shape, { latex: set.latex, size: sizeAt(set, height), color: set.color ?? color }, set.latex);
  };
  desk.calls.onFormula?.({ page, x, y, shape, style: { color, height }, commit, cancel() {} });
}

/** @param {Desk} desk @param {number} x @param {number} y @param {(id: string) => void} onPlaced */
function askImage(desk, x, y, onPlaced) {
  const { page } = desk;
  desk.calls.onImage?.({ page, x, y, commit: (/** @type {Picture} */ picture) => onPlaced(placeImage(desk, picture, [x, y], page)), cancel() {} });
}

/** What differs is set; without a text there is nothing left.  @param {Desk} desk @param {Shape} shape
 *  @param {Record<string, any>} values @param {string} text */
function rewrite(desk, shape, values, text) {
  if (!text) return desk.edits.erase([shape.id]);
  const set = Object.fromEntries(Object.entries(values).filter(([key, value]) => String(value) !== String(/** @type {any} */ (shape)[key])));
  if (Object.keys(set).length) desk.edits.change({ [shape.id]: set });
}

/** The size of an em in a formula that may have been resized.  @param {Desk} desk @param {Shape} shape */
function emOf(desk, shape) {
  const formula = desk.room.assets.formula(shape.latex ?? "");
  return formula ? Math.round((sizeOf(shape)[1] * 1_000) / formula.height) : desk.styles.formula.height;
}

/** @param {{width: number, height: number}} set @param {number} em @returns {Point} */
function sizeAt({ width, height }, em) {
  const fit = Math.min(em / 1_000, WIDTH / width, HEIGHT / height);
  return [Math.max(1, Math.round(width * fit)), Math.max(1, Math.round(height * fit))];
}

/** Around a place, but on the board.  @param {Point} middle @param {Point} size @returns {Point} */
const startOf = ([x, y], [w, h]) => [clamp(Math.round(x - w / 2), 0, Math.max(0, WIDTH - w)), clamp(Math.round(y - h / 2), 0, Math.max(0, HEIGHT - h))];

/** @param {Desk} desk @param {Set & {color?: string}} set @param {Point} at @param {number} page @returns {string} its id */
export function placeFormula(desk, set, at, page) {
  const { color, height } = desk.styles.formula;
  const size = sizeAt(set, height);
  return desk.edits.put({ page, kind: "formula", start: startOf(at, size), size, latex: set.latex, color: set.color ?? color }).id;
}

/** @param {Desk} desk @param {string} written @param {Point} at @param {number} page @returns {string} its id */
export function placeText(desk, written, at, page) {
  const text = written.replace(/\r\n?/g, "\n").trimEnd().slice(0, CHARS);
  const style = desk.styles.text;
  const size = textSize(/** @type {any} */ ({ text, ...style }));
  return desk.edits.put({ page, kind: "text", start: startOf(at, size), text, ...style }).id;
}

/** @param {Desk} desk @param {Picture} picture @param {Point} at @param {number} page @returns {string} its id */
export function placeImage(desk, { asset, width, height }, at, page) {
  const { box } = desk.view;
  const fit = Math.min((box.width * ROOM) / width, (box.height * ROOM) / height);
  const size = /** @type {Point} */ ([Math.max(1, Math.round(width * fit)), Math.max(1, Math.round(height * fit))]);
  return desk.edits.put({ page, kind: "image", start: startOf(at, size), size, asset }).id;
}
