import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { closesAt, counted } from "../../roomserver/web/asking.js";
import { NOTHING, directs, lasted, may, memorable, myself, ownSchoolOnly, recalled, reduce, silenced, waits } from "../../roomserver/web/state.js";
import { mayCount } from "../../roomserver/web/ui/heads.js";
import { ordered } from "../../roomserver/web/ui/people.js";
import { welcome } from "./support.mjs";

const NOW = 50_000;
const start = (more) => reduce(NOTHING, welcome(more), NOW);
const after = (...messages) => messages.reduce((state, message) => reduce(state, message, NOW), start());

describe("welcome", () => {
  test("fills the room, with defaults where the wire leaves them out", () => {
    const state = start();
    assert.equal(state.me, 2);
    assert.deepEqual([state.topic, state.phase, state.locked], ["Fractions", "waiting", false]);
    assert.deepEqual(myself(state), { member: 2, name: "小明", role: "student", can: ["chat"], muted: [], away: false, device: false });
    assert.deepEqual(state.chat, [{ seq: 4, at: 100, member: 1, text: "hello", to: "all" }]);
    assert.deepEqual(state.ends, { at: NOW + 900_000, reason: "no_show" });
  });

  test("resumed keeps what was known", () => {
    const before = after({ type: "hand.raised", seq: 11, at: 1, member: 2 });
    const state = reduce(before, welcome({ resumed: true, room: undefined, board: undefined }), NOW);
    assert.deepEqual(state.hands, [2]);
    assert.equal(state.members, before.members);
  });

  test("a snapshot replaces the room and keeps names of those who have gone", () => {
    const { room } = welcome();
    const state = reduce(after({ type: "member.joined", seq: 11, at: 1, member: 9, name: "小丽", role: "student" }), { type: "snapshot", seq: 30, room, board: {} }, NOW);
    assert.equal(state.members.has(9), false);
    assert.equal(state.known.get(9).name, "小丽");
  });

  test("names who has gone, and says when the lesson began and how much was said", () => {
    const past = { live_at: 5_400, gone: [{ member: 7, name: "小芳", role: "student" }], lines: 57 };
    let state = start({ room: { ...welcome().room, past } });
    assert.deepEqual([state.members.has(7), state.known.get(7)], [false, { name: "小芳", role: "student" }]);
    state = reduce(state, { type: "chat.message", seq: 12, at: 9, member: 1, text: "bye" }, NOW);
    assert.equal(state.lines, 58);
    assert.equal(lasted(reduce(state, { type: "room.closed", seq: 13, at: 65_300, reason: "ended", by: 1 }, NOW)), 59);
  });

  test("a line of chat names its author, who left before we came", () => {
    const line = { seq: 5, at: 1, member: 7, name: "小芳", role: "student", text: "bye" };
    const state = start({ room: { ...welcome().room, chat: [line] } });
    assert.equal(state.members.has(7), false);
    assert.equal(state.known.get(7).name, "小芳");
    assert.deepEqual(state.chat, [{ seq: 5, at: 1, member: 7, text: "bye", to: "all" }]);
  });

  test("into a room that is over shows that it is", () => {
    const { room } = welcome();
    const state = start({ room: { ...room, state: "closed", closed_reason: "duration" }, evaluation: "due" });
    assert.deepEqual([state.closed.reason, state.evaluation], ["duration", "due"]);
  });
});

test("unknown types change nothing, not even names of Object", () => {
  const state = start();
  for (const type of ["dance.begun", "toString", "__proto__", "constructor", ""]) {
    assert.equal(reduce(state, { type, seq: 11 }, NOW), state);
  }
});

