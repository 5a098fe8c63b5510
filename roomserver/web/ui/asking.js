/** What the class is asked: the card of the newest poll and check-in, and the sheet in which staff ask. */
import { closesAt, counted } from "../asking.js";
import { t } from "../i18n/i18n.js";
import { isStaff, myself } from "../state.js";
import { attribute, h, keyed, say } from "./dom.js";
import { icon } from "./icons.js";
import { clock, iconButton, sheet, textButton } from "./parts.js";
import { nameOf } from "./tiles.js";

/** @typedef {import("../asking.js").Poll} Poll */
/** @typedef {import("../asking.js").Checkin} Checkin */
/** @typedef {import("../state.js").RoomState} RoomState */
/** @typedef {{state: RoomState, ask?: (type: string, fields: Record<string, any>) => Promise<any>}} Host   a lesson; a replay cannot be answered */

const [QUESTION_CHARS, OPTION_CHARS, OPTIONS_MIN, OPTIONS_MAX] = [500, 200, 2, 6]; // docs/protocol.md, "Limits"
const POLL_S = [0, 30, 60, 120, 300]; // to choose from; 0: until it is closed
const CHECKIN_S = [30, 60, 120];
const NAMED = 40; // of those who chose an answer, or are missing

/** What was put away here, by its number: it outlives a change of language.  @type {WeakMap<Host, {poll: number, checkin: number}>} */
const shelves = new WeakMap();

/** @param {RoomState} state */
const pupils = ({ members }) => [...members.values()].filter(({ role }) => role === "student");

/** @param {RoomState} state @param {readonly number[]} members */
function names(state, members) {
  const shown = members.slice(0, NAMED).map((member) => nameOf(/** @type {any} */ ({ state }), member)).join(t("list.comma"));
  return members.length > NAMED ? t("list.more", { names: shown, n: members.length - NAMED }) : shown;
}

/** The newest of both, until they are put away.  @param {Host} host @param {() => number} now   `at` of the room */
export function asked(host, now) {
  const away = shelves.get(host) ?? { poll: 0, checkin: 0 };
  shelves.set(host, away);
  const poll = pollCard(host, now, away);
  const checkin = checkinCard(host, now, away);
  const element = h("div", { class: "asked", test: "asked" }, checkin.element, poll.element);
  function refresh() {
    poll.refresh();
    checkin.refresh();
    element.hidden = poll.element.hidden && checkin.element.hidden;
  }
  return { element, refresh };
}

