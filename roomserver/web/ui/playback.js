/** Recorded sound and pictures on the page of a replay: cameras in the tiles, a shared screen in place of the board. */
import { Deck, seen } from "../deck.js";
import { t } from "../i18n/i18n.js";
import { h, say } from "./dom.js";
import { iconButton, textButton } from "./parts.js";

/** @typedef {import("../deck.js").Recording} Recording */

/** @param {import("../replay.js").Player} player @param {HTMLElement} board   what a screen stands in place of */
export function playback(player, board) {
  const deck = new Deck({ player, open, close: (_, medium) => shut(/** @type {HTMLMediaElement} */ (medium)) });
  const name = h("p", { class: "screen-name" });
  const box = h("div", { class: "screen-box", hidden: true, test: "replay-screen" }, name);
  const toBoard = textButton(t("view.board"), () => look(false), { test: "view-board", class: "small" });
  const toScreen = textButton(t("view.screen"), () => look(true), { test: "view-screen", class: "small" });
  const switcher = h("div", { class: "view-switch", role: "group", hidden: true }, toBoard, toScreen);
  const sound = iconButton("sound", t("replay.sound"), mute, { class: "quiet", test: "replay-sound", pressed: true });
  sound.hidden = player.recordings.length === 0;
  let watched = "";

  /** @param {Recording} recording */
  function open(recording) {
    const medium = h(seen(recording) ? "video" : "audio", { src: recording.url, preload: "auto", playsinline: true, test: `recorded-${recording.source}` });
    if (recording.source === "screen") medium.className = "screen-video";
    return medium;
  }

  /** And let go of what was loaded.  @param {HTMLMediaElement} medium */
  function shut(medium) {
    medium.removeAttribute("src");
    medium.load();
    medium.remove();
  }

  function mute() {
    deck.mute(!deck.muted);
    sound.setAttribute("aria-pressed", String(!deck.muted));
  }

  /** @param {boolean} atScreen */
  function look(atScreen) {
    box.hidden = !atScreen;
    board.hidden = atScreen;
    toBoard.setAttribute("aria-pressed", String(!atScreen));
    toScreen.setAttribute("aria-pressed", String(atScreen));
  }

  /** What is seen of a member now.  @param {"camera"|"screen"} source @param {number} [member] @returns {[Recording, HTMLVideoElement]|null} */
  function picture(source, member) {
    const found = deck.now.find((one) => one.source === source && (member === undefined || one.member === member));
    return found ? [found, /** @type {HTMLVideoElement} */ (deck.media.get(found))] : null;
  }

  /** @param {HTMLElement} tile @param {number} member */
  function show(tile, member) {
    const [, video] = picture("camera", member) ?? [];
    const old = tile.querySelector("video");
    if (old !== video) old?.remove();
    if (video && old !== video) tile.prepend(video);
    tile.classList.toggle("has-video", Boolean(video));
  }

  function refresh() {
    const [recording, video] = picture("screen") ?? [];
    switcher.hidden = !recording;
    if (recording && video) {
      if (video.parentNode !== box) box.prepend(video);
      say(name, t("screen_of", { name: player.index.members.find((one) => one.member === recording.member)?.name || t("somebody") }));
    }
    if ((recording?.name ?? "") === watched) return;
    watched = recording?.name ?? "";
    look(Boolean(recording));
  }

  refresh();
  return { box, switcher, sound, deck, show, refresh, stop: () => deck.stop() };
}
