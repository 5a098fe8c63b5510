/** A lesson seen again: the board as it was, who was there, what was said, and the time line that leads through it. */
import { locale, t } from "../i18n/i18n.js";
import { commentsUpTo, linesUpTo, moments } from "../replay.js";
import { isStaff } from "../state.js";
import { asked } from "./asking.js";
import { boardView } from "./boardview.js";
import { commentList } from "./comments.js";
import { attribute, h, keyed, say } from "./dom.js";
import { icon } from "./icons.js";
import { languageButton } from "./language.js";
import { avatar, iconButton, textButton } from "./parts.js";
import { ordered } from "./people.js";
import { playback } from "./playback.js";
import { told, timeline, watch } from "./timeline.js";

/** @typedef {import("../replay.js").Player} Player */
/** @typedef {import("../replay.js").Moment} Moment */
/** @typedef {{element: HTMLElement, refresh: () => void}} Panel */

const LINES = 200; // of chat, on the page at a time
const SLOW_MS = 400; // what is there sooner needs no sign that it is coming
const KINDS = /** @type {const} */ (["page", "hand", "chat", "asked", "comment", "stage", "teacher", "room"]);

/** @param {import("../archive.js").Archive} archive @param {{back: (() => void)|null}} to @param {() => void} onLanguage */
export function replayPage(archive, { back }, onLanguage) {
  const box = h("div", { class: "replay-box" });
  /** @type {(() => void)|null} */
  let stop = null;
  let gone = false;

  function open() {
    box.replaceChildren(notice(h("div", { class: "spinner" }), h("h1", { text: t("replay.opening") })));
    archive.open().then(
      (player) => {
        if (gone) return;
        const shown = lesson(player, back, onLanguage);
        stop = shown.stop;
        box.replaceChildren(shown.element);
      },
      ({ code }) => {
        if (gone) return;
        const text = t(t.has(`replay.${code}`) ? `replay.${code}` : "replay.lost");
        box.replaceChildren(notice(h("div", { class: "big-icon" }, icon("board")), h("h1", { text: t("replay.not") }), h("p", { class: "muted", text, test: "replay-refused" }),
          iconButton("clock", t("retry"), open, { text: true, class: "primary big" }), back && textButton(t("back"), back, { class: "quiet" })));
      },
    );
  }

  /** @param {...(Node|null)} children */
  const notice = (...children) => h("main", { class: "page ending" }, h("header", { class: "join-head" }, h("span", { class: "brand", text: t("brand") }), languageButton(onLanguage)),
    h("section", { class: "card ending-card" }, ...children));

  open();
  return {
    element: box,
    stop() {
      gone = true;
      stop?.();
    },
  };
}

/** @param {Player} player @param {(() => void)|null} back @param {() => void} onLanguage */
function lesson(player, back, onLanguage) {
  const { topic, subject, opened_at_ms, begins } = player.index;
  const title = topic || (t.has(`subject.${subject}`) ? t(`subject.${subject}`) : subject) || t("replay");
  const when = new Date(opened_at_ms + begins).toLocaleString(locale(), { dateStyle: "long", timeStyle: "short" });
  const board = boardView(player, { readonly: true });
  const line = timeline(player);
  const recorded = playback(player, board.frame);
  const stage = onStage(player, recorded);
  const follow = iconButton("show", t("replay.follow"), () => player.follow(), { text: true, class: "small", test: "replay-follow" });
  const busy = h("div", { class: "replay-busy", role: "status", hidden: true }, h("div", { class: "spinner" }), h("span", { text: t("replay.loading") }));
  const failed = h("div", { class: "banner warn", role: "alert", hidden: true }, h("span", { text: t("replay.lost") }), textButton(t("retry"), () => void player.seek(player.at), { class: "small" }));
  const asking = asked({ get state() { return player.state; } }, () => player.at);
  const remarks = player.index.marks.some(({ type }) => type === "comment.added");
  const panels = tabs([["chat", "chat", chat(player)], ["people", "people", people(player)], ...(remarks ? [comments(player)] : []), ["moments", "list", chronicle(player)]]);
  const element = h("main", { class: "room replay page" },
    h("header", { class: "topbar" },
      h("div", { class: "lesson" }, h("h1", { class: "lesson-title", text: title }), h("span", { class: "muted small replay-when", text: when }), h("span", { class: "badge", text: t("replay") })),
      h("div", { class: "topbar-end" }, recorded.sound, languageButton(onLanguage), back && iconButton("close", t("replay.leave"), back, { class: "quiet", test: "replay-leave" }))),
    h("div", { class: "center" }, h("div", { class: "banners" }, failed, follow), recorded.switcher, board.frame, recorded.box, busy),
    h("div", { class: "replay-under" }, board.bar, line.element),
    h("aside", { class: "side" }, stage.element, asking.element, panels.element));

  let waiting = 0;
  function refresh() {
    follow.hidden = !player.away;
    failed.hidden = !player.failed;
    clearTimeout(waiting);
    if (player.waiting) waiting = setTimeout(() => (busy.hidden = false), SLOW_MS);
    else busy.hidden = true;
    board.refresh();
    moved();
  }
  function moved() {
    recorded.refresh();
    stage.refresh();
    asking.refresh();
    panels.refresh();
  }
  const offs = [player.on("state", refresh), player.on("status", refresh), player.on("look", refresh), player.on("time", moved)];
  refresh();

  function stop() {
    player.pause();
    clearTimeout(waiting);
    for (const off of offs) off();
    line.stop();
    recorded.stop();
    board.stop();
  }
  return { element, stop };
}

