/** All rooms in a table: what each is, who is there, how long it lasts, how well it goes; and a way in, unseen. */
import { t } from "../i18n/i18n.js";
import { EVERYTHING, URGENT, alarmsOf, arranged, peopleOf } from "../supervision.js";
import { attribute, h, keyed, say } from "./dom.js";
import { icon } from "./icons.js";
import { subjectName } from "./join.js";
import { languageButton } from "./language.js";
import { clock, duration } from "./parts.js";

/** @typedef {import("../supervision.js").Glance} Glance */
/** @typedef {import("../supervision.js").Column} Column */

const COLUMNS = /** @type {const} */ (["lesson", "state", "people", "left", "quality", "alarms"]);
const ROLES = ["teacher", "assistant", "student", "classroom", "observer"];
const AMBER_MS = 300_000;
const STALE_MS = 5_000; // since the rooms were seen: then it is said
const TICK_MS = 1_000;

/** What is looked for stays while the page is built again in another language. */
let filter = { ...EVERYTHING };
let order = { ...URGENT };

/** @param {string} form */
export const formName = (form) => (t.has(`form.${form}`) ? t(`form.${form}`) : form);

/**
 * @param {import("../supervision.js").Supervision} supervision
 * @param {string} inspector   their name
 * @param {() => void} onLanguage
 */
export function superviseList(supervision, inspector, onLanguage) {
  const search = h("input", { type: "search", class: "select watch-search", test: "watch-search", placeholder: t("watch.search"), "aria-label": t("watch.search"), value: filter.words });
  const pickers = {
    form: picker("form", formName),
    subject: picker("subject", subjectName),
    state: picker("state", (state) => t(`watch.state.${state}`)),
  };
  const alarms = h("input", { type: "checkbox", test: "watch-alarms", checked: filter.alarms });
  const figures = h("p", { class: "watch-figures", test: "watch-figures" });
  const stale = h("p", { class: "note", role: "alert", test: "watch-stale", hidden: true });
  const told = h("p", { class: "unseen", role: "status", test: "watch-told" });
  const heads = COLUMNS.map(head);
  const body = h("tbody", { test: "watch-rooms" });
  const nothing = h("p", { class: "muted watch-nothing", test: "watch-nothing", hidden: true });
  const table = h(
    "table",
    { class: "watch-table" },
    h("caption", { class: "unseen", text: t("watch.title") }),
    h("thead", {}, h("tr", {}, ...heads, h("th", { scope: "col" }, h("span", { class: "unseen", text: t("watch.enter") })))),
    body,
  );
  /** @type {Map<string, number>|null} how many alarms of each room are known */
  let known = null;

  search.addEventListener("input", () => choose({ words: search.value }));
  alarms.addEventListener("change", () => choose({ alarms: alarms.checked }));

  /** @param {Partial<typeof filter>} change */
  function choose(change) {
    filter = { ...filter, ...change };
    refresh();
  }

  /** @param {"form"|"subject"|"state"} what @param {(value: string) => string} name */
  function picker(what, name) {
    const select = h("select", { class: "select", test: `watch-${what}`, "aria-label": t(`watch.pick.${what}`) });
    select.addEventListener("change", () => choose({ [what]: select.value }));
    const fill = (/** @type {string[]} */ values) => {
      const all = ["", ...new Set([...values, filter[what]].filter(Boolean))].sort();
      keyed(select, all, (value) => value, (value) => h("option", { value, text: value ? name(value) : t(`watch.pick.${what}`) }));
      select.value = filter[what];
    };
    return { select, fill };
  }

  /** @param {Column} column */
  function head(column) {
    const button = h("button", { type: "button", class: "watch-sort", test: `sort-${column}`, on: { click: () => sort(column) } }, h("span", { text: t(`watch.column.${column}`) }));
    return h("th", { scope: "col", data: { column } }, button);
  }

  /** @param {Column} column */
  function sort(column) {
    const again = order.column === column;
    order = { column, down: again ? !order.down : column === "alarms" || column === "people" };
    refresh();
  }

  function refresh() {
    const { rooms, total } = supervision;
    pickers.form.fill(rooms.map((one) => one.form));
    pickers.subject.fill(rooms.map((one) => one.subject));
    pickers.state.fill(["waiting", "live"]);
    for (const one of heads) {
      attribute(one, "aria-sort", one.dataset.column === order.column ? (order.down ? "descending" : "ascending") : null);
    }
    const shown = arranged(rooms, filter, order);
    const focus = /** @type {HTMLElement|null} */ (document.activeElement);
    keyed(body, shown, (one) => one.room, make, update);
    if (focus && focus !== document.activeElement && body.contains(focus)) focus.focus(); // its row has moved
    nothing.hidden = shown.length > 0;
    say(nothing, t(supervision.seen === null ? "watch.loading" : rooms.length ? "watch.none_fits" : "watch.none"));
    const live = rooms.filter((one) => one.state === "live").length;
    const people = rooms.reduce((sum, one) => sum + peopleOf(one), 0);
    const alarmed = rooms.filter(alarmsOf).length;
    say(figures, supervision.seen === null ? "" : t("watch.figures", { rooms: total, live, people, alarms: alarmed }));
    tellAlarms(rooms);
    tick();
  }

  /** New alarms are read out; those that were there when the page was opened are not.  @param {Glance[]} rooms */
  function tellAlarms(rooms) {
    const before = known;
    if (supervision.seen !== null) known = new Map(rooms.map((one) => [one.room, alarmsOf(one)]));
    const fresh = before ? rooms.filter((one) => alarmsOf(one) > (before.get(one.room) ?? 0)) : [];
    if (fresh.length) say(told, t("watch.new_alarm", { rooms: fresh.map(titleOf).join(", ") }));
  }

  function tick() {
    for (const row of body.children) {
      const [cell, one] = [row.querySelector(".watch-left"), rows.get(row)];
      if (cell && one) showLeft(cell, one);
    }
    const age = supervision.seen === null ? 0 : supervision.env.now() - supervision.seen;
    stale.hidden = !(supervision.failures && (age > STALE_MS || supervision.seen === null));
    if (!stale.hidden) say(stale, supervision.seen === null ? t("watch.no_answer") : t("watch.stale", { time: duration(Math.floor(age / 5_000) * 5) }));
  }

  /** @type {WeakMap<Element, Glance>} */
  const rows = new WeakMap();

  /** @param {Glance} one */
  function make(one) {
    const address = `/#${new URLSearchParams({ room: one.room, token: supervision.token })}`;
    const cell = (/** @type {Column} */ column) => h("td", { class: `watch-${column}` });
    const timeCell = () => {
      const made = cell("left");
      made.append(h("time"), h("span"));
      return made;
    };
    return h(
      "tr",
      { test: "watch-room", data: { room: one.room } },
      h("th", { scope: "row", class: "watch-lesson" }, h("strong", {}), h("span", { class: "muted small" })),
      ...COLUMNS.slice(1).map((column) => (column === "left" ? timeCell() : cell(column))),
      h("td", { class: "watch-enter" }, h("a", { class: "button small", href: address, target: "_blank", rel: "noopener", test: "watch-enter" }, icon("eye"), h("span", {}))),
    );
  }

  /** @param {HTMLElement} row @param {Glance} one */
  function update(row, one) {
    rows.set(row, one);
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (row.querySelector(name));
    row.classList.toggle("alarmed", alarmsOf(one) > 0);
    say(part(".watch-lesson strong"), titleOf(one));
    say(part(".watch-lesson span"), [formName(one.form), one.topic && one.subject && subjectName(one.subject), one.grade && t("watch.grade", { grade: one.grade }), one.teachers.join("、"), one.room].filter(Boolean).join(" · "));
    const state = one.paused ? "paused" : one.state;
    fill(part(".watch-state"), state, () => h("span", { class: `badge ${state}`, text: t(`watch.state.${state}`) }));
    say(part(".watch-people"), whoIsThere(one));
    showLeft(part(".watch-left"), one);
    fill(part(".watch-quality"), String(one.quality), () => quality(one.quality));
    fill(part(".watch-alarms"), JSON.stringify(one.alarms), () => h("span", {}, ...alarmBadges(one)));
    say(part(".watch-enter span"), t("watch.enter"));
    attribute(part(".watch-enter a"), "aria-label", t("watch.enter_room", { room: titleOf(one) }));
  }

  /** @param {Element} cell @param {Glance} one */
  function showLeft(cell, one) {
    const left = supervision.left(one);
    const [time, why] = cell.children;
    say(time, clock(left));
    say(why, t(t.has(`until.${one.ends_because}`) ? `until.${one.ends_because}` : "until.other"));
    cell.classList.toggle("soon", one.state === "live" && left < AMBER_MS);
  }

  refresh();
  const ticking = setInterval(tick, TICK_MS);
  const element = h(
    "main",
    { class: "page watch" },
    h("header", { class: "join-head" }, h("span", { class: "brand", text: t("brand") }), h("span", { class: "muted watch-who", text: inspector }), languageButton(onLanguage)),
    h("h1", { text: t("watch.title") }),
    figures,
    stale,
    told,
    h("div", { class: "watch-tools", role: "search" }, search, pickers.form.select, pickers.subject.select, pickers.state.select, h("label", { class: "watch-check" }, alarms, h("span", { text: t("watch.only_alarms") }))),
    h("div", { class: "card watch-card" }, table, nothing),
  );
  return { element, refresh, stop: () => clearInterval(ticking) };
}

