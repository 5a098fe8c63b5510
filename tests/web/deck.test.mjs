// Recorded sound and pictures follow the replay's clock, and rest where nothing was recorded.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Deck, covers } from "../../roomserver/web/deck.js";
import { Watched } from "../../roomserver/web/watched.js";

const SOUND = { name: "s", url: "/s", member: 1, source: "microphone", start_ms: 10_000, duration_ms: 20_000, gaps: [[15_000, 18_000]] };

class Player extends Watched {
  constructor(recordings) {
    super();
    Object.assign(this, { recordings, at: 0, speed: 1, playing: false, waiting: false });
  }

  /** @param {object} change */
  be(change) {
    Object.assign(this, change);
    this.emit("time");
  }
}

function desk(recordings = [SOUND]) {
  const player = new Player(recordings);
  const closed = [];
  const open = () => ({
    currentTime: 0, playbackRate: 1, paused: true, seeking: false, muted: false,
    play() {
      this.paused = false;
      return Promise.resolve();
    },
    pause() {
      this.paused = true;
    },
  });
  const deck = new Deck({ player, open, close: (recording) => closed.push(recording.name) });
  return { player, deck, closed, medium: () => deck.media.get(recordings[0]) };
}

test("a file is opened shortly before it is heard, and let go behind its end", () => {
  const { player, deck, closed, medium } = desk();
  assert.equal(medium(), undefined);
  player.be({ at: 6_000, playing: true });
  assert.equal(medium().paused, true);
  player.be({ at: 10_000 });
  assert.equal(medium().paused, false);
  player.be({ at: 30_000 });
  assert.equal(deck.media.size, 0);
  assert.deepEqual(closed, ["s"]);
});

test("what is far off jumps, what is a little off runs faster or slower", () => {
  const { player, medium } = desk();
  player.be({ at: 12_000, playing: true });
  assert.equal(medium().currentTime, 2);
  medium().currentTime = 1.9;
  player.be({});
  assert.equal(medium().currentTime, 1.9);
  assert.ok(medium().playbackRate > 1.05 && medium().playbackRate <= 1.1);
  medium().currentTime = 2.08;
  player.be({ speed: 2 });
  assert.ok(medium().playbackRate < 2 && medium().playbackRate >= 1.8);
  medium().currentTime = 2.01;
  player.be({ speed: 1.5 });
  assert.equal(medium().playbackRate, 1.5);
});

test("it rests in a gap, and goes on exactly behind it", () => {
  const { player, medium } = desk();
  player.be({ at: 14_900, playing: true });
  player.be({ at: 15_100 });
  assert.equal(medium().paused, true);
  medium().currentTime = 5.0; // as a player that squeezes the gap would have it
  player.be({ at: 18_000 });
  assert.equal(medium().paused, false);
  assert.equal(medium().currentTime, 8);
});

test("it pauses with the replay, also while that waits, and shows the instant that was sought", () => {
  const { player, medium } = desk();
  player.be({ at: 11_000, playing: true });
  player.be({ waiting: true });
  assert.equal(medium().paused, true);
  player.be({ waiting: false });
  assert.equal(medium().paused, false);
  player.be({ playing: false, at: 20_000 });
  assert.equal(medium().paused, true);
  assert.equal(medium().currentTime, 10);
});

test("a medium that is finding its place is not sent elsewhere", () => {
  const { player, medium } = desk();
  player.be({ at: 11_000, playing: true });
  Object.assign(medium(), { seeking: true, currentTime: 0 });
  player.be({ at: 12_000 });
  assert.equal(medium().currentTime, 0);
});

test("sound can be turned off, and nothing plays once the page is left", () => {
  const { player, deck, medium } = desk();
  player.be({ at: 11_000, playing: true });
  deck.mute(true);
  assert.equal(medium().muted, true);
  const last = medium();
  deck.stop();
  assert.equal(last.paused, true);
  player.be({ at: 12_000 });
  assert.equal(deck.media.size, 0);
});

test("an instant is covered from a file's beginning to its end, but for its gaps", () => {
  const inside = [9_999, 10_000, 15_000, 15_001, 17_999, 18_000, 29_999, 30_000].map((at) => covers(SOUND, at));
  assert.deepEqual(inside, [false, true, true, false, false, true, true, false]);
});
