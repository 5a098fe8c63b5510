/** Clearing: one's own without asking, since it can be undone; what hurts others after a question. */
import { t } from "../../i18n/i18n.js";
import { confirm, iconButton } from "../parts.js";
import { nameOf } from "../tiles.js";

/** @param {import("../../classroom.js").Classroom} room @param {() => void} done @returns {HTMLElement[]} */
export function clearItems(room, done) {
  const page = room.shown;
  const shapes = [...(room.board.page(page)?.shapes.values() ?? [])];
  /** @param {string} label @param {Record<string, any>} fields @param {string} test @param {string} [sure] */
  const item = (label, fields, test, sure) => {
    const press = async () => {
      done();
      if (!sure || (await confirm({ title: sure, text: t("clear.text"), yes: t("board.clear"), danger: true }))) void room.ask("board.clear", fields);
    };
    return iconButton("clear", label, () => void press(), { text: true, class: "menu-item", test });
  };
  const mine = item(t("clear.mine"), { page, whose: "mine" }, "clear-mine");
  if (!room.staff) return [mine];
  const others = [...new Set(shapes.map(({ author }) => author))].filter((author) => author !== room.state.me);
  return [
    mine,
    ...others.slice(0, 40).map((author) => {
      const name = nameOf(room, author);
      return item(t("clear.of", { name }), { page, whose: author }, `clear-${author}`, t("clear.of_sure", { name }));
    }),
    item(t("clear.page"), { page, whose: "all" }, "clear-page", t("clear.page_sure")),
    item(t("clear.everything"), { whose: "all" }, "clear-everything", t("clear.everything_sure")),
  ];
}
