import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Pulse } from "../../roomserver/web/media/pulse.js";
import { World } from "./support.mjs";

let world, up, down, line, silences, pulse;

/** A connection over which something comes at each look, until it is cut. */
class Connection {
  constructor() {
    this.bytes = 0;
    this.cut = false;
    const pair = () => ({ type: "candidate-pair", bytesReceived: this.bytes });
    this.pc = { connectionState: "connected", getStats: async () => new Map([["p", pair()], ["t", { type: "transport" }]]) };
  }
}

beforeEach(() => {
  world = new World();
  [up, down, silences] = [new Connection(), new Connection(), 0];
  line = {
    heard: 0,
    isOpen: true,
    answers: true,
    hurried: 0,
    hurry() {
      this.hurried += 1;
      if (this.answers) this.heard = world.env.now() + 50;
    },
  };
  pulse = new Pulse(world.env, line, [up, down], () => (silences += 1));
  pulse.start();
});

/** So many looks, half a second apart. */
async function looks(times) {
  for (let n = 0; n < times; n++) {
    for (const connection of [up, down]) if (!connection.cut) connection.bytes += 22;
    world.pass(500);
    await new Promise(setImmediate);
  }
}

test("while something comes the line is not asked", async () => {
  await looks(20);
  assert.deepEqual([silences, line.hurried], [0, 0]);
});

test("silence on one connection for a second and a half is told once, when the line answers", async () => {
  await looks(4);
  down.cut = true;
  await looks(2);
  assert.deepEqual([silences, line.hurried], [0, 1]);
  await looks(1);
  assert.equal(silences, 1);
  await looks(20);
  assert.equal(silences, 1);
});

test("what comes again is judged anew", async () => {
  await looks(4);
  for (const times of [1, 2]) {
    down.cut = true;
    await looks(3);
    assert.equal(silences, times);
    down.cut = false;
    await looks(3);
  }
});

test("a second without anything is let pass", async () => {
  await looks(4);
  for (let n = 0; n < 5; n++) {
    down.cut = true;
    await looks(2);
    down.cut = false;
    await looks(2);
  }
  assert.equal(silences, 0);
});

test("silence of the server itself is not mended: the line is silent too, until it answers", async () => {
  await looks(4);
  up.cut = down.cut = true;
  line.answers = false;
  await looks(10);
  assert.deepEqual([silences, line.hurried], [0, 1]);
  up.cut = down.cut = false; // it was busy, and goes on
  line.heard = world.env.now();
  await looks(4);
  assert.equal(silences, 0);
});

test("where nothing ever came, and on a connection that is not up, silence means nothing", async () => {
  up.cut = true;
  down.pc.connectionState = "connecting";
  await looks(10);
  down.pc = null;
  await looks(10);
  assert.deepEqual([silences, line.hurried], [0, 0]);
});

test("a new connection must first be heard", async () => {
  await looks(4);
  down.pc = new Connection().pc;
  await looks(10);
  assert.equal(silences, 0);
});

test("after the end nobody looks", async () => {
  await looks(4);
  pulse.stop();
  up.cut = down.cut = true;
  await looks(10);
  assert.deepEqual([silences, world.timers.length], [0, 0]);
});

test("a connection that is closed while it is looked at is no silence, and the looks go on", async () => {
  await looks(4);
  const { getStats } = down.pc;
  down.pc.getStats = async () => Promise.reject(new Error("closed"));
  await looks(6);
  assert.deepEqual([silences, line.hurried], [0, 0]);
  down.pc.getStats = getStats;
  await looks(4);
  down.cut = true;
  await looks(4);
  assert.equal(silences, 1);
});

test("a line that waits to come again is not hurried", async () => {
  await looks(4);
  line.isOpen = false;
  down.cut = true;
  await looks(6);
  assert.deepEqual([silences, line.hurried], [0, 0]);
});
