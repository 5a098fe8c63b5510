/**
 * The room as this member may see it: the fold of `welcome` and the messages after it.
 * Pure: a new state for what changed, the same parts for what did not, so that a view can compare by identity.
 * The board has a fold of its own (board/model.js).  Unknown types change nothing.
 */
import { ASKING, NOTHING_ASKED, asked } from "./asking.js";
import { LOBBY_FOLDS, NO_LOBBY, lobbyOf } from "./lobby.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Member} Member */
/** @typedef {import("./types.js").ChatLine} ChatLine */
/** @typedef {import("./types.js").Track} Track */
/** @typedef {import("./types.js").Layer} Layer */
/** @typedef {import("./types.js").RoomBody} RoomBody */

/** @typedef {{kind: string, member?: number|null, at: number}} Alarm */

/**
 * @typedef {object} RoomState
 * @property {number} me                      0 before the first welcome
 * @property {string} id
 * @property {string} form
 * @property {string} subject
 * @property {string} topic
 * @property {"waiting"|"live"|"closed"} phase
 * @property {boolean} locked
 * @property {readonly Alarm[]} alarms        to staff all, to others those about them
 * @property {{ends: number|null}|null} paused   no teacher is here; `ends` on this page's own clock
 * @property {readonly ChatLine[]} held       lines held back, to staff all, to others their own
 * @property {boolean} recording               what members publish is recorded
 * @property {ReadonlyMap<number, Member>} members   who is there
 * @property {ReadonlyMap<number, {name: string, role: string}>} known   everybody ever seen: chat outlives its author
 * @property {readonly number[]} hands        in the order in which they were raised
 * @property {readonly number[]} stage
 * @property {readonly ChatLine[]} chat
 * @property {number} lines                   of chat, as many as were written and we know of
 * @property {import("./asking.js").Poll|null} poll         the newest
 * @property {import("./asking.js").Checkin|null} checkin   the newest
 * @property {readonly import("./asking.js").Comment[]|null} comments   null: not for these eyes
 * @property {ReadonlyMap<string, Track>} tracks
 * @property {readonly number[]} speaking
 * @property {ReadonlyMap<number, number>} quality
 * @property {ReadonlyMap<string, Layer>} layers   what is sent here of each picture; `off`: the line is too weak
 * @property {{at: number, reason: string}|null} ends   on this page's own clock
 * @property {{in_s: number, reason: string, seq: number}|null} warning
 * @property {{reason: string, by?: number|null, at: number}|null} closed   `by` null: not by a member; left out: not known
 * @property {"not_due"|"due"|"done"} evaluation
 * @property {readonly {score: number, member?: number}[]} scores
 * @property {number} opened_at_ms            the server's wall clock at `at` 0
 * @property {number} offset                  server's wall clock minus this page's clock
 * @property {number} live_at                 `at` of `room.live`, or -1
 * @property {Record<string, number>} limits
 * @property {import("./lobby.js").Lobby} lobby
 */

export const STAFF = ["teacher", "assistant"];
const LEARNERS = ["student", "classroom"];
const CHAT_KEPT = 500; // lines on the page; the server's welcome brings 50

/** @type {RoomState} */
export const NOTHING = Object.freeze({
  me: 0,
  id: "",
  form: "",
  subject: "",
  topic: "",
  phase: "waiting",
  locked: false,
  alarms: [],
  paused: null,
  held: [],
  recording: false,
  members: new Map(),
  known: new Map(),
  hands: [],
  stage: [],
  chat: [],
  lines: 0,
  ...NOTHING_ASKED,
  tracks: new Map(),
  speaking: [],
  quality: new Map(),
  layers: new Map(),
  ends: null,
  warning: null,
  closed: null,
  evaluation: "not_due",
  scores: [],
  opened_at_ms: 0,
  offset: 0,
  live_at: -1,
  limits: {},
  lobby: NO_LOBBY,
});

/** @param {RoomState} state @returns {Member|undefined} */
export const myself = (state) => state.members.get(state.me);

/** @param {{role: string}|undefined} member */
export const isStaff = (member) => STAFF.includes(member?.role ?? "");

