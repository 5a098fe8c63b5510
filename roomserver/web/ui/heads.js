/** How many pupils are before a classroom's device: whoever is there counts. */
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { sheet } from "./parts.js";
import { nameOf } from "./tiles.js";

const HEADS_MAX = 200; // docs/protocol.md, "Limits"

/** May one say it of this member?  A classroom of itself, an assistant of the classrooms of their school.
 *  @param {import("../classroom.js").Classroom} room @param {import("../types.js").Member} one */
export function mayCount({ me, state }, one) {
  if (one.role !== "classroom" || !me) return false;
  return one.member === state.me || (me.role === "assistant" && me.school !== undefined && me.school === one.school);
}

/** @param {import("../classroom.js").Classroom} room @param {number} member */
export function askHeads(room, member) {
  const known = room.state.members.get(member)?.heads;
  const count = h("input", { class: "heads-count", type: "number", min: "0", max: String(HEADS_MAX), step: "1", required: true, inputmode: "numeric", "aria-label": t("heads.ask"), test: "heads-count" });
  count.value = known === undefined ? "" : String(known);
  const form = h("form", { class: "heads-form", method: "dialog" },
    h("p", { text: t("heads.text", { name: nameOf(room, member) }) }), count,
    h("button", { type: "submit", class: "button primary", test: "heads-say" }, t("heads.say")));
  const dialog = sheet(t("heads.ask"), "heads", form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    const own = member === room.state.me;
    void room.ask("heads.set", { count: count.valueAsNumber, ...(own ? {} : { member }) });
  });
  count.select();
}
