/**
 * What a lobby knows besides who one is: the teachers on duty, and one's own calls.  A part of the room's fold (state.js).
 * Pure.  Instants are on this page's own clock.
 */

/** @typedef {import("./state.js").RoomState} RoomState */
/** @typedef {{member: number, name: string, school: string, subjects: readonly string[], grades: readonly string[], busy: boolean}} Duty */
/** @typedef {{call: number, member: number, name: string, teacher: number, subject: string, grade: string, rings: number|null, place: number, wait_s: number}} Call
 *   `rings`: until when it rings; null: it waits */
/**
 * @typedef {object} Lobby
 * @property {boolean} open                       the room is a lobby
 * @property {ReadonlyMap<number, Duty>} duties   by member
 * @property {ReadonlyMap<number, Call>} calls    that one has made, or that wait for one, in order
 * @property {{room: string, call: number}|null} lesson   that one is awaited in
 * @property {{call: number, reason: string}|null} ended  the last call that came to nothing
 */

/** @type {Lobby} */
export const NO_LOBBY = Object.freeze({ open: false, duties: new Map(), calls: new Map(), lesson: null, ended: null });

/** @param {Record<string, any>} body @returns {Duty} */
const duty = ({ member, name, school = "", subjects = [], grades = [], busy = false }) => ({ member, name, school: school ?? "", subjects, grades, busy });

/** @param {Record<string, any>} body @param {number|null} rings @returns {Call} */
const call = ({ call, member, name, teacher, subject = "", grade = "", place = 1, wait_s = 0 }, rings) => ({ call, member, name, teacher, subject, grade, rings, place, wait_s });

/** The lobby of a snapshot.  @param {Record<string, any>|null|undefined} body @param {number} now @returns {Lobby} */
export function lobbyOf(body, now) {
  if (!body) return NO_LOBBY;
  const calls = (body.calls ?? []).map((/** @type {any} */ one) => call(one, one.rings_ms === undefined || one.rings_ms === null ? null : now + one.rings_ms));
  return {
    open: true,
    duties: new Map(body.duties.map((/** @type {any} */ one) => [one.member, duty(one)])),
    calls: new Map(calls.map((/** @type {Call} */ one) => [one.call, one])),
    lesson: body.lesson ? { room: body.lesson, call: body.call } : null,
    ended: null,
  };
}

/** @param {RoomState} state @param {Partial<Lobby>} change @returns {RoomState} */
const changed = (state, change) => ({ ...state, lobby: { ...state.lobby, ...change } });

/** @param {RoomState} state @param {number} id @param {Partial<Call>|null} change   null: it is gone */
function calls(state, id, change) {
  const after = new Map(state.lobby.calls);
  const old = after.get(id);
  if (!change) after.delete(id);
  else if (old) after.set(id, { ...old, ...change });
  return after;
}

/** @type {Record<string, (state: RoomState, message: any, now: number) => RoomState>} */
export const LOBBY_FOLDS = {
  "duty.changed"(state, event) {
    const duties = new Map(state.lobby.duties);
    if (event.state === "off") duties.delete(event.member);
    else duties.set(event.member, duty({ ...event, busy: event.state === "busy" }));
    return changed(state, { duties });
  },
  "call.made": (state, event) => changed(state, { calls: new Map(state.lobby.calls).set(event.call, call(event, null)), ended: null }),
  "call.rings": (state, event, now) => {
    const passed = now + state.offset - state.opened_at_ms - event.at; // it may have come late
    return changed(state, { calls: calls(state, event.call, { rings: now - passed + event.in_s * 1_000 }) });
  },
  "call.ended": (state, { call, reason }) => changed(state, { calls: calls(state, call, null), ended: { call, reason } }),
  "call.accepted": (state, { call, room }) => changed(state, { calls: calls(state, call, null), lesson: { room, call }, ended: null }),
  "call.over": (state, { call }) => (state.lobby.lesson?.call === call ? changed(state, { lesson: null }) : state),
  "call.place"(state, { call, place, wait_s }) {
    return state.lobby.calls.has(call) ? changed(state, { calls: calls(state, call, { place, wait_s }) }) : state;
  },
};

/** What a student is told of a call that came to nothing: of a decline and of a bell that nobody answered the same
 *  (CALL-10).  @type {Record<string, string>} */
export const TOLD = { declined: "lobby.not_now", passed: "lobby.not_now", gone: "lobby.gone" };

/** The call that one has made.  @param {RoomState} state @returns {Call|undefined} */
export const myCall = (state) => [...state.lobby.calls.values()].find(({ member }) => member === state.me);

/** The calls that wait for one, in order.  @param {RoomState} state @returns {Call[]} */
export const queue = (state) => [...state.lobby.calls.values()].filter(({ teacher }) => teacher === state.me);

/** The call that rings for one.  @param {RoomState} state @returns {Call|undefined} */
export const bell = (state) => queue(state).find(({ rings }) => rings !== null);

/**
 * Those whom one may call, who are free first; by name within.
 * @param {RoomState} state @param {{words: string, subject: string, grade: string}} wish   empty: any
 * @returns {Duty[]}
 */
export function found(state, { words, subject, grade }) {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {Duty} */ one) =>
    wanted.every((word) => `${one.name} ${one.school}`.toLowerCase().includes(word)) &&
    (!subject || one.subjects.includes(subject)) &&
    (!grade || !one.grades.length || one.grades.includes(grade));
  return [...state.lobby.duties.values()].filter(fits).sort((a, b) => Number(a.busy) - Number(b.busy) || a.name.localeCompare(b.name, "zh"));
}
