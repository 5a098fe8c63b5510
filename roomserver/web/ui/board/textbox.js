/**
 * Writing on the board: a field that stands over the canvas as the text will stand on it.
 * Keys are left alone while an input method composes.  Nothing that was typed is lost: leaving the field puts it on the
 * board; while one may not draw it stays in the field, and what the room refuses is offered to be copied (unsaved.js).
 */
import { LINE, textSize } from "../../board/geometry.js";
import { FONTS } from "../../board/shapes.js";
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { shownOn } from "../palette.js";
import { iconButton, toast } from "../parts.js";
import { inFrame, isDarkPage } from "./desk.js";
import { styleRows } from "./styles.js";

const TEXT_CHARS = 2_000; // docs/protocol.md, "Limits"

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../../board/tools.js").TextRequest} TextRequest */

/** @param {Desk} desk @param {(style: import("./styles.js").Style) => void} onStyle   what was chosen here is kept for the next text */
export function textbox(desk, onStyle) {
  /** @type {((left?: boolean) => void)|null} */
  let finish = null;
  let closing = false; // the press that takes one out of a field opens no other
  document.addEventListener("pointerdown", () => (closing = finish !== null), { capture: true, signal: desk.signal });

  /** @param {TextRequest} request */
  function edit(request) {
    const { shape } = request;
    if (closing && !shape) return request.cancel();
    finish?.();
    const style = { color: shape?.color ?? request.style.color, font: shape?.font ?? request.style.font, height: shape?.height ?? request.style.height };
    const field = h("textarea", { class: "text-field", rows: "1", wrap: "off", maxlength: TEXT_CHARS, spellcheck: "false", autocapitalize: "off", "aria-label": t("text.field"), test: "text-field" });
    field.value = shape?.text ?? "";
    const bar = h("div", { class: "float-bar text-bar", role: "group", "aria-label": t("tool.style") });
    const grow = () => layOut(desk, request, field, bar, style);
    const fill = () => {
      const done = iconButton("check", t("text.done"), () => finish?.(), { test: "text-done", class: "primary" });
      bar.replaceChildren(...styleRows("text", style, choose, isDarkPage(desk.room)), done);
    };
    /** @param {import("./styles.js").Style} change */
    const choose = (change) => {
      Object.assign(style, change);
      onStyle(change);
      fill();
      grow();
    };
    field.addEventListener("input", grow);
    field.addEventListener("keydown", (event) => {
      event.stopPropagation(); // no tool is taken by a letter
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) finish?.();
    });
    bar.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus, and a phone its keyboard
    field.addEventListener("blur", ({ relatedTarget }) => desk.room.barred || bar.contains(/** @type {Node|null} */ (relatedTarget)) || finish?.(true));
    const stays = () => desk.room.shown === request.page || finish?.(true);
    let { barred } = desk.room;
    const held = () => {
      if (desk.room.barred === barred) return;
      barred = desk.room.barred;
      if (barred) toast(t(`barred.${barred}`), "warn");
    };
    const changes = () => (stays(), held());
    const offs = [desk.painter.view.watch(grow), ...["damage", "look", "state"].map((topic) => desk.room.on(/** @type {any} */ (topic), changes))];
    finish = (left = false) => {
      finish = null;
      for (const off of offs) off();
      const text = field.value.replace(/\s+$/, "");
      field.remove();
      bar.remove();
      if (shape ? text === shape.text && same(shape, style) : !text) request.cancel();
      else request.commit({ text, ...style });
      if (!left) desk.live.focus({ preventScroll: true });
    };
    fill();
    desk.layer.append(field, bar);
    grow();
    field.focus({ preventScroll: true });
    field.setSelectionRange(field.value.length, field.value.length);
  }

  return { edit, finish: () => finish?.(), isOpen: () => finish !== null };
}

/** @param {Record<string, any>} shape @param {Record<string, any>} style */
const same = (shape, style) => Object.entries(style).every(([key, value]) => shape[key] === value);

/** Put the field where the text will stand, and its bar beside it.
 *  @param {Desk} desk @param {TextRequest} request @param {HTMLTextAreaElement} field @param {HTMLElement} bar
 *  @param {TextRequest["style"]} style */
function layOut(desk, request, field, bar, style) {
  const { scale } = desk.painter.view;
  const size = style.height * scale;
  const [width] = textSize({ ...style, text: field.value || " " });
  const [left, top] = inFrame(desk, request.x, request.y);
  const turn = request.shape?.turn ?? 0;
  Object.assign(field.style, {
    left: `${left}px`, top: `${top + shift(style.font) * size}px`, fontSize: `${size}px`, fontFamily: FONTS[style.font], lineHeight: String(LINE),
    width: `${width * scale + size}px`, height: `${field.value.split("\n").length * LINE * size + 2}px`,
    color: shownOn(style.color, isDarkPage(desk.room)), transform: turn ? `rotate(${turn / 10}deg)` : "",
  });
  const { clientWidth, clientHeight } = desk.frame;
  bar.style.left = `${Math.max(0, Math.min(left, clientWidth - bar.offsetWidth))}px`;
  bar.style.top = `${beside(top, top + field.offsetHeight, bar.offsetHeight, clientHeight)}px`;
}

/** Above the field, under it, or where neither has room under the board; where that ends the window, at its far end.
 *  @param {number} top @param {number} bottom of the field @param {number} size of the bar @param {number} height of the board */
function beside(top, bottom, size, height) {
  if (top - size - 10 >= 0) return top - size - 10;
  if (bottom + 8 + size <= height) return bottom + 8;
  if (!matchMedia("(max-height: 480px)").matches) return height + 6;
  return top > height / 2 ? 0 : height - size;
}

/** How far a browser sets a line above its place on the board, whose first baseline is a whole height down; in heights.
 *  @param {keyof FONTS} font */
function shift(font) {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 0;
  context.font = `100px ${FONTS[font]}`;
  const { fontBoundingBoxAscent: above, fontBoundingBoxDescent: below } = context.measureText("字");
  return 1 - (LINE + (above - below) / 100) / 2;
}
