/** Scratch pages: a learner's own paper, and for staff all of them at a glance, to look at, to write on, and to show to the class. */
import { t } from "../../i18n/i18n.js";
import { isLearner } from "../../state.js";
import { h, keyed, say } from "../dom.js";
import { iconButton, sheet } from "../parts.js";
import { nameOf } from "../tiles.js";
import { thumbnails } from "./thumbs.js";

/** @typedef {import("../../classroom.js").Classroom} Classroom */

/** The pages that belong to somebody who was ever here.  @param {Classroom} room */
export const papers = (room) => room.board.pages.filter(({ owner }) => owner !== undefined);

/** A learner's way to their own paper and back.  @param {Classroom} room */
function paper(room) {
  if (!isLearner(room.me)) return;
  if (room.shown === room.scratch()) room.look(null);
  else void room.openScratch();
}

/** @param {Classroom} room */
export function paperButton(room) {
  const label = h("span", { class: "paper-name" });
  const badge = h("b", { class: "count" });
  const button = iconButton("paper", t("paper.mine"), () => (room.staff ? gallery(room) : paper(room)), { test: "paper", pressed: false, class: "paper-button" });
  button.append(label, badge);

  function refresh() {
    const learner = isLearner(room.me);
    const text = t(room.staff ? "paper.all" : "paper.mine");
    button.hidden = !learner && !room.staff;
    button.title = learner ? `${text} (B)` : text;
    button.setAttribute("aria-label", text);
    say(label, text);
    if (learner) button.setAttribute("aria-pressed", String(room.shown === room.scratch()));
    else button.removeAttribute("aria-pressed");
    const count = room.staff ? papers(room).filter(({ shapes }) => shapes.size).length : 0;
    say(badge, count ? String(count) : "");
  }
  return { button, refresh };
}

/** All papers, with their owners.  @param {Classroom} room */
function gallery(room) {
  const small = thumbnails(room);
  const list = h("ul", { class: "gallery", test: "gallery" });
  const empty = h("p", { class: "muted", text: t("paper.none") });
  const dialog = sheet(t("paper.all"), "gallery", h("p", { class: "muted small", text: t("paper.all_text") }), empty, list);

  /** @param {import("../../board/model.js").Page} page */
  function make({ page, owner }) {
    const open = () => {
      dialog.close();
      room.look(page);
    };
    return h("li", {}, h("button", { type: "button", class: "gallery-paper", test: "gallery-paper", data: { owner: String(owner) }, on: { click: open } }, small.make(page), h("strong"), h("span", { class: "muted small" })));
  }

  function refresh() {
    const all = papers(room).sort((a, b) => nameOf(room, a.owner ?? 0).localeCompare(nameOf(room, b.owner ?? 0)));
    empty.hidden = all.length > 0;
    keyed(list, all, ({ page }) => String(page), make, (item, { owner, shapes }) => {
      say(/** @type {Element} */ (item.querySelector("strong")), nameOf(room, owner ?? 0));
      say(/** @type {Element} */ (item.querySelector(".muted")), shapes.size ? "" : t("paper.empty"));
    });
  }

  const off = room.on("damage", ({ kind }) => kind === "pages" && refresh());
  dialog.addEventListener("close", () => {
    off();
    small.stop();
  });
  refresh();
}
