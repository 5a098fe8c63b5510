/** How far something is on its way: a bar under the toasts. */
import { h, say } from "../dom.js";

/** @param {string} text */
export function progress(text) {
  const bar = h("progress", { max: "1" });
  const words = h("span", { text });
  const box = h("div", { class: "toast progress", role: "status", test: "progress" }, words, bar);
  document.getElementById("toasts")?.append(box);
  return {
    /** @param {number} part 0..1; when all is sent the server is still at work, and nobody knows for how long */
    to: (part) => {
      if (part < 1) bar.value = part;
      else bar.removeAttribute("value");
    },
    /** @param {string} what */
    say: (what) => say(words, what),
    done: () => box.remove(),
  };
}
