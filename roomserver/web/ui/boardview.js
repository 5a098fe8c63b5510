/** The board: two canvases, and around them the tools, the pages, and what stands over the picture. */
import { lookAround } from "../board/gestures.js";
import { Painter } from "../board/painter.js";
import { Tools } from "../board/tools.js";
import { t } from "../i18n/i18n.js";
import { authors } from "./board/authors.js";
import { seldom } from "./board/desk.js";
import { formulaDialog } from "./board/formula.js";
import { hand } from "./board/hand.js";
import { boardKey, isTyping, keySheet } from "./board/keys.js";
import { leadButton } from "./board/leading.js";
import { menu } from "./board/menu.js";
import { announcer, outlineSheet } from "./board/outline.js";
import { pages } from "./board/pages.js";
import { dropping, pictures } from "./board/pictures.js";
import { placeBar } from "./board/place.js";
import { paperButton } from "./board/scratch.js";
import { selectionBar } from "./board/selectionbar.js";
import { addSlides } from "./board/slides.js";
import { textbox } from "./board/textbox.js";
import { toolbar } from "./board/toolbar.js";
import { step } from "./board/turning.js";
import { h, say } from "./dom.js";
import { icon, swapIcon } from "./icons.js";
import { toast } from "./parts.js";

/** @typedef {import("./board/desk.js").Desk} Desk */

const SEEN_MS = 300; // what the bar says of a page that is being drawn on

/**
 * @param {any} room   a `Classroom`, or for a replay a `BoardHost`
 * @param {{readonly?: boolean}} [how]   read-only: nothing that asks the room for anything
 */
export function boardView(room, { readonly = false } = {}) {
  const off = new AbortController();
  const desk = canvases(room, off.signal);
  const { frame, live, painter } = desk;
  const whose = authors(desk);
  const spoken = announcer(desk);
  const turning = pages(room, { slides: () => void addSlides(room), readonly });
  const more = menu(desk, { authors: whose, list: () => outlineSheet(desk, () => drawing?.tools.take("select")), keys: () => keySheet(room.staff), spare: () => drawing?.spare ?? [], readonly });
  turning.group.append(more.button);
  const drawing = readonly ? null : drawingParts(desk, whose, spoken, turning.group);
  const bar = h("div", { class: `toolbar ${readonly ? "readonly" : ""}` }, drawing?.tools.element, drawing?.hint, turning.group);
  const under = h("div", { class: "board-bar" }, drawing?.place.element, turning.strip, bar);
  desk.under = under;
  frame.append(spoken.element);

  function refresh() {
    turning.refresh();
    drawing?.refresh();
    count();
    fit();
  }

  function count() {
    live.dataset.page = String(room.shown);
    live.dataset.shapes = String(room.board.page(room.shown)?.shapes.size ?? 0);
  }

  /** While somebody draws, this comes with every piece of ink.  @param {import("../board/model.js").Damage} damage */
  function damaged({ kind }) {
    if (kind === "pages") return refresh();
    count();
    soon();
  }
  const soon = seldom(refresh, SEEN_MS);

  let fitted = "";
  /** One row where all has room, two where there is height, and never more. */
  function fit() {
    if (!drawing || !bar.clientWidth) return;
    const space = bar.clientWidth - 14;
    const short = matchMedia("(max-height: 480px)").matches;
    const beside = space - turning.group.scrollWidth - 8;
    const now = [space, beside, short, drawing.tools.element.hidden, room.staff].join();
    if (now === fitted) return;
    fitted = now;
    const one = drawing.tools.fit(beside);
    bar.classList.toggle("two", !one && !short);
    if (!one && !short) drawing.tools.fit(space);
  }

  const observer = new ResizeObserver(() => painter.resize(frame.clientWidth, frame.clientHeight));
  observer.observe(frame);
  const widths = new ResizeObserver(fit);
  widths.observe(bar);
  const loading = () => frame.classList.toggle("loading", room.board.loading > 0);
  const offs = [room.on("damage", damaged), room.on("look", refresh), room.on("loading", loading)];
  if (drawing) listen(desk, drawing);
  else off.signal.addEventListener("abort", lookAround(live, painter.view));
  refresh();
  loading();

  function stop() {
    off.abort();
    observer.disconnect();
    widths.disconnect();
    for (const each of [...offs, soon.stop, drawing?.stop, turning.stop, whose.stop, spoken.stop]) each?.();
    painter.stop();
  }
  return { frame, bar: under, refresh, stop };
}

/** @param {any} room @param {AbortSignal} signal @returns {Desk} */
function canvases(room, signal) {
  const ink = h("canvas", { class: "board-ink", "aria-hidden": "true" });
  const live = h("canvas", { class: "board-live", test: "board", tabindex: "0", role: "application", "aria-label": t("board.label") });
  // What a tap has opened under the finger must not get its click.
  live.addEventListener("touchend", (event) => event.cancelable && event.preventDefault(), { passive: false });
  const sheet = h("div", { class: "board-sheet" }, ink, live);
  const layer = h("div", { class: "board-layer" });
  const frame = h("div", { class: "board-frame" }, sheet, layer);
  return { room, painter: new Painter({ ink, live }, room), tools: /** @type {any} */ (null), live, frame, under: frame, layer, signal };
}

