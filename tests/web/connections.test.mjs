import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Media } from "../../roomserver/web/media/media.js";
import { Publisher } from "../../roomserver/web/media/publisher.js";
import { Receiver } from "../../roomserver/web/media/receiver.js";
import { NOTHING, reduce } from "../../roomserver/web/state.js";
import { World, welcome } from "./support.mjs";

let made; // connections, in the order in which they were made

/** The least of a connection that offers and answers need. */
class Connection {
  constructor() {
    this.closed = false;
    this.slots = [];
    this.remote = [];
    made.push(this);
  }
  addTransceiver(track, { direction, sendEncodings }) {
    const sender = {
      track,
      parameters: { encodings: (sendEncodings ?? []).map((encoding) => ({ active: true, ...encoding })) },
      replaceTrack: async (other) => void (sender.track = other),
      getParameters: () => structuredClone(sender.parameters),
      setParameters: async (parameters) => void (sender.parameters = parameters),
    };
    const slot = { direction, mid: String(this.slots.length), sender, receiver: {} };
    this.slots.push(slot);
    return slot;
  }
  getTransceivers() {
    return this.slots;
  }
  async createOffer() {}
  async createAnswer() {}
  async setLocalDescription() {}
  async setRemoteDescription(description) {
    this.remote.push(description.sdp);
  }
  get localDescription() {
    return { sdp: `of connection ${made.indexOf(this) + 1}` };
  }
  close() {
    this.closed = true;
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

beforeEach(() => {
  made = [];
  globalThis.RTCPeerConnection = Connection;
});

// Receiving

const offer = (number, session, tracks = {}) => ({ offer: number, sdp: `v=0\r\no=- ${session} ${number} IN IP4 127.0.0.1\r\n`, tracks });

test("an offer of the same session goes to the connection that is there, of another session to a new one", async () => {
  const replies = [];
  const receiver = new Receiver((reply) => replies.push(reply.offer), () => {}, () => {});
  for (const one of [offer(1, "70"), offer(2, "70"), offer(3, "7"), offer(4, "7")]) {
    receiver.offered(one);
    await settled();
  }
  assert.deepEqual(made.map((pc) => [pc.remote.length, pc.closed]), [[2, true], [2, false]]);
  assert.deepEqual(replies, [1, 2, 3, 4]);
});

test("MEDIA-95: what a section carries changes without an offer, and its receiver stays", async () => {
  const playing = [];
  const receiver = new Receiver(() => {}, (tracks) => playing.push([...tracks]), () => {});
  receiver.offered(offer(1, "70", { 0: "t1", 1: "t2" }));
  made[0].slots.push({ mid: "0", receiver: { track: "sound" } }, { mid: "1", receiver: { track: "picture" } });
  receiver.carries({ 0: "t3", 1: "t2" }); // while the answer is being made
  await settled();
  receiver.carries({ 1: "t2" });
  receiver.stop();
  assert.deepEqual(playing.at(-3), [["t3", "sound"], ["t2", "picture"]]);
  assert.deepEqual(playing.at(-2), [["t2", "picture"]]);
  assert.deepEqual(playing.at(-1), []);
  assert.equal(made[0].remote.length, 1);
});

// Publishing

test("an offer that was made while media was away is made again after the seconds named", async () => {
  const answers = [{ ok: false, code: "unavailable", retry_in_s: 0.02 }, { ok: true, sdp: "answer" }];
  const offers = [];
  const refused = [];
  const publish = async (fields) => {
    offers.push(fields.sdp);
    return answers.shift();
  };
  const publisher = new Publisher(publish, () => {}, () => {}, (answer) => refused.push(answer));
  publisher.set("microphone", {});
  await settled();
  assert.deepEqual([made[0].remote, publisher.away], [[], true]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual([offers, made[0].remote, refused], [["of connection 1", "of connection 1"], ["answer"], []]);
  assert.equal(publisher.away, false);
});

/** A teacher who publishes a microphone and a camera, with a clock that is moved by hand. */
async function teacher() {
  const world = new World();
  const media = { world, state: reduce(NOTHING, welcome({ member: 1 }), 0), published: [] };
  const wire = {
    isOpen: true,
    env: world.env,
    command: (type, fields) => {
      if (type === "media.publish") media.published.push(Object.values(fields.tracks));
      return { done: Promise.resolve({ ok: true, sdp: "answer" }) };
    },
  };
  const choice = { microphone: false, camera: false, microphoneId: "", cameraId: "" };
  media.of = new Media({ wire, state: () => media.state, choice, onWish() {}, onChange() {}, onTrouble() {} });
  media.happens = (event) => {
    const before = media.state.tracks;
    media.state = reduce(media.state, { seq: 11, at: 1, ...event }, 0);
    media.of.compare(before);
  };
  for (const [number, source] of ["microphone", "camera"].entries()) {
    media.of.publisher.set(source, {});
    await settled();
    media.happens({ type: "track.published", track: `t${number + 1}`, member: 1, source });
  }
  assert.deepEqual([made.length, media.published.length], [1, 2]);
  return media;
}

test("WORKER-7: who is told that their tracks have stopped and still sends them publishes them again, on a new connection", async () => {
  const media = await teacher();
  media.happens({ type: "track.stopped", track: "t1" });
  media.happens({ type: "track.stopped", track: "t2" });
  media.world.pass(1_000);
  await settled();
  assert.deepEqual(made.map((pc) => pc.closed), [true, false]);
  assert.deepEqual(media.published.slice(2), [["microphone", "camera"]]);
});

test("a track that its owner has stopped is not published again", async () => {
  const media = await teacher();
  media.of.publisher.set("camera", null);
  await settled();
  media.happens({ type: "track.stopped", track: "t2" });
  media.world.pass(1_000);
  await settled();
  assert.deepEqual([made.length, media.published.slice(2)], [1, [["microphone"]]]);
});

test("a track that has a new name by then was not lost", async () => {
  const media = await teacher();
  media.happens({ type: "track.stopped", track: "t2" });
  media.happens({ type: "track.published", track: "t3", member: 1, source: "camera" });
  media.world.pass(1_000);
  await settled();
  assert.equal(made.length, 1);
});

test("a right that was taken stops the track before anything is published again", async () => {
  const media = await teacher();
  media.happens({ type: "track.stopped", track: "t2" });
  media.of.publisher.set("camera", null); // the right follows its track
  media.world.pass(1_000);
  await settled();
  assert.equal(made.length, 1);
});

test("another's track that stops is nothing of ours", async () => {
  const media = await teacher();
  media.happens({ type: "track.published", track: "t9", member: 2, source: "camera" });
  media.happens({ type: "track.stopped", track: "t9" });
  media.world.pass(1_000);
  await settled();
  assert.equal(made.length, 1);
});

// Mending

test("a receiver that has been up asks for a restart, and the offer that comes is for the same connection", async () => {
  let asked = 0;
  const receiver = new Receiver(async () => {}, () => {}, () => {}, () => (asked += 1));
  receiver.mend();
  receiver.offered(offer(1, "70"));
  await settled();
  made[0].connectionState = "connecting";
  receiver.mend();
  assert.equal(asked, 0);
  made[0].connectionState = "disconnected";
  receiver.mend();
  receiver.offered(offer(2, "70"));
  await settled();
  assert.deepEqual([asked, made.length, made[0].remote.length], [1, 1, 2]);
});

test("a publisher that has been up offers again with ICE restarted, on the same connection", async () => {
  const offers = [];
  const publisher = new Publisher(async (fields) => (offers.push(fields), { ok: true, sdp: "answer" }), () => {}, () => {}, () => {});
  publisher.mend();
  publisher.set("microphone", { kind: "audio" });
  await settled();
  let restarted = 0;
  made[0].restartIce = () => (restarted += 1);
  made[0].connectionState = "new";
  publisher.mend();
  assert.equal(restarted, 0);
  made[0].connectionState = "connected";
  publisher.mend();
  await settled();
  assert.deepEqual([restarted, offers.length, made.length], [1, 2, 1]);
});

// What is sent of a picture

test("no more is sent of a picture than is used, and a new one begins with all", async () => {
  const publisher = new Publisher(async () => ({ ok: true, sdp: "answer" }), () => {}, () => {}, () => {});
  const active = (source) => publisher.slots.get(source).sender.parameters.encodings.filter((one) => one.active).map(({ rid }) => rid ?? "");
  publisher.set("camera", { id: "first" });
  publisher.set("screen", { id: "screen" });
  await settled();
  for (const [layer, camera, screen] of [["low", ["q"], ["q"]], ["medium", ["q", "h"], ["q"]], ["high", ["q", "h", "f"], ["q", "f"]], ["off", [], []]]) {
    publisher.use("camera", layer);
    publisher.use("screen", layer);
    await settled();
    assert.deepEqual([active("camera"), active("screen")], [camera, screen], layer);
  }
  publisher.set("camera", { id: "second" });
  await settled();
  assert.deepEqual([active("camera"), active("screen")], [["q", "h", "f"], []]);
  publisher.use("microphone", "low"); // there is none
});
