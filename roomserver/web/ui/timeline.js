/** The time line of a replay: play and pause, speed, a slider, and above it a mark for all that mattered. */
import { locale, t } from "../i18n/i18n.js";
import { SPEEDS, moments } from "../replay.js";
import { attribute, h, say } from "./dom.js";
import { iconButton } from "./parts.js";
import { swapIcon } from "./icons.js";

/** @typedef {import("../replay.js").Player} Player */
/** @typedef {import("../replay.js").Moment} Moment */

export const STEP_MS = 5_000; // of the arrow keys
const PAGE_MS = 60_000; // of Page up and down
const MARK_PX = 14; // from one mark to the next
/** Two rows of marks, what students do below; where there is no room for two, the kind that comes first has it. */
const ROWS = [["room", "page", "asked", "teacher"], ["hand", "stage", "comment", "chat"]];

/** As on a watch: 3:07, 1:02:30.  @param {number} ms */
export function watch(ms) {
  const s = Math.max(0, Math.floor(ms / 1_000));
  const [hours, minutes, seconds] = [Math.floor(s / 3_600), Math.floor(s / 60) % 60, s % 60];
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** What happened then, in words.  @param {Player} player @param {Moment} moment */
export function told({ index }, { type, member, name: said, text }) {
  const name = said || index.members.find((one) => one.member === member)?.name || t("somebody");
  return t(`moment.${type}`, { name, text: text.length > 60 ? `${text.slice(0, 60)}…` : text });
}

/** Those of them that have a place of their own on the line.  @param {readonly Moment[]} all @param {number} near   ms between two */
export function spread(all, near) {
  return ROWS.flatMap((kinds) => {
    /** @type {Moment[]} */
    const kept = [];
    for (const kind of kinds) {
      for (const one of all) if (one.kind === kind && kept.every(({ at }) => Math.abs(at - one.at) >= near)) kept.push(one);
    }
    return kept;
  }).sort((a, b) => a.at - b.at);
}

/** @param {Player} player */
export function timeline(player) {
  const { begins, duration_ms, opened_at_ms, marks } = player.index;
  const length = Math.max(1, duration_ms - begins);
  const play = iconButton("play", t("replay.play"), toggle, { class: "primary", test: "replay-play" });
  const back = iconButton("rewind", t("replay.back"), () => void player.seek(player.at - STEP_MS), { class: "quiet", test: "replay-back" });
  const on = iconButton("forward", t("replay.forward"), () => void player.seek(player.at + STEP_MS), { class: "quiet", test: "replay-forward" });
  const speed = h("select", { class: "select replay-speed", "aria-label": t("replay.speed"), title: t("replay.speed"), test: "replay-speed" },
    ...SPEEDS.map((value) => h("option", { value, text: `${value}×` })));
  const now = h("b", { test: "replay-time" });
  now.style.minWidth = `${watch(length).length}ch`; // or all beside it would move as it grows
  const hour = h("span", { class: "replay-hour" });
  const slider = h("input", { type: "range", class: "replay-slider", min: begins, max: duration_ms, step: "any", "aria-label": t("replay.line"), test: "replay-slider" });
  const line = h("div", { class: "replay-marks", role: "list", "aria-label": t("replay.marks"), test: "replay-marks" });
  const all = moments(marks).filter(({ at }) => at >= begins);
  const element = h("section", { class: "timeline", "aria-label": t("replay.line") },
    h("div", { class: "replay-track" }, line, slider),
    h("div", { class: "replay-controls" }, play, back, on,
      h("p", { class: "replay-clock" }, now, h("span", { text: ` / ${watch(length)}` })), hour, speed));

  /** @param {Moment} moment */
  function mark(moment) {
    const label = `${watch(moment.at - begins)} ${told(player, moment)}`;
    const button = h("button", { type: "button", class: "replay-mark", tabindex: "-1", title: label, "aria-label": label, data: { kind: moment.kind }, on: { click: () => void player.seek(moment.at) } });
    const item = h("span", { role: "listitem", class: "replay-place" }, button);
    item.style.left = `${((moment.at - begins) / length) * 100}%`;
    return item;
  }

  const widths = new ResizeObserver(() => {
    if (line.clientWidth) line.replaceChildren(...spread(all, (length * MARK_PX) / line.clientWidth).map(mark));
  });
  widths.observe(line);

  function toggle() {
    if (player.playing) player.pause();
    else player.play();
  }

  slider.addEventListener("input", () => void player.seek(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const by = { PageUp: -PAGE_MS, PageDown: PAGE_MS, ArrowUp: STEP_MS, ArrowDown: -STEP_MS }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    void player.seek(player.at + by);
  });
  speed.addEventListener("change", () => player.setSpeed(Number(speed.value)));

  /** Space plays and pauses, arrows go back and on.  @param {KeyboardEvent} event */
  function key(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target?.closest("select, textarea, dialog, [role='tablist'], [role='menu'], .strip, input:not([type='range'])")) return;
    if (event.key === " " && !target?.closest("button")) toggle();
    else if (event.key === "ArrowLeft") void player.seek(player.at - STEP_MS);
    else if (event.key === "ArrowRight") void player.seek(player.at + STEP_MS);
    else return;
    event.preventDefault();
  }

  function refresh() {
    const at = player.at - begins;
    const shown = `${watch(at)} / ${watch(length)}`;
    say(now, watch(at));
    say(hour, new Date(opened_at_ms + player.at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" }));
    slider.value = String(player.at);
    slider.style.setProperty("--played", `${(at / length) * 100}%`);
    attribute(slider, "aria-valuetext", shown);
    speed.value = String(player.speed);
    swapIcon(play, player.playing ? "pause" : "play");
    const label = t(player.playing ? "replay.pause" : "replay.play");
    attribute(play, "aria-label", label);
    play.title = `${label} (${t("replay.space")})`;
  }

  const off = new AbortController();
  document.addEventListener("keydown", key, { signal: off.signal });
  const offs = [player.on("time", refresh), player.on("status", refresh)];
  refresh();
  return { element, stop: () => [() => off.abort(), () => widths.disconnect(), ...offs].forEach((each) => each()) };
}