/** Everything that changes the board.  @param {Desk} desk @param {ReturnType<typeof authors>} whose
 *  @param {ReturnType<typeof announcer>} spoken @param {HTMLElement} group */
function drawingParts(desk, whose, spoken, group) {
  const { room, live, painter } = desk;
  desk.tools = new Tools(live, room, painter, {
    onText: (request) => text.edit(request),
    onFormula: (request) => void formulaDialog(room, request),
    onImage: (request) => void images.ask({}, request),
    onSelection: () => {
      selected.refresh();
      tools.paint();
    },
    onTool: () => tools.show(),
    onHover: whose.hover,
    onCursor: spoken.cursor,
    onRefused: (reason) => toast(t(`barred.${reason}`)),
  }, hand.tool);
  const text = textbox(desk, (style) => Object.assign(hand.styles.text, style));
  const images = pictures(desk, (files) => void addSlides(room, files));
  const tools = toolbar(desk, { image: images.open });
  const selected = selectionBar(desk);
  const place = placeBar(room);
  const mine = paperButton(room);
  const lead = leadButton(room);
  group.insertBefore(mine.button, group.lastElementChild);
  group.insertBefore(lead.button, group.lastElementChild);
  const hint = h("p", { class: "board-hint", role: "status", test: "board-hint" }, icon("lock"), h("span"));

  function refresh() {
    const { barred } = room;
    tools.element.hidden = Boolean(barred);
    live.classList.toggle("barred", Boolean(barred));
    hint.hidden = !barred || room.me?.role === "observer"; // who only watches needs not be told
    swapIcon(hint, barred === "right" ? "board" : "lock");
    say(/** @type {Element} */ (hint.lastElementChild), barred ? t(`barred.${barred}`) : "");
    for (const part of [place, mine, lead, selected]) part.refresh();
  }

  function stop() {
    text.finish();
    selected.stop();
    desk.tools.stop();
  }
  return { tools, text, images, place, mine, hint, spare: [mine.button, lead.button], refresh, stop };
}

/** Keys, the clipboard, and what is dropped.  @param {Desk} desk @param {ReturnType<typeof drawingParts>} parts */
function listen(desk, { tools, images, mine }) {
  const { room, painter, signal } = desk;
  const acts = {
    mayDraw: () => room.mayDraw,
    has: tools.has,
    take: (/** @type {import("../board/tools.js").Tool} */ tool) => (tool === "image" ? images.open(desk.live) : tools.take(tool)),
    color: tools.color,
    back: (/** @type {boolean} */ redo) => room.back(redo ? "board.redo" : "board.undo"),
    turn: (/** @type {number} */ by) => step(room, by),
    zoom: (/** @type {number} */ by) => (by ? painter.view.zoomBy(by) : painter.view.fit()),
    paper: () => mine.button.hidden || mine.button.click(),
    help: () => keySheet(room.staff),
  };
  document.addEventListener("keydown", (event) => {
    if (isTyping(event) || desk.frame.hidden || isTaken(event)) return;
    if (desk.tools.key(event) || boardKey(event, acts)) event.preventDefault();
  }, { signal });
  for (const type of /** @type {const} */ (["copy", "cut", "paste"])) document.addEventListener(type, (event) => clipboard(desk, images, event), { signal });
  dropping(desk, images.take, signal);
}

/** Space, Enter and the arrows belong to the button that has the focus, Delete to a page in the strip, and a list beside the board scrolls.  @param {KeyboardEvent} event */
const isTaken = (event) =>
  event.target instanceof Element &&
  ((event.key === "Delete" && event.target.closest(".strip-page") !== null) || (event.target.closest(".side") !== null && event.key.startsWith("Page")) ||
    (event.target.closest("button, [role='tablist']") !== null && [" ", "Enter", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)));

const OURS = "application/x-classroom-shapes"; // says that what was copied last is the board's own

/** @param {Desk} desk @param {ReturnType<typeof pictures>} images @param {ClipboardEvent} event */
function clipboard({ room, tools, frame }, images, event) {
  const { clipboardData: data, type, target } = event;
  const typing = target instanceof Element && target.closest("input, textarea, dialog");
  if (!data || typing || frame.hidden || !room.mayDraw) return;
  if (type === "paste") {
    const text = data.getData("text/plain");
    if (data.types.includes(OURS) ? !tools.paste() : !images.take(data) && !(text.trim() ? tools.placeText(text.trim().slice(0, 2_000)) : tools.paste())) return;
  } else {
    if (!tools.selection.length || String(getSelection())) return;
    data.setData(OURS, "1");
    data.setData("text/plain", tools.selection.map(({ text, latex }) => text ?? latex ?? "").filter(Boolean).join("\n"));
    if (type === "cut") tools.cut();
    else tools.copy();
  }
  event.preventDefault();
}