/** @param {{role: string}|undefined} member */
export const isLearner = (member) => LEARNERS.includes(member?.role ?? "");

/** @param {RoomState} state @param {import("./types.js").Right} right */
export const may = (state, right) => myself(state)?.can.includes(right) ?? false;

/** @param {RoomState} state @param {import("./types.js").MuteKind} kind */
export const silenced = (state, kind) => myself(state)?.muted.includes(kind) ?? false;

/** Is one a pupil, and no teacher here?  @param {RoomState} state */
export const waits = (state) => state.paused !== null && isLearner(myself(state));

/** Where classrooms come, an assistant of a school directs its learners only (RIGHT-7).  @param {RoomState} state */
export function ownSchoolOnly(state) {
  const me = myself(state);
  const classrooms = [...state.known.values()].some(({ role }) => role === "classroom");
  return me?.role === "assistant" && me.school !== undefined && classrooms;
}

/** May one direct this member, as staff?  @param {RoomState} state @param {Member} one */
export const directs = (state, one) => !ownSchoolOnly(state) || (isLearner(one) && one.school === myself(state)?.school);

/** @param {Partial<Member>} body @returns {Member} */
function member(body) {
  const { member = 0, name = "", role = "student", school, can = [], muted = [], away = false, device = false, heads } = body;
  return { member, name, role, can, muted, away, device, ...(school ? { school } : {}), ...(heads === undefined ? {} : { heads }) };
}

/** @param {Partial<Track>} body @returns {Track} */
function track(body) {
  const { track = "", member = 0, source = "microphone", layers = ["high"], muted = false } = body;
  return { track, member, source, layers, muted };
}

/** @param {ChatLine} body @returns {ChatLine} */
const line = ({ seq, at, member, text, to = "all" }) => ({ seq, at, member, text, to });

/** @template K, V @param {ReadonlyMap<K, V>} map @param {K} key @param {V} value */
const put = (map, key, value) => new Map(map).set(key, value);

/** @template K, V @param {ReadonlyMap<K, V>} map @param {(value: V, key: K) => boolean} keep */
const filtered = (map, keep) => new Map([...map].filter(([key, value]) => keep(value, key)));

/** @template T @param {readonly T[]} list @param {T} item */
const without = (list, item) => (list.includes(item) ? list.filter((other) => other !== item) : list);

/** @template T @param {readonly T[]} list @param {T} item */
const including = (list, item) => (list.includes(item) ? list : [...list, item]);

/** @template T @param {readonly T[]} list @param {readonly T[]} items @param {boolean} on */
const switched = (list, items, on) =>
  on ? [...new Set([...list, ...items])] : list.filter((item) => !items.includes(item));

/** @param {RoomState} state @param {number} id @param {(old: Member) => Partial<Member>} change @returns {RoomState} */
function changed(state, id, change) {
  const old = state.members.get(id);
  return old ? { ...state, members: put(state.members, id, { ...old, ...change(old) }) } : state;
}

/** One member, or for "all" every learner. @param {RoomState} state @param {number|"all"} whom
 *  @param {(old: Member) => Partial<Member>} change @returns {RoomState} */
function changedAll(state, whom, change) {
  if (whom !== "all") return changed(state, whom, change);
  const members = [...state.members].map(
    ([id, old]) => /** @type {[number, Member]} */ ([id, LEARNERS.includes(old.role) ? { ...old, ...change(old) } : old]),
  );
  return { ...state, members: new Map(members) };
}

