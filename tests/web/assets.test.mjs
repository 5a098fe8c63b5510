// Pictures and formulas by their names: what is shown is loaded once, a few at a time, and kept; what is not there is let be.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Assets, answerOf } from "../../roomserver/web/board/assets.js";
import { World } from "./support.mjs";

const names = (count) => Array.from({ length: count }, (_, i) => i.toString(16).padStart(32, "0"));
const problem = (status, title, detail, headers = {}) => new Response(JSON.stringify({ type: "about:blank", status, title, detail }), { status, headers });
let world, assets, asked, answer, flying, most, shown, closed;

globalThis.Path2D = class {};
globalThis.createImageBitmap = async () => ({ width: 2_000, height: 1_000, close: () => closed++ });

/** What a page does: whenever it is told to, it asks for all that it shows, in a frame. */
function paint() {
  for (const name of shown) assets.picture(name);
}

/** Let answers come and time pass until nothing happens any more. */
async function settle(ms = 10_000) {
  for (let passed = 0; passed < ms; passed += 50) {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    world.pass(50);
  }
}

beforeEach(() => {
  [world, asked, flying, most, shown, closed] = [new World(), [], 0, 0, [], 0];
  answer = () => new Response("a picture");
  const fetch = async (path, options) => {
    asked.push([path, options]);
    most = Math.max(most, ++flying);
    await new Promise(setImmediate);
    flying -= 1;
    return answer(path);
  };
  assets = new Assets({ room: "r", token: "t", fetch, now: world.env.now, setTimer: world.env.setTimer });
  let due = false;
  assets.watch(() => {
    if (due) return;
    due = true;
    world.env.setTimer(() => ((due = false), paint()), 16);
  });
});

test("what is shown is loaded once, four at a time, and stays, however much it is", async () => {
  shown = names(40);
  paint();
  await settle();
  assert.deepEqual([asked.length, most, closed], [40, 4, 0]);
  paint();
  await settle();
  assert.deepEqual([asked.length, shown.every((name) => assets.picture(name))], [40, true]);
});

test("what is too much at once is not loaded, and nothing goes round", async () => {
  shown = names(100); // 200 million pixels
  paint();
  await settle();
  const { length } = asked;
  assert.ok(length < 60);
  await settle(60_000);
  assert.deepEqual([asked.length, closed], [length, 0]);
});

test("another page's pictures take the place of those that are shown no more, the oldest first", async () => {
  const all = names(60);
  shown = all.slice(0, 40);
  paint();
  await settle();
  shown = all.slice(40);
  paint();
  await settle();
  assert.deepEqual([asked.length, shown.every((name) => assets.picture(name))], [60, true]);
  assert.equal(closed, 35); // 25 pictures of two million pixels stay: those shown, and five of the others
});

test("what is not there is asked for twice, and again when another page is shown", async () => {
  answer = () => problem(404, "not_found");
  shown = names(3);
  paint();
  await settle(300_000);
  paint();
  assert.equal(asked.length, 6);
  assets.forgive();
  answer = () => new Response("a picture");
  paint();
  await settle();
  assert.deepEqual([asked.length, shown.every((name) => assets.picture(name))], [9, true]);
});

test("of thousands of names without pictures a few hundred are asked for", async () => {
  answer = () => problem(404, "not_found");
  shown = names(3_000);
  paint();
  await settle(60_000);
  const { length } = asked;
  assert.ok(length <= 2 * 504, String(length));
  await settle(60_000);
  assert.equal(asked.length, length);
});

test("a server that is busy is left alone for longer and longer, by all names together", async () => {
  answer = () => problem(503, "unavailable");
  shown = names(100);
  paint();
  await settle(19_000); // at once, after 1 s and 4 s more; not yet after 15 s more
  assert.equal(asked.length, 3 * 4);
  answer = () => new Response("a picture");
  await settle(5_000);
  assert.ok(assets.picture(shown[0]));
});

test("a formula that is wrong is asked for once, and known as wrong", async () => {
  answer = () => problem(400, "invalid", "a { has no }");
  assert.equal(assets.formula("{"), null);
  await settle();
  assert.deepEqual([assets.formula("{"), assets.isWrong("{"), asked.length], [null, true, 1]);
});

test("a formula too long for an address is sent as a body", async () => {
  answer = () => new Response(JSON.stringify({ latex: "x", width: 1, height: 1, path: "M0 0Z" }));
  const long = "分".repeat(1_000);
  assert.equal((await assets.render(long)).ok, true);
  assert.equal((await assets.render("x^2")).ok, true);
  const [[path, { method, body, headers }], [short, plain]] = asked;
  assert.deepEqual([path, method, JSON.parse(body), headers], ["/v1/formulas", "POST", { latex: long }, { Authorization: "Bearer t", "Content-Type": "application/json" }]);
  assert.deepEqual([short, plain.method], ["/v1/formulas?latex=x%5E2", undefined]);
  assert.ok(assets.formula(long));
});

test("a refusal is read from its problem details, whatever else was sent", async () => {
  const busy = await answerOf(problem(503, "unavailable", "too much is being drawn", { "Retry-After": "5" }));
  assert.deepEqual(busy, { ok: false, code: "unavailable", message: "too much is being drawn", retry_in_s: 5 });
  assert.equal((await answerOf(new Response("<html>", { status: 502 }))).code, "unknown");
});
