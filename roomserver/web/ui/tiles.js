/** The stage: one tile a member, with picture or initial, and who is being heard.  Sound is played here too. */
import { t } from "../i18n/i18n.js";
import { isLearner, trackOf } from "../state.js";
import { h, keyed, say } from "./dom.js";
import { icon, swapIcon } from "./icons.js";
import { avatar, textButton } from "./parts.js";

/** @typedef {import("../classroom.js").Classroom} Classroom */

/** Show a track in an element, once.  @param {HTMLMediaElement} element @param {MediaStreamTrack|null} track */
export function play(element, track) {
  const shown = /** @type {MediaStream|null} */ (element.srcObject)?.getTracks()[0] ?? null;
  if (shown !== track) element.srcObject = track && new MediaStream([track]);
}

/** @param {Classroom} room */
export function tiles(room) {
  const element = h("section", { class: "stage", "aria-label": t("stage"), test: "stage" });

  /** @param {number} member */
  function make(member) {
    const video = h("video", { autoplay: true, playsinline: true });
    video.muted = true; // its sound is played apart, so that a picture never waits for a tap
    return h(
      "figure",
      { class: "tile", test: "tile", data: { member: String(member) } },
      video,
      avatar(nameOf(room, member), member),
      h("figcaption", {}, icon("microphone"), h("span", { class: "tile-name" }), h("span", { class: "tile-away", text: t("away") })),
      h("p", { class: "tile-paused", test: "tile-paused", text: t("picture.paused") }),
    );
  }

  /** @param {HTMLElement} tile @param {number} member */
  function update(tile, member) {
    const { state, media } = room;
    const mine = member === state.me;
    const camera = trackOf(state, member, "camera");
    const picture = mine ? media.local.get("camera") ?? null : (camera && media.remote.get(camera.track)) ?? null;
    const paused = !mine && state.layers.get(camera?.track ?? "") === "off";
    const shown = picture && !paused && !(camera?.muted && !mine);
    const video = /** @type {HTMLVideoElement} */ (tile.firstElementChild);
    play(video, shown ? picture : null);
    media.wants.show(tile, (!mine && camera && !camera.muted && camera.track) || null);
    tile.classList.toggle("paused", paused);
    tile.classList.toggle("has-video", Boolean(shown));
    tile.classList.toggle("mine", mine);
    tile.classList.toggle("speaking", state.speaking.includes(member));
    tile.classList.toggle("away", Boolean(state.members.get(member)?.away) && !mine);
    tile.classList.toggle("weak", (state.quality.get(member) ?? 5) <= 2);
    swapIcon(tile, isHeard(room, member) ? "microphone" : "microphone-off");
    say(/** @type {Element} */ (tile.querySelector(".tile-name")), mine ? t("you", { name: nameOf(room, member) }) : nameOf(room, member));
  }

  function refresh() {
    const { stage, members } = room.state;
    const shown = stage.filter((member) => members.has(member));
    element.dataset.count = String(Math.min(shown.length, 9));
    keyed(element, shown, String, make, update);
  }
  return { element, refresh };
}

/** @param {Classroom} room @param {number} member */
export function nameOf(room, member) {
  return room.state.known.get(member)?.name || t("member", { n: member });
}

/** Is a microphone open?  @param {Classroom} room @param {number} member */
export function isHeard(room, member) {
  const { state, media } = room;
  if (member === state.me) return media.lamp("microphone") === "on";
  const track = trackOf(state, member, "microphone");
  const one = state.members.get(member);
  return Boolean(track && !track.muted && !one?.muted.includes("microphone") && !(state.paused && isLearner(one)));
}

/** Everybody's sound; a browser that holds it back gets a tap.  @param {Classroom} room */
export function speakers(room) {
  const shelf = h("div", { hidden: true });
  const ask = h(
    "div",
    { class: "tap", hidden: true, test: "tap-to-hear" },
    textButton(t("tap_to_hear"), () => void wake(), { class: "primary big" }),
  );
  const element = h("div", {}, shelf, ask);

  async function wake() {
    const results = await Promise.allSettled([...shelf.children].map((audio) => /** @type {HTMLAudioElement} */ (audio).play()));
    ask.hidden = results.every(({ status }) => status === "fulfilled");
  }

  /** @param {HTMLElement} audio @param {string} id */
  function update(audio, id) {
    const player = /** @type {HTMLAudioElement} */ (audio);
    const before = player.srcObject;
    play(player, room.media.remote.get(id) ?? null);
    if (player.srcObject === before) return;
    player.play().catch((/** @type {DOMException} */ error) => {
      if (error.name === "NotAllowedError") ask.hidden = false;
    });
  }

  function refresh() {
    const { tracks, me } = room.state;
    const heard = [...tracks.values()].filter(
      ({ track, source, member }) => member !== me && (source === "microphone" || source === "screen_audio") && room.media.remote.has(track),
    );
    // One player a stream, not a voice: who speaks next is heard in the same player, from the first syllable on.
    const stream = (/** @type {string} */ id) => room.media.remote.get(id)?.id ?? "";
    keyed(shelf, heard.map(({ track }) => track), stream, () => h("audio", { autoplay: true }), update);
  }
  return { element, refresh };
}