/** @param {[string, string, Panel][]} all   name, icon, what is shown */
function tabs(all) {
  let open = all[0][0];
  const buttons = all.map(([name, symbol]) => h("button", { type: "button", class: "tab", role: "tab", title: t(name), id: `tab-${name}`, "aria-controls": `panel-${name}`, test: `tab-${name}`, on: { click: () => show(name), keydown: turn } },
    icon(symbol), h("span", { class: "tab-name", text: t(name) })));
  for (const [name, , { element }] of all) {
    for (const [key, value] of [["role", "tabpanel"], ["id", `panel-${name}`], ["aria-labelledby", `tab-${name}`]]) element.setAttribute(key, value);
  }

  /** @param {KeyboardEvent} event */
  function turn(event) {
    const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    const place = all.findIndex(([name]) => name === open);
    if (!by) return;
    show(all[(place + by + all.length) % all.length][0]);
    buttons[(place + by + all.length) % all.length].focus();
  }

  /** @param {string} name */
  function show(name) {
    open = name;
    all.forEach(([each, , panel], i) => {
      panel.element.hidden = each !== open;
      buttons[i].setAttribute("aria-selected", String(each === open));
      buttons[i].tabIndex = each === open ? 0 : -1;
    });
    refresh();
  }

  function refresh() {
    all.find(([name]) => name === open)?.[2].refresh();
  }
  const element = h("div", { class: "replay-panels" }, h("div", { class: "tabs", role: "tablist" }, ...buttons), h("div", { class: "panel" }, ...all.map(([, , panel]) => panel.element)));
  show(open);
  return { element, refresh };
}

/** Who was on the stage, with the pictures that were recorded.  @param {Player} player @param {ReturnType<typeof playback>} recorded */
function onStage(player, recorded) {
  const element = h("div", { class: "stage", test: "replay-stage" });
  function refresh() {
    const { stage, members } = player.state;
    const there = stage.flatMap((member) => members.get(member) ?? []);
    element.dataset.count = String(there.length);
    keyed(element, there, ({ member }) => String(member), ({ member, name }) => h("figure", { class: "tile" }, avatar(name, member), h("figcaption", {}, h("span", { class: "tile-name", text: name }))),
      (tile, { away, member }) => {
        tile.classList.toggle("away", away);
        recorded.show(tile, member);
      });
  }
  return { element, refresh };
}

/** @param {Player} player @returns {Panel} */
function chat(player) {
  const list = h("ol", { class: "chat-list", test: "chat-list", "aria-label": t("chat"), tabindex: "0" });
  const empty = h("p", { class: "empty", text: t("replay.silence") });
  const element = h("div", { class: "chat" }, h("div", { class: "chat-scroll" }, empty, list));
  const name = (/** @type {number} */ member) => player.index.members.find((one) => one.member === member)?.name || t("somebody");
  let newest = "";

  /** @param {import("../types.js").ChatLine} line */
  function make({ at, member, text, to }) {
    const mine = member === player.index.member;
    const role = player.index.members.find((one) => one.member === member)?.role ?? "";
    return h("li", { class: `chat-message ${mine ? "mine" : ""} ${to === "all" ? "" : "private"}` }, avatar(name(member), member),
      h("div", { class: "bubble-box" },
        h("div", { class: "chat-meta" }, h("span", { class: "chat-name", text: name(member) }),
          isStaff({ role }) && h("span", { class: "badge", text: t(`role.${role}`) }),
          to !== "all" && h("span", { class: "badge private", text: to === "staff" ? t("chat.to_staff") : t("chat.to_one", { name: name(Number(to)) }) }),
          h("time", { text: watch(at - player.index.begins) })),
        h("p", { class: "bubble", text })));
  }

  function refresh() {
    const lines = linesUpTo(player.index.marks, player.at).slice(-LINES);
    const state = `${lines.length} ${lines[lines.length - 1]?.seq}`;
    if (state === newest) return;
    newest = state;
    keyed(list, lines, ({ seq }) => String(seq), make);
    empty.hidden = lines.length > 0;
    list.scrollTop = list.scrollHeight;
  }
  return { element, refresh };
}

