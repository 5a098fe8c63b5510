/** The kinds of paper to choose from. */
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";

const PAPERS = ["blank", "grid", "ruled", "dark"];

/** @param {(background: string) => void} choose @param {string} [now] */
export function backgroundButtons(choose, now) {
  return PAPERS.map((paper) =>
    h(
      "button",
      { type: "button", class: "paper", title: t(`background.${paper}`), test: `paper-${paper}`, "aria-pressed": now === undefined ? null : String(now === paper), on: { click: () => choose(paper) } },
      h("span", { class: `paper-${paper}` }), h("b", { text: t(`background.${paper}`) }),
    ));
}
