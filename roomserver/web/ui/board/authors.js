/** Whose hand: a name for what the mouse rests on, and on demand a tint and a name over all that somebody drew. */
import { boundsOf, overlap, union } from "../../board/geometry.js";
import { t } from "../../i18n/i18n.js";
import { h, say } from "../dom.js";
import { nameOf } from "../tiles.js";
import { inFrame, seldom } from "./desk.js";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {import("../../board/model.js").Shape} Shape */
/** @typedef {{x0: number, y0: number, x1: number, y1: number}} Box */

const NEAR = 500; // board units: what one author drew so near is one group with one name
const GROUPS = 60; // names on a page
const SHAPES_LOOKED_AT = 3_000;
const HUES = ["#52796f", "#3d6ea5", "#8c5a8f", "#0f766e", "#a0522d", "#5b6abf", "#9a3b5b", "#5d7a2f"]; // those of the avatars: base.css

/** "小明 drew this", "小明, 小红 drew this".  @param {import("../../classroom.js").Classroom} room @param {readonly Shape[]} shapes */
export function authorsOf(room, shapes) {
  const names = [...new Set(shapes.map(({ author }) => author))].map((author) => nameOf(room, author));
  const name = names.length > 3 ? t("authors.many", { n: names.length }) : names.join(t("authors.and"));
  return t("authors.drew", { name });
}

/** What lies together by the same hand, as boxes.  @param {Iterable<Shape>} shapes @returns {{author: number, box: Box}[]} */
export function groups(shapes) {
  /** @type {{author: number, box: Box}[]} */
  const found = [];
  for (const shape of [...shapes].slice(-SHAPES_LOOKED_AT)) {
    const box = boundsOf(shape);
    const group = found.find((other) => other.author === shape.author && overlap(wider(other.box), box));
    if (group) group.box = union([group.box, box]);
    else if (found.length < GROUPS) found.push({ author: shape.author, box });
  }
  return found;
}

/** @param {Box} box @returns {Box} */
const wider = ({ x0, y0, x1, y1 }) => ({ x0: x0 - NEAR, y0: y0 - NEAR, x1: x1 + NEAR, y1: y1 + NEAR });

/** @param {Desk} desk */
export function authors(desk) {
  const { room, layer, painter } = desk;
  const shelf = h("div", { class: "author-groups", test: "author-groups", hidden: true });
  const tip = h("div", { class: "author-tip", role: "status", test: "author-tip", hidden: true });
  layer.append(shelf, tip);

  function paint() {
    if (shelf.hidden) return;
    const page = room.board.page(room.shown);
    shelf.replaceChildren(...groups(page?.shapes.values() ?? []).map(({ author, box }) => {
      const [[left, top], [right, bottom]] = [inFrame(desk, box.x0, box.y0), inFrame(desk, box.x1, box.y1)];
      const frame = h("div", { class: "author-group" }, h("span", { text: nameOf(room, author) }));
      Object.assign(frame.style, { left: `${left - 4}px`, top: `${top - 4}px`, width: `${right - left + 8}px`, height: `${bottom - top + 8}px` });
      frame.style.setProperty("--hue", HUES[author % HUES.length]);
      return frame;
    }));
  }

  const soon = seldom(paint, 200);

  /** @param {boolean} on */
  function show(on) {
    shelf.hidden = !on;
    paint();
  }

  /** @param {Shape|null} shape @param {{clientX: number, clientY: number}} [at] */
  function hover(shape, at) {
    tip.hidden = !shape || !at || desk.tools.selection.length > 0;
    if (tip.hidden || !shape || !at) return;
    say(tip, authorsOf(room, [shape]));
    const box = layer.getBoundingClientRect();
    tip.style.left = `${Math.min(at.clientX - box.left + 14, box.width - tip.offsetWidth)}px`;
    tip.style.top = `${Math.max(0, at.clientY - box.top - tip.offsetHeight - 10)}px`;
  }

  const offs = [room.on("damage", soon), room.on("look", soon), painter.view.watch(soon)];
  function stop() {
    soon.stop();
    for (const off of offs) off();
  }
  return { show, hover, isOn: () => !shelf.hidden, stop };
}
