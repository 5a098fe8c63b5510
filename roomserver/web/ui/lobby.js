/** The lobby: for students the teachers on duty, to be called; for teachers their duty, and who calls. */
import { t } from "../i18n/i18n.js";
import { TOLD, bell, found, myCall, queue } from "../lobby.js";
import { barredCard } from "./barred.js";
import { doorbell } from "./bell.js";
import { attribute, h, keyed, say } from "./dom.js";
import { subjectName } from "./join.js";
import { languageButton } from "./language.js";
import { avatar, duration, iconButton, textButton, toast } from "./parts.js";

/** @typedef {import("../classroom.js").Classroom} Classroom */
/** @typedef {import("../lobby.js").Call} Call */
/** @typedef {import("../lobby.js").Duty} Duty */
/** @typedef {(type: string, fields: Record<string, any>) => Promise<void>} Act */

const SUBJECTS = ["chinese", "mathematics", "english", "ethics", "physics", "chemistry", "biology", "history", "geography"];
const GRADES = ["7", "8", "9"];
const SHOWN = 60; // teachers at a time: whoever looks for another one searches

/** @param {string} grade */
const gradeName = (grade) => (t.has(`grade.${grade}`) ? t(`grade.${grade}`) : grade);

/** What a call is for.  @param {Call} call */
const about = ({ subject, grade }) => [subject && subjectName(subject), grade && gradeName(grade)].filter(Boolean).join(" · ");

/** @param {number|null} until */
const seconds = (until) => (until === null ? 0 : Math.max(0, Math.ceil((until - performance.now()) / 1_000)));

/**
 * @param {Classroom} room
 * @param {{grade: string, token: string, enter: () => void}} to   `grade`: the student's own; `enter`: to the lesson that runs
 * @param {() => void} onLanguage
 */
export function lobbyPage(room, { grade, token, enter }, onLanguage) {
  const teacher = room.me?.role === "teacher";
  const meets = teacher || room.me?.role === "student";
  const line = h("span", { class: "lobby-line muted small", role: "status" });
  const lesson = h(
    "div",
    { class: "banner lobby-lesson", test: "lobby-lesson" },
    h("span", { text: t("lobby.lesson") }),
    textButton(t("lobby.enter"), enter, { test: "lobby-enter", class: "primary small" }),
  );
  const card = barredCard(room, token, () => list.refresh());
  const { barred } = card;
  /** Do what a lesson may come of.  @type {Act} */
  async function act(type, fields) {
    const answer = await room.wire.command(type, fields).done;
    if (!answer.ok && answer.code !== "lost" && !barred.meets(answer)) room.emit("trouble", answer);
  }
  const desk = teacher ? dutyDesk(room, act) : meets ? callDesk(room) : null;
  const list = teacherList(room, meets && !teacher ? grade : null, act, () => barred.refusal !== null);
  const door = doorbell();
  let { ended, lesson: met } = room.state.lobby;

  function refresh() {
    const { lobby } = room.state;
    lesson.hidden = !lobby.lesson;
    if (meets && met && !lobby.lesson) void barred.ask(); // it is over: is it to be evaluated?
    met = lobby.lesson;
    desk?.refresh();
    list.refresh();
    door.ring(bell(room.state)?.name ?? "");
    if (lobby.ended && lobby.ended !== ended) tell(lobby.ended.reason);
    ended = lobby.ended;
  }

  /** @param {string} reason */
  function tell(reason) {
    if (!teacher && reason === "barred") void barred.ask();
    else if (!teacher && reason in TOLD) toast(t(TOLD[reason]), "warn");
    else if (teacher && !["declined", "barred"].includes(reason)) toast(t("lobby.call_over"));
  }

  let open = false;
  function status() {
    const { phase, tries } = room.wire.status;
    if (meets && phase === "open" && !open) void barred.ask();
    open = phase === "open";
    say(line, open ? "" : t(`line.${tries > 2 ? "lost" : "back"}`));
  }

  const offs = [room.on("state", refresh), room.on("status", status)];
  const timer = setInterval(() => desk?.tick(), 250);
  const element = h(
    "main",
    { class: "page lobby" },
    h(
      "header",
      { class: "join-head" },
      h("span", { class: "brand", text: t("brand") }),
      line,
      h("div", { class: "lobby-head-end" }, languageButton(onLanguage), iconButton("leave", t("leave"), () => room.leave(), { text: true, class: "quiet-danger", test: "lobby-leave" })),
    ),
    h("div", { class: "lobby-columns" }, lesson, card.element, desk?.element, list.element),
  );
  refresh();
  status();
  return {
    element,
    stop() {
      door.ring("");
      card.stop();
      clearInterval(timer);
      for (const off of offs) off();
    },
  };
}

