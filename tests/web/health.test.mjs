import assert from "node:assert/strict";
import { test } from "node:test";
import { familyOf } from "../../roomserver/web/media/devices.js";
import { Health, KINDS } from "../../roomserver/web/media/health.js";
import { figures, heed, numberOf, placesOf, read } from "../../roomserver/web/media/readings.js";
import en from "../../roomserver/web/i18n/en.js";
import zh from "../../roomserver/web/i18n/zh.js";

const GOOD = {
  number: "4F2A", state: "connected", iceUp: true, places: ["UDP 192.0.2.1:8081"], refused: [], asked: 9, answered: 9, path: "udp", roundTripMs: 30,
  availableBps: 2_000_000, bytesSent: 0, bytesReceived: 0, picture: true, limited: "", lostThere: 0,
  got: 0, lost: 0, jitterMs: 5, frozenS: 0, heard: 0, made: 0,
};
const CHECKING = { ...GOOD, state: "connecting", iceUp: false, asked: 12, answered: 0, path: "" };
const CALM = { up: null, down: null, relays: false, busy: false, paused: 0, devices: new Map() };

/** Somebody's connections, looked at every two seconds. */
class Line {
  constructor() {
    this.health = new Health();
    this.now = 100_000;
    this.told = new Set(); // at any time
  }

  /** For so long, as `facts` says of each look.  @returns the findings, as "number kind" */
  for(s, facts) {
    for (let n = 0; n < s / 2; n++) {
      this.now += 2_000;
      this.health.look({ ...CALM, ...(typeof facts === "function" ? facts(n) : facts) }, this.now);
      for (const { kind } of this.health.findings) this.told.add(kind);
    }
    return this.health.findings.map(({ number, kind }) => `${number} ${kind}`);
  }
}

/** Of a receiving connection: a hundred packets a look, of which `lost` are missing. */
const receiving = (lost, more = () => ({})) => (n) => ({ down: { ...GOOD, got: (100 - lost) * n, lost: lost * n, heard: 96_000 * n, ...more(n) } });

test("a good line has no findings, and a number all the same", () => {
  const line = new Line();
  assert.deepEqual(line.for(60, (n) => ({ up: GOOD, ...receiving(1)(n) })), []);
  assert.equal(line.health.number, "E-00-4F2A");
});

test("MEDIA-80: checks that nobody answers: the network lets nothing through, and with a relay not even that", () => {
  const line = new Line();
  assert.deepEqual(line.for(8, { down: CHECKING }), []);
  assert.deepEqual(line.for(4, { down: CHECKING }), ["E-31-4F2A blocked"]);
  assert.deepEqual(new Line().for(12, { down: CHECKING, relays: true }), ["E-32-4F2A blocked_relay"]);
});

test("before there is an answer nothing is tried, and nobody's network to blame", () => {
  assert.deepEqual(new Line().for(30, { up: { ...CHECKING, number: "", state: "new" } }), []);
});

test("trying again with a new connection is the same trouble, with the new number", () => {
  const line = new Line();
  line.for(12, { down: CHECKING });
  assert.deepEqual(line.for(2, {}), ["E-31-4F2A blocked"]);
  assert.deepEqual(line.for(2, { down: { ...CHECKING, number: "9C01" } }), ["E-31-9C01 blocked"]);
  assert.deepEqual(line.for(2, { down: { ...GOOD, number: "9C01" } }), []);
});

test("a connection that was given up is no trouble any more", () => {
  const line = new Line();
  line.for(12, { up: CHECKING });
  assert.deepEqual(line.for(8, {}), []);
});

test("what had worked was cut; what is reached and does not shake hands is another thing", () => {
  const line = new Line();
  line.for(6, { down: GOOD });
  assert.deepEqual(line.for(8, { down: { ...GOOD, state: "disconnected", iceUp: false } }), ["E-33-4F2A cut"]);
  assert.deepEqual(new Line().for(12, { up: { ...CHECKING, iceUp: true, answered: 3 } }), ["E-34-4F2A handshake"]);
});

