/** Frames: messages of ours written, those of the server read; what is deflated in them, unpacked.  Pure. */

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

/** @typedef {string|ArrayBuffer} Packed   deflated shapes: a binary frame, or in JSON base64 */

/** A binary frame is a chunk.  @param {string|ArrayBuffer} frame @returns {Message|null} null for what this client does not know */
export const read = (frame) => message(typeof frame === "string" ? JSON.parse(frame) : { type: "board.chunk", shapes: frame });

/** The same, of what is read already.  @param {any} raw @returns {Message|null} */
export function message(raw) {
  if (!Array.isArray(raw)) return raw;
  const names = ARRAYS[raw[0]];
  return names ? /** @type {Message} */ (Object.fromEntries(names.map((name, i) => [name, raw[i] ?? null]))) : null;
}

/** Is something deflated in it?  @param {Message} message */
export const isPacked = ({ type, chunks }) => type === "board.chunk" || (type === "board.restored" && chunks !== undefined);

/** The message with all of its shapes.  @param {Message} message @returns {Promise<Message>} */
export async function unpacked(message) {
  if (message.type === "board.chunk") return { ...message, shapes: await unpack(message.shapes) };
  const { chunks, ...rest } = message;
  const more = await Promise.all(chunks.map((/** @type {[string[], Packed]} */ [, packed]) => unpack(packed)));
  return { ...rest, type: message.type, shapes: message.shapes.concat(...more) };
}

/** Whole shapes from deflated JSON.  @param {Packed} packed @returns {Promise<import("./types.js").Shape[]>} */
export async function unpack(packed) {
  const bytes = typeof packed === "string" ? bytesOf(packed) : new Uint8Array(packed);
  const inflate = new DecompressionStream("deflate");
  const writer = inflate.writable.getWriter();
  // What is wrong with the bytes is told by the readable side.
  void writer.write(bytes).catch(() => {});
  void writer.close().catch(() => {});
  return JSON.parse(await new Response(inflate.readable).text());
}

/** @param {string} base64 */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i); // `Uint8Array.from` takes fifteen times as long
  return bytes;
}