// A student

/** The call that one has made.  @param {Classroom} room */
function callDesk(room) {
  const title = h("strong", { test: "call-state" });
  const text = h("p", { class: "muted", test: "call-place" });
  const ring = h("span", { class: "ring-count", test: "ring-left", "aria-hidden": "true" });
  const cancel = textButton(t("call.cancel"), () => void room.ask("call.cancel"), { test: "call-cancel", class: "danger-text" });
  const element = h("section", { class: "card lobby-call", test: "my-call", "aria-live": "polite" }, ring, h("div", {}, title, text), cancel);

  function refresh() {
    const call = myCall(room.state);
    element.hidden = !call;
    if (!call) return;
    const name = room.state.lobby.duties.get(call.teacher)?.name ?? "";
    const rings = call.rings !== null;
    element.dataset.rings = String(rings);
    say(title, t(rings ? "call.rings" : "call.waits", { name }));
    const place = rings ? t("call.next") : t(call.wait_s ? "call.place" : "call.place_only", { n: call.place, time: duration(Math.max(60, call.wait_s)) });
    say(text, [about(call), place].filter(Boolean).join(" · "));
    tick();
  }

  function tick() {
    const call = myCall(room.state);
    ring.hidden = !call || call.rings === null;
    if (call) say(ring, String(seconds(call.rings)));
  }
  return { element, refresh, tick };
}

// A teacher

/** On duty or not, for what, and who calls.  @param {Classroom} room @param {Act} act */
function dutyDesk(room, act) {
  const mine = () => room.state.lobby.duties.get(room.state.me);
  const before = mine();
  /** @type {Set<string>} */
  const subjects = new Set(before?.subjects ?? []);
  /** @type {Set<string>} */
  const grades = new Set(before?.grades ?? []);
  const pick = (/** @type {string[]} */ all, /** @type {Set<string>} */ chosen, /** @type {(one: string) => string} */ name, /** @type {string} */ test) =>
    all.map((one) => {
      const button = textButton(name(one), () => {
        if (!chosen.delete(one)) chosen.add(one);
        button.setAttribute("aria-pressed", String(chosen.has(one)));
        refresh();
      }, { class: "chip small", test: `${test}-${one}` });
      button.setAttribute("aria-pressed", String(chosen.has(one)));
      return button;
    });
  const begin = textButton(t("duty.begin"), () => void act("duty.begin", { subjects: [...subjects], grades: [...grades] }), { test: "duty-begin", class: "primary" });
  const end = textButton(t("duty.end"), () => void room.ask("duty.end"), { test: "duty-end" });
  const state = h("strong", { test: "duty-state", role: "status" });
  const callers = h("ol", { class: "callers", test: "callers" });
  const nobody = h("p", { class: "muted", text: t("duty.nobody") });
  const ring = h("div", { class: "bell", role: "alert", test: "bell" });

  function refresh() {
    const duty = mine();
    say(state, t(duty ? (duty.busy ? "duty.busy" : "duty.free") : "duty.off"));
    state.dataset.duty = duty ? (duty.busy ? "busy" : "free") : "off";
    const same = duty && [...subjects].sort().join() === [...duty.subjects].sort().join() && [...grades].sort().join() === [...duty.grades].sort().join();
    say(begin, t(duty ? "duty.change" : "duty.begin"));
    begin.hidden = Boolean(same);
    begin.disabled = !subjects.size;
    end.hidden = !duty;
    keyed(callers, queue(room.state), ({ call }) => String(call), caller, update);
    nobody.hidden = !duty || callers.childElementCount > 0;
    const rings = bell(room.state);
    say(ring, rings ? t("bell", { name: rings.name, about: about(rings) || t("bell.anything") }) : "");
    ring.hidden = !rings;
  }

  /** @param {Call} call */
  function caller(call) {
    return h(
      "li",
      { class: "caller", test: "caller" },
      avatar(call.name, call.member),
      h("div", { class: "caller-who" }, h("strong", { text: call.name }), h("span", { class: "muted small", text: about(call) })),
      h("span", { class: "ring-count", test: "ring-left", "aria-hidden": "true" }),
      textButton(t("call.accept"), () => void act("call.accept", { call: call.call }), { test: "call-accept", class: "primary" }),
      textButton(t("call.decline"), () => void room.ask("call.decline", { call: call.call }), { test: "call-decline" }),
    );
  }

  /** @param {HTMLElement} element @param {Call} call */
  function update(element, call) {
    const rings = call.rings !== null;
    element.dataset.rings = String(rings);
    const [count, accept] = /** @type {HTMLElement[]} */ ([element.children[2], element.children[3]]);
    count.hidden = accept.hidden = !rings;
    say(count, String(seconds(call.rings)));
  }

  function tick() {
    for (const call of queue(room.state)) {
      const element = /** @type {HTMLElement|null} */ (callers.querySelector(`[data-key="${call.call}"]`));
      if (element) update(element, call);
    }
  }

  const element = h(
    "section",
    { class: "card lobby-duty", test: "duty" },
    h("div", { class: "duty-head" }, state, begin, end),
    h("div", { class: "chips", role: "group", "aria-label": t("duty.subjects") }, ...pick(SUBJECTS, subjects, subjectName, "duty-subject")),
    h("div", { class: "chips", role: "group", "aria-label": t("duty.grades") }, ...pick(GRADES, grades, gradeName, "duty-grade")),
    ring,
    callers,
    nobody,
  );
  return { element, refresh, tick };
}

