/** The tools: those that fit stand in a row, the others behind the shapes.  A second press on a tool opens its choices. */
import { styleOf } from "../../board/tools.js";
import { t } from "../../i18n/i18n.js";
import { attribute, h } from "../dom.js";
import { closeFlyout, flyout, toolbarKeys } from "../flyout.js";
import { swapIcon } from "../icons.js";
import { MARKER_COLORS, PEN_COLORS, shownOn } from "../palette.js";
import { iconButton } from "../parts.js";
import { isDarkPage } from "./desk.js";
import { ERASERS, SHAPES, STAFF_TOOLS, hand } from "./hand.js";
import { TOOL_KEYS } from "./keys.js";
import { kindOf } from "./selectionbar.js";
import { colorButtons, styleRows } from "./styles.js";

/** @typedef {import("../../board/tools.js").Tool} Tool */
/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("./styles.js").Style} Style */
/** @typedef {"eraser"|"shape"} Family   buttons that stand for several tools */

const ROW = /** @type {(Tool|Family)[]} */ (["pen", "highlighter", "eraser", "shape", "text", "formula", "image", "select", "hand", "laser"]);
const GIVEN_UP = /** @type {Tool[]} */ (["hand", "formula", "image", "laser", "text", "highlighter", "select"]); // where the row is short, in this order

/** @param {Tool} tool */
const titleOf = (tool) => `${t(`tool.${tool}`)} (${TOOL_KEYS[tool]})`;