/** @param {Host} host @param {() => number} now @param {{poll: number}} away */
function pollCard(host, now, away) {
  const question = h("strong", { class: "asked-question", role: "status", test: "poll-question" });
  const left = h("span", { class: "asked-left", test: "poll-left" });
  const close = textButton(t("poll.close"), () => void host.ask?.("poll.close", { poll: host.state.poll?.poll }), { test: "poll-close", class: "small" });
  const hide = iconButton("close", t("close"), () => {
    away.poll = host.state.poll?.poll ?? 0;
    refresh();
  }, { class: "tiny quiet", test: "poll-hide" });
  const options = h("div", { class: "asked-options", role: "group", "aria-label": t("poll.answers") });
  const note = h("p", { class: "asked-note muted small", role: "status", test: "poll-note" });
  const who = h("dl", { class: "asked-names small" });
  const whose = h("details", { class: "asked-who", test: "poll-who" }, h("summary", { class: "small", text: t("poll.who") }), who);
  const element = h("section", { class: "asked-card poll", test: "poll", "aria-label": t("poll") },
    h("div", { class: "asked-head" }, icon("poll"), question, left, hide), options, h("div", { class: "asked-foot" }, note, close), whose);
  /** @type {unknown[]} what the card was filled from */
  let shown = [];

  /** @param {{text: string, place: number}} option */
  const make = ({ text, place }) => h("button", { type: "button", class: "asked-option", test: `poll-option-${place}`, on: { click: () => void host.ask?.("poll.vote", { poll: host.state.poll?.poll, choice: place }) } },
    h("span", { class: "asked-bar", "aria-hidden": "true" }), h("span", { class: "asked-text", text }), h("span", { class: "asked-right", hidden: true }, icon("check")), h("b", { class: "asked-count" }));

  /** @param {Poll} poll */
  function fill({ poll: number, options: texts, votes, answer, closed, ...rest }) {
    const { state } = host;
    const me = myself(state);
    const mine = votes.get(state.me);
    const open = !closed && me?.role === "student" && host.ask !== undefined;
    const told = closed || isStaff(me);
    const counts = counted({ poll: number, options: texts, votes, answer, closed, ...rest });
    const most = Math.max(1, counts.reduce((sum, count) => sum + count, 0));
    keyed(options, texts.map((text, place) => ({ text, place })), ({ place }) => `${number}.${place}`, make, (button, { text, place }) => {
      const [bar, , right, count] = /** @type {HTMLElement[]} */ ([...button.children]);
      bar.style.width = told ? `${(counts[place] / most) * 100}%` : "0";
      say(count, told ? String(counts[place]) : "");
      right.hidden = answer !== place;
      button.classList.toggle("right", answer === place);
      attribute(button, "aria-pressed", String(mine === place));
      attribute(button, "disabled", !open);
      attribute(button, "aria-label", [text, told && t("poll.count", { n: counts[place] }), answer === place && t("poll.right")].filter(Boolean).join(", "));
    });
    say(note, verdict(state, mine, answer, closed, votes.size));
    whose.hidden = !isStaff(me) || !votes.size;
    const choosers = texts.map((_, place) => [...votes].filter(([, choice]) => choice === place).map(([member]) => member));
    who.replaceChildren(...texts.flatMap((text, place) => (choosers[place].length ? [h("dt", { text }), h("dd", { text: names(state, choosers[place]) })] : [])));
  }

  /** @param {RoomState} state @param {number|undefined} mine @param {number|null} answer @param {boolean} closed @param {number} given */
  function verdict(state, mine, answer, closed, given) {
    const me = myself(state);
    if (isStaff(me)) return t("poll.given", { n: given, of: Math.max(given, pupils(state).length) });
    if (me?.role !== "student") return closed ? t("poll.closed") : "";
    if (!closed) return t(mine === undefined ? "poll.choose" : "poll.may_change");
    if (mine === undefined) return t("poll.missed");
    return answer === null ? t("poll.closed") : t(mine === answer ? "poll.yes" : "poll.no");
  }

  function refresh() {
    const { poll } = host.state;
    element.hidden = !poll || away.poll === poll.poll;
    if (!poll || element.hidden) return;
    say(question, poll.question);
    const end = closesAt(poll);
    say(left, poll.closed || end === null ? "" : clock(end - now()));
    close.hidden = poll.closed || !isStaff(myself(host.state)) || !host.ask;
    hide.hidden = !poll.closed || !host.ask;
    const { members } = host.state;
    if (shown[0] === poll && shown[1] === members) return;
    shown = [poll, members];
    fill(poll);
  }
  return { element, refresh };
}

/** @param {Host} host @param {() => number} now @param {{checkin: number}} away */
function checkinCard(host, now, away) {
  const title = h("strong", { class: "asked-question", role: "status", text: t("checkin.title") });
  const left = h("span", { class: "asked-left", test: "checkin-left" });
  const hide = iconButton("close", t("close"), () => {
    away.checkin = host.state.checkin?.checkin ?? 0;
    refresh();
  }, { class: "tiny quiet", test: "checkin-hide" });
  const here = iconButton("check", t("checkin.here"), () => void host.ask?.("checkin.answer", { checkin: host.state.checkin?.checkin }), { text: true, class: "primary", test: "checkin-here" });
  const note = h("p", { class: "asked-note muted small", role: "status", test: "checkin-note" });
  const element = h("section", { class: "asked-card checkin", test: "checkin", "aria-label": t("checkin.title") },
    h("div", { class: "asked-head" }, icon("check"), title, left, hide), here, note);

  /** @param {Checkin} checkin */
  function told({ answered, closed, missing }) {
    const { state } = host;
    if (!isStaff(myself(state))) return answered.includes(state.me) ? t("checkin.done") : "";
    const counts = t("checkin.given", { n: answered.length, of: Math.max(answered.length, closed ? answered.length + missing.length : pupils(state).length) });
    return closed && missing.length ? `${counts} ${t("checkin.missing", { names: names(state, missing) })}` : counts;
  }

  function refresh() {
    const { checkin, me } = host.state;
    const role = myself(host.state)?.role;
    const due = checkin !== null && !checkin.closed && role === "student" && !checkin.answered.includes(me);
    // What is over concerns nobody but staff, and a check-in nobody who is not asked.
    element.hidden = !checkin || away.checkin === checkin.checkin || (!isStaff({ role: role ?? "" }) && (checkin.closed || role !== "student"));
    if (!checkin || element.hidden) return;
    say(left, checkin.closed ? "" : clock(/** @type {number} */ (closesAt(checkin)) - now()));
    here.hidden = !due || !host.ask;
    hide.hidden = !checkin.closed || !host.ask;
    say(note, told(checkin));
  }
  return { element, refresh };
}

