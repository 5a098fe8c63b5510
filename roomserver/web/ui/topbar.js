/** What the lesson is, how long it still lasts and why, how the line is, and the way out. */
import { t } from "../i18n/i18n.js";
import { connectionSheet } from "./connection.js";
import { h, say } from "./dom.js";
import { icon } from "./icons.js";
import { clock, confirm, iconButton } from "./parts.js";
import { subjectName } from "./join.js";
import { languageButton } from "./language.js";

const AMBER_MS = 300_000;
const RED_MS = 60_000;

const HOW = /** @type {const} */ ({ bad: "ill", weak: "weak" });

/** Why a lesson ends when it does.  @param {string} reason */
export const untilWhen = (reason) => t(t.has(`until.${reason}`) ? `until.${reason}` : "until.other");

/** @param {import("../classroom.js").Classroom} room @param {() => void} onLanguage */
export function topbar(room, onLanguage) {
  const title = h("strong", { class: "lesson-title" });
  const form = h("span", { class: "muted small lesson-form" });
  const left = h("span", { class: "time-value" });
  const label = h("span", { class: "time-label" });
  const why = h("span", { class: "time-why" });
  const time = h("div", { class: "time-left", test: "time-left", role: "timer" }, h("span", { class: "time-now" }, icon("clock"), label, left), why);
  const said = h("span", { class: "connection-text", role: "status" });
  const line = h("button", { type: "button", class: "connection", test: "connection-state", on: { click: () => connectionSheet(room) } }, h("span", { class: "dot" }), said);
  const recording = h("div", { class: "recording", test: "recording", role: "status", title: t("recording.text"), hidden: true }, h("span", { class: "dot" }), h("span", { class: "recording-text", text: t("recording") }));
  const end = iconButton("end", t("room.end"), () => void endRoom(), { text: true, class: "danger", test: "end-room" });
  const leave = iconButton("leave", t("leave"), () => void goAway(), { text: true, class: "quiet-danger", test: "leave" });

  async function endRoom() {
    if (await confirm({ title: t("room.end_sure"), text: t("room.end_text"), yes: t("room.end"), danger: true })) void room.ask("room.end");
  }

  async function goAway() {
    if (await confirm({ title: t("leave_sure"), text: t(room.staff ? "leave_text_staff" : "leave_text"), yes: t("leave"), danger: true })) room.leave();
  }

  function tick() {
    const { ends, phase } = room.state;
    const rest = ends ? ends.at - performance.now() : 0;
    time.hidden = !ends;
    if (!ends) return;
    const waiting = phase === "waiting";
    time.dataset.level = waiting ? "waiting" : rest <= RED_MS ? "red" : rest <= AMBER_MS ? "amber" : "calm";
    say(left, clock(rest));
    say(label, waiting ? "" : t("time.left_short"));
    const reason = untilWhen(ends.reason);
    say(why, waiting || ends.reason !== "duration" ? reason : ""); // that a lesson has its length surprises nobody
    time.setAttribute("aria-label", `${t(waiting ? "time.waiting" : "time.left")} ${clock(rest)}, ${reason}`);
    time.title = `${t(waiting ? "time.waiting" : "time.left")} · ${reason}`;
  }

  function refresh() {
    const { topic, subject, form: kind, id } = room.state;
    say(title, topic || subjectName(subject) || id);
    const parts = [topic && subject && subjectName(subject), t.has(`form.${kind}`) && t(`form.${kind}`)];
    say(form, parts.filter(Boolean).join(" · "));
    recording.hidden = !room.state.recording;
    end.hidden = room.me?.role !== "teacher";
    tick();
  }

  function status() {
    const { phase, tries } = room.wire.status;
    const [worst] = room.media.findings;
    const how = phase !== "open" ? (tries > 2 ? "lost" : "back") : worst ? HOW[worst.level] : "open";
    line.dataset.state = phase;
    line.dataset.how = how;
    say(said, t(`line.${how}`));
    line.title = t(`line.${how}_text`);
    line.setAttribute("aria-label", `${t(`line.${how}`)}: ${t("health")}`);
  }

  const timer = setInterval(tick, 500);
  const element = h(
    "header",
    { class: "topbar" },
    h("div", { class: "lesson" }, title, form),
    time,
    h("div", { class: "topbar-end" }, recording, line, languageButton(onLanguage), leave, end),
  );
  return { element, refresh, status, stop: () => clearInterval(timer) };
}
