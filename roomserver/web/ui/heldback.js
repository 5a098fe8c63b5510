/** Lines of chat with a listed word: staff let them through or delete them, their authors see that they wait. */
import { t } from "../i18n/i18n.js";
import { h, keyed } from "./dom.js";
import { textButton } from "./parts.js";
import { nameOf } from "./tiles.js";

/** @typedef {import("../types.js").ChatLine} ChatLine */

/** @param {import("../classroom.js").Classroom} room */
export function heldBack(room) {
  const list = h("ul", { class: "held-list" });
  const element = h("section", { class: "held", test: "held", "aria-label": t("heldback"), "aria-live": "polite", hidden: true }, list);

  /** @param {ChatLine} line */
  function make({ seq, member, text }) {
    const mine = member === room.state.me;
    return h(
      "li",
      { class: "held-line", test: "held-line", data: { seq: String(seq) } },
      h("p", { class: "held-why muted small", text: mine ? t("heldback.mine") : t("heldback.of", { name: nameOf(room, member) }) }),
      h("p", { class: "bubble", text }),
      h("div", { class: "held-buttons" },
        room.staff && textButton(t("heldback.pass"), () => void room.ask("chat.pass", { chat: seq }), { class: "small", test: "held-pass" }),
        textButton(t("chat.delete"), () => void room.ask("chat.delete", { seq }), { class: "small quiet", test: "held-delete" })),
    );
  }

  function refresh() {
    const { held } = room.state;
    element.hidden = held.length === 0;
    keyed(list, held, ({ seq }) => String(seq), make);
  }
  return { element, refresh };
}