/** The room of a snapshot, whole. @param {RoomState} state @param {RoomBody} room @param {number} now @returns {RoomState} */
function filled(state, room, now) {
  const members = new Map(room.members.map((body) => [body.member ?? 0, member(body)]));
  const past = room.past ?? {};
  const known = new Map(state.known);
  for (const { member: id, name, role } of past.gone ?? []) known.set(id, { name, role });
  for (const { member: id, name, role } of [...room.chat, ...(room.held ?? [])]) if (name && role) known.set(id, { name, role });
  for (const { member: id, name, role } of members.values()) known.set(id, { name, role });
  return {
    ...state,
    id: room.id,
    form: room.form,
    subject: room.subject,
    topic: room.topic,
    phase: room.state,
    locked: room.locked ?? false,
    recording: room.recording ?? false,
    alarms: room.alarms ?? [],
    paused: room.paused ? { ends: room.paused.ends_in_ms === undefined ? null : now + room.paused.ends_in_ms } : null,
    held: (room.held ?? []).map(line),
    members,
    known,
    hands: room.hands,
    stage: room.stage,
    chat: room.chat.map(line),
    lines: Math.max(state.lines, past.lines ?? 0, room.chat.length),
    ...asked(room),
    tracks: new Map(room.tracks.map((body) => [body.track ?? "", track(body)])),
    speaking: [],
    ends: room.ends ? { at: now + room.ends.in_ms, reason: room.ends.reason } : null,
    closed: room.state === "closed" ? (state.closed ?? { reason: room.closed_reason ?? "ended", at: 0 }) : null,
    opened_at_ms: room.opened_at_ms,
    live_at: past.live_at ?? state.live_at,
    lobby: lobbyOf(room.lobby, now),
  };
}

/** @typedef {(state: RoomState, message: any, now: number) => RoomState} Fold */

/** @type {Record<string, Fold>} */
const FOLDS = {
  ...LOBBY_FOLDS,
  welcome(state, welcome, now) {
    const met = {
      ...state,
      me: welcome.member,
      evaluation: welcome.evaluation ?? "not_due",
      offset: welcome.now_ms - now,
      limits: welcome.limits ?? state.limits,
      speaking: [],
      layers: new Map(),
    };
    return welcome.room ? filled(met, welcome.room, now) : met;
  },
  snapshot: (state, { room }, now) => filled(state, room, now),
  pong: (state, { now_ms }, now) => ({ ...state, offset: now_ms - now }),

  "member.joined": (state, event) => ({
    ...state,
    members: put(state.members, event.member, member(event)),
    known: put(state.known, event.member, { name: event.name, role: event.role }),
    stage: event.on_stage ? including(state.stage, event.member) : state.stage,
  }),
  "member.left": (state, event) => ({
    ...state,
    members: filtered(state.members, (_, id) => id !== event.member),
    hands: without(state.hands, event.member),
    stage: without(state.stage, event.member),
    tracks: filtered(state.tracks, (of) => of.member !== event.member),
  }),
  "member.away": (state, event) => changed(state, event.member, () => ({ away: true })),
  "member.back": (state, event) => changed(state, event.member, () => ({ away: false })),
  "heads.changed": (state, event) => changed(state, event.member, () => ({ heads: event.count })),
  "epoch.raised": (state) => ({
    ...state,
    members: new Map([...state.members].map(([id, old]) => [id, { ...old, away: true }])),
    tracks: new Map(),
  }),

  "room.live": (state, event) => ({
    ...state,
    phase: "live",
    live_at: event.at,
    ends: { at: instant(state, event.ends_at), reason: event.reason },
  }),
  "room.paused": (state, event) => ({
    ...state,
    paused: { ends: event.ends_in_s === undefined ? null : instant(state, event.at + event.ends_in_s * 1_000) },
  }),
  "room.resumed": (state) => ({ ...state, paused: null }),
  "ending.soon": (state, event) => ({
    ...state,
    ends: { at: instant(state, event.at + event.in_s * 1_000), reason: event.reason },
    warning: { in_s: event.in_s, reason: event.reason, seq: event.seq },
  }),
  "alarm.raised": (state, { kind, member, at }) => ({ ...state, alarms: [...state.alarms, { kind, member, at }] }),
  "room.locked": (state, event) => ({ ...state, locked: event.on }),
  "recording.started": (state) => ({ ...state, recording: true }),
  "recording.stopped": (state) => ({ ...state, recording: false }),
  "room.closed": (state, event) => ({
    ...state,
    closed: { reason: event.reason, by: event.by ?? null, at: event.at },
    evaluation: myself(state)?.role === "student" && state.phase === "live" && state.evaluation === "not_due"
      ? "due"
      : state.evaluation,
    phase: "closed",
    ends: null,
    paused: null,
    recording: false,
    tracks: new Map(),
    speaking: [],
  }),
  evaluated: (state, event) => ({
    ...state,
    evaluation: event.member === state.me ? "done" : state.evaluation,
    scores: [...state.scores, { score: event.score, member: event.member }],
  }),

  "chat.message": (state, event) => ({
    ...state,
    chat: [...state.chat.slice(1 - CHAT_KEPT), line(event)],
    held: state.held.filter(({ seq }) => seq !== event.held),
    lines: state.lines + 1,
  }),
  "chat.held": (state, event) => ({ ...state, held: [...state.held, line(event)] }),
  "chat.deleted": (state, event) => ({
    ...state,
    chat: state.chat.filter(({ seq }) => seq !== event.chat),
    held: state.held.filter(({ seq }) => seq !== event.chat),
  }),
  "hand.raised": (state, event) => ({ ...state, hands: including(state.hands, event.member) }),
  "hand.lowered": (state, event) => ({ ...state, hands: without(state.hands, event.member) }),
  "stage.joined": (state, event) => ({
    ...changed(state, event.member, () => ({ can: event.can })),
    stage: including(state.stage, event.member),
  }),
  "stage.left": (state, event) => ({
    ...changed(state, event.member, () => ({ can: event.can })),
    stage: without(state.stage, event.member),
  }),
  granted: (state, event) =>
    changedAll(state, event.member, (old) => ({ can: switched(old.can, event.can, event.on) })),
  "member.muted": (state, event) =>
    changedAll(state, event.member, (old) => ({ muted: switched(old.muted, [event.kind], event.on) })),

  ...ASKING,

  "track.published": (state, event) => ({ ...state, tracks: put(state.tracks, event.track, track(event)) }),
  "track.stopped": (state, event) => ({ ...state, tracks: filtered(state.tracks, (_, id) => id !== event.track) }),
  "track.muted"(state, event) {
    const old = state.tracks.get(event.track);
    return old ? { ...state, tracks: put(state.tracks, event.track, { ...old, muted: event.on }) } : state;
  },

  speaking: (state, { members }) => ({ ...state, speaking: members }),
  "media.layers": (state, { layers }) => ({ ...state, layers: new Map(Object.entries(layers)) }),
  quality: (state, { member, score }) => ({ ...state, quality: put(state.quality, member, score) }),
};