describe("members", () => {
  test("join, lose their line, come back and leave", () => {
    let state = after({ type: "member.joined", seq: 11, at: 1, member: 4, name: "小刚", role: "student", can: ["chat"], on_stage: true });
    assert.deepEqual(state.stage, [1, 4]);
    state = reduce(state, { type: "member.away", seq: 12, at: 1, member: 4 }, NOW);
    assert.equal(state.members.get(4).away, true);
    state = reduce(state, { type: "member.back", seq: 13, at: 1, member: 4 }, NOW);
    assert.equal(state.members.get(4).away, false);
    state = reduce(state, { type: "hand.raised", seq: 14, at: 1, member: 4 }, NOW);
    state = reduce(state, { type: "track.published", seq: 15, at: 1, track: "t1", member: 4, source: "camera" }, NOW);
    state = reduce(state, { type: "member.left", seq: 16, at: 1, member: 4, reason: "left" }, NOW);
    assert.deepEqual([state.hands, state.stage, [...state.tracks.keys()], state.members.has(4)], [[], [1], [], false]);
  });

  test("a new epoch leaves every line lost until it is back", () => {
    const state = after({ type: "epoch.raised", seq: 11, at: 1, epoch: 2, durable: 10 }, { type: "member.back", seq: 12, at: 1, member: 1 });
    assert.deepEqual([...state.members.values()].map(({ away }) => away), [false, true, true]);
  });

  test("an event about somebody unknown is harmless", () => {
    const state = start();
    assert.equal(after({ type: "member.away", seq: 11, at: 1, member: 77 }).members.size, state.members.size);
  });
});

describe("rights", () => {
  test("are granted to one and taken again", () => {
    const grant = (on) => ({ type: "granted", seq: 11, at: 1, member: 2, can: ["draw"], on, by: 1 });
    assert.equal(may(after(grant(true)), "draw"), true);
    assert.equal(may(after(grant(true), grant(false)), "draw"), false);
  });

  test("for all concern learners, not staff", () => {
    const state = after({ type: "granted", seq: 11, at: 1, member: "all", can: ["chat"], on: false, by: 1 });
    assert.deepEqual([...state.members.values()].map(({ can }) => can.includes("chat")), [true, false, false]);
  });

  test("of the stage come and go with it, as the event says them whole", () => {
    const on = { type: "stage.joined", seq: 11, at: 1, member: 2, by: 1, can: ["camera", "chat", "speak"] };
    const off = { type: "stage.left", seq: 12, at: 1, member: 2, by: 1, can: ["chat"] };
    assert.equal(may(after(on), "camera"), true);
    assert.deepEqual([may(after(on, off), "camera"), after(on, off).stage], [false, [1]]);
  });

  test("a mute for all silences learners until it is lifted", () => {
    const mute = (on) => ({ type: "member.muted", seq: 11, at: 1, member: "all", kind: "microphone", on, by: 1 });
    assert.equal(silenced(after(mute(true)), "microphone"), true);
    assert.deepEqual(after(mute(true)).members.get(1).muted, []);
    assert.equal(silenced(after(mute(true), mute(false)), "microphone"), false);
  });
});

describe("without a teacher", () => {
  const paused = { type: "room.paused", seq: 11, at: 100_000, reason: "teacher_away", ends_in_s: 240 };

  test("pupils wait until there is one again", () => {
    const state = after(paused);
    assert.equal(waits(state), true);
    assert.equal(waits({ ...state, me: 1 }), false);
    assert.equal(state.paused.ends - state.ends.at, state.opened_at_ms - state.offset + 340_000 - state.ends.at);
    assert.equal(waits(after(paused, { type: "room.resumed", seq: 12, at: 100_001 })), false);
  });

  test("it may be that the lesson ends sooner anyway, and when it has ended nobody waits", () => {
    assert.deepEqual(after({ ...paused, ends_in_s: undefined }).paused, { ends: null });
    assert.equal(after(paused, { type: "room.closed", seq: 12, at: 1, reason: "teacher_lost" }).paused, null);
  });

  test("a newcomer sees how long it still waits, what is held back, and the alarms", () => {
    const held = { seq: 9, at: 5, member: 7, name: "小芳", role: "student", text: "…" };
    const alarms = [{ kind: "over_use", at: 7, member: 2 }];
    const state = start({ room: { ...welcome().room, paused: { reason: "teacher_away", ends_in_ms: 9_000 }, held: [held], alarms } });
    assert.deepEqual([state.paused, state.alarms], [{ ends: NOW + 9_000 }, alarms]);
    assert.deepEqual([state.held, state.known.get(7).name], [[{ seq: 9, at: 5, member: 7, text: "…", to: "all" }], "小芳"]);
  });
});

