/** The lesson: the board large, the stage and the dock beside it, chat and people behind two tabs. */
import { t } from "../i18n/i18n.js";
import { may, silenced, trackOf } from "../state.js";
import { asked } from "./asking.js";
import { boardView } from "./boardview.js";
import { chat } from "./chat.js";
import { comments } from "./comments.js";
import { findingBanner } from "./connection.js";
import { dock } from "./dock.js";
import { h, say } from "./dom.js";
import { icon } from "./icons.js";
import { duration, textButton, toast } from "./parts.js";
import { pauseBanner } from "./paused.js";
import { people } from "./people.js";
import { nameOf, play, speakers, tiles } from "./tiles.js";
import { topbar, untilWhen } from "./topbar.js";

/** @typedef {import("../state.js").RoomState} RoomState */
/** @typedef {"chat"|"people"|"comments"} Tab */

/** @param {import("../classroom.js").Classroom} room @param {() => void} onLanguage */
export function roomPage(room, onLanguage) {
  const top = topbar(room, onLanguage);
  const board = boardView(room);
  const stage = tiles(room);
  const sound = speakers(room);
  const own = dock(room);
  const asking = asked(room, () => performance.now() + room.state.offset - room.state.opened_at_ms);
  const remarks = comments(room);
  const talk = chat(room);
  const folk = people(room, (member) => {
    open("chat");
    talk.address(member);
  });

  const screen = h("video", { class: "screen-video", autoplay: true, playsinline: true, test: "screen-video" });
  screen.muted = true;
  const screenName = h("p", { class: "screen-name" });
  const screenPaused = h("p", { class: "screen-paused", role: "status", hidden: true, text: t("picture.paused") });
  const screenBox = h("div", { class: "screen-box", hidden: true }, screen, screenName, screenPaused);
  const toBoard = textButton(t("view.board"), () => look(false), { test: "view-board", class: "small" });
  const toScreen = textButton(t("view.screen"), () => look(true), { test: "view-screen", class: "small" });
  const switcher = h("div", { class: "view-switch", role: "group", hidden: true }, toBoard, toScreen);

  let tab = /** @type {Tab} */ ("chat");
  let read = room.state.chat.length + room.state.held.length;
  const badges = { chat: h("span", { class: "count", test: "unread" }), people: h("span", { class: "count" }), comments: h("span", { class: "count" }), hands: h("span", { class: "count hands", hidden: true }, icon("hand"), h("b", { test: "hand-count" })) };
  const tabs = { chat: tabButton("chat"), people: tabButton("people"), comments: tabButton("comments") };
  const panels = { chat: talk.element, people: folk.element, comments: remarks.element };
  for (const [name, panel] of Object.entries(panels)) {
    for (const [key, value] of [["role", "tabpanel"], ["id", `panel-${name}`], ["aria-labelledby", `tab-${name}`]]) panel.setAttribute(key, value);
  }
  const side = h(
    "aside",
    { class: "side" },
    stage.element,
    own.element,
    asking.element,
    h("div", { class: "tabs", role: "tablist" }, ...Object.values(tabs)),
    h("div", { class: "panel" }, ...Object.values(panels)),
  );
  const banner = h("div", { class: "banner", role: "alert", test: "banner", hidden: true });
  const pause = pauseBanner(room);
  const ill = findingBanner(room);
  const mirror = h("video", { class: "sharing-video", autoplay: true, playsinline: true, test: "sharing-preview" });
  mirror.muted = true;
  const sharing = h("div", { class: "banner sharing", role: "status", test: "sharing", hidden: true }, mirror, h("span", { text: t("sharing") }),
    textButton(t("sharing.stop"), () => void room.media.toggle("screen"), { test: "sharing-stop", class: "danger small" }));
  const element = h(
    "main",
    { class: "room page" },
    top.element,
    h("div", { class: "center" }, h("div", { class: "banners" }, banner, pause.element, ill.element), switcher, board.frame, screenBox, sharing),
    board.bar,
    side,
    sound.element,
  );

  /** @param {Tab} name */
  function tabButton(name) {
    return h(
      "button",
      { type: "button", class: "tab", role: "tab", title: t(name), id: `tab-${name}`, "aria-controls": `panel-${name}`, test: `tab-${name}`, on: { click: () => open(name), keydown: turn } },
      icon(name === "comments" ? "comment" : name), h("span", { class: "tab-name", text: t(name) }), badges[name], name === "people" && badges.hands,
    );
  }

  /** @param {KeyboardEvent} event */
  function turn(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const shown = /** @type {Tab[]} */ (Object.keys(tabs)).filter((name) => !tabs[name].hidden);
    open(shown[(shown.indexOf(tab) + (event.key === "ArrowLeft" ? shown.length - 1 : 1)) % shown.length]);
    tabs[tab].focus();
  }

  /** @param {Tab} name */
  function open(name) {
    tab = name;
    for (const [each, button] of Object.entries(tabs)) {
      button.setAttribute("aria-selected", String(each === name));
      button.tabIndex = each === name ? 0 : -1;
    }
    for (const [each, panel] of Object.entries(panels)) panel.hidden = each !== name;
    count();
    if (name === "chat") talk.refresh();
    else if (name === "people") folk.refresh();
    else remarks.refresh();
  }

  function count() {
    const newest = room.state.chat.length + room.state.held.length;
    if (tab === "chat") read = newest;
    const unread = Math.max(0, newest - read);
    const hands = room.state.hands.length;
    say(badges.chat, unread ? String(unread) : "");
    say(badges.people, String(room.state.members.size));
    say(badges.comments, room.state.comments?.length ? String(room.state.comments.length) : "");
    say(/** @type {Element} */ (badges.hands.lastElementChild), String(hands));
    badges.hands.hidden = !hands;
  }

  /** Somebody else's screen, in place of the board; one's own would be a mirror in a mirror. */
  function shared() {
    for (const track of room.state.tracks.values()) {
      if (track.source === "screen" && track.member !== room.state.me && room.media.remote.has(track.track)) return track;
    }
    return null;
  }

  let watched = "";
  function refreshScreen() {
    const track = shared();
    play(screen, track && (room.media.remote.get(track.track) ?? null));
    room.media.wants.show(screen, track && track.track, "high");
    screenPaused.hidden = room.state.layers.get(track?.track ?? "") !== "off";
    const mine = room.media.local.get("screen") ?? null;
    play(mirror, mine);
    sharing.hidden = !mine;
    switcher.hidden = !track;
    if (track) say(screenName, t("screen_of", { name: nameOf(room, track.member) }));
    if ((track?.track ?? "") === watched) return;
    watched = track?.track ?? "";
    look(Boolean(track));
  }

  /** @param {boolean} atScreen */
  function look(atScreen) {
    screenBox.hidden = !atScreen;
    board.frame.hidden = atScreen;
    toBoard.setAttribute("aria-pressed", String(!atScreen));
    toScreen.setAttribute("aria-pressed", String(atScreen));
  }

  /** What one should not have to notice by oneself.  @param {RoomState} before */
  function tell(before) {
    const { state } = room;
    if (!before.me) return;
    if (state.warning && state.warning !== before.warning) {
      const { in_s, reason } = state.warning;
      const time = duration(in_s);
      toast(reason === "duration" ? t("ending_soon", { time }) : t("ending_soon.why", { time, why: untilWhen(reason) }), "warn");
    }
    if (before.phase === "waiting" && state.phase === "live") toast(t("room.live"));
    if (!room.staff && state.alarms.length > before.alarms.length && state.alarms.at(-1)?.kind === "over_use") toast(t("rest"), "warn");
    if (before.paused && !state.paused && state.phase === "live") toast(t("paused.over"));
    for (const right of /** @type {const} */ (["draw", "speak", "screen"])) {
      if (may(state, right) === may(before, right)) continue;
      if (right === "speak" && silenced(state, "microphone") && may(state, right)) toast(t("held.microphone.on"), "warn");
      else toast(t(`right.${right}.${may(state, right) ? "on" : "off"}`));
    }
    for (const kind of /** @type {const} */ (["microphone", "camera"])) {
      // A mute is no news to those who could not be heard anyway.
      const right = kind === "microphone" ? "speak" : "camera";
      if (!may(state, right) || !may(before, right)) continue;
      if (silenced(state, kind) !== silenced(before, kind)) toast(t(`held.${kind}.${silenced(state, kind) ? "on" : "off"}`), "warn");
    }
    if (room.staff && state.hands.length > before.hands.length) {
      const member = state.hands[state.hands.length - 1];
      const invite = { label: t("invite"), press: () => void room.ask("stage.invite", { member }) };
      toast(t("hand.is_up", { name: nameOf(room, member) }), "info", state.stage.includes(member) ? null : invite);
    }
  }

  /** A student's step was taken back here, perhaps on a page that one does not see.  @param {{author: number, page?: number}} undone */
  function undone({ author, page }) {
    const name = nameOf(room, author);
    if (page === undefined || page === room.shown) return toast(t("undone.here", { name }));
    const owner = room.board.page(page)?.owner;
    const where = owner === undefined ? t("page.name", { n: room.board.common.findIndex((one) => one.page === page) + 1 }) : t("paper.of", { name: nameOf(room, owner) });
    toast(t("undone.there", { name, where }), "info", { label: t("undone.look"), press: () => room.look(page) });
  }

  /** What stands on one's own paper is before the class now.  @param {number} by */
  function shown(by) {
    toast(t("paper.shown", { name: nameOf(room, by) }), "info", room.away ? { label: t("place.back"), press: () => room.look(null) } : null);
  }

  /** @param {RoomState} [before] */
  function refresh(before) {
    top.refresh();
    board.refresh();
    stage.refresh();
    sound.refresh();
    own.refresh();
    asking.refresh();
    tabs.comments.hidden = room.state.comments === null;
    if (tab === "comments") remarks.refresh();
    if (tab === "people") folk.refresh(); // a class of 300 is not drawn behind the chat
    const written = /** @type {const} */ (["chat", "held", "members", "paused"]);
    if (!before || written.some((part) => before[part] !== room.state[part])) talk.refresh();
    refreshScreen();
    count();
    if (before) tell(before);
    const waiting = room.state.phase === "waiting";
    const alone = !room.staff && ![...room.state.members.values()].some(({ role, away }) => role === "teacher" && !away);
    side.dataset.screen = trackOf(room.state, room.state.me, "screen") ? "mine" : "";
    pause.refresh();
    if (room.wire.isOpen) {
      banner.hidden = !waiting && (!alone || room.state.paused !== null);
      banner.className = "banner";
      say(banner, t(!waiting ? "waiting.teacher_lost" : room.staff || !alone ? "waiting.staff" : "waiting.student"));
    }
  }

  function status() {
    health();
    document.body.dataset.state = room.wire.isOpen ? "room" : "reconnecting";
    if (room.wire.isOpen) return refresh();
    banner.hidden = false;
    banner.className = "banner warn";
    say(banner, t("line.banner"));
    pause.refresh();
  }

  function health() {
    top.status();
    ill.refresh();
  }

  const offs = [
    room.on("state", refresh),
    room.on("status", status),
    room.on("undone", undone),
    room.on("shown", shown),
    room.on("media", (what) => {
      if (what === "health") return health();
      stage.refresh();
      sound.refresh();
      own.refresh();
      refreshScreen();
    }),
  ];
  const ticking = setInterval(() => asking.refresh(), 500); // what is open closes in so many seconds
  open(tab);
  look(false);
  refresh();
  status();

  function stop() {
    clearInterval(ticking);
    for (const off of offs) off();
    top.stop();
    pause.stop();
    board.stop();
    talk.stop();
  }
  return { element, stop };
}
