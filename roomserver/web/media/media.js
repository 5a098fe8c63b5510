/**
 * One member's media: what they want to send, what they may send, and what comes in.
 *
 * A camera or screen that is closed is stopped, so that its light goes out.  A microphone that is closed stays at hand,
 * silent: opening it must be instant.  What staff have muted cannot be opened here.
 */
import { may, silenced, trackOf, waits } from "../state.js";
import * as devices from "./devices.js";
import { Mender } from "./mending.js";
import { Pulse } from "./pulse.js";
import { Publisher } from "./publisher.js";
import { Receiver } from "./receiver.js";
import { Wants } from "./wants.js";
import { Watch } from "./watch.js";

/** @typedef {import("../types.js").Source} Source */
/** @typedef {import("../types.js").MuteKind} MuteKind */
/** @typedef {import("../state.js").RoomState} RoomState */

/** What a button shows: `on` live, `off` closed, `held` muted by staff, `barred` no right, `paused` no teacher is here, `waiting` a device is opening. */
/** @typedef {"on"|"off"|"held"|"barred"|"paused"|"waiting"} Lamp */

const RIGHTS = /** @type {const} */ ({ microphone: "speak", camera: "camera", screen: "screen" });
const MISSING_MS = 300; // until a track of ours that the room has lost counts as lost: what we stop ourselves is lost, too
const FAILED_MS = 60_000; // failures closer than this count together
const FAILED_MAX = 3; // and after so many we stop trying by ourselves

export class Media {
  /**
   * @param {object} to
   * @param {import("../wire.js").Wire} to.wire
   * @param {() => RoomState} to.state
   * @param {import("../entry.js").Choice} to.choice
   * @param {(choice: import("../entry.js").Choice) => void} to.onWish   what is wanted now, to be found again after a reload
   * @param {(what: "lamps"|"tracks"|"health") => void} to.onChange
   * @param {(key: string) => void} to.onTrouble   an i18n key
   */
  constructor({ wire, state, choice, onWish, onChange, onTrouble }) {
    this.wire = wire;
    this.state = state;
    this.choice = { ...choice };
    this.onWish = onWish;
    this.onChange = onChange;
    this.onTrouble = onTrouble;
    /** @type {Map<Source, MediaStreamTrack>} open devices */
    this.local = new Map();
    /** @type {Map<string, MediaStreamTrack>} by track id */
    this.remote = new Map();
    /** @type {Set<MuteKind>} what the user wants open */
    this.wanted = new Set();
    /** @type {Set<MuteKind>} */
    this.opening = new Set();
    /** @type {number[]} */
    this.failures = [];
    this.blocked = false; // we stopped trying
    /** @type {Map<"microphone"|"camera", devices.Trouble>} what is wanted and did not open */
    this.troubles = new Map();
    this.prompt = false; // one has been called to speak, and has not yet pressed the microphone
    /** @type {boolean|null} null: not told yet */
    this.couldSpeak = null;
    const failed = () => this.#failed();
    this.publisher = new Publisher(
      (fields) => wire.command("media.publish", fields).done,
      () => this.#published(),
      failed,
      () => onTrouble("media.refused"),
    );
    this.receiver = new Receiver(
      (fields) => wire.command("media.answer", fields).done,
      (tracks) => this.#came(tracks),
      failed,
      () => void wire.command("media.restart"),
    );
    this.mender = new Mender(wire.env, [this.publisher, this.receiver], failed);
    this.pulse = new Pulse(wire.env, wire, [this.publisher, this.receiver], () => this.mender.silent());
    this.wants = new Wants((track, layer) => void wire.command("media.want", { track, layer }));
    this.watch = new Watch(
      wire.env,
      () => ({ up: this.publisher.pc, down: this.receiver.pc }),
      () => this.#facts(),
      () => onChange("health"),
    );
    if (choice.microphone) this.wanted.add("microphone");
    if (choice.camera) this.wanted.add("camera");
  }

  /** What is wrong, the worst first. */
  get findings() {
    return this.watch.findings;
  }

