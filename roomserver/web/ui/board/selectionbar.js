/** Beside what is selected, and on a phone below the tools: whose it is, and what can be done with it. */
import { t } from "../../i18n/i18n.js";
import { h, say } from "../dom.js";
import { closeFlyout, flyout, toolbarKeys } from "../flyout.js";
import { MARKER_COLORS, shownOn } from "../palette.js";
import { iconButton } from "../parts.js";
import { authorsOf } from "./authors.js";
import { inFrame, isDarkPage } from "./desk.js";
import { styleRows } from "./styles.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../../board/model.js").Shape} Shape */
/** @typedef {"pen"|"highlighter"|"shape"|"text"|"formula"} Kind */

const GAP = 14; // CSS pixels between the bar and what is selected; its handle for turning stands higher
const HANDLE = 40;
const phone = matchMedia("(max-width: 560px), (max-height: 480px)"); // the board is too small for a bar on it

/** The choices that all of these have, if they have some in common.  @param {readonly Shape[]} shapes @returns {Kind|null} */
export function kindOf(shapes) {
  const kinds = new Set(shapes.map(({ kind }) => (["line", "arrow", "rectangle", "ellipse", "polygon"].includes(kind) ? "shape" : kind)));
  if (kinds.has("image")) return null;
  if (kinds.size === 1) return /** @type {Kind} */ ([...kinds][0]);
  return kinds.has("text") || kinds.has("formula") ? null : "pen"; // a width and a colour, whatever they are
}

/** @param {Desk} desk */
export function selectionBar(desk) {
  const { room, tools, painter, frame, layer } = desk;
  const author = h("span", { class: "author", test: "author" });
  const dot = h("span");
  const style = h("button", { type: "button", class: "button square style-button", title: t("tool.style"), "aria-label": t("tool.style"), test: "selection-style", on: { click: () => styles.toggle() } }, dot);
  const styles = flyout(style, { label: t("tool.style"), class: "styles", test: "styles", fill: rows });
  const act = (/** @type {string} */ symbol, /** @type {string} */ label, /** @type {() => void} */ press, /** @type {string} */ test) => iconButton(symbol, label, press, { test });
  const paste = act("paste", `${t("paste")} (Ctrl V)`, () => tools.paste(), "paste");
  const buttons = [
    act("front", `${t("order.front")} (])`, () => tools.order("front"), "order-front"),
    act("back", `${t("order.back")} ([)`, () => tools.order("back"), "order-back"),
    act("cut", `${t("cut")} (Ctrl X)`, () => tools.cut(), "cut"),
    act("copy", `${t("copy")} (Ctrl C)`, () => tools.copy(), "copy"),
    paste,
    act("duplicate", `${t("duplicate")} (Ctrl D)`, () => tools.duplicate(), "duplicate"),
    act("clear", `${t("delete")} (Delete)`, () => tools.remove(), "delete"),
  ];
  const bar = h("div", { class: "float-bar selection-bar", role: "toolbar", "aria-label": t("selection"), test: "selection-bar", hidden: true }, author, style, ...buttons);
  const settle = toolbarKeys(bar);

  /** @returns {HTMLElement[]} */
  function rows() {
    const kind = kindOf(tools.selection);
    const [first] = tools.selection;
    if (!kind) return [];
    return styleRows(kind, first, (change) => {
      tools.restyle(change);
      queueMicrotask(styles.refill);
    }, isDarkPage(room));
  }

  function refresh() {
    const { selection } = tools;
    bar.hidden = !selection.length || (tools.busy && !phone.matches);
    if (!selection.length) return void closeIfOwn();
    if (bar.hidden) return;
    const kind = kindOf(selection);
    style.hidden = !kind;
    paste.hidden = !tools.canPaste;
    dot.style.background = shownOn(selection[0].color ?? MARKER_COLORS[0], isDarkPage(room));
    say(author, authorsOf(room, selection));
    place();
    settle();
  }

  /** Its own choices go with it.  */
  const closeIfOwn = () => style.getAttribute("aria-expanded") === "true" && closeFlyout();

  function place() {
    const home = phone.matches ? desk.under : layer;
    if (bar.parentElement !== home) home.append(bar);
    const box = tools.box;
    if (!box || phone.matches) return;
    const corners = [inFrame(desk, box.x0, box.y0), inFrame(desk, box.x1, box.y1)];
    const [[left, top], [right, bottom]] = corners;
    const middle = (left + right) / 2 - bar.offsetWidth / 2;
    bar.style.left = `${Math.max(0, Math.min(middle, frame.clientWidth - bar.offsetWidth))}px`;
    const above = top - GAP - HANDLE - bar.offsetHeight;
    const below = bottom + GAP;
    const free = below + bar.offsetHeight <= frame.clientHeight ? below : frame.clientHeight - bar.offsetHeight - 4;
    bar.style.top = `${above >= 0 ? above : free}px`;
  }

  const off = painter.view.watch(() => bar.hidden || place());
  return { refresh, stop: off };
}
