/** The start: reads the link, remembers it for the tab, and shows the page that belongs to the state of things. */
import { Archive } from "./archive.js";
import { Assets } from "./board/assets.js";
import { Classroom } from "./classroom.js";
import { hasPage, waiting } from "./door.js";
import { Memory, claims, isDamaged, readLink } from "./entry.js";
import { browser, socketUrl } from "./env.js";
import { language, t } from "./i18n/i18n.js";
import { bell } from "./lobby.js";
import { unsaved } from "./ui/board/unsaved.js";
import { evaluationPage, returningPage, stoppedPage, summaryPage, thanksPage } from "./ui/ending.js";
import { joinPage } from "./ui/join.js";
import { lobbyPage } from "./ui/lobby.js";
import { sentence, toast } from "./ui/parts.js";
import { refusedPage } from "./ui/refused.js";
import { replayPage } from "./ui/replay.js";
import { roomPage } from "./ui/room.js";

/** @typedef {{element: HTMLElement, stop: () => void}} Page */
/** @typedef {"join"|"returning"|"lobby"|"room"|"evaluation"|"thanks"|"summary"|"stopped"|"replay"} Name */

const memory = new Memory(sessionStorage);
const meeting = new Memory(sessionStorage, ".lesson"); // that was called for in a lobby
const link = readLink(location.hash);
if (link) {
  memory.enter(link);
  history.replaceState(null, "", location.pathname + location.search); // a token does not stay in the address bar
}
const damaged = isDamaged(location.hash);
const entry = damaged ? null : memory.entry; // a damaged link opens no other lesson instead
const said = claims(entry?.token ?? "");

/** @type {Classroom|null} the lesson, or the lobby where there is none */
let room = null;
/** @type {Classroom|null} where one calls, or is called; its line stays open during the lesson */
let lobby = null;
let here = memory; // of the room that is shown
let left = ""; // the lesson that one has left for the lobby: it is not entered again by itself
/** @type {Archive|null} the lesson, seen again */
let archive = null;
/** @type {Page|null} */
let page = null;
/** @type {Name|""} */
let shown = "";
let evaluated = false;
let evaluating = false; // an evaluation is on its way
/** @type {{refusal: any, wait: import("./door.js").Wait|null}|null} the door that did not open */
let door = null;

/** What `document.body.dataset.state` says of each page. */
const STATES = { join: "join", returning: "reconnecting", lobby: "lobby", room: "room", evaluation: "evaluation", thanks: "ended", summary: "ended", stopped: "closed", replay: "replay" };

/** @returns {Name} */
function due() {
  if (!entry) return "stopped";
  if (here.watching) return "replay";
  if (!room) return "join";
  const { status } = room.wire;
  if (room === lobby) return status.phase === "stopped" || room.state.closed ? "stopped" : room.me ? "lobby" : "returning";
  const { closed, evaluation, me } = room.state;
  if (evaluated || evaluation === "done") return "thanks";
  if (closed && evaluation === "due" && (status.phase !== "stopped" || evaluating)) return "evaluation";
  if (closed) return room.me?.role === "student" && evaluation === "due" ? "stopped" : "summary";
  if (status.phase === "stopped" && status.why === "room_closed" && !me) return watched();
  if (status.phase === "stopped") return "stopped";
  return me ? "room" : shown === "join" ? "join" : "returning";
}

/** Whoever comes when the lesson is over sees it again.  @returns {Name} */
function watched() {
  here.watching = true;
  return "replay";
}

/** @param {boolean} on */
function watch(on) {
  here.watching = on;
  if (!on) archive?.stop();
  if (!on) archive = null;
  route();
}

function route() {
  if (room?.state.lobby.open) lobby = room;
  if (lobby && room !== lobby && room?.state.closed && bell(lobby.state)) return home();
  const lesson = lobby?.state.lobby.lesson?.room;
  if (lesson && room === lobby && lesson !== left) return meet(lesson);
  const next = due();
  if (next !== shown) show(next);
  else if (next === "join" && room && room.wire.status.tries > 1) toast(t("line.lost_text"), "warn");
}

/** @param {Name} name */
function show(name) {
  page?.stop();
  shown = name;
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = [room?.state.topic || said.topic, t("brand")].filter(Boolean).join(" · ");
  document.body.dataset.state = STATES[name];
  page = build(name);
  document.getElementById("app")?.replaceChildren(page.element);
}

const again = () => show(/** @type {Name} */ (shown));

/** @param {Name} name @returns {Page} */
function build(name) {
  if (name === "join") return joinPage({ claims: said, room: entry?.room ?? "", choice: firstChoice(), onJoin: join, onLanguage: again });
  if (name === "replay" && entry) return replay(here.entry ?? entry);
  const toLobby = lobby && room !== lobby ? home : null;
  if (name === "thanks") return thanksPage(() => watch(true), toLobby, again);
  if (!room || name === "stopped") return stopped();
  if (name === "lobby") return lobbyPage(room, { grade: said.grade ?? "", token: entry?.token ?? "", enter: () => meet(room?.state.lobby.lesson?.room ?? "") }, again);
  if (name === "room") return roomPage(room, again);
  if (name === "evaluation") return evaluationPage(room, { sending, done }, again);
  if (name === "summary") return summaryPage(room, () => watch(true), toLobby, again);
  return returningPage(again);
}

/** @param {import("./entry.js").Entry} entry @returns {Page} */
function replay(entry) {
  archive ??= new Archive({ entry, assets: new Assets(entry), env: browser });
  Object.assign(window, { archive }); // as `classroom`
  const back = room?.state.closed ? () => watch(false) : null;
  return replayPage(archive, { back }, again);
}

