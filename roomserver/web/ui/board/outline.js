/** The board in words: what is on the page, by whom, as a list; and what others change, said now and then to a screen reader. */
import { t } from "../../i18n/i18n.js";
import { h, keyed, say } from "../dom.js";
import { sheet } from "../parts.js";
import { nameOf } from "../tiles.js";
import { seldom } from "./desk.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../../board/model.js").Shape} Shape */
/** @typedef {{key: string, text: string, ids: string[]}} Entry */

const SAY_MS = 4_000; // between two sentences to a screen reader
const ENTRIES = 300;

/** Strokes of one hand that follow each other are one entry; all else has its own.
 *  @param {import("../../classroom.js").Classroom} room @param {Iterable<Shape>} shapes @returns {Entry[]} */
export function entries(room, shapes) {
  /** @type {{first: Shape, ids: string[]}[]} */
  const runs = [];
  for (const shape of shapes) {
    const last = runs[runs.length - 1];
    if (last && isStroke(shape) && last.first.kind === shape.kind && last.first.author === shape.author) last.ids.push(shape.id);
    else runs.push({ first: shape, ids: [shape.id] });
  }
  return runs.slice(-ENTRIES).map(({ first, ids }) => ({ key: first.id, ids, text: words(room, first, ids.length) }));
}

/** @param {Shape} shape */
const isStroke = ({ kind }) => kind === "pen" || kind === "highlighter";

/** @param {import("../../classroom.js").Classroom} room @param {Shape} shape @param {number} n */
function words(room, shape, n) {
  const name = nameOf(room, shape.author);
  if (isStroke(shape)) return t(`outline.${shape.kind}`, { n, name });
  const what = t(`kind.${shape.kind}`);
  const said = shape.text ?? shape.latex;
  return said ? t("outline.said", { what, name, said }) : t("outline.thing", { what, name });
}

/** @param {Desk} desk @param {() => void} select   the select tool is taken */
export function outlineSheet({ room, tools }, select) {
  const list = h("ol", { class: "outline", test: "outline" });
  const empty = h("p", { class: "muted", text: t("outline.empty") });
  const dialog = sheet(t("outline"), "outline", empty, list);

  function refresh() {
    const all = entries(room, room.board.page(room.shown)?.shapes.values() ?? []);
    empty.hidden = all.length > 0;
    keyed(list, all, ({ key, ids }) => `${key}+${ids.length}`, make);
  }

  /** @param {Entry} entry */
  function make({ text, ids }) {
    if (!room.mayDraw || !tools) return h("li", { text });
    const press = () => {
      dialog.close();
      select();
      tools.select(ids);
    };
    return h("li", {}, h("button", { type: "button", class: "outline-entry", title: t("outline.select"), on: { click: press } }, text));
  }

  const soon = seldom(refresh, 500);
  const offs = [room.on("damage", soon), room.on("look", soon)];
  dialog.addEventListener("close", () => {
    soon.stop();
    for (const off of offs) off();
  });
  refresh();
}

/** What others did since it was last said, for those who do not see it.  @param {Desk} desk */
export function announcer({ room }) {
  const line = h("p", { role: "status", "aria-live": "polite", test: "announcer" });
  const under = h("p", { role: "status", "aria-live": "polite", test: "cursor" });
  let page = room.shown;
  let known = ids();
  const soon = seldom(tell, SAY_MS);

  function ids() {
    return new Set(room.board.page(room.shown)?.shapes.keys());
  }

  function tell() {
    const now = ids();
    const shapes = [...now].filter((id) => !known.has(id)).map((id) => room.board.shape(id)).filter((shape) => shape && shape.author !== room.state.me);
    const gone = [...known].filter((id) => !now.has(id) && Number(id.split(".")[0]) !== room.state.me).length;
    const turned = page !== room.shown;
    const place = room.board.common.findIndex((other) => other.page === room.shown) + 1;
    const said = turned ? [place ? t("page.count", { n: place, of: room.board.common.length }) : ""] : entries(room, /** @type {Shape[]} */ (shapes)).slice(-4).map(({ text }) => text);
    if (!turned && gone) said.push(t("outline.gone", { n: gone }));
    if (said.length) say(line, said.join(t("authors.and")));
    known = now;
    page = room.shown;
  }

  /** What the keyboard's cursor does, and what it stands on.  @param {{down: boolean, shape?: Shape}} cursor */
  function cursor({ down, shape }) {
    say(under, [down && t("cursor.down"), shape ? words(room, shape, 1) : t("cursor.empty")].filter(Boolean).join(t("authors.and")));
  }

  const offs = [room.on("damage", soon), room.on("look", soon)];
  function stop() {
    soon.stop();
    for (const off of offs) off();
  }
  return { element: h("div", { class: "unseen" }, line, under), cursor, stop };
}