test("MEDIA-81: a loss that passes is no finding; one that stays is, and goes some seconds after it has ended", () => {
  const line = new Line();
  line.for(20, receiving(1));
  let [got, lost] = [990, 10];
  const more = (missing) => () => ({ down: { ...GOOD, got: (got += 100 - missing), lost: (lost += missing) } });
  for (const s of [2, 4]) {
    line.for(s, more(20));
    line.for(10, more(0));
  }
  assert.deepEqual([...line.told], []);
  line.for(4, more(20));
  line.for(2, more(0)); // breath is drawn
  assert.deepEqual(line.for(2, more(20)), ["E-42-4F2A download"]);
  assert.deepEqual(line.for(6, more(0)), ["E-42-4F2A download"]);
  assert.deepEqual(line.for(2, more(0)), []);
});

test("MEDIA-81: the first seconds of a connection are not judged", () => {
  assert.deepEqual(new Line().for(12, receiving(30)), []);
  assert.deepEqual(new Line().for(24, receiving(30)), ["E-42-4F2A download"]);
});

for (const [what, more] of [
  ["pictures that stand still", (n) => ({ frozenS: n })],
  ["sound that is made up", (n) => ({ made: 12_000 * n })],
  ["packets that come unevenly", () => ({ jitterMs: 140 })],
]) test(`a weak line is also told by ${what}`, () => assert.deepEqual(new Line().for(30, receiving(0, more)), ["E-42-4F2A download"]));

test("and by pictures that the server keeps back", () => {
  assert.deepEqual(new Line().for(10, { down: GOOD, paused: 1 }), ["E-42-4F2A download"]);
});

test("a weak upload: what is lost on the way, or a picture that has no room; a mere limit is none", () => {
  assert.deepEqual(new Line().for(30, { up: { ...GOOD, lostThere: 0.12 } }), ["E-41-4F2A upload"]);
  assert.deepEqual(new Line().for(30, { up: { ...GOOD, limited: "bandwidth", availableBps: 120_000 } }), ["E-41-4F2A upload"]);
  assert.deepEqual(new Line().for(30, { up: { ...GOOD, limited: "bandwidth", availableBps: 900_000 } }), []);
  assert.deepEqual(new Line().for(60, { up: { ...GOOD, limited: "cpu" } }), ["E-43-4F2A slow"]);
});

test("a page that slept compares nothing with what was before", () => {
  const line = new Line();
  line.for(30, receiving(0));
  line.now += 60_000;
  assert.deepEqual(line.for(2, { down: { ...GOOD, got: 1_500, lost: 900 } }), []);
});

test("a server that cannot take us, and devices that do not open; the worst comes first", () => {
  const devices = new Map([["camera", "busy"], ["microphone", "denied"]]);
  assert.deepEqual(new Line().for(2, { devices, up: GOOD }), ["E-11-4F2A microphone.denied", "E-14-4F2A camera.busy"]);
  assert.deepEqual(new Line().for(12, { devices, busy: true, down: CHECKING }).map((one) => one.split(" ")[1]), [
    "blocked", "server", "microphone.denied", "camera.busy",
  ]);
});

test("every kind has a code of its own, a sentence, and what to do, in both languages", () => {
  const codes = Object.values(KINDS).map(({ code }) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const kind of Object.keys(KINDS)) {
    for (const key of [`health.${kind}`, `health.${kind}.do`]) assert.ok(key in en && key in zh, key);
  }
  for (const family of ["chromium", "android", "firefox", "safari", "ios", "wechat"]) assert.ok(`how.${family}` in en, family);
  for (const how of ["open", "back", "lost", "weak", "ill"]) assert.ok(`line.${how}` in en && `line.${how}_text` in en, how);
  for (const state of ["none", "trying", "by_udp", "by_tcp", "by_relay", "up", "down"]) assert.ok(`health.${state}` in en, state);
});

const SDP = [
  "v=0", "o=- 1 1 IN IP4 127.0.0.1", "a=ice-ufrag:4f2a91c07b6d5e10", "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=candidate:1 1 udp 2130706431 192.0.2.1 8081 typ host", "a=candidate:2 1 tcp 1015021823 192.0.2.1 443 typ host tcptype passive",
  "a=candidate:1 1 udp 2130706431 192.0.2.1 8081 typ host",
].join("\r\n");

