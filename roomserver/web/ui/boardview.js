/** The board: two canvases, the tools, the pages.  Takes the room's damage to the painter and the pen's ink to the room. */
import { Painter, POINTER_MS } from "../board/painter.js";
import { Tools } from "../board/tools.js";
import { t } from "../i18n/i18n.js";
import { attribute, h, say } from "./dom.js";
import { icon, swapIcon } from "./icons.js";
import { confirm, iconButton, toast } from "./parts.js";
import { nameOf } from "./tiles.js";

/** @typedef {import("../board/tools.js").Tool} Tool */

const PEN_COLORS = ["#1c2430", "#d6293e", "#1864ab", "#2b8a3e", "#e8590c", "#862e9c"];
const MARKER_COLORS = ["#ffd43b", "#8ce99a", "#74c0fc", "#faa2c1"];
const WIDTHS = { pen: [22, 36, 72], highlighter: [180, 260, 380] };
const KEYS = /** @type {Record<string, Tool>} */ ({ p: "pen", h: "highlighter", e: "eraser", l: "laser" });

/** The tool in hand outlives a change of language. */
const hand = { tool: /** @type {Tool} */ ("pen"), pen: { color: PEN_COLORS[0], width: 36 }, highlighter: { color: MARKER_COLORS[0], width: 260 } };

