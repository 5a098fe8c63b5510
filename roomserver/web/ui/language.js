/** The switch between Chinese and English: it names the other one. */
import { language, setLanguage, t } from "../i18n/i18n.js";
import { iconButton } from "./parts.js";

/** @param {() => void} onChange the page is to be built again */
export function languageButton(onChange) {
  const press = () => {
    setLanguage(language() === "zh" ? "en" : "zh");
    onChange();
  };
  return iconButton("globe", t("language.other"), press, { text: true, class: "quiet", test: "language" });
}