/** @param {Glance} one */
const titleOf = (one) => one.topic || (one.subject ? subjectName(one.subject) : one.room);

/** @param {Glance} one */
function whoIsThere(one) {
  const parts = ROLES.filter((role) => one.people[role]).map((role) => t("watch.people", { role: t(`role.${role}`), n: one.people[role] }));
  if (one.away) parts.push(t("watch.away", { n: one.away }));
  if (one.hands) parts.push(t("watch.hands", { n: one.hands }));
  return parts.join(" · ") || t("watch.nobody");
}

/** Made anew only when what it shows has changed.  @param {HTMLElement} cell @param {string} what @param {() => HTMLElement} make */
function fill(cell, what, make) {
  if (cell.dataset.shows === what) return;
  cell.dataset.shows = what;
  cell.replaceChildren(make());
}

/** Bars, and a word for whoever cannot tell colours.  @param {number|null} score */
function quality(score) {
  const word = t(`watch.quality.${score ?? "none"}`);
  const bars = [1, 2, 3, 4, 5].map((n) => h("span", { class: n <= (score ?? 0) ? "bar lit" : "bar" }));
  return h("span", { class: `bars score-${score ?? "none"}` }, h("span", { class: "bars-drawn", "aria-hidden": "true" }, ...bars), h("span", { class: "small", text: word }));
}

/** @param {Glance} one */
function alarmBadges(one) {
  return Object.entries(one.alarms).map(([kind, count]) => {
    const what = t.has(`watch.alarm.${kind}`) ? t(`watch.alarm.${kind}`) : kind;
    return h("span", { class: "badge alarm", text: count > 1 ? `${what} × ${count}` : what });
  });
}
