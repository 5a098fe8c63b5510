/** What the board's parts share: the room, the canvases with their painter and tools, and a layer above them for what is no picture. */
import { isDark } from "../../board/shapes.js";

/**
 * @typedef {object} Desk
 * @property {import("../../classroom.js").Classroom} room
 * @property {import("../../board/painter.js").Painter} painter
 * @property {import("../../board/tools.js").Tools} tools
 * @property {HTMLCanvasElement} live
 * @property {HTMLElement} frame
 * @property {HTMLElement} under      the tools below the board; set before anything is selected
 * @property {AbortSignal} signal     the board has gone
 * @property {HTMLElement} layer      over the frame; lets presses through where nothing stands on it
 */

/** Where a point of the board stands in the frame, in CSS pixels.  @param {Desk} desk @param {number} x @param {number} y @returns {[number, number]} */
export function inFrame({ painter, live, frame }, x, y) {
  const [left, top] = painter.view.toCanvas(x, y);
  const [canvas, box] = [live.getBoundingClientRect(), frame.getBoundingClientRect()];
  return [left + canvas.left - box.left, top + canvas.top - box.top];
}

/** Is the page that is looked at dark?  @param {{board: import("../../board/model.js").Board, shown: number}} room */
export const isDarkPage = ({ board, shown }) => isDark(board.page(shown)?.background ?? "");

/** Call `run` at most once in a while, and never lose the last call.  @param {() => void} run @param {number} ms */
export function seldom(run, ms) {
  /** @type {any} */
  let timer = 0;
  const call = () => {
    timer ||= setTimeout(() => {
      timer = 0;
      run();
    }, ms);
  };
  call.stop = () => clearTimeout(timer);
  return call;
}
