/** Where one is, when that is not where the class is, and the way back; and who leads the view. */
import { t } from "../../i18n/i18n.js";
import { h, say } from "../dom.js";
import { icon, swapIcon } from "../icons.js";
import { textButton } from "../parts.js";
import { nameOf } from "../tiles.js";

/** @param {import("../../classroom.js").Classroom} room */
export function placeBar(room) {
  const words = h("span", { class: "place-words" });
  const show = textButton(t("paper.show"), () => void share(), { test: "paper-show", class: "small" });
  const bring = textButton(t("place.bring"), () => void room.turn(room.shown), { test: "place-bring", class: "small" });
  const back = textButton("", home, { test: "place-back", class: "small primary" });
  const element = h("div", { class: "place", role: "status", test: "place", hidden: true }, icon("page"), words, show, bring, back);

  function home() {
    if (room.away) room.look(null);
    if (!room.staff && !room.following) room.follow();
  }

  async function share() {
    show.disabled = true;
    const page = await room.copyPage(room.shown);
    show.disabled = false;
    if (page) room.look(null);
  }

  /** @returns {{symbol: string, text: string, back: string}|null} */
  function where() {
    const page = room.board.page(room.shown);
    if (page?.owner !== undefined) {
      const mine = page.owner === room.state.me;
      return { symbol: "paper", text: mine ? t("paper.here") : t("paper.of", { name: nameOf(room, page.owner) }), back: t("place.back") };
    }
    if (room.away) return { symbol: "compass", text: t("place.away"), back: t(room.staff ? "place.back" : "place.to_teacher") };
    if (room.staff || !room.leader) return null;
    const name = nameOf(room, room.leader);
    return room.following ? { symbol: "eye", text: t("follow.following", { name }), back: "" } : { symbol: "eye-off", text: t("follow.stopped", { name }), back: t("follow.again") };
  }

  function refresh() {
    const now = where();
    element.hidden = !now;
    if (!now) return;
    const page = room.board.page(room.shown);
    const scratch = page?.owner !== undefined;
    swapIcon(element, now.symbol);
    say(words, now.text);
    say(back, now.back);
    back.hidden = !now.back;
    show.hidden = !room.staff || !scratch;
    bring.hidden = !room.staff || scratch || !room.away;
  }
  return { element, refresh };
}
