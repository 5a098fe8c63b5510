import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DOORS, evaluate, hasPage, spoken, waiting } from "../../roomserver/web/door.js";
import { Wire } from "../../roomserver/web/wire.js";
import { World } from "./support.mjs";

const NOW = Date.UTC(2026, 9, 14, 9, 59, 48); // 17:59:48 in Beijing
const OPENS = Date.UTC(2026, 9, 14, 10, 0, 0);

describe("waiting", () => {
  test("WINDOW-8: one comes when the time is there, and not all who wait at once", () => {
    const refusal = { code: "outside_window", retry_in_s: 12, until_ms: OPENS };
    assert.deepEqual(waiting(refusal, NOW, 0), { shown: OPENS, due: OPENS, come: OPENS });
    const last = waiting(refusal, NOW, 0.999);
    assert.ok(last.come > OPENS + 4_000 && last.come < OPENS + 5_000);
  });

  test("a device whose clock is wrong waits as long, and shows the server's instant", () => {
    const { shown, due } = waiting({ code: "outside_window", retry_in_s: 12, until_ms: OPENS }, NOW - 3_600_000, 0);
    assert.deepEqual([shown, due], [OPENS, OPENS - 3_600_000]);
  });

  test("without the instant it is counted from here, and what time does not cure has none", () => {
    assert.equal(waiting({ code: "rest_needed", retry_in_s: 600 }, NOW, 0).shown, NOW + 600_000);
    assert.equal(waiting({ code: "full" }, NOW, 0), null);
  });
});

test("an instant is said in the reader's words, with its day where that is not today", () => {
  const say = (at, locale) => spoken(at, NOW, locale, "Asia/Shanghai");
  assert.equal(say(OPENS, "zh-CN"), "18:00");
  assert.equal(say(OPENS + 1, "en-GB"), "18:00");
  assert.equal(say(OPENS - 59_000, "en-GB"), "18:00"); // on the minute after it, never before one may come
  assert.equal(say(OPENS + 24 * 3_600_000, "zh-CN"), "10月15日星期四 18:00");
  assert.match(say(OPENS + 24 * 3_600_000, "en-GB"), /^Thursday,? 15 October,? (at )?18:00$/);
  assert.equal(spoken(OPENS, NOW, "en-GB", "Europe/Berlin"), "12:00");
});

test("WINDOW-8: what the server said of a refused hello reaches the page whole", () => {
  const world = new World();
  const wire = new Wire({ url: "ws://here", room: "r-1", token: "T", env: world.env, onMessage() {}, onStatus() {} });
  wire.start();
  world.socket.open();
  const refusal = { type: "error", code: "evaluation_due", message: "…", rule: "DUE-1", retry_in_s: 3, until_ms: OPENS, room: "r-0" };
  world.socket.say({ ...refusal, id: 1 });
  world.socket.say({ type: "bye", code: 4403, reason: "…" });
  world.socket.hangUp(4403);
  assert.deepEqual([wire.status.phase, wire.status.why, wire.status.refusal], ["stopped", "refused", refusal]);
});

test("every code with which one is not let in has a page", () => {
  const codes = readFileSync(new URL("../../protocol/codes.py", import.meta.url), "utf8").split("class CloseCode")[0];
  assert.deepEqual(DOORS.filter((code) => !codes.includes(`= "${code}"`)), []);
  const rules = [...codes.matchAll(/= "(\w+)"/g)].map(([, code]) => code);
  const first = rules.indexOf("outside_window");
  assert.deepEqual(rules.slice(first, rules.indexOf("not_eligible") + 1).filter((code) => !DOORS.includes(code)), []);
});

test("without a lesson to evaluate there is nothing to ask", () => {
  assert.deepEqual([{ code: "full" }, { code: "evaluation_due", room: "r-0" }].map(hasPage), [true, true]);
  assert.deepEqual([undefined, null, { code: "evaluation_due" }, { code: "room_closed" }].map(hasPage), [false, false, false, false]);
});

describe("an evaluation that is due", () => {
  const given = { room: "r-0", score: 5, tags: ["clear"], comment: "" };
  const answering = (status, body) => async () => new Response(JSON.stringify(body), { status });

  test("is sent with the student's own token", async () => {
    const asked = [];
    const fetch = async (path, options) => (asked.push([path, options]), new Response("{}", { status: 201 }));
    assert.deepEqual(await evaluate("T", given, fetch), { ok: true });
    const [[path, { method, headers, body }]] = asked;
    assert.deepEqual([path, method, headers.Authorization, JSON.parse(body)], ["/v1/evaluations", "POST", "Bearer T", given]);
  });

  test("is as good when it was given already, and is refused in the server's words", async () => {
    assert.deepEqual(await evaluate("T", given, answering(409, { title: "conflict" })), { ok: true });
    assert.deepEqual(await evaluate("T", given, answering(400, { title: "invalid" })), { ok: false, code: "invalid" });
    assert.deepEqual(await evaluate("T", given, async () => new Response("?", { status: 502 })), { ok: false, code: "unknown" });
    assert.deepEqual(await evaluate("T", given, () => Promise.reject(new TypeError("offline"))), { ok: false, code: "lost" });
  });
});
