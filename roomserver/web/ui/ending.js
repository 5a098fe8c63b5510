/** What comes after the lesson: the evaluation, thanks, the summary for staff, and why a page has stopped. */
import { t } from "../i18n/i18n.js";
import { isLearner, lasted } from "../state.js";
import { iconButton, sentence } from "./parts.js";
import { h } from "./dom.js";
import { evaluationForm } from "./evaluation.js";
import { icon } from "./icons.js";
import { languageButton } from "./language.js";

/** @typedef {import("../classroom.js").Classroom} Classroom */

/** @param {Classroom} room */
function whyClosed(room) {
  const { reason, by } = room.state.closed ?? {};
  if (reason === "ended" && !by) return t(by === null ? "closed.ended_by_school" : "closed.other");
  const key = `closed.${reason}`;
  return t(t.has(key) ? key : "closed.other");
}

/** @param {string} kind @param {() => void} onLanguage @param {...(Node|string|null|false)} children */
export function card(kind, onLanguage, ...children) {
  return h(
    "main",
    { class: `page ending ${kind}` },
    h("header", { class: "join-head" }, h("span", { class: "brand", text: t("brand") }), languageButton(onLanguage)),
    h("section", { class: "card ending-card" }, ...children),
  );
}

/** @param {Classroom} room @param {{sending: (on: boolean) => void, done: () => void}} tell @param {() => void} onLanguage */
export function evaluationPage(room, tell, onLanguage) {
  const form = evaluationForm({
    title: t("evaluation.title"),
    text: whyClosed(room),
    async give(evaluation) {
      tell.sending(true);
      const answer = await room.wire.command("evaluate", evaluation).done;
      // The last evaluation closes the room, and its answer may be overtaken by the goodbye.
      const goodbye = room.wire.status.phase === "stopped" && room.wire.status.code === 4410;
      const taken = answer.ok || answer.code === "conflict" || goodbye;
      if (taken) tell.done();
      else tell.sending(false);
      return taken ? { ok: true } : answer;
    },
  });
  return { element: card("evaluation-page", onLanguage, form), stop() {} };
}

/** To the lesson that has ended.  @param {() => void} watch */
const watchButton = (watch) => iconButton("play", t("replay.watch"), watch, { text: true, class: "big", test: "watch-replay" });

/** To the lobby that the lesson was called for in.  @param {(() => void)|null} home */
const homeButton = (home) => home && iconButton("right", t("lobby.back"), home, { text: true, class: "primary big", test: "to-lobby" });

/** @param {() => void} watch @param {(() => void)|null} home @param {() => void} onLanguage */
export function thanksPage(watch, home, onLanguage) {
  const element = card("thanks", onLanguage, h("div", { class: "big-icon good" }, icon("check")), h("h1", { text: t("thanks.title"), test: "thanks" }), h("p", { class: "muted", text: home ? "" : t("thanks.text") }), homeButton(home), watchButton(watch));
  return { element, stop() {} };
}

/** For those who evaluate nothing.
 *  @param {Classroom} room @param {() => void} watch @param {(() => void)|null} home @param {() => void} onLanguage */
export function summaryPage(room, watch, home, onLanguage) {
  const facts = h("dl", { class: "facts" });
  function refresh() {
    const { scores, known } = room.state;
    const seconds = lasted(room.state);
    const learners = [...known.values()].filter(isLearner).length;
    const over = room.wire.status.phase === "stopped"; // nobody will evaluate any more, or we shall not hear of it
    const mean = scores.length && scores.reduce((sum, one) => sum + one.score, 0) / scores.length;
    const rows = [
      seconds === null ? null : [t("summary.duration"), t("duration.exact", { m: Math.floor(seconds / 60), s: seconds % 60 })],
      [t("summary.students"), String(learners)],
      [t("summary.chat"), String(room.state.lines)],
      room.wasStaff ? [t("summary.scores"), scores.length ? t("summary.mean", { n: scores.length, mean: mean.toFixed(1) }) : t(over ? "summary.see_record" : "summary.no_scores")] : null,
    ];
    facts.replaceChildren(...rows.filter((row) => row !== null).flatMap(([name, value]) => [h("dt", { text: name }), h("dd", { text: value })]));
  }
  const offs = [room.on("state", refresh), room.on("status", refresh)];
  refresh();
  const element = card(
    "summary", onLanguage,
    h("div", { class: "big-icon" }, icon("board")),
    h("h1", { text: t("summary.title"), test: "summary" }),
    h("p", { class: "muted", text: whyClosed(room) }),
    facts,
    homeButton(home),
    watchButton(watch),
  );
  return { element, stop: () => offs.forEach((off) => off()) };
}

/**
 * @param {string} why            i18n `stopped.<why>`
 * @param {{code: string, rule?: string, retry_in_s?: number}|null} refusal
 * @param {{label: string, press: () => void}|null} action
 * @param {() => void} onLanguage
 */
export function stoppedPage(why, refusal, action, onLanguage) {
  const element = card(
    "stopped", onLanguage,
    h("div", { class: "big-icon" }, icon(why === "left" ? "leave" : "board")),
    h("h1", { text: t(`stopped.${why}`), test: "stopped", data: { why } }),
    h("p", { class: "muted", text: refusal ? sentence(/** @type {any} */ (refusal)) : t(`stopped.${why}_text`) }),
    action && iconButton("right", action.label, action.press, { text: true, class: "primary big", test: "stopped-action" }),
  );
  return { element, stop() {} };
}

/** Between a reload and the welcome.  @param {() => void} onLanguage */
export function returningPage(onLanguage) {
  return { element: card("returning", onLanguage, h("div", { class: "spinner" }), h("h1", { text: t("line.returning") })), stop() {} };
}
