/** The pages: turning them, their number, and the strip of small pictures with what staff may do about each. */
import { t } from "../../i18n/i18n.js";
import { attribute, h, keyed, say } from "../dom.js";
import { closeFlyout, flyout } from "../flyout.js";
import { icon } from "../icons.js";
import { confirm, iconButton } from "../parts.js";
import { backgroundButtons } from "./backgrounds.js";
import { sortable } from "./sorting.js";
import { thumbnails } from "./thumbs.js";
import { addPage, go, step } from "./turning.js";

/** @typedef {import("../../board/model.js").Page} Page */

/** What was chosen closes the box.  @template {any[]} T @param {(...args: T) => void} act @returns {(...args: T) => void} */
const closing = (act) => (...args) => {
  closeFlyout(true);
  act(...args);
};

/** The strip stays open when the page is built again. */
let isOpen = false;

/** @param {import("../../classroom.js").Classroom} room @param {{slides: () => void, readonly?: boolean}} acts */
export function pages(room, { slides, readonly = false }) {
  const staff = () => room.staff && !readonly;
  const before = iconButton("left", `${t("page.before")} (PgUp)`, () => step(room, -1), { test: "page-before" });
  const after = iconButton("right", `${t("page.after")} (PgDn)`, () => step(room, 1), { test: "page-after" });
  const count = h("button", { type: "button", class: "button page-count", test: "page-count", "aria-expanded": "false", on: { click: toggle } }, h("span"), icon("pages"));
  const add = iconButton("add", t("page.add"), () => adding.toggle(), { test: "page-add" });
  const tile = h("button", { type: "button", class: "strip-add", title: t("page.add"), "aria-label": t("page.add"), test: "strip-add", on: { click: () => addingThere.toggle() } }, icon("add"));
  const papers = {
    label: t("page.add"),
    test: "page-adding",
    fill: () => [
      ...backgroundButtons(closing((background) => void addPage(room, background))),
      iconButton("slides", t("slides.add"), closing(slides), { text: true, test: "slides-add" }),
    ],
  };
  const [adding, addingThere] = [flyout(add, papers), flyout(tile, papers)];
  const group = h("div", { class: "tool-group turning", role: "group", "aria-label": t("pages") }, before, count, after, add);

  const small = thumbnails(room);
  const list = h("ol", { class: "strip-list", test: "page-list", "aria-label": t("pages") });
  const free = iconButton("compass", t("board.free"), () => void room.ask("board.free", { on: !room.board.free }), { text: true, test: "board-free", pressed: false, class: "small" });
  const lock = iconButton("lock", t("board.lock"), () => void room.ask("board.lock", { on: !room.board.locked }), { text: true, test: "board-lock", pressed: false, class: "small" });
  const rights = h("div", { class: "strip-rights" }, free, lock);
  const strip = h("section", { class: "strip", "aria-label": t("pages"), test: "strip", hidden: !isOpen }, list, tile, rights);
  sortable(list, (page, next) => void room.ask("page.move", { page, before: next }), staff);
  list.addEventListener("keydown", key);

  function toggle() {
    isOpen = !isOpen;
    refresh();
    if (!isOpen) return;
    const here = /** @type {HTMLElement|null} */ (list.querySelector(".strip-page.here .strip-go"));
    here?.scrollIntoView({ block: "nearest", inline: "center" });
    here?.focus();
  }

  /** @param {Page} page */
  function make({ page }) {
    const more = iconButton("more", t("page.more"), () => menu.toggle(), { class: "tiny strip-more", test: "page-more" });
    const menu = flyout(more, { label: t("page.more"), role: "menu", class: "menu", test: "page-menu", fill: () => pageMenu(page) });
    return h("li", { class: "strip-page", data: { page: String(page) } },
      h("button", { type: "button", class: "strip-go", test: "page-go", on: { click: () => go(room, page) } }, small.make(page)),
      h("span", { class: "strip-number" }), icon("lock"), more);
  }

  /** @param {HTMLElement} item @param {Page} page */
  function update(item, { page, locked }) {
    const place = room.board.common.findIndex((other) => other.page === page) + 1;
    const go = /** @type {HTMLElement} */ (item.firstElementChild);
    const current = page === room.board.current;
    item.classList.toggle("here", page === room.shown);
    item.classList.toggle("current", current);
    item.classList.toggle("locked", locked);
    say(/** @type {Element} */ (item.querySelector(".strip-number")), String(place));
    /** @type {HTMLElement} */ (item.lastElementChild).hidden = !staff();
    attribute(go, "aria-current", page === room.shown ? "page" : null);
    const notes = [t("page.count", { n: place, of: room.board.common.length }), current && t("page.current"), locked && t("page.is_locked")];
    go.setAttribute("aria-label", notes.filter(Boolean).join(", "));
  }

  /** What staff may do about a page.  @param {number} page */
  function pageMenu(page) {
    const { common } = room.board;
    const place = common.findIndex((other) => other.page === page);
    const locked = Boolean(common[place]?.locked);
    /** @param {string} symbol @param {string} label @param {() => void} press @param {string} test @param {boolean} [disabled] */
    const item = (symbol, label, press, test, disabled) => iconButton(symbol, label, closing(press), { text: true, test, disabled, class: "menu-item" });
    const move = (/** @type {number|null} */ next) => void room.ask("page.move", { page, before: next });
    return [
      item(locked ? "unlock" : "lock", t(locked ? "page.unlock" : "page.lock"), () => void room.ask("page.lock", { page, on: !locked }), "page-lock"),
      item("left", t("page.earlier"), () => move(common[place - 1].page), "page-earlier", place <= 0),
      item("right", t("page.later"), () => move(common[place + 2]?.page ?? null), "page-later", place >= common.length - 1),
      h("div", { class: "menu-row", role: "group", "aria-label": t("page.background") }, ...backgroundButtons(closing((background) => void room.ask("page.change", { page, background })), common[place]?.background)),
      item("clear", t("page.remove"), () => void remove(page), "page-remove", common.length < 2),
    ];
  }

  /** @param {number} page */
  async function remove(page) {
    if (await confirm({ title: t("page.remove_sure"), text: t("page.remove_text"), yes: t("page.remove"), danger: true })) void room.ask("page.remove", { page });
  }

  /** Arrows walk; with Alt they take the page along.  @param {KeyboardEvent} event */
  function key(event) {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const item = event.target instanceof Element ? event.target.closest(".strip-page") : null;
    if (!item) return;
    const page = Number(/** @type {HTMLElement} */ (item).dataset.page);
    if (event.key === "Delete" && staff() && room.board.common.length > 1) return void remove(page);
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const ids = room.board.common.map((other) => other.page);
    const place = ids.indexOf(page);
    if (!event.altKey) return void /** @type {HTMLElement|null} */ (list.children[place + by]?.firstElementChild)?.focus();
    if (staff() && ids[place + by] !== undefined) void room.ask("page.move", { page, before: by < 0 ? ids[place - 1] : (ids[place + 2] ?? null) });
  }

  function refresh() {
    const { common, current } = room.board;
    const turns = staff() || room.board.free || readonly;
    const place = common.findIndex(({ page }) => page === room.shown);
    say(/** @type {Element} */ (count.firstElementChild), `${place < 0 ? "–" : place + 1} / ${common.length}`);
    count.setAttribute("aria-label", place < 0 ? t("pages") : t("page.count", { n: place + 1, of: common.length }));
    count.title = t("pages");
    count.setAttribute("aria-expanded", String(isOpen));
    before.hidden = after.hidden = !turns;
    add.hidden = tile.hidden = rights.hidden = !staff();
    attribute(before, "disabled", (place < 0 ? common.findIndex(({ page }) => page === current) : place) <= 0);
    attribute(after, "disabled", place >= common.length - 1);
    strip.hidden = !isOpen;
    if (isOpen) keyed(list, common, ({ page }) => String(page), make, update);
    attribute(free, "aria-pressed", String(room.board.free));
    attribute(lock, "aria-pressed", String(room.board.locked));
  }
  return { group, strip, refresh, stop: small.stop };
}
