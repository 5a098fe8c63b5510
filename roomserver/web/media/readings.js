/**
 * What a connection's statistics say at one moment, of the many that browsers give the few that explain a bad line.
 * A figure that a browser does not give is 0: nothing is concluded from it.
 */

/**
 * @typedef {object} Reading
 * @property {string} number           the connection's number, which the server's log and `GET …/media` name too; "" before an answer
 * @property {RTCPeerConnectionState} state
 * @property {boolean} iceUp           the network lets it through; only the handshake may be missing
 * @property {string[]} places         "UDP 203.0.113.5:8081": where the server can be reached
 * @property {string[]} refused        what relays answered: "turn:relay.example 401"
 * @property {number} asked            connectivity checks sent
 * @property {number} answered
 * @property {"udp"|"tcp"|"relay"|""} path
 * @property {number} roundTripMs
 * @property {number} availableBps     that the browser thinks it can send
 * @property {number} bytesSent
 * @property {number} bytesReceived
 * @property {boolean} picture         a camera or screen is sent
 * @property {"bandwidth"|"cpu"|""} limited   why that is sent smaller than it is
 * @property {number} lostThere        share of what we sent, 0..1, of late
 * @property {number} got              packets
 * @property {number} lost             packets
 * @property {number} jitterMs         of the worst sound
 * @property {number} frozenS          pictures that stood still, all in all
 * @property {number} heard            samples of sound
 * @property {number} made             samples among them that were made up, for others that were missing
 */

/** The first digits of the server's name for a connection (its ICE ufrag), as people read them out.  @param {string} sdp   the server's */
export const numberOf = (sdp) => (/^a=ice-ufrag:(\w{4})/m.exec(sdp)?.[1] ?? "").toUpperCase();

/** Where the server can be reached, by its SDP.  @param {string} sdp @returns {string[]} */
export function placesOf(sdp) {
  const found = [...sdp.matchAll(/^a=candidate:\S+ \d+ (\w+) \d+ (\S+) (\d+)/gm)];
  return [...new Set(found.map(([, transport, host, port]) => `${transport.toUpperCase()} ${host}:${port}`))];
}

const REFUSALS_MAX = 8; // told of one connection

/** @type {WeakMap<RTCPeerConnection, Set<string>>} */
const refusals = new WeakMap();

/** Note from the start what relays refuse: no statistics tell it.  @param {RTCPeerConnection} pc */
export function heed(pc) {
  const heard = new Set();
  refusals.set(pc, heard);
  pc.onicecandidateerror = ({ url, errorCode }) => {
    if (heard.size < REFUSALS_MAX) heard.add(`${(url ?? "").split("?")[0]} ${errorCode}`);
  };
}

/** @param {RTCPeerConnection} pc @returns {Promise<Reading>} */
export async function read(pc) {
  const sdp = pc.remoteDescription?.sdp ?? "";
  const report = await pc.getStats();
  return {
    number: numberOf(sdp),
    state: pc.connectionState,
    iceUp: pc.iceConnectionState === "connected" || pc.iceConnectionState === "completed",
    places: placesOf(sdp),
    refused: [...(refusals.get(pc) ?? [])],
    ...figures([.../** @type {Map<string, any>} */ (/** @type {unknown} */ (report)).values()]),
  };
}

/** Bytes that came in; connectivity checks are not among them.  @param {RTCPeerConnection} pc @returns {Promise<number>} */
export async function received(pc) {
  let bytes = 0;
  (await pc.getStats()).forEach((entry) => {
    if (entry.type === "candidate-pair") bytes += entry.bytesReceived ?? 0;
  });
  return bytes;
}

/** @param {any[]} entries   of a report */
export function figures(entries) {
  const of = (/** @type {string} */ type) => entries.filter((entry) => entry.type === type);
  const all = (/** @type {any[]} */ list, /** @type {string} */ name) => list.reduce((sum, entry) => sum + (entry[name] ?? 0), 0);
  const worst = (/** @type {any[]} */ list, /** @type {string} */ name) => Math.max(0, ...list.map((entry) => entry[name] ?? 0));
  const pairs = of("candidate-pair");
  const pair = inUse(pairs, of("transport"));
  const coming = of("inbound-rtp");
  const sent = of("outbound-rtp").filter(({ kind, active, framesSent }) => kind === "video" && active !== false && framesSent > 0);
  const limits = sent.map(({ qualityLimitationReason }) => qualityLimitationReason);
  return {
    asked: all(pairs, "requestsSent"),
    answered: all(pairs, "responsesReceived"),
    path: pathOf(pair, entries),
    roundTripMs: Math.round((pair.currentRoundTripTime ?? 0) * 1_000),
    availableBps: pair.availableOutgoingBitrate ?? 0,
    bytesSent: all(pairs, "bytesSent"),
    bytesReceived: all(pairs, "bytesReceived"),
    picture: sent.length > 0,
    limited: /** @type {Reading["limited"]} */ (["cpu", "bandwidth"].find((why) => limits.includes(why)) ?? ""),
    lostThere: worst(of("remote-inbound-rtp"), "fractionLost"),
    got: all(coming, "packetsReceived"),
    lost: Math.max(0, all(coming, "packetsLost")), // a packet that came twice counts against it
    jitterMs: Math.round(worst(coming.filter(({ kind }) => kind === "audio"), "jitter") * 1_000),
    frozenS: all(coming, "totalFreezesDuration"),
    heard: all(coming, "totalSamplesReceived"),
    made: all(coming, "concealedSamples") - all(coming, "silentConcealedSamples"),
  };
}

/**
 * The pair that carries the packets: a browser leaves the ones that it nominated before as they were.
 *
 * Chromium and Safari name it in their transport; older Firefoxes mark it.
 *
 * @param {any[]} pairs @param {any[]} transports
 */
function inUse(pairs, transports) {
  const named = transports.map(({ selectedCandidatePairId }) => selectedCandidatePairId);
  const worked = pairs.filter(({ nominated, state }) => nominated && state === "succeeded");
  return worked.find(({ id }) => named.includes(id)) ?? worked.find(({ selected }) => selected) ?? worked[0] ?? {};
}

/** @param {any} pair @param {any[]} entries @returns {Reading["path"]} */
function pathOf(pair, entries) {
  const local = entries.find(({ id, type }) => type === "local-candidate" && id === pair.localCandidateId);
  if (!local) return "";
  if (local.candidateType === "relay") return "relay";
  return local.protocol === "tcp" ? "tcp" : "udp";
}
