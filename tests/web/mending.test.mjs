import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Mender } from "../../roomserver/web/media/mending.js";
import { World } from "./support.mjs";

let world, up, down, failed, mender;

/** A connection that counts how often it was mended. */
class Line {
  constructor() {
    this.pc = { connectionState: "connected" };
    this.mended = 0;
  }
  mend() {
    this.mended += 1;
  }
  is(state) {
    this.pc.connectionState = state;
    this.onState(state);
  }
}

beforeEach(() => {
  world = new World();
  [up, down, failed] = [new Line(), new Line(), 0];
  mender = new Mender(world.env, [up, down], () => (failed += 1));
});

const mended = () => [up.mended, down.mended];

test("a hiccup is let pass, a second without an answer has both connections mended", () => {
  down.is("disconnected");
  world.pass(900);
  down.is("connected");
  world.pass(10_000);
  assert.deepEqual(mended(), [0, 0]);
  down.is("disconnected");
  world.pass(1_000);
  assert.deepEqual(mended(), [1, 1]);
});

test("mending that helps is all, and the next trouble is mended too", () => {
  for (const times of [1, 2]) {
    up.is("disconnected");
    world.pass(1_000);
    up.is("connected");
    world.pass(10_000);
    assert.deepEqual([mended(), failed], [[times, times], 0]);
  }
});

test("mending that does not help in four seconds is a failure, once", () => {
  up.is("disconnected");
  down.is("disconnected");
  world.pass(4_900);
  assert.deepEqual([mended(), failed], [[1, 1], 0]);
  world.pass(100);
  assert.equal(failed, 1);
  world.pass(60_000);
  assert.deepEqual([mended(), failed], [[1, 1], 1]);
});

test("when the network has moved nobody waits", () => {
  mender.moved();
  assert.deepEqual(mended(), [1, 1]);
  up.is("disconnected"); // of the old network; it is being mended
  world.pass(1_000);
  up.is("connected");
  world.pass(10_000);
  assert.deepEqual([mended(), failed], [[1, 1], 0]);
});

test("silence on a connection that still stands is mended at once, and not twice", () => {
  mender.silent();
  mender.silent();
  assert.deepEqual(mended(), [1, 1]);
  world.pass(4_000);
  mender.silent();
  assert.deepEqual([mended(), failed], [[2, 2], 0]);
});

test("trouble that begins while another is mended is seen at the end", () => {
  mender.moved();
  world.pass(3_500);
  up.is("disconnected");
  world.pass(500);
  assert.equal(failed, 1);
});

test("without connections nothing is mended, and none is after the end", () => {
  up.is("disconnected");
  mender.stop();
  up.pc = down.pc = null;
  world.pass(10_000);
  mender.moved();
  assert.deepEqual([mended(), failed], [[0, 0], 0]);
});
