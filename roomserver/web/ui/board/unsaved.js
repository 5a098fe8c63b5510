/** What somebody has written and the room has not taken: it is shown, to be copied. */
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { sheet, textButton, toast } from "../parts.js";

/** @param {string} text @param {string} why */
export function unsaved(text, why) {
  const field = h("textarea", { class: "unsaved-text", readonly: "", rows: "5", "aria-label": t("text.unsaved"), test: "unsaved-text" });
  field.value = text;
  const copy = () => {
    field.select();
    if (document.execCommand("copy")) toast(t("text.copied")); // navigator.clipboard is there on secure pages only
  };
  const dialog = sheet(t("text.unsaved"), "unsaved", h("p", { text: why }), field, h("div", { class: "dialog-buttons" }, textButton(t("text.copy"), copy, { test: "unsaved-copy", class: "primary" })));
  field.select();
  return dialog;
}
