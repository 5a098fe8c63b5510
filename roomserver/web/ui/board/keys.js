/** The board's keys, and the sheet that lists them.  What the engine does by itself (the keyboard cursor, Delete…) it says in `Tools.key`. */
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { sheet } from "../parts.js";

/** @typedef {import("../../board/tools.js").Tool} Tool */

export const TOOL_KEYS = /** @type {Record<Tool, string>} */ ({
  pen: "P", highlighter: "H", eraser: "E", area: "X", line: "N", arrow: "A", rectangle: "R", ellipse: "O", polygon: "Y",
  text: "T", formula: "F", image: "I", select: "V", hand: "G", laser: "L",
});

const BY_KEY = new Map(Object.entries(TOOL_KEYS).map(([tool, key]) => [key.toLowerCase(), /** @type {Tool} */ (tool)]));

/**
 * @typedef {object} Acts
 * @property {() => boolean} mayDraw
 * @property {(tool: Tool) => boolean} has
 * @property {(tool: Tool) => void} take
 * @property {(place: number) => void} color
 * @property {(redo: boolean) => void} back
 * @property {(by: number) => void} turn
 * @property {(factor: number) => void} zoom    0: all of the page
 * @property {() => void} paper
 * @property {() => void} help
 */

/** Keys belong to what is being typed.  @param {KeyboardEvent} event */
export function isTyping(event) {
  const target = event.target;
  if (event.isComposing || document.querySelector("dialog[open]")) return true;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/** @param {KeyboardEvent} event @param {Acts} acts @returns {boolean} handled */
export function boardKey(event, acts) {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if ((key !== "z" && key !== "y") || !acts.mayDraw()) return false;
    acts.back(key === "y" || event.shiftKey);
    return true;
  }
  if (event.altKey) return false;
  const tool = BY_KEY.get(key);
  if (tool && !event.shiftKey) return acts.mayDraw() && acts.has(tool) ? (acts.take(tool), true) : false;
  if (key >= "1" && key <= "9") return acts.mayDraw() ? (acts.color(Number(key) - 1), true) : false;
  const other = /** @type {Record<string, () => void>} */ ({
    pageup: () => acts.turn(-1), pagedown: () => acts.turn(1), b: acts.paper, "?": acts.help,
    "+": () => acts.zoom(1.25), "=": () => acts.zoom(1.25), "-": () => acts.zoom(0.8), 0: () => acts.zoom(0),
  })[key];
  other?.();
  return Boolean(other);
}

/** @param {string} what @param {...string} keys */
const line = (what, ...keys) => h("div", { class: "key-line" }, h("dt", { text: what }), h("dd", {}, ...keys.map((key) => h("kbd", { text: key }))));

/** @param {string} title @param {...HTMLElement} lines */
const part = (title, ...lines) => h("section", { class: "key-part" }, h("h3", { text: title }), h("dl", {}, ...lines));

/** @param {boolean} staff */
export function keySheet(staff) {
  const tools = Object.entries(TOOL_KEYS).filter(([tool]) => staff || tool !== "laser");
  sheet(
    t("keys"),
    "keys",
    h("div", { class: "key-parts" },
      part(t("tools"), ...tools.map(([tool, key]) => line(t(`tool.${tool}`), key)), line(t("tool.color"), "1", "…", "6")),
      part(t("keys.change"), line(t("undo"), "Ctrl", "Z"), line(t("redo"), "Ctrl", "Y"), line(t("copy"), "Ctrl", "C"), line(t("cut"), "Ctrl", "X"),
        line(t("paste"), "Ctrl", "V"), line(t("duplicate"), "Ctrl", "D"), line(t("select_all"), "Ctrl", "A"), line(t("delete"), "Delete"),
        line(t("order.front"), "]"), line(t("order.back"), "[")),
      part(t("keys.cursor"), line(t("keys.move"), "←", "↑", "↓", "→"), line(t("keys.fine"), "Shift", "←"), line(t("keys.press"), t("keys.space")),
        line(t("keys.close"), "Enter"), line(t("keys.stop"), "Esc")),
      part(t("keys.view"), line(t("page.before"), "PgUp"), line(t("page.after"), "PgDn"), line(t("zoom.in"), "+"), line(t("zoom.out"), "−"), line(t("zoom.fit"), "0"),
        line(t("paper.mine"), "B"), line(t("keys"), "?"))),
    h("p", { class: "muted small", text: t("keys.how") }),
  );
}