describe("classrooms", () => {
  const joined = (member, role, school) => ({ type: "member.joined", seq: 11, at: 1, member, name: role, role, ...(school ? { school } : {}) });
  const seen = (me, ...more) => ({ ...after(joined(5, "classroom", "East"), joined(6, "classroom", "West"), joined(7, "assistant", "East"), joined(8, "assistant"), ...more), me });
  const one = (state, id) => state.members.get(id);

  test("an assistant of a school directs its learners only", () => {
    const helper = seen(7);
    assert.deepEqual([5, 6, 1, 2].map((id) => directs(helper, one(helper, id))), [true, false, false, false]);
    assert.deepEqual([1, 8].map((me) => directs(seen(me), one(helper, 6))), [true, true]);
    assert.equal(ownSchoolOnly({ ...after(joined(7, "assistant", "East")), me: 7 }), false); // no classroom comes here
  });

  test("count themselves, or an assistant of their school does", () => {
    const can = (me, id) => ((state) => mayCount({ state, me: myself(state) }, one(state, id)))(seen(me));
    assert.deepEqual([[5, 5], [7, 5], [5, 6], [7, 6], [8, 5], [1, 5], [7, 2]].map(([me, id]) => can(me, id)), [true, true, false, false, false, false, false]);
    const counted = seen(7, { type: "heads.changed", seq: 15, at: 2, member: 5, count: 32, by: 5 });
    assert.equal(one(counted, 5).heads, 32);
  });
});

describe("a line held back", () => {
  const held = { type: "chat.held", seq: 11, at: 1, member: 2, text: "…" };

  test("is no chat until it is let through", () => {
    const state = after(held);
    assert.deepEqual([state.held.map(({ seq }) => seq), state.chat.length], [[11], 1]);
    const passed = reduce(state, { type: "chat.message", seq: 12, at: 2, member: 2, text: "…", held: 11, by: 1 }, NOW);
    assert.deepEqual([passed.held, passed.chat.at(-1).seq], [[], 12]);
  });

  test("is gone when it is taken back, and stays when another line is", () => {
    assert.deepEqual(after(held, { type: "chat.deleted", seq: 12, at: 2, chat: 11, by: 1 }).held, []);
    assert.equal(after(held, { type: "chat.deleted", seq: 12, at: 2, chat: 4, by: 1 }).held.length, 1);
  });
});

describe("hands", () => {
  const raised = (member) => ({ type: "hand.raised", seq: 11, at: 1, member });
  test("keep their order, and the first place is kept", () => {
    assert.deepEqual(after(raised(3), raised(2), raised(3)).hands, [3, 2]);
  });

  test("come first in the list of people, then staff, then the others", () => {
    assert.deepEqual(ordered(after(raised(3))).map(({ member }) => member), [3, 1, 2]);
  });
});

describe("time", () => {
  test("room.live sets the end on this page's clock", () => {
    const state = after({ type: "room.live", seq: 11, at: 5_000, ends_at: 1_805_000, reason: "duration" });
    assert.deepEqual([state.phase, state.ends], ["live", { at: NOW + 1_800_000, reason: "duration" }]);
  });

  test("a warning that comes late, after a resume, does not move the end", () => {
    const state = after({ type: "ending.soon", seq: 11, at: 5_000, in_s: 60, reason: "duration" });
    assert.deepEqual(state.ends, { at: NOW + 60_000, reason: "duration" });
    assert.equal(reduce(start(), { type: "ending.soon", seq: 11, at: 5_000, in_s: 60, reason: "duration" }, NOW + 20_000).ends.at, NOW + 60_000);
  });
});

describe("the close", () => {
  const live = { type: "room.live", seq: 11, at: 5_000, ends_at: 1_805_000, reason: "duration" };
  const closed = { type: "room.closed", seq: 12, at: 9_000, reason: "ended", by: 1 };
  test("asks a student of a live lesson for the evaluation", () => {
    const state = after(live, closed);
    assert.deepEqual([state.phase, state.evaluation, state.ends], ["closed", "due", null]);
  });

  test("of a lesson that never began asks for nothing", () => assert.equal(after(closed).evaluation, "not_due"));

  test("staff learn the scores, without names", () => {
    assert.deepEqual(after(live, closed, { type: "evaluated", seq: 13, at: 1, score: 4 }).scores, [{ score: 4, member: undefined }]);
  });
});

test("chat lines are taken back", () => {
  const said = { type: "chat.message", seq: 11, at: 1, member: 2, text: "oops" };
  assert.deepEqual(after(said, { type: "chat.deleted", seq: 12, at: 1, chat: 11, by: 2 }).chat.map(({ seq }) => seq), [4]);
});

