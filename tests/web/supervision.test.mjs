import assert from "node:assert/strict";
import { test } from "node:test";
import { EVERYTHING, Supervision, URGENT, arranged } from "../../roomserver/web/supervision.js";
import { World } from "./support.mjs";

const glance = (room, more = {}) => ({
  room, form: "one_to_one", subject: "mathematics", grade: "8", topic: room, state: "live", live_ms: 5, ends_ms: 1_000, ends_because: "duration",
  teachers: ["王老师"], people: { teacher: 1, student: 1 }, away: 0, hands: 0, quality: 5, alarms: {}, alarm_ms: null, ...more,
});
const ids = (rooms) => rooms.map((one) => one.room);
const turns = () => new Promise((resolve) => setImmediate(resolve));

const ROOMS = [
  glance("quiet", { ends_ms: 900 }),
  glance("bad", { quality: 1, form: "one_to_many", teachers: ["Ms Li"] }),
  glance("alarm", { alarms: { over_use: 2 }, people: { teacher: 1, student: 30 } }),
  glance("unknown", { quality: null, state: "waiting", subject: "history" }),
  glance("soon", { ends_ms: 100 }),
];

test("WATCH-5: what needs somebody comes first: alarms, then bad lines, then who ends soon", () => {
  assert.deepEqual(ids(arranged(ROOMS, EVERYTHING, URGENT)), ["alarm", "bad", "unknown", "soon", "quiet"]);
  assert.deepEqual(ids(arranged(ROOMS, EVERYTHING, { column: "left", down: false })), ["soon", "quiet", "bad", "unknown", "alarm"]);
  assert.deepEqual(ids(arranged(ROOMS, EVERYTHING, { column: "people", down: true }))[0], "alarm");
  assert.deepEqual(ids(arranged(ROOMS, EVERYTHING, { column: "lesson", down: true })), ["unknown", "soon", "quiet", "bad", "alarm"]);
});

test("rooms are found by what stands in them", () => {
  const found = (filter) => ids(arranged(ROOMS, { ...EVERYTHING, ...filter }, { column: "lesson", down: false }));
  assert.deepEqual(found({ words: "ms li" }), ["bad"]);
  assert.deepEqual(found({ words: "王老师 qui" }), ["quiet"]);
  assert.deepEqual(found({ form: "one_to_many" }), ["bad"]);
  assert.deepEqual(found({ subject: "history", state: "waiting" }), ["unknown"]);
  assert.deepEqual(found({ alarms: true }), ["alarm"]);
  assert.deepEqual(found({ alarms: true, subject: "history" }), []);
});

function watching(answers) {
  const world = new World();
  const asked = [];
  const fetch = async (path, options) => {
    asked.push([path, options.headers.Authorization, world.time]);
    const status = answers.length > 1 ? answers.shift() : answers[0];
    if (status === "lost") throw new TypeError("no network");
    return { status, ok: status === 200, json: async () => ({ now_ms: Date.now() + 60_000, total: 9, rooms: ROOMS }) };
  };
  let changes = 0;
  world.chance = 0;
  const supervision = new Supervision({ token: "abc", env: world.env, onChange: () => changes++, fetch });
  return { world, asked, supervision, changes: () => changes };
}

test("WATCH-5: it asks again every three seconds, and ever more slowly while there is no answer", async () => {
  const { world, asked, supervision } = watching([200, "lost", 503, 503, 503, 503, 200]);
  await supervision.ask();
  for (let second = 0; second < 130; second++) {
    world.pass(1_000);
    await turns();
  }
  const waits = asked.slice(1).map(([, , at], place) => Math.round((at - asked[place][2]) / 1_000));
  assert.deepEqual(waits.slice(0, 7), [3, 6, 12, 24, 30, 30, 3]);
  assert.deepEqual(asked[0].slice(0, 2), ["/v1/live", "Bearer abc"]);
  assert.deepEqual([supervision.total, supervision.rooms.length, supervision.failures], [9, 5, 0]);
});

test("a page that nobody looks at does not ask, and asks at once when somebody does", async () => {
  const { world, asked, supervision } = watching([200]);
  await supervision.ask();
  supervision.pause(true);
  world.pass(60_000);
  await turns();
  assert.equal(asked.length, 1);
  supervision.pause(false);
  await turns();
  assert.equal(asked.length, 2);
});

test("who asks out of turn does not ask twice from then on", async () => {
  const { world, asked, supervision } = watching([200]);
  await supervision.ask();
  world.pass(1_000);
  await supervision.ask();
  for (let second = 0; second < 9; second++) {
    world.pass(1_000);
    await turns();
  }
  assert.equal(asked.length, 2 + 3);
});

test("who may not see the rooms is not asked about again", async () => {
  const { world, asked, supervision, changes } = watching([401]);
  await supervision.ask();
  world.pass(60_000);
  await turns();
  assert.deepEqual([supervision.over, asked.length, changes()], ["token", 1, 1]);
});

test("the time left is the server's, whatever the clock of this machine says", async () => {
  const { supervision } = watching([200]);
  await supervision.ask();
  const left = supervision.left(glance("r", { ends_ms: Date.now() + 60_000 + 5_000 }));
  assert.ok(left > 4_000 && left <= 5_100, String(left));
});