  #facts() {
    const paused = [...this.state().layers].filter(([track, layer]) => layer === "off" && this.wants.wanted(track) !== "off").length;
    return { relays: this.publisher.relays.length > 0, busy: this.publisher.away, paused, devices: this.troubles };
  }

  /** A new line to the server, resumed or not: media begins afresh on it.  @param {RTCIceServer[]} relays */
  welcomed(relays) {
    this.publisher.relays = this.receiver.relays = relays;
    this.mender.stop();
    this.receiver.stop();
    this.wants.restart();
    this.publisher.stop();
    this.publisher.tracks.clear();
    this.watch.start();
    this.pulse.start();
    this.follow();
  }

  /** The room changed: open, publish, silence or stop what it says now. */
  follow() {
    const state = this.state();
    if (!this.wire.isOpen || state.phase === "closed") return;
    this.#called(may(state, "speak"));
    for (const kind of /** @type {MuteKind[]} */ (["microphone", "camera"])) {
      // What was wanted without the right is forgotten: being called up opens nobody's microphone, they do.
      if (!may(state, RIGHTS[kind])) this.#close(kind);
      if (this.wanted.has(kind) && may(state, RIGHTS[kind]) && !this.local.has(kind)) void this.#open(kind);
    }
    // When staff lift a mute, the owner opens the microphone, not the lifting: so it counts as closed by its owner too.
    if (silenced(state, "microphone") && this.wanted.delete("microphone")) this.#tell("microphone", true);
    for (const kind of /** @type {MuteKind[]} */ (["camera", "screen"])) {
      if (this.local.has(kind) && (silenced(state, kind) || !may(state, RIGHTS[kind]))) this.#close(kind);
    }
    const microphone = this.local.get("microphone");
    if (microphone) microphone.enabled = this.wanted.has("microphone") && !waits(state);
    for (const source of /** @type {Source[]} */ (["microphone", "camera", "screen", "screen_audio"])) {
      const right = source === "screen_audio" ? "screen" : RIGHTS[source];
      this.publisher.set(source, (may(state, right) && this.local.get(source)) || null);
    }
    this.#remember();
    this.onChange("lamps");
  }

  /** @param {boolean} speak */
  #called(speak) {
    if (speak !== this.couldSpeak) this.prompt = speak && this.couldSpeak === false;
    this.couldSpeak = speak;
    if (this.wanted.has("microphone")) this.prompt = false;
  }

  #remember() {
    const [microphone, camera] = [this.wanted.has("microphone"), this.wanted.has("camera")];
    if (microphone === this.choice.microphone && camera === this.choice.camera) return;
    this.choice = { ...this.choice, microphone, camera };
    this.onWish(this.choice);
  }

  /** The room's tracks changed.  One that it has lost and we still send: our connection has died at the server's end.
   *  @param {RoomState["tracks"]} before */
  compare(before) {
    const lost = [...before.values()].filter(({ member, track }) => member === this.state().me && !this.state().tracks.has(track));
    if (lost.length) this.wire.env.setTimer(() => this.#mend(lost.map(({ source }) => source)), MISSING_MS);
  }

  /** @param {Source[]} sources */
  #mend(sources) {
    const state = this.state();
    const missing = (/** @type {Source} */ source) => this.publisher.tracks.has(source) && !trackOf(state, state.me, source);
    if (this.wire.isOpen && !this.publisher.busy && sources.some(missing)) this.publisher.restart();
  }

  /** @param {import("../types.js").Message} offer */
  offered(offer) {
    this.receiver.offered(offer);
  }

  /** @param {import("../types.js").Message} told */
  carries({ tracks }) {
    this.receiver.carries(tracks);
  }

  /** @param {import("../types.js").Message} told   the most that anybody uses of each of our pictures */
  used({ layers }) {
    for (const [track, layer] of Object.entries(layers)) {
      const source = this.state().tracks.get(track)?.source;
      if (source) this.publisher.use(source, layer);
    }
  }

  /** @param {MuteKind} kind @returns {Lamp} */
  lamp(kind) {
    const state = this.state();
    if (!may(state, RIGHTS[kind])) return "barred"; // whom nobody hears anyway, a mute does not concern
    if (silenced(state, kind)) return "held";
    if (kind === "microphone" && waits(state)) return "paused";
    if (this.opening.has(kind)) return "waiting";
    return this.wanted.has(kind) && this.local.has(kind) ? "on" : "off";
  }

  /** The user pressed the button.  @param {MuteKind} kind */
  async toggle(kind) {
    const lamp = this.lamp(kind);
    if (lamp === "held" || lamp === "barred" || lamp === "paused") return this.onTrouble(`media.${lamp}.${kind}`);
    if (lamp === "waiting") return;
    if (lamp === "on") return this.#shut(kind);
    this.wanted.add(kind);
    this.#remember();
    if (kind === "screen") await this.#share();
    else if (!this.local.has(kind)) await this.#open(kind);
    this.follow();
    this.#tell(kind, false);
  }

  /** Try again after the network did not let media through. */
  retry() {
    this.failures = [];
    this.blocked = false;
    this.wire.relink();
  }

  /** The browser says that the network has changed. */
  moved() {
    if (this.wire.isOpen) this.mender.moved();
  }

  stop() {
    this.mender.stop();
    this.watch.stop();
    this.pulse.stop();
    this.publisher.stop();
    this.publisher.tracks.clear(); // or what the room loses when it closes would be offered again
    this.receiver.stop();
    this.wants.restart();
    for (const track of this.local.values()) track.stop();
    this.local.clear();
    this.wanted.clear();
  }

  /** @param {MuteKind} kind */
  #shut(kind) {
    this.wanted.delete(kind);
    this.#remember(); // at once: the line may be down, and the page loaded again before it is back
    if (kind === "microphone") this.#tell(kind, true);
    else this.#close(kind);
    this.follow();
  }

  /** @param {MuteKind} kind @param {boolean} on */
  #tell(kind, on) {
    if (kind === "microphone" && this.local.has(kind)) void this.wire.command("media.mute", { source: kind, on });
  }

  /** The server may remember our microphone open or closed from before. */
  #published() {
    this.#tell("microphone", !this.wanted.has("microphone"));
  }

  /** @param {"microphone"|"camera"|"screen"} kind */
  async #open(kind) {
    if (kind === "screen" || this.opening.has(kind)) return;
    this.opening.add(kind);
    this.onChange("lamps");
    const got = await devices.open(kind, kind === "camera" ? this.choice.cameraId : this.choice.microphoneId);
    this.opening.delete(kind);
    if ("trouble" in got) {
      this.wanted.delete(kind);
      this.troubles.set(kind, got.trouble);
    } else {
      this.troubles.delete(kind);
      this.#have(kind, got.track);
    }
    this.follow();
    void this.watch.look();
  }

  async #share() {
    this.opening.add("screen");
    const tracks = await devices.openScreen();
    this.opening.delete("screen");
    if (!tracks) return void this.wanted.delete("screen");
    for (const track of tracks) {
      if (track.kind === "video") track.contentHint = "detail";
      this.#have(track.kind === "video" ? "screen" : "screen_audio", track);
    }
  }

  /** @param {Source} source @param {MediaStreamTrack} track */
  #have(source, track) {
    this.local.set(source, track);
    track.onended = () => {
      const kind = source === "screen_audio" ? "screen" : source;
      this.wanted.delete(kind);
      this.#close(kind);
      this.follow();
      if (kind !== "screen") this.onTrouble(`device.gone.${kind}`);
    };
  }

  /** @param {MuteKind} kind */
  #close(kind) {
    this.wanted.delete(kind);
    if (kind !== "screen") this.troubles.delete(kind);
    for (const source of /** @type {Source[]} */ (kind === "screen" ? ["screen", "screen_audio"] : [kind])) {
      this.local.get(source)?.stop();
      this.local.delete(source);
    }
  }

  /** @param {Map<string, MediaStreamTrack>} tracks */
  #came(tracks) {
    this.remote = tracks;
    this.wants.come([...tracks].filter(([, { kind }]) => kind === "video").map(([track]) => track));
    this.onChange("tracks");
  }

  /** Media belongs to a line: a new one gives both connections anew.  Not without end: the network may not allow it. */
  #failed() {
    const now = this.wire.env.now();
    this.failures = [...this.failures.filter((at) => now - at < FAILED_MS), now];
    if (this.failures.length < FAILED_MAX) return this.wire.relink();
    this.blocked = true;
    this.onChange("health");
  }
}