/** @param {Player} player @returns {[string, string, Panel]} */
function comments(player) {
  const { marks, begins } = player.index;
  const list = commentList(() => commentsUpTo(marks, player.at), (at) => watch(at - begins), (at) => void player.seek(at));
  return ["comments", "comment", { element: h("div", { class: "chat" }, list.element), refresh: list.refresh }];
}

/** @param {Player} player @returns {Panel} */
function people(player) {
  const list = h("ul", { class: "people-list", test: "people-list", "aria-label": t("people") });
  const empty = h("p", { class: "empty", text: t("replay.nobody") });
  const element = h("div", { class: "people" }, list, empty);

  /** @param {import("../types.js").Member} one */
  const make = ({ member, name }) => h("li", { class: "person", data: { member: String(member) } },
    h("div", { class: "person-line" }, h("span", { class: "hand-place", hidden: true }, icon("hand"), h("b", { test: "hand-place" })), avatar(name, member), h("div", { class: "person-name" }, h("strong"), h("span", { class: "muted small" }))));

  /** @param {HTMLElement} row @param {import("../types.js").Member} one */
  function update(row, { member, name, role, away }) {
    const { hands, stage } = player.state;
    const hand = hands.indexOf(member);
    const [place, , names] = /** @type {HTMLCollectionOf<HTMLElement>} */ (/** @type {Element} */ (row.firstElementChild).children);
    row.classList.toggle("hand-up", hand >= 0);
    row.classList.toggle("away", away);
    place.hidden = hand < 0;
    say(/** @type {Element} */ (place.lastElementChild), String(hand + 1));
    attribute(place, "aria-label", hand < 0 ? null : t("replay.hand", { n: hand + 1 }));
    say(/** @type {Element} */ (names.firstElementChild), member === player.index.member ? t("you", { name }) : name);
    const notes = [role === "student" ? null : t(`role.${role}`), stage.includes(member) && role === "student" && t("on_stage"), away && t("away")];
    say(/** @type {Element} */ (names.lastElementChild), notes.filter(Boolean).join(" · "));
  }

  function refresh() {
    const there = ordered(player.state);
    keyed(list, there, ({ member }) => String(member), make, update);
    empty.hidden = there.length > 0;
  }
  return { element, refresh };
}

/** All that mattered, as a list to choose from; also what the shapes on the time line mean.  @param {Player} player @returns {Panel} */
function chronicle(player) {
  const { marks, begins } = player.index;
  const all = moments(marks);
  const chosen = new Set(/** @type {string[]} */ ([...KINDS]));
  const filters = KINDS.filter((kind) => all.some((one) => one.kind === kind)).map((kind) => {
    const button = h("button", { type: "button", class: "button small quiet", "aria-pressed": "true", test: `kind-${kind}` }, h("span", { class: "replay-shape", data: { kind } }), h("span", { text: t(`kind.${kind}`) }));
    button.addEventListener("click", () => {
      if (!chosen.delete(kind)) chosen.add(kind);
      button.setAttribute("aria-pressed", String(chosen.has(kind)));
      fill();
    });
    return button;
  });
  const list = h("ol", { class: "moments", "aria-label": t("moments"), test: "moments" });
  const element = h("div", { class: "chronicle" }, h("div", { class: "replay-kinds", role: "group", "aria-label": t("moments") }, ...filters), list);
  /** @type {Element|null} */
  let here = null;

  /** @param {Moment} moment */
  const make = (moment) => h("li", {}, h("button", { type: "button", class: "moment", data: { at: String(moment.at) }, on: { click: () => void player.seek(moment.at) } },
    h("span", { class: "replay-shape", data: { kind: moment.kind }, "aria-hidden": "true" }), h("time", { text: watch(moment.at - begins) }), h("span", { text: told(player, moment) })));

  function fill() {
    list.replaceChildren(...all.filter(({ kind }) => chosen.has(kind)).map(make));
    here = null;
    refresh();
  }

  function refresh() {
    const next = [...list.querySelectorAll("button")].reverse().find((button) => Number(button.dataset.at) <= player.at) ?? null;
    if (next === here) return;
    here?.removeAttribute("aria-current");
    next?.setAttribute("aria-current", "true");
    if (!element.hidden && next) reveal(list, next);
    here = next;
  }
  fill();
  return { element, refresh };
}

/** Scroll the list, and not the page.  @param {HTMLElement} list @param {HTMLElement} item */
function reveal(list, item) {
  const [above, below] = [item.offsetTop - list.offsetTop, item.offsetTop - list.offsetTop + item.offsetHeight];
  if (above < list.scrollTop) list.scrollTop = above;
  else if (below > list.scrollTop + list.clientHeight) list.scrollTop = below - list.clientHeight;
}
