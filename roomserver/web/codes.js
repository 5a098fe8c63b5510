/** What a closed connection means for the client: docs/protocol.md, "Codes".  Pure. */

/** @typedef {"now"|"backoff"|"spread"|"moved"|"told"|"stop"} Course */

/** Close codes after which this page does not come back by itself, and the reason it shows. */
export const FINAL = /** @type {Record<number, string>} */ ({
  1007: "broken",
  1009: "broken",
  4400: "broken",
  4401: "token",
  4403: "refused",
  4404: "no_room",
  4409: "replaced",
  4410: "room_closed",
  4411: "removed",
});

/** @param {number} code @returns {Course} */
export function course(code) {
  if (code in FINAL) return "stop";
  if (code === 1011) return "backoff";
  if (code === 1012) return "spread";
  if (code === 4421) return "moved";
  if (code === 4429) return "told";
  return "now";
}
