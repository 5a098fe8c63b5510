/** Frames: messages of ours written, those of the server read; the board's chunks, unpacked.  Pure. */

/** @typedef {import("./types.js").Message} Message */

/** Arrays on the wire, read into objects. */
const ARRAYS = /** @type {Record<string, string[]>} */ ({
  "board.extended": ["type", "seq", "at", "shape", "points", "pressure"],
  pointer: ["type", "member", "page", "x", "y", "laser"],
  view: ["type", "member", "page", "x", "y", "width"],
});

/** Half a pair of UTF-16, where a text was cut or pasted, is no letter: the server takes no frame with one.
 *  @param {any} message @returns {string} */
export const write = (message) =>
  JSON.stringify(message, (_, value) => (typeof value === "string" ? value.replace(/\p{Surrogate}/gu, "\ufffd") : value));

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
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); // `Uint8Array.from` takes fifteen times as long
  const inflate = new DecompressionStream("deflate");
  const writer = inflate.writable.getWriter();
  // What is wrong with the bytes is told by the readable side.
  void writer.write(bytes).catch(() => {});
  void writer.close().catch(() => {});
  return JSON.parse(await new Response(inflate.readable).text());
}