// Who is on duty

/**
 * @param {Classroom} room
 * @param {string|null} own   a student's grade, "" where it is not known; null: nobody to call
 * @param {Act} act
 * @param {() => boolean} isBarred
 */
function teacherList(room, own, act, isBarred) {
  const wish = { words: "", subject: "", grade: "" };
  const search = h("input", { type: "search", class: "search", placeholder: t("lobby.search"), "aria-label": t("lobby.search"), test: "lobby-search" });
  const subject = chooser("subject", t("lobby.any_subject"), SUBJECTS, subjectName);
  const grade = chooser("grade", t("lobby.any_grade"), GRADES, gradeName);
  const list = h("ul", { class: "teachers", test: "teachers", "aria-label": t("lobby.title") });
  const count = h("p", { class: "muted small", role: "status", test: "teachers-count" });
  search.addEventListener("input", () => {
    wish.words = search.value;
    refresh();
  });

  /** @param {"subject"|"grade"} what @param {string} any @param {string[]} all @param {(one: string) => string} name */
  function chooser(what, any, all, name) {
    const select = h("select", { class: "select", test: `lobby-${what}`, "aria-label": t(`lobby.${what}`) }, h("option", { value: "", text: any }), ...all.map((one) => h("option", { value: one, text: name(one) })));
    select.addEventListener("change", () => {
      wish[what] = select.value;
      refresh();
    });
    return select;
  }

  /** @param {Duty} one @param {string} subject */
  function call(one, subject) {
    const grade = [wish.grade, own ?? ""].find((wanted) => wanted && one.grades.includes(wanted)) ?? "";
    void act("call.make", { teacher: one.member, ...(subject && { subject }), ...(grade && { grade }) });
  }

  /** @param {Duty} one */
  function make(one) {
    return h(
      "li",
      { class: "teacher", test: "teacher", data: { member: one.member } },
      avatar(one.name, one.member),
      h("div", { class: "teacher-who" }, h("strong", { text: one.name }), h("span", { class: "muted small" })),
      h("span", { class: "badge" }),
      h("div", { class: "teacher-calls" }),
    );
  }

  /** @param {HTMLElement} element @param {Duty} one */
  function update(element, one) {
    const [, who, badge, calls] = /** @type {HTMLElement[]} */ ([...element.children]);
    element.dataset.busy = String(one.busy);
    say(/** @type {Element} */ (who.lastElementChild), [one.school, one.grades.map(gradeName).join(" "), own === null && one.subjects.map(subjectName).join(" ")].filter(Boolean).join(" · "));
    say(badge, t(one.busy ? "lobby.busy" : "lobby.free"));
    badge.classList.toggle("private", one.busy);
    calls.hidden = own === null;
    const offered = wish.subject ? [wish.subject] : one.subjects;
    keyed(calls, offered, (subject) => subject, (subject) => textButton(t("call.for", { subject: subjectName(subject) }), () => call(one, subject), { class: "small", test: "call" }));
    const waits = isBarred() || Boolean(myCall(room.state) || room.state.lobby.lesson);
    for (const button of calls.children) attribute(button, "disabled", waits);
  }

  function refresh() {
    const all = found(room.state, wish);
    keyed(list, all.slice(0, SHOWN), ({ member }) => String(member), make, update);
    const more = all.length > SHOWN ? t("lobby.more", { n: all.length - SHOWN }) : "";
    say(count, all.length ? [t("lobby.count", { n: all.length }), more].filter(Boolean).join(" · ") : t(room.state.lobby.duties.size ? "lobby.none_such" : "lobby.none"));
  }

  const element = h(
    "section",
    { class: "card lobby-teachers" },
    h("h1", { text: t("lobby.title") }),
    h("div", { class: "lobby-wish" }, search, subject, grade),
    count,
    list,
  );
  return { element, refresh };
}
