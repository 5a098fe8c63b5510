/** What is not needed at every moment: clearing, files, who drew, what is there in words, the keys, and the size of the view. */
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { closeFlyout, flyout } from "../flyout.js";
import { iconButton } from "../parts.js";
import { clearItems } from "./clearing.js";
import { exportRows } from "./exporting.js";

/** @typedef {"top"|"clear"|"export"} Level */

/**
 * @param {import("./desk.js").Desk} desk   has its tools by the time that the menu opens
 * @param {object} acts
 * @param {{isOn: () => boolean, show: (on: boolean) => void}} acts.authors
 * @param {() => void} acts.list
 * @param {() => void} acts.keys
 * @param {boolean} acts.readonly
 * @param {() => HTMLButtonElement[]} acts.spare   buttons that a small window has no room for
 */
export function menu(desk, { authors, list, keys, readonly, spare }) {
  const { room, painter } = desk;
  /** @type {Level} */
  let level = "top";
  const button = iconButton("more", t("board.menu"), () => {
    level = "top";
    box.toggle();
  }, { test: "board-menu" });
  const box = flyout(button, { label: t("board.menu"), class: "menu", role: "menu", test: "board-menu-box", fill: () => (level === "top" ? top() : [up(), ...(level === "clear" ? clearItems(room, close) : exportRows(room, close))]) });
  const close = () => closeFlyout(true);

  /** @param {Level} next */
  const to = (next) => {
    level = next;
    box.show();
  };

  /** @param {string} symbol @param {string} label @param {() => void} press @param {string} test @param {boolean} [pressed] */
  const item = (symbol, label, press, test, pressed) => iconButton(symbol, label, press, { text: true, class: "menu-item", test, pressed });

  const up = () => item("left", t("back"), () => to("top"), "menu-back");

  /** @param {() => void} act */
  const after = (act) => () => {
    close();
    act();
  };

  /** @param {string} symbol @param {string} label @param {() => void} press @param {string} test */
  const zoom = (symbol, label, press, test) => iconButton(symbol, label, press, { test });

  function top() {
    const { view } = painter;
    const missing = spare().filter((each) => !each.hidden && each.offsetParent === null);
    return [
      ...missing.map((each) => item(each.querySelector("svg")?.dataset.icon ?? "", each.getAttribute("aria-label") ?? "", after(() => each.click()), `menu-${each.dataset.testid}`)),
      !readonly && desk.tools.canPaste && item("paste", t("paste"), after(() => desk.tools.paste()), "menu-paste"),
      !readonly && room.mayDraw && item("clear", t("clear"), () => to("clear"), "menu-clear"),
      item("download", t("export"), () => to("export"), "menu-export"),
      item("tag", t("authors"), after(() => authors.show(!authors.isOn())), "menu-authors", authors.isOn()),
      item("list", t("outline"), after(list), "menu-list"),
      item("keyboard", t("keys"), after(keys), "menu-keys"),
      h("div", { class: "menu-row", role: "group", "aria-label": t("zoom") },
        zoom("zoom-out", t("zoom.out"), () => view.zoomBy(0.8), "zoom-out"), zoom("fit", t("zoom.fit"), () => view.fit(), "zoom-fit"), zoom("zoom-in", t("zoom.in"), () => view.zoomBy(1.25), "zoom-in")),
    ];
  }
  return { button };
}
