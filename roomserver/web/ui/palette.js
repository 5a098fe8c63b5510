/**
 * What one draws with.  The inks are those of Okabe and Ito, moved until each has 3:1 against white paper and 3.4:1 against the dark page, and
 * stays apart from every other for all three kinds of colour blindness; tests/web/palette.test.mjs measures it.
 */
export const PEN_COLORS = ["#1c2430", "#dc4432", "#2a78f0", "#00a673", "#de7c00", "#cc79a7"];
export const MARKER_COLORS = ["#ffe14d", "#7fc8f8", "#9be3b0", "#f4a6cc"];
/** Black ink is light on a dark page (board/shapes.js).  @param {string} color @param {boolean} dark */
export const shownOn = (color, dark) => (dark && color === PEN_COLORS[0] ? "#f4f4f0" : color);

export const WIDTHS = { pen: [20, 36, 72, 140], highlighter: [180, 260, 380, 560], shape: [20, 36, 72, 140], eraser: [120, 240, 480] }; // board units
export const TEXT_HEIGHTS = [260, 400, 600, 1_000];
export const FONTS = /** @type {const} */ (["sans", "serif", "mono"]);
