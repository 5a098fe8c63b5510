// Why there is no lesson for one now: asked in the lobby, known from what is refused there, and over when the lobby says so.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Barred } from "../../roomserver/web/barred.js";

const DUE = { ok: false, code: "evaluation_due", message: "…", rule: "DUE-2", room: "r-0" };
const REST = { ok: false, code: "rest_needed", message: "…", rule: "REST-2", retry_in_s: 60 };

/** With what the lobby answers, in order, and how often something has changed. */
function asking(...answers) {
  const told = { changes: 0 };
  const barred = new Barred(async () => answers.shift(), () => told.changes++);
  return { barred, told };
}

test("CALL-13: one is told what the door would say before anything is pressed, until it is over", async () => {
  const { barred, told } = asking(DUE, { ok: true }, { ok: true });
  await barred.ask();
  assert.deepEqual([barred.refusal, barred.wait, told.changes], [DUE, null, 1]);
  await barred.ask();
  assert.deepEqual([barred.refusal, told.changes], [null, 2]);
  await barred.ask();
  assert.equal(told.changes, 2);
});

test("CALL-13: what time cures has its instant, and counts anew when it is said again", async () => {
  const { barred, told } = asking(REST, { ...REST, retry_in_s: 30 });
  await barred.ask();
  const first = barred.wait.due;
  assert.ok(Math.abs(first - Date.now() - 60_000) < 5_000);
  await barred.ask();
  assert.ok(barred.wait.due < first);
  assert.equal(told.changes, 2);
});

test("an evaluation that is half written is not drawn anew because it is still due", async () => {
  const { barred, told } = asking(DUE, { ...DUE }, { ...DUE, room: "r-1" });
  await barred.ask();
  await barred.ask();
  assert.equal(told.changes, 1);
  await barred.ask();
  assert.equal(told.changes, 2);
});

test("whoever presses first is told the same, and what has other reasons is none of these", () => {
  const { barred, told } = asking();
  assert.deepEqual(["full", "locked", "conflict", "rate_limited", "lost"].map((code) => barred.meets({ ok: false, code })), [false, false, false, false, false]);
  assert.equal(barred.meets({ ok: true }), false);
  assert.equal(barred.meets({ ok: false, code: "evaluation_due" }), false); // of which lesson?
  assert.equal(told.changes, 0);
  assert.equal(barred.meets(REST), true);
  assert.deepEqual([barred.refusal, told.changes], [REST, 1]);
});

test("without an answer it is as it was, and asked again", async () => {
  const { barred, told } = asking(DUE, { ok: false, code: "lost" }, { ok: false, code: "rate_limited", retry_in_s: 0.05 }, { ok: true });
  for (let n = 0; n < 3; n++) await barred.ask();
  assert.deepEqual([barred.refusal, told.changes], [DUE, 1]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual([barred.refusal, told.changes], [null, 2]);
});

test("nobody asks any more when the page is left", async () => {
  const { barred, told } = asking(DUE, { ok: false, code: "unavailable", retry_in_s: 0.02 }, { ok: true });
  await barred.ask();
  await barred.ask();
  barred.stop();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual([barred.refusal, told.changes], [DUE, 1]);
});