/** Why the page has stopped, and what can be done about it.  @returns {Page} */
function stopped() {
  const status = room?.wire.status;
  if (lobby && room !== lobby) return stoppedLesson();
  if (lobby && room?.state.closed) return stoppedPage("lobby_over", null, { label: t("retry"), press: begin }, again);
  let why = damaged ? "damaged" : !entry ? "no_link" : (status?.why ?? "broken");
  if (why === "room_closed" && room?.state.evaluation === "due") why = "evaluation_missed";
  const back = ["left", "replaced", "refused", "broken"].includes(why);
  const label = t(why === "replaced" ? "use_here" : why === "left" ? "come_back" : "retry");
  const refusal = /** @type {any} */ (status?.refusal ?? null);
  if (entry && why === "refused" && hasPage(refusal)) return refused(entry, refusal);
  if (damaged && memory.entry) return stoppedPage(why, null, { label: t("come_back"), press: pastDamage }, again);
  if (entry && ["room_closed", "evaluation_missed"].includes(why)) return stoppedPage(why, refusal, { label: t("replay.watch"), press: () => watch(true) }, again);
  return stoppedPage(why, refusal, back && entry ? { label, press: begin } : null, again);
}

/** Out of the lesson that was called for: what is owed first can be given here, for all else there is the lobby.  @returns {Page} */
function stoppedLesson() {
  const { why = "left", refusal = null } = room?.wire.status ?? {};
  const lesson = meeting.entry;
  if (lesson && refusal?.code === "evaluation_due") return refusedPage({ refusal: /** @type {any} */ (refusal), wait: null, token: lesson.token, come: () => meet(lesson.room) }, again);
  return stoppedPage(why, /** @type {any} */ (refusal), { label: t("lobby.back"), press: home }, again);
}

/** Not let in.  The wait goes on when the language is changed.  @param {import("./entry.js").Entry} entry @param {any} refusal @returns {Page} */
function refused({ token }, refusal) {
  if (door?.refusal !== refusal) door = { refusal, wait: waiting(refusal, Date.now(), Math.random()) };
  return refusedPage({ ...door, token, come: begin }, again);
}

/** To the lesson that the tab was in. */
function pastDamage() {
  history.replaceState(null, "", location.pathname + location.search);
  location.reload();
}

/** In again as a new session, as one was in before; a child's camera stays off. */
function begin() {
  memory.forget();
  room?.stop();
  room = lobby = null;
  const { choice } = memory;
  if (choice) join({ ...choice, camera: choice.camera && said.role !== "student" });
  route();
}

/** @param {boolean} on */
function sending(on) {
  evaluating = on;
  route();
}

function done() {
  evaluated = true;
  route();
}

/** A child's camera is off until the child turns it on; nobody's is opened before they were asked.  An inspector has none. */
function firstChoice() {
  return memory.choice ?? { microphone: said.role !== "observer", camera: false, microphoneId: "", cameraId: "" };
}

/** @param {import("./entry.js").Choice} choice */
function join(choice) {
  if (!entry) return;
  memory.choose(choice);
  visit(entry, memory, choice);
}

/** To the lesson that one is awaited in, with the lobby's token.  @param {string} lesson */
function meet(lesson) {
  if (!entry || !lesson) return;
  const choice = meeting.choice ?? firstChoice();
  meeting.enter({ room: lesson, token: entry.token });
  here = meeting;
  if (room !== lobby) room?.stop();
  evaluated = evaluating = false;
  visit({ room: lesson, token: entry.token }, meeting, choice);
  route();
}

/** Back from the lesson to the lobby. */
function home() {
  left = meeting.entry?.room ?? "";
  meeting.forget();
  watchNothing();
  room?.stop();
  room?.wire.leave();
  room = lobby;
  here = memory;
  Object.assign(window, { classroom: room });
  route();
}

function watchNothing() {
  here.watching = false;
  archive?.stop();
  archive = null;
}

/** @param {import("./entry.js").Entry} entry @param {Memory} memory @param {import("./entry.js").Choice} choice */
function visit(entry, memory, choice) {
  room = new Classroom({ url: socketUrl(location), entry, memory, choice });
  room.on("state", route);
  room.on("status", route);
  room.on("trouble", troubled);
  Object.assign(window, { classroom: room }); // for the console, the help desk, and the browser tests
  room.wire.start();
}

/** @param {{key: string} | {code: string, text?: string}} trouble   `text`: what somebody wrote in vain */
function troubled(trouble) {
  if ("key" in trouble) toast(t(trouble.key), "warn");
  else if (trouble.text) unsaved(trouble.text, room?.barred ? t(`barred.${room.barred}`) : sentence(trouble));
  else toast(sentence(trouble), "error");
}

const moved = () => new Set([room, lobby]).forEach((one) => one?.moved());
window.addEventListener("online", moved);
const network = /** @type {any} */ (navigator).connection; // not in every browser
let kind = network?.type; // of network: "wifi", "cellular"; the event also says that a figure has changed
network?.addEventListener("change", () => {
  if (network.type === kind) return;
  kind = network.type;
  moved();
});
document.addEventListener("visibilitychange", () => {
  room?.media.wants.hide(document.hidden);
  if (!document.hidden) new Set([room, lobby]).forEach((one) => one?.wire.hurry());
});
window.addEventListener("hashchange", () => {
  if (readLink(location.hash) || isDamaged(location.hash)) location.reload(); // another link in the same tab
});

if (entry && memory.session && memory.choice && !memory.watching) {
  join(memory.choice); // loaded again in the middle of a lesson
}
route();
