import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Memory } from "../../roomserver/web/entry.js";
import { Media } from "../../roomserver/web/media/media.js";
import { NOTHING, reduce } from "../../roomserver/web/state.js";
import { Store, World, welcome } from "./support.mjs";

const BOTH = { microphone: true, camera: true, microphoneId: "m1", cameraId: "" };
let opened;

class Track {
  constructor(kind) {
    this.kind = kind;
    this.enabled = true;
    this.stopped = false;
  }
  stop() {
    this.stopped = true;
  }
}

beforeEach(() => {
  opened = [];
  const devices = {
    getUserMedia: async (wish) => {
      const track = new Track(wish.audio ? "audio" : "video");
      opened.push(track.kind);
      return { getTracks: () => [track] };
    },
  };
  globalThis.window = { isSecureContext: true };
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: devices }, configurable: true });
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A student's media in a room where they may do what `can` says. */
async function student(can, memory, choice = memory.choice ?? BOTH) {
  const { room } = welcome();
  const members = room.members.map((one) => (one.member === 2 ? { ...one, can } : one));
  const world = { state: reduce(NOTHING, welcome({ room: { ...room, members } }), 0) };
  const clock = new World();
  const wire = { isOpen: true, command: () => ({ done: Promise.resolve({ ok: true }) }), env: clock.env };
  const media = new Media({ wire, state: () => world.state, choice, onWish: (wish) => memory.choose(wish), onChange() {}, onTrouble() {} });
  let restarts = 0;
  media.publisher.set = () => {};
  media.publisher.restart = () => void restarts++;
  media.welcomed([]);
  await settled();
  const happens = async (event) => {
    world.state = reduce(world.state, { seq: 11, at: 1, ...event }, 0);
    media.follow();
    await settled();
  };
  return { media, happens, wire, passes: (ms) => clock.pass(ms), restarted: () => restarts };
}

const SPEAKER = ["chat", "speak", "camera"];
const called = { type: "stage.joined", member: 2, can: SPEAKER };

test("a microphone that was turned off stays off when the page is loaded again", async () => {
  const memory = new Memory(new Store());
  memory.choose(BOTH);
  const before = await student(SPEAKER, memory);
  assert.equal(before.media.lamp("microphone"), "on");
  await before.media.toggle("microphone");
  before.media.stop(); // what a page does when it goes
  assert.deepEqual(memory.choice, { ...BOTH, microphone: false });
  const after = await student(SPEAKER, memory);
  assert.deepEqual([after.media.lamp("microphone"), after.media.lamp("camera")], ["off", "on"]);
  await after.media.toggle("microphone");
  assert.deepEqual(memory.choice, BOTH);
});

test("turned off while the line is down is remembered too", async () => {
  const memory = new Memory(new Store());
  const { media, wire } = await student(SPEAKER, memory);
  wire.isOpen = false;
  await media.toggle("microphone");
  assert.equal(memory.choice.microphone, false);
});

test("a mute by staff counts as closed after a reload", async () => {
  const memory = new Memory(new Store());
  const { media, happens } = await student(SPEAKER, memory);
  await happens({ type: "member.muted", member: 2, kind: "microphone", on: true });
  await happens({ type: "member.muted", member: 2, kind: "microphone", on: false });
  assert.equal(media.lamp("microphone"), "off");
  assert.equal(memory.choice.microphone, false);
});

test("whoever may speak from the start is heard as they chose", async () => {
  const { media } = await student(SPEAKER, new Memory(new Store()));
  assert.deepEqual([media.lamp("microphone"), media.lamp("camera"), media.prompt], ["on", "on", false]);
});

test("being called up opens neither microphone nor camera, it asks", async () => {
  const memory = new Memory(new Store());
  const { media, happens } = await student(["chat"], memory);
  await happens(called);
  assert.deepEqual([media.lamp("microphone"), media.lamp("camera"), media.prompt, opened], ["off", "off", true, []]);
  assert.deepEqual(memory.choice, { ...BOTH, microphone: false, camera: false });
  await media.toggle("microphone");
  assert.deepEqual([media.lamp("microphone"), media.prompt], ["on", false]);
});

test("stepping down closes the device, and the next call asks again", async () => {
  const { media, happens } = await student(SPEAKER, new Memory(new Store()));
  const track = media.local.get("microphone");
  await happens({ type: "stage.left", member: 2, can: ["chat"] });
  assert.equal(track.stopped, true);
  await happens(called);
  assert.deepEqual([media.lamp("microphone"), media.prompt], ["off", true]);
});

test("a mute does not concern whoever may not speak; called up, they are held", async () => {
  const { media, happens } = await student(["chat"], new Memory(new Store()));
  await happens({ type: "member.muted", member: "all", kind: "microphone", on: true });
  assert.equal(media.lamp("microphone"), "barred");
  await happens(called);
  assert.equal(media.lamp("microphone"), "held");
});

test("a device that does not open is found, until it opens or is closed", async () => {
  const { media } = await student(SPEAKER, new Memory(new Store()), { ...BOTH, microphone: false, camera: false });
  const { mediaDevices } = navigator;
  const opens = mediaDevices.getUserMedia;
  mediaDevices.getUserMedia = async () => {
    throw Object.assign(new Error("no"), { name: "NotAllowedError" });
  };
  await media.toggle("microphone");
  await settled();
  assert.deepEqual(media.findings.map(({ kind, number }) => [kind, number]), [["microphone.denied", "E-11"]]);
  mediaDevices.getUserMedia = opens;
  await media.toggle("microphone");
  await settled();
  assert.deepEqual([media.lamp("microphone"), media.findings], ["on", []]);
});

test("while no teacher is there a pupil's microphone is closed, and then as it was", async () => {
  const { media, happens } = await student(SPEAKER, new Memory(new Store()), BOTH);
  const [microphone] = media.local.values();
  assert.deepEqual([media.lamp("microphone"), microphone.enabled], ["on", true]);
  await happens({ type: "room.paused", reason: "teacher_away" });
  assert.deepEqual([media.lamp("microphone"), microphone.enabled, media.lamp("camera")], ["paused", false, "on"]);
  await happens({ type: "room.resumed" });
  assert.deepEqual([media.lamp("microphone"), microphone.enabled], ["on", true]);
});

test("a room that closes takes our tracks, and they are not offered again", async () => {
  const { media, restarted, passes } = await student(SPEAKER, new Memory(new Store()), BOTH);
  media.publisher.tracks = new Map(media.local);
  const before = new Map([["t1", { member: 2, track: "t1", source: "microphone" }]]);
  media.compare(before);
  passes(1_000);
  assert.equal(restarted(), 1); // in the middle of a lesson they are
  media.compare(before);
  media.stop();
  passes(1_000);
  assert.equal(restarted(), 1);
});
