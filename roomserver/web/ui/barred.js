/** In the lobby: why there is no lesson for one now, from when there may be, or the evaluation that is due. */
import { Barred } from "../barred.js";
import { h } from "./dom.js";
import { refusal } from "./refused.js";

/**
 * @param {import("../classroom.js").Classroom} room
 * @param {string} token
 * @param {() => void} onChange
 */
export function barredCard(room, token, onChange) {
  const element = h("section", { class: "card lobby-barred", test: "barred", "aria-live": "polite" });
  let stop = () => {};
  let over = false; // the page is another one
  const barred = new Barred(() => room.wire.command("lesson.ask").done, show);

  function show() {
    if (over) return;
    stop();
    stop = () => {};
    element.hidden = !barred.refusal;
    element.replaceChildren();
    if (barred.refusal) {
      const shown = refusal({ refusal: barred.refusal, wait: barred.wait, token, come: () => void barred.ask(), at: "lobby" });
      element.append(...shown.children);
      stop = shown.stop;
    }
    onChange();
  }

  element.hidden = true;
  return {
    element,
    barred,
    stop() {
      over = true;
      barred.stop();
      stop();
    },
  };
}
