// What the server is asked for a replay, and how often.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Archive } from "../../roomserver/web/archive.js";
import { World } from "./support.mjs";

const INDEX = { room: "r-1", form: "", subject: "", topic: "", opened_at_ms: 0, begins: 100, live: 400, duration_ms: 900, member: 2, members: [], keyframes: [0, 300], marks: [] };
const BOARD = { current: 1, free: false, locked: false, pages: [{ page: 1, background: "blank", locked: false, shapes: [], chunks: 0 }] };
const ROOM = { id: "r-1", form: "", subject: "", topic: "", state: "live", opened_at_ms: 0, members: [], hands: [], stage: [], chat: [], tracks: [] };
const SEGMENT = { room: ROOM, board: BOARD, chunks: [], seq: 5, at: 300, events: [], until: 900, next: null, duration_ms: 900, member: 2 };

/** A server that gives these answers, one after the other, and the last one again and again. */
function served(...answers) {
  const world = new World();
  const asked = [];
  const fetch = async (path, { headers }) => {
    asked.push([path, headers.Authorization]);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === "lost") throw new TypeError("no network");
    const [status, body] = answer ?? [200, path.includes("index") ? INDEX : SEGMENT];
    return { ok: status === 200, status, json: async () => body };
  };
  return { world, asked, archive: new Archive({ entry: { room: "r-1", token: "t" }, assets: null, env: world.env, fetch }) };
}

/** Let what was asked be answered, and waits pass. */
async function pass(world, times = 12) {
  for (let i = 0; i < times; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    world.pass(2_000);
  }
}

test("a replay opens where the lesson began, and asks with the token of the link", async () => {
  const { world, asked, archive } = served(undefined);
  const player = await archive.open();
  await pass(world);
  assert.equal(player.at, 400);
  assert.equal(await archive.open(), player);
  await player.fetch("export?format=pdf");
  assert.deepEqual(asked, ["replay/index", "recordings", "replay?at=300", "export?format=pdf&at=400"].map((path) => [`/v1/rooms/r-1/${path}`, "Bearer t"]));
});

test("a server that is busy or out of reach is asked again", async () => {
  const { world, asked, archive } = served([503, {}], "lost", undefined);
  const opening = archive.open();
  await pass(world);
  assert.equal((await opening).index, INDEX);
  assert.equal(asked.filter(([path]) => path.endsWith("index")).length, 3);
});

test("why it cannot be seen is said, and it can be asked for again", async () => {
  const { world, asked, archive } = served([409, { title: "conflict", detail: "not yet" }], undefined);
  await assert.rejects(archive.open(), { code: "conflict", message: "not yet" });
  assert.equal(asked.length, 1);
  await archive.open();
  const far = served("lost");
  const opening = assert.rejects(far.archive.open(), { code: "lost" });
  await pass(far.world);
  await opening;
  assert.equal(far.asked.length, 5);
  await pass(world);
});