/** In which staff ask.  @param {import("../classroom.js").Classroom} room */
export function askSheet(room) {
  const question = h("textarea", { class: "ask-question", rows: "2", maxlength: QUESTION_CHARS, placeholder: t("poll.question"), "aria-label": t("poll.question"), test: "ask-question", required: true });
  const list = h("div", { class: "ask-options" });
  const more = iconButton("add", t("poll.add"), () => addOption(true), { text: true, class: "small quiet", test: "ask-add" });
  const seconds = choice(POLL_S, t("poll.time"), "ask-seconds");
  const submit = h("button", { type: "submit", class: "button primary", test: "ask-poll" }, t("poll.ask"));
  const form = h("form", { class: "ask-form" }, question, list, more, h("div", { class: "ask-foot" }, seconds, submit));
  const roll = choice(CHECKIN_S, t("checkin.time"), "ask-checkin-seconds");
  const call = textButton(t("checkin.ask"), () => void callRoll(), { test: "ask-checkin", class: "primary" });
  const box = sheet(t("ask"), "ask", h("h3", { text: t("poll") }), form, h("h3", { text: t("checkin.title") }), h("p", { class: "muted small", text: t("checkin.text") }), h("div", { class: "ask-foot" }, roll, call));

  /** @param {readonly number[]} values @param {string} label @param {string} test */
  function choice(values, label, test) {
    const name = (/** @type {number} */ s) => (s === 0 ? t("poll.time.none") : s < 60 ? t("duration.seconds", { n: s }) : t("duration.minutes", { n: s / 60 }));
    return h("select", { class: "select", "aria-label": label, title: label, test }, ...values.map((s) => h("option", { value: s, text: name(s) })));
  }

  /** @param {boolean} focus */
  function addOption(focus) {
    const place = list.children.length;
    const text = h("input", { type: "text", class: "ask-text", maxlength: OPTION_CHARS, placeholder: t("poll.option", { n: place + 1 }), "aria-label": t("poll.option", { n: place + 1 }), test: `ask-option-${place}` });
    const right = iconButton("check", t("poll.mark"), () => mark(right), { pressed: false, class: "ask-right", test: `ask-right-${place}` });
    list.append(h("div", { class: "ask-option" }, text, right));
    more.hidden = list.children.length >= OPTIONS_MAX;
    if (focus) text.focus();
  }

  /** One is the right one, or none.  @param {HTMLElement} button */
  function mark(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    for (const other of list.querySelectorAll(".ask-right")) other.setAttribute("aria-pressed", String(on && other === button));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void openPoll();
  });

  async function openPoll() {
    const rows = [...list.children].map((row) => ({ text: /** @type {HTMLInputElement} */ (row.querySelector("input")).value.trim(), right: row.querySelector(".ask-right")?.getAttribute("aria-pressed") === "true" }));
    const given = rows.filter(({ text }) => text);
    if (given.length < OPTIONS_MIN) return /** @type {HTMLElement|undefined} */ ([...list.querySelectorAll("input")].find(({ value }) => !value.trim()))?.focus();
    const answer = given.findIndex(({ right }) => right);
    const { ok } = await room.ask("poll.open", {
      question: question.value.trim(),
      options: given.map(({ text }) => text),
      ...(answer < 0 ? {} : { answer }),
      ...(Number(seconds.value) ? { seconds: Number(seconds.value) } : {}),
    });
    if (ok) box.close();
  }

  async function callRoll() {
    const { ok } = await room.ask("checkin.open", { seconds: Number(roll.value) });
    if (ok) box.close();
  }

  for (let place = 0; place < OPTIONS_MIN; place += 1) addOption(false);
  question.focus();
}