/** @param {import("../classroom.js").Classroom} room */
export function boardView(room) {
  const ink = h("canvas", { class: "board-ink", "aria-hidden": "true" });
  const live = h("canvas", { class: "board-live", test: "board", tabindex: "0", role: "img", "aria-label": t("board") });
  const sheet = h("div", { class: "board-sheet" }, ink, live);
  const hint = h("p", { class: "board-hint", role: "status", test: "board-hint" }, icon("lock"), h("span"));
  const frame = h("div", { class: "board-frame" }, sheet);
  const painter = new Painter(ink, live, room.board, room.ink);
  const tools = new Tools(live, room.board, room.ink, painter, {
    mayDraw: () => room.mayDraw,
    staff: () => room.staff,
    me: () => room.state.me,
    erase: (shapes) => void room.erase(shapes),
    point: (page, x, y) => {
      room.wire.signal(["pointer", page, x, y, true]);
      painter.point(room.state.me, { x, y, page, laser: true, name: "", until: performance.now() + 600 });
    },
    onRefused: () => toast(t(room.board.page()?.locked ? "board.locked" : "board.no_right")),
  });

  const toolButtons = /** @type {Record<Tool, HTMLButtonElement>} */ ({});
  for (const tool of /** @type {Tool[]} */ (["pen", "highlighter", "eraser", "laser"])) {
    toolButtons[tool] = iconButton(tool, t(`tool.${tool}`), () => take(tool), { test: `tool-${tool}`, pressed: false });
  }
  const colors = h("div", { class: "swatches", role: "group", "aria-label": t("tool.color") });
  const widths = h("div", { class: "swatches", role: "group", "aria-label": t("tool.width") });
  const undo = iconButton("undo", t("undo"), () => void back("board.undo"), { test: "undo" });
  const redo = iconButton("redo", t("redo"), () => void back("board.redo"), { test: "redo" });
  const clear = iconButton("clear", t("board.clear"), () => void wipe(), { test: "clear" });
  const drawing = h(
    "div",
    { class: "tool-group tools", role: "toolbar", "aria-label": t("tools") },
    ...Object.values(toolButtons), colors, widths, undo, redo, clear,
  );
  clear.classList.add("last");
  const count = h("span", { class: "page-count", test: "page-count", "aria-live": "polite" });
  const before = iconButton("left", t("page.before"), () => turn(-1), { test: "page-before" });
  const after = iconButton("right", t("page.after"), () => turn(1), { test: "page-after" });
  const add = iconButton("add", t("page.add"), () => void addPage(), { test: "page-add" });
  const remove = iconButton("clear", t("page.remove"), () => void removePage(), { test: "page-remove" });
  const lock = iconButton("unlock", t("page.lock"), () => void lockPage(), { test: "page-lock", pressed: false });
  const turning = h("div", { class: "tool-group pages", role: "group", "aria-label": t("pages") }, before, count, after, add, lock, remove);
  const bar = h("div", { class: `toolbar ${room.staff ? "staff" : ""}` }, drawing, hint, turning);

  /** Are there more tools than one sees? */
  const edge = () => drawing.classList.toggle("more", drawing.scrollWidth - drawing.scrollLeft - drawing.clientWidth > 4);
  drawing.addEventListener("scroll", edge, { passive: true });

  /** Nothing to take back is no trouble worth a sentence.  @param {string} type */
  async function back(type) {
    const answer = await room.wire.command(type).done;
    if (!answer.ok && answer.code !== "conflict") room.emit("trouble", answer);
  }

  async function wipe() {
    const page = room.board.current;
    if (!room.staff) return void room.ask("board.clear", { page, whose: "mine" });
    if (await confirm({ title: t("board.clear_sure"), text: t("board.clear_text"), yes: t("board.clear") })) void room.ask("board.clear", { page, whose: "all" });
  }

  /** @param {number} by */
  function turn(by) {
    const place = room.board.pages.findIndex(({ page }) => page === room.board.current);
    const next = room.board.pages[place + by];
    if (next) void room.ask("page.turn", { page: next.page });
  }

  /** A new page behind this one, of the same kind, and everybody goes there. */
  async function addPage() {
    const here = room.board.page();
    const known = new Set(room.board.pages.map(({ page }) => page));
    const answer = await room.ask("page.add", { after: room.board.current, background: here?.background ?? "blank" });
    const fresh = room.board.pages.find(({ page }) => !known.has(page));
    if (answer.ok && fresh) void room.ask("page.turn", { page: fresh.page });
  }

  async function removePage() {
    if (await confirm({ title: t("page.remove_sure"), text: t("page.remove_text"), yes: t("page.remove"), danger: true })) {
      void room.ask("page.remove", { page: room.board.current });
    }
  }

  function lockPage() {
    const page = room.board.page();
    if (page) void room.ask("page.lock", { page: page.page, on: !page.locked });
  }

  /** @param {Tool} tool */
  function take(tool) {
    hand.tool = tool;
    tools.tool = tool;
    if (tool === "pen" || tool === "highlighter") Object.assign(tools.styles[tool], hand[tool]);
    live.dataset.tool = tool;
    for (const [name, button] of Object.entries(toolButtons)) button.setAttribute("aria-pressed", String(name === tool));
    fillStyles();
  }

  function fillStyles() {
    colors.hidden = widths.hidden = hand.tool !== "pen" && hand.tool !== "highlighter"; // an eraser has no colour
    const kind = hand.tool === "highlighter" ? "highlighter" : "pen";
    const style = hand[kind];
    const choices = kind === "pen" ? PEN_COLORS : MARKER_COLORS;
    /** @param {Partial<typeof style>} change @param {Tool} tool */
    const choose = (change, tool) => {
      Object.assign(style, change);
      take(tool);
    };
    colors.replaceChildren(...choices.map((color) => {
      const button = h("button", { type: "button", class: "swatch", "aria-pressed": String(color === style.color), "aria-label": t(`color.${color}`), title: t(`color.${color}`), test: `color-${color}`, on: { click: () => choose({ color }, kind) } }, h("span"));
      /** @type {HTMLElement} */ (button.firstElementChild).style.background = color;
      return button;
    }));
    widths.replaceChildren(...WIDTHS[kind].map((width, i) => {
      const name = t(`width.${i}`);
      return h("button", { type: "button", class: `swatch width-${i}`, "aria-pressed": String(width === style.width), "aria-label": name, title: name, test: `width-${i}`, on: { click: () => choose({ width }, kind) } }, h("span"));
    }));
    edge();
  }

  function refresh() {
    const { staff, board } = room;
    const page = board.page();
    const place = board.pages.findIndex(({ page: id }) => id === board.current);
    drawing.hidden = !room.mayDraw;
    toolButtons.laser.hidden = !staff;
    live.classList.toggle("barred", !room.mayDraw);
    for (const button of [before, after, add, remove, lock]) button.hidden = !staff;
    say(count, `${place + 1} / ${board.pages.length}`);
    count.setAttribute("aria-label", t("page.count", { n: place + 1, of: board.pages.length }));
    attribute(before, "disabled", place <= 0);
    attribute(after, "disabled", place >= board.pages.length - 1);
    attribute(remove, "disabled", board.pages.length < 2);
    swapIcon(lock, page?.locked ? "lock" : "unlock");
    lock.setAttribute("aria-pressed", String(Boolean(page?.locked)));
    live.dataset.page = String(board.current);
    live.dataset.shapes = String(page?.shapes.size ?? 0);
    hint.hidden = room.mayDraw;
    swapIcon(hint, page?.locked ? "lock" : "board");
    say(/** @type {Element} */ (hint.lastElementChild), t(page?.locked ? "board.locked" : "board.watching"));
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.target instanceof Element && event.target.closest("input, textarea, select, dialog")) return;
    if (!room.mayDraw) return;
    const letter = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && (letter === "z" || letter === "y")) {
      event.preventDefault();
      void back(letter === "y" || event.shiftKey ? "board.redo" : "board.undo");
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && KEYS[letter] && (letter !== "l" || room.staff)) take(KEYS[letter]);
  }

  const observer = new ResizeObserver(() => painter.resize(frame.clientWidth, frame.clientHeight));
  observer.observe(frame);
  const edges = new ResizeObserver(edge);
  edges.observe(drawing);
  document.addEventListener("keydown", key);
  const offs = [
    room.on("damage", (damage) => {
      painter.damage(damage);
      refresh();
    }),
    room.on("erased", (shapes) => {
      for (const id of shapes) painter.hidden.delete(id);
      painter.page();
    }),
    room.on("pointer", ({ member, page, x, y, laser }) =>
      painter.point(member, { x, y, page, laser, name: nameOf(room, member), until: performance.now() + POINTER_MS })),
  ];
  take(hand.tool);

  function stop() {
    observer.disconnect();
    edges.disconnect();
    document.removeEventListener("keydown", key);
    for (const off of offs) off();
    tools.stop();
    painter.stop();
  }
  return { frame, bar, refresh, stop };
}
