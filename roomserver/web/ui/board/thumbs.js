/** Small pictures of pages that follow what is drawn: those that are seen are painted anew, a few at a time. */
import { paintPage } from "../../board/painter.js";
import { h } from "../dom.js";

const WIDTH = 160; // CSS pixels that a thumbnail is painted for
const EVERY_MS = 250;
const AT_ONCE = 3; // pages painted in one go: a lesson's ink must not wait for thumbnails

/** @param {import("../../classroom.js").Classroom} room */
export function thumbnails(room) {
  /** @type {Map<number, HTMLCanvasElement>} */
  const canvases = new Map();
  /** @type {Set<number>} */
  const stale = new Set();
  /** @type {any} */
  let timer = 0;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) mark(Number(/** @type {HTMLElement} */ (target).dataset.page));
  });

  /** @param {number} page */
  function make(page) {
    const canvas = h("canvas", { class: "thumb", width: WIDTH * ratio, height: Math.round((WIDTH * ratio * 9) / 16), "aria-hidden": "true", data: { page: String(page) } });
    canvases.set(page, canvas);
    seen.observe(canvas);
    return canvas;
  }

  /** @param {number} page */
  function mark(page) {
    if (!canvases.has(page)) return;
    stale.add(page);
    timer ||= setTimeout(paint, EVERY_MS);
  }

  function paint() {
    timer = 0;
    for (const page of [...stale].slice(0, AT_ONCE)) {
      stale.delete(page);
      const canvas = canvases.get(page);
      const body = room.board.page(page);
      if (!canvas?.isConnected) canvases.delete(page);
      else if (body && isSeen(canvas)) paintPage(/** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")), body, room.assets, canvas.width);
    }
    if (stale.size) timer = setTimeout(paint, EVERY_MS);
  }

  /** @param {import("../../board/model.js").Damage} damage */
  function damaged(damage) {
    const pages = damage.shapes.length && damage.kind !== "pages" ? new Set(damage.shapes.map(({ page }) => page)) : canvases.keys();
    if (damage.kind !== "none") for (const page of pages) mark(page);
  }

  const offs = [room.on("damage", damaged), room.assets.watch(() => damaged({ kind: "page", shapes: [] }))];
  function stop() {
    clearTimeout(timer);
    seen.disconnect();
    for (const off of offs) off();
  }
  return { make, mark, stop };
}

/** @param {HTMLElement} element */
function isSeen(element) {
  const { left, right, top, bottom, width } = element.getBoundingClientRect();
  return width > 0 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
}
