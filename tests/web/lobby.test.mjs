// The lobby as the client folds it: who is on duty, one's calls, the lesson that comes of one.

import assert from "node:assert/strict";
import { test } from "node:test";
import en from "../../roomserver/web/i18n/en.js";
import zh from "../../roomserver/web/i18n/zh.js";
import { Memory } from "../../roomserver/web/entry.js";
import { TOLD, bell, found, myCall, queue } from "../../roomserver/web/lobby.js";
import { NOTHING, reduce } from "../../roomserver/web/state.js";

const NOW = 50_000;
const OPENED = 1_790_000_000_000;

/** The lobby as member `me` is welcomed into it, ten seconds after it opened. */
const lobby = (me, parts = {}) =>
  reduce(NOTHING, {
    type: "welcome", id: 1, session: "s", member: me, now_ms: OPENED + 10_000, seq: 3,
    room: {
      id: "evening.3f", form: "lobby", subject: "", topic: "", state: "waiting", opened_at_ms: OPENED,
      members: [{ member: me, name: "x", role: me === 4 ? "teacher" : "student" }], hands: [], stage: [], chat: [], tracks: [],
      lobby: { duties: [], ...parts },
    },
  }, NOW);
const hear = (state, ...events) => events.reduce((now, event) => reduce(now, event, NOW), state);

const LI = { type: "duty.changed", member: 4, state: "free", name: "李老师", school: "第四中学", subjects: ["physics", "chemistry"], grades: ["8"] };
const MADE = { type: "call.made", call: 17, member: 3, name: "小红", teacher: 4, subject: "physics", grade: "8" };
const RINGS = { type: "call.rings", call: 17, in_s: 30, at: 10_000 };

test("a lesson is no lobby, and a lobby knows who is on duty", () => {
  assert.equal(NOTHING.lobby.open, false);
  const state = lobby(3, { duties: [{ member: 4, name: "李老师", busy: true }] });
  assert.equal(state.lobby.open, true);
  assert.deepEqual(state.lobby.duties.get(4), { member: 4, name: "李老师", school: "", subjects: [], grades: [], busy: true });
  assert.equal(hear(state, { ...LI, state: "off" }).lobby.duties.size, 0);
  assert.equal(hear(state, LI).lobby.duties.get(4).busy, false);
});

test("one's call waits, rings until an instant, and its place changes", () => {
  const waits = hear(lobby(3), LI, MADE);
  assert.deepEqual([myCall(waits).rings, queue(waits), bell(waits)], [null, [], undefined]);
  const rings = hear(waits, RINGS);
  assert.equal(myCall(rings).rings, NOW + 30_000);
  assert.equal(myCall(hear(waits, { ...RINGS, at: 4_000 })).rings, NOW + 24_000); // it came six seconds late
  assert.equal(myCall(hear(waits, { type: "call.place", call: 17, place: 3, wait_s: 600 })).place, 3);
  assert.equal(hear(waits, { type: "call.place", call: 9, place: 3, wait_s: 600 }), waits);
  assert.equal(myCall(lobby(3, { calls: [{ ...MADE, rings_ms: 12_000 }] })).rings, NOW + 12_000);
  assert.equal(myCall(hear(rings, { type: "call.ended", call: 17, reason: "cancelled" })), undefined);
});

test("a teacher's queue is in order, and the bell is the one that rings", () => {
  const state = hear(lobby(4), LI, MADE, RINGS, { ...MADE, call: 18, member: 5, name: "小明" });
  assert.deepEqual(queue(state).map(({ call }) => call), [17, 18]);
  assert.equal(bell(state).name, "小红");
  const next = hear(state, { type: "call.ended", call: 17, reason: "passed" }, { ...RINGS, call: 18 });
  assert.deepEqual([bell(next).call, myCall(next)], [18, undefined]);
});

test("an accepted call is a lesson until it is over", () => {
  const state = hear(lobby(3), LI, MADE, RINGS, { type: "call.accepted", call: 17, room: "evening.3f.17" });
  assert.deepEqual([state.lobby.lesson, state.lobby.calls.size], [{ room: "evening.3f.17", call: 17 }, 0]);
  assert.equal(hear(state, { type: "call.over", call: 16 }), state);
  assert.equal(hear(state, { type: "call.over", call: 17 }).lobby.lesson, null);
  assert.deepEqual(lobby(3, { lesson: "evening.3f.17", call: 17 }).lobby.lesson, { room: "evening.3f.17", call: 17 });
});

test("CALL-10: a student is told the same of a decline and of a bell that nobody answered", () => {
  assert.equal(TOLD.declined, TOLD.passed);
  for (const key of Object.values(TOLD)) assert.ok(key in en && key in zh, key);
  assert.equal("cancelled" in TOLD, false);
});

test("teachers are found by name, school, subject and grade, who are free first", () => {
  const one = (member, name, school, subjects, grades, busy = false) => ({ type: "duty.changed", member, state: busy ? "busy" : "free", name, school, subjects, grades });
  const state = hear(
    lobby(3),
    one(4, "李老师", "第四中学", ["physics"], ["8"], true),
    one(5, "王老师", "第八中学", ["physics", "history"], []),
    one(6, "Ms Zhou", "第四中学", ["history"], ["9"]),
  );
  const names = (wish) => found(state, { words: "", subject: "", grade: "", ...wish }).map(({ name }) => name);
  assert.deepEqual(names({}).at(-1), "李老师");
  assert.deepEqual(names({ words: "zhou 四中" }), ["Ms Zhou"]);
  assert.deepEqual(names({ subject: "physics" }), ["王老师", "李老师"]);
  assert.deepEqual(names({ grade: "9" }).sort(), ["Ms Zhou", "王老师"]); // without a grade: any
  assert.deepEqual(names({ words: "nobody" }), []);
});

test("a lesson that was called for is remembered beside its lobby", () => {
  const kept = new Map();
  const store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  const [memory, meeting] = [new Memory(store), new Memory(store, ".lesson")];
  memory.enter({ room: "evening", token: "T" });
  meeting.enter({ room: "evening.3f.17", token: "T" });
  meeting.keep({ session: "s", epoch: 1, seq: 2 });
  assert.deepEqual([memory.entry.room, memory.session, meeting.entry.room], ["evening", null, "evening.3f.17"]);
  meeting.forget();
  assert.equal(meeting.session, null);
});