/** What a page that is loaded again knew of this lesson, and no welcome tells.
 *  @param {import("./entry.js").Lesson|null} lesson @returns {RoomState} */
export const recalled = (lesson) => (lesson ? { ...NOTHING, live_at: lesson.live_at, known: new Map(lesson.known), lines: lesson.lines, scores: lesson.scores, closed: isStaff(lesson) ? lesson.closed : null } : NOTHING);

/** The same, to be kept.  @param {RoomState} state @returns {import("./entry.js").Lesson} */
export const memorable = (state) => {
  const { live_at, known, scores, closed, lines } = state;
  return { live_at, known: [...known], scores: [...scores], closed, role: myself(state)?.role ?? "", lines };
};

/** Whole seconds from the beginning to the end, as the record has them; null when either is not known.  @param {RoomState} state */
export const lasted = ({ live_at, closed }) => (closed?.at && live_at >= 0 ? Math.floor((closed.at - live_at) / 1_000) : null);

/** An `at` of the room on this page's clock.  @param {RoomState} state @param {number} at */
export const instant = (state, at) => state.opened_at_ms + at - state.offset;

/**
 * @param {RoomState} state
 * @param {Message} message
 * @param {number} now   this page's clock, milliseconds
 * @returns {RoomState}
 */
export function reduce(state, message, now) {
  return Object.hasOwn(FOLDS, message.type) ? FOLDS[message.type](state, message, now) : state;
}

/** The source a member publishes, if they do.  @param {RoomState} state @param {number} of
 *  @param {import("./types.js").Source} source */
export function trackOf(state, of, source) {
  for (const found of state.tracks.values()) if (found.member === of && found.source === source) return found;
  return null;
}