/** @param {Desk} desk @param {{image: (anchor: HTMLElement) => void}} acts */
export function toolbar(desk, acts) {
  const { room, tools, live } = desk;
  /** @type {Set<Tool>} in the flyout of the shapes, for want of space */
  let hidden = new Set();
  const buttons = /** @type {Record<Tool|Family, HTMLButtonElement>} */ (Object.fromEntries(ROW.map((name) => [name, button(name)])));
  const drawers = {
    eraser: flyout(buttons.eraser, { label: t("tool.eraser"), fill: () => [toolRow(ERASERS, true), ...options()] }),
    shape: flyout(buttons.shape, { label: t("tool.shapes"), fill: () => [toolRow(SHAPES), hidden.size ? toolRow([...hidden].filter(has)) : false, ...options()] }),
  };
  const style = h("button", { type: "button", class: "button square family style-button", title: t("tool.style"), "aria-label": t("tool.style"), test: "style", on: { click: () => choices.toggle() } }, h("span"));
  const choices = flyout(style, { label: t("tool.style"), class: "styles", test: "styles", fill: options });
  const colors = h("div", { class: "swatches colors", role: "group", "aria-label": t("tool.color") });
  const undo = iconButton("undo", `${t("undo")} (Ctrl Z)`, () => room.back("board.undo"), { test: "undo" });
  const redo = iconButton("redo", `${t("redo")} (Ctrl Y)`, () => room.back("board.redo"), { test: "redo" });
  const element = h("div", { class: "tool-group tools", role: "toolbar", "aria-label": t("tools") }, ...Object.values(buttons), colors, style, undo, redo);
  const settle = toolbarKeys(element);

  /** @param {Tool|Family} name */
  function button(name) {
    const made = iconButton(name === "shape" ? "shapes" : name, "", () => press(name), { test: `tool-${name}` });
    if (name === "shape" || name === "eraser") made.classList.add("family");
    return made;
  }

  /** The tool that a button stands for.  @param {Tool|Family} name @returns {Tool} */
  const toolOf = (name) => (name === "eraser" ? hand.eraser : name === "shape" ? hand.shape : name);

  /** @param {Tool|Family} name */
  function press(name) {
    if (name === "image") return acts.image(buttons.image);
    const again = isPressed(name);
    if (!again) take(toolOf(name));
    if (name === "shape") return drawers.shape.toggle();
    if (!again) return;
    if (name === "eraser") drawers.eraser.toggle();
    else if (styleOf(/** @type {Tool} */ (name))) choices.toggle();
  }

  /** @param {Tool|Family} name */
  const isPressed = (name) => (name === "shape" ? SHAPES.includes(tools.tool) || hidden.has(tools.tool) : toolOf(name) === tools.tool);

  /** @param {Tool} tool */
  const has = (tool) => (tool !== "laser" || room.staff);

  /** @param {Tool[]} list @param {boolean} [named]   their pictures are too much alike */
  function toolRow(list, named = false) {
    return h("div", { class: "tool-row", role: "group" }, ...list.map((tool) => {
      const choose = () => {
        closeFlyout(true);
        if (tool === "image") acts.image(buttons.shape);
        else take(tool);
      };
      return iconButton(tool, named ? t(`tool.${tool}`) : titleOf(tool), choose, { text: named, test: `tool-${tool}`, pressed: tool === tools.tool });
    }));
  }

  /** What the choices are of: the tool in hand, or what is selected.  @returns {{kind: NonNullable<ReturnType<typeof styleOf>>, style: Style, change: (change: Style) => void}|null} */
  function subject() {
    const { tool, selection } = tools;
    const chosen = tool === "select" && selection.length ? kindOf(selection) : null;
    if (chosen) return { kind: chosen, style: selection[0], change: (change) => tools.restyle(change) };
    const kind = styleOf(tool);
    return kind && { kind, style: tools.styles[kind], change: (change) => void Object.assign(tools.styles[kind], change) };
  }

  function options() {
    const of = subject();
    return of ? styleRows(of.kind, of.style, restyle, isDarkPage(room)) : [];
  }

  /** @param {Style} change */
  function restyle(change) {
    subject()?.change(change);
    paint();
    for (const each of [choices, drawers.eraser, drawers.shape]) each.refill();
  }

  /** @param {Tool} tool */
  function take(tool) {
    hand.tool = tool;
    if (ERASERS.includes(tool)) hand.eraser = tool;
    if (SHAPES.includes(tool)) hand.shape = tool;
    tools.take(tool);
    show();
  }

  /** Show what is in hand. */
  function show() {
    hand.tool = tools.tool;
    live.dataset.tool = tools.tool;
    for (const name of ROW) {
      if (name !== "image") buttons[name].setAttribute("aria-pressed", String(isPressed(name))); // it asks for a file, and is never in hand
      const title = name === "shape" ? t("tool.shapes") : titleOf(toolOf(name));
      buttons[name].title = title;
      buttons[name].setAttribute("aria-label", title);
    }
    swapIcon(buttons.eraser, hand.eraser);
    swapIcon(buttons.shape, hidden.has(tools.tool) ? tools.tool : SHAPES.includes(tools.tool) ? hand.shape : "shapes");
    paint();
  }

  /** The colours at hand and the button that shows the style. */
  function paint() {
    const of = subject();
    const now = of?.style;
    const dark = isDarkPage(room);
    colors.classList.toggle("idle", !now?.color); // an eraser has no colour
    const list = of?.kind === "highlighter" ? MARKER_COLORS : PEN_COLORS;
    if (colors.dataset.of !== `${list} ${dark}`) colors.replaceChildren(...colorButtons(list, now?.color, restyle, dark));
    colors.dataset.of = `${list} ${dark}`;
    for (const [i, button] of [...colors.children].entries()) button.setAttribute("aria-pressed", String(list[i] === now?.color)); // the focus stays
    attribute(style, "disabled", !of);
    const dot = /** @type {HTMLElement} */ (style.firstElementChild);
    dot.style.background = now?.color ? shownOn(now.color, dark) : "";
    const size = now?.width ? 6 + Math.sqrt(now.width) * (of?.kind === "highlighter" ? 0.75 : 1.2) : 18;
    dot.style.width = dot.style.height = `${Math.round(size)}px`;
    settle();
  }

  /** The n-th colour, by its key.  @param {number} place */
  function color(place) {
    const of = subject();
    const color = (of?.kind === "highlighter" ? MARKER_COLORS : PEN_COLORS)[place];
    if (of?.style.color && color) restyle({ color });
  }

  /** Give up what does not fit.  @param {number} width @returns {boolean} all of it stands there */
  function fit(width) {
    if (element.hidden) return true;
    const slot = buttons.pen.offsetWidth + (parseFloat(getComputedStyle(element).columnGap) || 0);
    const fixed = slot * (ROW.filter((name) => name !== "laser" || room.staff).length + 3);
    colors.hidden = false; // to be measured
    const wide = (colors.childElementCount || 6) * (colors.firstElementChild?.clientWidth || 32) + 18;
    colors.hidden = fixed + wide > width;
    let need = fixed;
    const gone = /** @type {Set<Tool>} */ (new Set());
    for (const tool of GIVEN_UP.filter(has)) {
      if (need <= width) break;
      gone.add(tool);
      need -= slot;
    }
    redo.hidden = need > width;
    hidden = gone;
    for (const name of ROW) buttons[name].hidden = gone.has(/** @type {Tool} */ (name)) || (STAFF_TOOLS.includes(/** @type {Tool} */ (name)) && !room.staff);
    show();
    return !gone.size && !colors.hidden;
  }

  tools.styles = hand.styles;
  show();
  return { element, take, show, paint, color, fit, has };
}
