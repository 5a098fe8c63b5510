/** The receiving connection: the server offers, the client answers, in order.  `onTracks` says what there is to play. */
import { heed } from "./readings.js";

import { STANDING } from "./publisher.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {(fields: {offer: number, sdp: string}) => Promise<import("../types.js").Answer>} Reply */

export class Receiver {
  /**
   * @param {Reply} reply
   * @param {(tracks: Map<string, MediaStreamTrack>) => void} onTracks  by track id
   * @param {() => void} onFailed
   * @param {() => void} [restart]   asks the server for an offer with new ICE credentials
   */
  constructor(reply, onTracks, onFailed, restart = () => {}) {
    this.reply = reply;
    this.onTracks = onTracks;
    this.onFailed = onFailed;
    this.restart = restart;
    /** @type {(state: RTCPeerConnectionState) => void} */
    this.onState = () => {};
    /** @type {RTCIceServer[]} for networks that let no UDP through */
    this.relays = [];
    /** @type {RTCPeerConnection|null} */
    this.pc = null;
    this.session = "";
    this.queue = Promise.resolve();
  }

  /** Another session than before means that the server has begun a new connection.  @param {Message} offer */
  offered(offer) {
    const session = /^o=\S+ (\S+)/m.exec(offer.sdp)?.[1] ?? "";
    if (this.pc && session !== this.session) this.stop();
    this.session = session;
    const pc = (this.pc ??= this.#connection());
    this.queue = this.queue.then(() => this.#answer(pc, offer)).catch((error) => {
      if (pc === this.pc) console.warn("receiving failed", error);
    });
  }

  /** The way has changed: have ICE begin afresh with a new offer; what is received goes on. */
  mend() {
    if (this.pc && STANDING.has(this.pc.connectionState)) this.restart();
  }

  stop() {
    this.pc?.close();
    this.pc = null;
    this.queue = Promise.resolve();
    this.onTracks(new Map());
  }

  /** @param {RTCPeerConnection} pc @param {Message} offer */
  async #answer(pc, { offer, sdp, tracks }) {
    if (pc !== this.pc) return;
    await pc.setRemoteDescription({ type: "offer", sdp });
    await pc.setLocalDescription(await pc.createAnswer());
    if (pc !== this.pc) return;
    void this.reply({ offer, sdp: pc.localDescription?.sdp ?? "" });
    /** @type {Map<string, MediaStreamTrack>} */
    const playing = new Map();
    for (const transceiver of pc.getTransceivers()) {
      const track = tracks[transceiver.mid ?? ""];
      if (track) playing.set(track, transceiver.receiver.track);
    }
    this.onTracks(playing);
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
