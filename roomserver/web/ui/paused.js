/** No teacher is here: what that means for whoever reads it, and how long the lesson still waits. */
import { t } from "../i18n/i18n.js";
import { waits } from "../state.js";
import { h, say } from "./dom.js";
import { clock } from "./parts.js";

/** @param {import("../classroom.js").Classroom} room */
export function pauseBanner(room) {
  const words = h("span", { role: "alert" });
  const time = h("span", { class: "banner-time", role: "timer", test: "pause-time" }); // no alert: it changes every second
  const element = h("div", { class: "banner warn", test: "pause-banner", hidden: true }, words, time);

  function refresh() {
    const { paused } = room.state;
    element.hidden = !paused || !room.wire.isOpen;
    say(words, paused ? t(waits(room.state) ? "paused.pupil" : "paused.other") : "");
    tick();
  }

  function tick() {
    const ends = room.state.paused?.ends ?? null;
    time.hidden = ends === null;
    if (ends !== null) say(time, t("paused.ends", { time: clock(ends - performance.now()) }));
  }

  const timer = setInterval(tick, 500);
  return { element, refresh, stop: () => clearInterval(timer) };
}