test("number and places are the server's, from its description", () => {
  assert.equal(numberOf(SDP), "4F2A");
  assert.equal(numberOf("v=0\r\n"), "");
  assert.deepEqual(placesOf(SDP), ["UDP 192.0.2.1:8081", "TCP 192.0.2.1:443"]);
});

const ENTRIES = [
  { id: "P0", type: "candidate-pair", state: "failed", requestsSent: 4, bytesSent: 0 },
  { id: "P1", type: "candidate-pair", state: "succeeded", nominated: true, localCandidateId: "L1", requestsSent: 5, responsesReceived: 5, currentRoundTripTime: 0.0414, availableOutgoingBitrate: 300_000, bytesSent: 70, bytesReceived: 80 },
  { id: "L1", type: "local-candidate", candidateType: "host", protocol: "udp" },
  { id: "O1", type: "outbound-rtp", kind: "video", active: true, framesSent: 9, qualityLimitationReason: "bandwidth" },
  { id: "O2", type: "outbound-rtp", kind: "video", active: false, framesSent: 0, qualityLimitationReason: "cpu" },
  { id: "R1", type: "remote-inbound-rtp", fractionLost: 0.05 },
  { id: "I1", type: "inbound-rtp", kind: "audio", packetsReceived: 50, packetsLost: 3, jitter: 0.021, totalSamplesReceived: 1_000, concealedSamples: 90, silentConcealedSamples: 60 },
  { id: "I2", type: "inbound-rtp", kind: "video", packetsReceived: 100, packetsLost: -1, jitter: 0.5, totalFreezesDuration: 1.5 },
];

test("the statistics of a browser, made short", () => {
  assert.deepEqual(figures(ENTRIES), {
    asked: 9, answered: 5, path: "udp", roundTripMs: 41, availableBps: 300_000, bytesSent: 70, bytesReceived: 80, picture: true,
    limited: "bandwidth", lostThere: 0.05, got: 150, lost: 2, jitterMs: 21, frozenS: 1.5, heard: 1_000, made: 30,
  });
  assert.equal(figures(ENTRIES.map((entry) => (entry.id === "L1" ? { ...entry, candidateType: "relay" } : entry))).path, "relay");
  assert.equal(figures(ENTRIES.map((entry) => (entry.id === "L1" ? { ...entry, protocol: "tcp" } : entry))).path, "tcp");
});

test("of the pairs that were nominated, the one in use is read", () => {
  const left = { id: "P9", type: "candidate-pair", state: "succeeded", nominated: true, currentRoundTripTime: 9 };
  const transport = { id: "T1", type: "transport", selectedCandidatePairId: "P1" };
  assert.equal(figures([left, ...ENTRIES, transport]).roundTripMs, 41);
  const marked = ENTRIES.map((entry) => (entry.id === "P1" ? { ...entry, selected: true } : entry));
  assert.equal(figures([left, ...marked]).roundTripMs, 41);
});

test("a browser that gives nothing makes nobody ill", async () => {
  const reading = await read({ remoteDescription: null, connectionState: "connected", iceConnectionState: "completed", getStats: async () => new Map() });
  assert.deepEqual([reading.number, reading.iceUp, reading.places], ["", true, []]);
  assert.deepEqual(new Line().for(60, { up: reading, down: reading }), []);
});

test("what relays refuse is told, and not without end", async () => {
  const pc = { remoteDescription: { sdp: SDP }, connectionState: "failed", iceConnectionState: "failed", getStats: async () => new Map() };
  heed(pc);
  pc.onicecandidateerror({ url: "turn:relay.example:3478?transport=udp", errorCode: 401 });
  pc.onicecandidateerror({ url: "turn:relay.example:3478?transport=tcp", errorCode: 401 });
  assert.deepEqual((await read(pc)).refused, ["turn:relay.example:3478 401"]);
  for (let n = 0; n < 50; n++) pc.onicecandidateerror({ url: `turn:${n}`, errorCode: 701 });
  assert.equal((await read(pc)).refused.length, 8);
});

test("how a permission is given depends on the browser", () => {
  const agents = {
    chromium: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
    android: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36",
    firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    safari: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    ios: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    wechat: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49",
  };
  for (const [family, agent] of Object.entries(agents)) assert.equal(familyOf(agent), family);
  assert.equal(familyOf(agents.safari, 5), "ios");
});
