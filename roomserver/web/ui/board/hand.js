/** What one has in hand: the tool and how it draws.  It outlives a change of language and a page that is built again. */
import { MARKER_COLORS, PEN_COLORS, TEXT_HEIGHTS, WIDTHS } from "../palette.js";

/** @typedef {import("../../board/tools.js").Tool} Tool */

export const ERASERS = /** @type {Tool[]} */ (["eraser", "area"]);
export const SHAPES = /** @type {Tool[]} */ (["line", "arrow", "rectangle", "ellipse", "polygon"]);
export const STAFF_TOOLS = /** @type {Tool[]} */ (["laser"]);

export const hand = {
  tool: /** @type {Tool} */ ("pen"),
  eraser: /** @type {Tool} */ ("eraser"), // the one last used
  shape: /** @type {Tool} */ ("rectangle"),
  styles: {
    pen: { color: PEN_COLORS[0], width: WIDTHS.pen[1] },
    highlighter: { color: MARKER_COLORS[0], width: WIDTHS.highlighter[1] },
    shape: { color: PEN_COLORS[2], width: WIDTHS.shape[1], fill: "" },
    text: { color: PEN_COLORS[0], font: /** @type {"sans"|"serif"|"mono"} */ ("sans"), height: TEXT_HEIGHTS[1] },
    formula: { color: PEN_COLORS[0], height: TEXT_HEIGHTS[2] },
    eraser: { reach: WIDTHS.eraser[1] / 2 },
  },
};
