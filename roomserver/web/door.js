/**
 * Before a door that did not open: when it will, and the evaluation that opens it.
 * No DOM.  Instants are the wall clock's: a device that slept meanwhile has not stopped it.
 */

/** @typedef {{code: string, rule?: string, retry_in_s?: number, until_ms?: number, room?: string}} Refusal */
/** @typedef {{shown: number, due: number, come: number}} Wait   `due` and `come` by this device's clock, `shown` by the server's */

/** Codes that have a page of their own. */
export const DOORS = ["outside_window", "gap_not_elapsed", "quota_exceeded", "evaluation_due", "rest_needed", "not_eligible", "full", "locked", "forbidden"];
const SPREAD_MS = 5_000; // those who wait for the same instant come in over so long

/** Has it a page of its own?  What is to be evaluated must be named.  @param {Refusal|null|undefined} refusal */
export const hasPage = (refusal) => Boolean(refusal && DOORS.includes(refusal.code) && (refusal.code !== "evaluation_due" || refusal.room));

/** When one may come, and when this page does; null: time does not help.
 *  @param {Refusal} refusal @param {number} now @param {number} chance 0 <= x < 1 @returns {Wait|null} */
export function waiting({ retry_in_s, until_ms }, now, chance) {
  if (!retry_in_s) return null;
  const due = now + retry_in_s * 1_000;
  return { shown: until_ms ?? due, due, come: due + chance * SPREAD_MS };
}

/** An instant as people say it, on the whole minute after it; of another day than `today` with its date.
 *  @param {number} at @param {number} today @param {string} locale @param {string} [timeZone] */
export function spoken(at, today, locale, timeZone) {
  const minute = Math.ceil(Math.floor(at / 1_000) / 60) * 60_000;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone });
  const isToday = day.format(minute) === day.format(today);
  const date = isToday ? {} : /** @type {const} */ ({ month: "long", day: "numeric", weekday: "long" });
  return new Intl.DateTimeFormat(locale, { ...date, hour: "2-digit", minute: "2-digit", timeZone }).format(minute);
}

/**
 * Evaluate a lesson that is over.  The answer never rejects; a lesson that is evaluated already is as good.
 * @param {string} token @param {{room: string, score: number, tags: string[], comment: string}} evaluation
 * @param {(path: string, options: any) => Promise<Response>} [fetch]
 * @returns {Promise<import("./types.js").Answer>}
 */
export async function evaluate(token, evaluation, fetch = (path, options) => globalThis.fetch(path, options)) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const answer = await fetch("/v1/evaluations", { method: "POST", headers, body: JSON.stringify(evaluation) }).catch(() => null);
  if (!answer) return { ok: false, code: "lost" };
  if (answer.ok || answer.status === 409) return { ok: true };
  const { title } = await answer.json().catch(() => ({}));
  return { ok: false, code: title ?? "unknown" };
}
