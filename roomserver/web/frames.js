/** Frames from the server, read into messages; the board's chunks, unpacked.  Pure. */

/** @typedef {import("./types.js").Message} Message */

/** Arrays on the wire, read into objects. */
const ARRAYS = /** @type {Record<string, string[]>} */ ({
  "board.extended": ["type", "seq", "at", "shape", "points", "pressure"],
  pointer: ["type", "member", "page", "x", "y", "laser"],
  view: ["type", "member", "page", "x", "y", "width"],
});

/** @param {string} frame @returns {Message|null} null for what this client does not know */
export const read = (frame) => message(JSON.parse(frame));

/** The same, of what is read already.  @param {any} raw @returns {Message|null} */
export function message(raw) {
  if (!Array.isArray(raw)) return raw;
  const names = ARRAYS[raw[0]];
  return names ? /** @type {Message} */ (Object.fromEntries(names.map((name, i) => [name, raw[i] ?? null]))) : null;
}

/** The shapes of a `board.chunk`: base64 of deflated JSON.  @param {string} packed @returns {Promise<import("./types.js").Shape[]>} */
export async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}
