/** Not let in: why, when one may come, and what opens the door before.  The page comes in by itself when it is time. */
import { evaluate, spoken } from "../door.js";
import { locale, t } from "../i18n/i18n.js";
import { h, say } from "./dom.js";
import { card } from "./ending.js";
import { evaluationForm } from "./evaluation.js";
import { icon } from "./icons.js";
import { clock, iconButton } from "./parts.js";

/** @typedef {import("../door.js").Refusal} Refusal */

const LOOK_MS = 500;
const DAY_MS = 86_400_000;
const ICONS = /** @type {Record<string, string>} */ ({ full: "people", locked: "lock", not_eligible: "people", forbidden: "lock" });

/** @typedef {{refusal: Refusal, wait: import("../door.js").Wait|null, token: string, come: () => void}} To   `come`: knock again */

/** @param {To} to @param {() => void} onLanguage */
export function refusedPage(to, onLanguage) {
  const { children, stop } = refusal({ ...to, at: "door" });
  return { element: card("refused", onLanguage, ...children), stop };
}

/**
 * What is said of it, before the door itself or in a lobby.
 * @param {To & {at: "door"|"lobby"}} to
 * @returns {{children: HTMLElement[], stop: () => void}}
 */
export function refusal({ refusal, wait, token, come, at }) {
  const { code, room } = refusal;
  if (room && code === "evaluation_due") return { children: [owed(room, token, come)], stop() {} };
  const title = h("h1", { text: words(refusal, ""), test: "refused", data: { code } });
  const why = h("p", { class: "muted", text: words(refusal, "_text") });
  if (!wait) {
    const again = iconButton("right", t("retry"), come, { text: true, class: "primary big", test: "refused-again" });
    return { children: [sign(code), title, why, again], stop() {} };
  }
  const left = h("p", { class: "door-left", test: "refused-left", role: "timer" });
  const now = h("p", { class: "muted small", role: "status", text: t(`${at}.by_itself`) });
  const { shown, due, come: instant } = wait;
  const time = spoken(shown, shown - (due - Date.now()), locale());
  let came = false;
  function tick() {
    const rest = due - Date.now();
    if (rest < -LOOK_MS) say(left, "");
    else say(left, rest >= 2 * DAY_MS ? t("door.days", { n: Math.floor(rest / DAY_MS) }) : clock(rest));
    if (rest <= 0) say(now, t(`${at}.coming`));
    if (came || Date.now() < instant) return;
    came = true;
    come();
  }
  const timer = setInterval(tick, LOOK_MS);
  tick();
  const when = h("div", { class: "door-when" }, h("p", { class: "door-time", test: "refused-when", text: t(`${at}.when`, { time }) }), left, now);
  return { children: [sign(code), title, why, when], stop: () => clearInterval(timer) };
}

/** @param {string} code */
const sign = (code) => h("div", { class: "big-icon" }, icon(ICONS[code] ?? "clock"));

/** Those of the rule, where it has its own.  @param {Refusal} refusal @param {""|"_text"} part */
const words = ({ code, rule }, part) => t(t.has(`door.${rule}${part}`) ? `door.${rule}${part}` : `door.${code}${part}`);

/** The evaluation that is due, here and now.  @param {string} room @param {string} token @param {() => void} come */
function owed(room, token, come) {
  return evaluationForm({
    title: t("door.evaluation_due"),
    text: t("door.evaluation_due_text", { room }),
    async give(evaluation) {
      const answer = await evaluate(token, { room, ...evaluation });
      if (answer.ok) come();
      return answer;
    },
  });
}
