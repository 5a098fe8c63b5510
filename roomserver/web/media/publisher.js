/**
 * The publishing connection: the client offers its tracks, the server answers.
 * One offer at a time; what changes meanwhile is in the next.  A failed connection is not mended here, `onFailed` says so.
 */
import { heed } from "./readings.js";

/** @typedef {import("../types.js").Source} Source */
/** @typedef {import("../types.js").Answer} Answer */
/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {(fields: {sdp: string, tracks: Record<string, Source>}) => Promise<Answer>} Publish */

/** What each source is sent as.  Pictures go out in several sizes side by side, and the server gives each viewer one:
 *  the rids are those of docs/protocol.md, "Layers".  @type {Record<Source, RTCRtpEncodingParameters[]>} */
const ENCODINGS = {
  microphone: [{ maxBitrate: 40_000 }],
  camera: [
    { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 450_000 },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_300_000 },
  ],
  screen: [
    { rid: "q", scaleResolutionDownBy: 2, maxBitrate: 400_000 }, // of 1,080 lines 540: writing can just be read
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_800_000 },
  ],
  screen_audio: [{ maxBitrate: 96_000 }],
};

const RIDS = /** @type {const} */ ({ low: "q", medium: "qh", high: "qhf", off: "" }); // that make up a layer

/** States of a connection that has been up: there is something to mend. */
export const STANDING = new Set(["connected", "disconnected"]);

export class Publisher {
  /** @param {Publish} publish @param {() => void} onPublished @param {() => void} onFailed
   *  @param {(answer: Answer) => void} onRefused */
  constructor(publish, onPublished, onFailed, onRefused) {
    this.publish = publish;
    this.onPublished = onPublished;
    this.onFailed = onFailed;
    this.onRefused = onRefused;
    /** @type {RTCIceServer[]} for networks that let no UDP through */
    this.relays = [];
    /** @type {RTCPeerConnection|null} */
    this.pc = null;
    /** @type {Map<Source, RTCRtpTransceiver>} */
    this.slots = new Map();
    /** @type {Map<Source, MediaStreamTrack>} what should be heard and seen */
    this.tracks = new Map();
    /** @type {Map<Source, Layer>} the most that anybody uses of it; all, where we have not been told */
    this.uses = new Map();
    this.dirty = false;
    this.busy = false;
    /** @type {(state: RTCPeerConnectionState) => void} */
    this.onState = () => {};
    this.away = false; // the server could not take the newest offer; it is made again
  }

  /** @param {Source} source @param {MediaStreamTrack|null} track */
  set(source, track) {
    if (this.tracks.get(source) === (track ?? undefined)) return;
    if (track) this.tracks.set(source, track);
    else this.tracks.delete(source);
    this.#changed();
  }

  /** Offer everything afresh on a new connection. */
  restart() {
    this.stop();
    if (this.tracks.size) this.#changed();
  }

  /** So much of a picture is used, and no more is sent: it costs a phone's battery and the line.
   *  @param {Source} source @param {Layer} layer */
  use(source, layer) {
    this.uses.set(source, layer);
    void this.#limit(source);
  }

  /** @param {Source} source */
  async #limit(source) {
    const sender = this.slots.get(source)?.sender;
    const rids = RIDS[this.uses.get(source) ?? "high"];
    const parameters = sender?.getParameters();
    if (!sender || !parameters?.encodings.length) return;
    for (const encoding of parameters.encodings) encoding.active = encoding.rid ? rids.includes(encoding.rid) : rids !== "";
    await sender.setParameters(parameters).catch((error) => console.warn("a picture cannot be sent smaller", error));
  }

  /** The way has changed: ICE begins afresh with the next offer, and what is sent goes on. */
  mend() {
    if (!this.pc || !STANDING.has(this.pc.connectionState)) return;
    this.pc.restartIce();
    this.#changed();
  }

  /** Close the connection; the tracks stay open and wait for `restart`. */
  stop() {
    this.pc?.close();
    this.pc = null;
    this.slots.clear();
    this.uses.clear();
    this.dirty = false;
    this.busy = false;
    this.away = false;
  }

  #changed() {
    this.dirty = true;
    if (!this.busy) void this.#negotiate();
  }

  async #negotiate() {
    const pc = (this.pc ??= this.#connection());
    this.busy = true;
    while (this.dirty && pc === this.pc) {
      this.dirty = false;
      try {
        await this.#offer(pc);
      } catch (error) {
        if (pc === this.pc) console.warn("publishing failed", error);
      }
    }
    if (pc === this.pc) this.busy = false;
  }

  /** @param {RTCPeerConnection} pc */
  async #offer(pc) {
    await this.#fill(pc);
    await pc.setLocalDescription(await pc.createOffer());
    if (pc !== this.pc) return;
    /** @type {Record<string, Source>} */
    const tracks = {};
    for (const [source, slot] of this.slots) if (this.tracks.has(source) && slot.mid) tracks[slot.mid] = source;
    const answer = await this.publish({ sdp: pc.localDescription?.sdp ?? "", tracks });
    if (pc !== this.pc) return;
    this.away = !answer.ok && answer.code === "unavailable";
    if (answer.ok && answer.sdp) {
      await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
      return this.onPublished();
    }
    await pc.setLocalDescription({ type: "rollback" }).catch(() => {});
    if (answer.ok || answer.code === "lost") return;
    if (answer.code === "unavailable") this.#later(pc, answer.retry_in_s ?? 1);
    else this.onRefused(answer);
  }

  /** The server's media is being started again.  @param {RTCPeerConnection} pc @param {number} inS */
  #later(pc, inS) {
    setTimeout(() => pc === this.pc && this.#changed(), inS * 1_000);
  }

  /** A slot for each source, used again when the source comes back.  @param {RTCPeerConnection} pc */
  async #fill(pc) {
    for (const [source, slot] of this.slots) {
      const track = this.tracks.get(source) ?? null;
      slot.direction = track ? "sendonly" : "inactive";
      if (slot.sender.track === track) continue;
      await slot.sender.replaceTrack(track);
      if (this.uses.delete(source)) await this.#limit(source); // it begins anew
    }
    for (const [source, track] of this.tracks) {
      if (this.slots.has(source)) continue;
      const sendEncodings = ENCODINGS[source].map((encoding) => ({ ...encoding }));
      this.slots.set(source, pc.addTransceiver(track, { direction: "sendonly", sendEncodings }));
    }
  }

  #connection() {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle", iceServers: this.relays });
    heed(pc);
    pc.onconnectionstatechange = () => {
      if (pc !== this.pc) return;
      this.onState(pc.connectionState);
      if (pc.connectionState === "failed") this.onFailed();
    };
    return pc;
  }
}
