/** Frames from the server, read into messages.  Pure. */

/** @typedef {import("./types.js").Message} Message */

/** Arrays on the wire, read into objects. */
const ARRAYS = /** @type {Record<string, string[]>} */ ({
  "board.extended": ["type", "seq", "at", "shape", "points", "pressure"],
  pointer: ["type", "member", "page", "x", "y", "laser"],
});

/** @param {string} frame @returns {Message|null} null for what this client does not know */
export function read(frame) {
  const raw = JSON.parse(frame);
  if (!Array.isArray(raw)) return raw;
  const names = ARRAYS[raw[0]];
  return names ? /** @type {Message} */ (Object.fromEntries(names.map((name, i) => [name, raw[i] ?? null]))) : null;
}