describe("a page that is loaded again", () => {
  const live = { type: "room.live", seq: 11, at: 5_400, ends_at: 1_805_000, reason: "duration" };
  const gone = { type: "member.left", seq: 12, at: 6_000, member: 3, reason: "left" };
  const closed = { type: "room.closed", seq: 13, at: 65_300, reason: "ended", by: 1 };
  const reloaded = (state, role) => recalled(JSON.parse(JSON.stringify({ ...memorable(state), role })));

  test("knows when the lesson began and who was there, and counts seconds as the record does", () => {
    const { room } = welcome();
    const again = reduce(reloaded(after(live, gone), "teacher"), welcome({ room: { ...room, state: "live", members: room.members.slice(0, 2) } }), NOW);
    assert.equal(again.known.get(3).name, "小红");
    assert.equal(again.closed, null);
    assert.equal(lasted(reduce(again, closed, NOW)), 59);
  });

  test("shows staff the end with its scores, also when nobody is let in any more", () => {
    const state = after(live, closed, { type: "evaluated", seq: 14, at: 1, score: 4 });
    assert.deepEqual(reloaded(state, "teacher").closed, { reason: "ended", by: 1, at: 65_300 });
    assert.deepEqual(reloaded(state, "teacher").scores.map(({ score }) => score), [4]);
    assert.equal(reloaded(state, "student").closed, null);
    assert.equal(recalled(null), NOTHING);
  });

  test("leaves out what it cannot know", () => {
    const { room } = welcome();
    const state = start({ room: { ...room, state: "closed", closed_reason: "ended" } });
    assert.equal(lasted(state), null);
    assert.equal("by" in state.closed, false);
  });
});

describe("what the class is asked", () => {
  const opened = { type: "poll.opened", seq: 11, at: 5_000, poll: 1, member: 1, question: "1/2 + 1/3?", options: ["2/5", "5/6"], seconds: 30 };
  const vote = (seq, member, choice) => ({ type: "poll.voted", seq, at: 6_000, poll: 1, member, choice });

  test("POLL-2: the newest vote of each counts, and nothing is counted twice", () => {
    const { poll } = after(opened, vote(12, 2, 0), vote(13, 2, 1), vote(14, 3, 1));
    assert.deepEqual([...poll.votes], [[2, 1], [3, 1]]);
    assert.deepEqual([counted(poll), closesAt(poll), poll.closed, poll.answer], [[0, 2], 35_000, false, null]);
  });

  test("POLL-5: a closed poll shows what the server counted, and the right answer", () => {
    const { poll } = after(opened, vote(12, 2, 0), { type: "poll.closed", seq: 15, at: 9_000, poll: 1, counts: [7, 9], answer: 1 });
    assert.deepEqual([counted(poll), poll.closed, poll.answer, poll.votes.get(2)], [[7, 9], true, 1, 0]);
  });

  test("POLL-6: a newcomer's picture is that of those who were there", () => {
    const room = { ...welcome().room, poll: { poll: 1, member: 1, at: 5_000, question: "1/2 + 1/3?", options: ["2/5", "5/6"], seconds: 30, votes: [[2, 1]] } };
    assert.deepEqual(start({ room }).poll, after(opened, vote(12, 2, 1)).poll);
  });

  test("a poll of long ago is not changed by what is said of another", () => {
    const state = after(opened);
    assert.equal(reduce(state, { type: "poll.closed", seq: 12, at: 9, poll: 2, counts: [1, 0] }, NOW), state);
  });

  test("CHECKIN-2: who has answered has answered once", () => {
    const answered = { type: "checkin.answered", seq: 12, at: 2, checkin: 1, member: 2 };
    const opened = { type: "checkin.opened", seq: 11, at: 1, checkin: 1, member: 1, seconds: 30 };
    const state = after(opened, answered, { ...answered, seq: 13 }, { type: "checkin.closed", seq: 14, at: 30_001, checkin: 1, missing: [3] });
    assert.deepEqual([state.checkin.answered, state.checkin.closed, state.checkin.missing], [[2], true, [3]]);
  });

  test("COMMENT-1: who is not told of comments has none", () => {
    assert.equal(start().comments, null);
    const told = start({ room: { ...welcome().room, comments: [] } });
    const state = reduce(told, { type: "comment.added", seq: 11, at: 7, member: 9, name: "听课教师", text: "好" }, NOW);
    assert.deepEqual(state.comments, [{ seq: 11, at: 7, member: 9, name: "听课教师", text: "好" }]);
  });
});
