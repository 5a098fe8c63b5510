/** The choices of a tool or of what is selected: colour, width, fill, font, size.  Buttons only; whoever shows them says what follows. */
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { FONTS, MARKER_COLORS, PEN_COLORS, TEXT_HEIGHTS, WIDTHS, shownOn } from "../palette.js";

/** @typedef {{color?: string, width?: number, fill?: string, font?: string, height?: number, reach?: number}} Style */
/** @typedef {(change: Style) => void} Choose */

/**
 * @param {string} name @param {string} kind @param {boolean} pressed @param {() => void} press @param {string} test
 * @param {...(Node|string)} inside
 */
function choice(name, kind, pressed, press, test, ...inside) {
  return h("button", { type: "button", class: `swatch ${kind}`, "aria-pressed": String(pressed), "aria-label": name, title: name, test, on: { click: press } }, ...inside);
}

/** @param {string} label @param {...Node} buttons */
const row = (label, ...buttons) => h("div", { class: "swatches", role: "group", "aria-label": label }, ...buttons);

/** @param {readonly string[]} colors @param {string|undefined} now @param {Choose} choose @param {boolean} dark */
export function colorButtons(colors, now, choose, dark) {
  return colors.map((color) => {
    const dot = h("span", { class: "dot-color" });
    dot.style.background = shownOn(color, dark);
    return choice(t(shownOn(color, dark) === color ? `color.${color}` : "color.light"), "", color === now, () => choose({ color }), `color-${color}`, dot);
  });
}

/** @param {readonly number[]} widths @param {number|undefined} now @param {(width: number) => void} choose @param {string} name */
function widthButtons(widths, now, choose, name) {
  return widths.map((width, i) => choice(t(`width.${i}`), `width-${i}`, width === now, () => choose(width), `${name}-${i}`, h("span")));
}

/** A fill is the line's colour made light: writing on it stays readable.  @param {string} color */
export function lightened(color) {
  const parts = [1, 3, 5].map((at) => Math.round(255 - (255 - parseInt(color.slice(at, at + 2), 16)) * 0.22));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {"pen"|"highlighter"|"shape"|"text"|"formula"|"eraser"} kind @param {Style} style @param {Choose} choose
 *  @param {boolean} dark   the page is @returns {HTMLElement[]} */
export function styleRows(kind, style, choose, dark) {
  if (kind === "eraser") return [row(t("tool.size"), ...widthButtons(WIDTHS.eraser, (style.reach ?? 0) * 2, (width) => choose({ reach: width / 2 }), "reach"))];
  const rows = [row(t("tool.color"), ...colorButtons(kind === "highlighter" ? MARKER_COLORS : PEN_COLORS, style.color, choose, dark))];
  if (kind === "pen" || kind === "highlighter" || kind === "shape") rows.push(row(t("tool.width"), ...widthButtons(WIDTHS[kind], style.width, (width) => choose({ width }), "width")));
  if (kind === "shape") rows.push(row(t("tool.fill"), fillButton(style, choose)));
  if (kind === "text") rows.push(row(t("tool.font"), ...fontButtons(style, choose)));
  if (kind === "text" || kind === "formula") rows.push(row(t("tool.size"), ...sizeButtons(style, choose)));
  return rows;
}

/** @param {Style} style @param {Choose} choose */
function fillButton(style, choose) {
  const press = () => choose({ fill: style.fill ? "" : lightened(style.color ?? PEN_COLORS[0]) });
  return choice(t("tool.fill"), "wide", Boolean(style.fill), press, "fill", icon("fill"), h("b", { text: t("tool.fill") }));
}

/** @param {Style} style @param {Choose} choose */
const fontButtons = (style, choose) => FONTS.map((font) => choice(t(`font.${font}`), `wide font-${font}`, font === style.font, () => choose({ font }), `font-${font}`, h("b", { text: t(`font.${font}`) })));

/** @param {Style} style @param {Choose} choose */
const sizeButtons = (style, choose) =>
  TEXT_HEIGHTS.map((height, i) => choice(t(`size.${i}`), `size-${i}`, height === style.height, () => choose({ height }), `size-${i}`, h("b", { text: t("size.letter") })));
