/** One's own voice, picture, screen and hand. */
import { t } from "../i18n/i18n.js";
import { canShareScreen } from "../media/devices.js";
import { isLearner } from "../state.js";
import { askSheet } from "./asking.js";
import { h, say } from "./dom.js";
import { askHeads, mayCount } from "./heads.js";
import { swapIcon } from "./icons.js";
import { iconButton } from "./parts.js";

/** @typedef {"microphone"|"camera"|"screen"} Kind */

/** @param {import("../classroom.js").Classroom} room */
export function dock(room) {
  const kinds = /** @type {Kind[]} */ (["microphone", "camera", "screen"]);
  const buttons = Object.fromEntries(
    kinds.map((kind) => [kind, iconButton(kind, t(kind), () => void room.media.toggle(kind), { text: true, class: "dock-button", test: `${kind}-button` })]),
  );
  const hand = iconButton("hand", t("hand.raise"), flip, { text: true, class: "dock-button hand", test: "hand-button", pressed: false });
  const down = iconButton("down", t("stage.leave"), () => void room.ask("stage.leave"), { text: true, class: "dock-button", test: "stage-leave" });
  const ask = iconButton("poll", t("ask.short"), () => askSheet(room), { text: true, class: "dock-button", test: "ask-button" });
  const heads = iconButton("people", t("heads.ask"), () => askHeads(room, room.state.me), { text: true, class: "dock-button", test: "heads-button" });
  const element = h("div", { class: "dock", role: "toolbar", "aria-label": t("dock") }, ...Object.values(buttons), hand, down, heads, ask);

  function flip() {
    const up = room.state.hands.includes(room.state.me);
    void room.ask(up ? "hand.lower" : "hand.raise");
  }

  function refresh() {
    const observer = room.me?.role === "observer";
    for (const kind of kinds) {
      const lamp = room.media.lamp(kind);
      const button = buttons[kind];
      button.dataset.lamp = lamp;
      button.classList.toggle("prompt", kind === "microphone" && lamp === "off" && room.media.prompt);
      button.setAttribute("aria-pressed", String(lamp === "on"));
      button.hidden = observer || (kind === "screen" && (lamp === "barred" || !canShareScreen()));
      const label = t(`lamp.${kind}.${lamp}`);
      button.title = label;
      button.setAttribute("aria-label", label);
      if (kind !== "screen") swapIcon(button, lamp === "on" ? kind : lamp === "held" || lamp === "paused" ? "lock" : `${kind}-off`);
    }
    const place = room.state.hands.indexOf(room.state.me);
    hand.hidden = !isLearner(room.me);
    ask.hidden = !room.staff;
    // Two alone have no stage to leave.
    down.hidden = hand.hidden || room.state.form === "one_to_one" || !room.state.stage.includes(room.state.me);
    heads.hidden = !room.me || !mayCount(room, room.me);
    say(/** @type {Element} */ (heads.querySelector("span")), room.me?.heads === undefined ? t("heads.ask") : t("heads", { n: room.me.heads }));
    hand.setAttribute("aria-pressed", String(place >= 0));
    say(/** @type {Element} */ (hand.querySelector("span")), place >= 0 ? t("hand.place", { n: place + 1 }) : t("hand.raise"));
  }
  return { element, refresh };
}
