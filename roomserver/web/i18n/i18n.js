/** The client's sentences in two languages.  Chinese unless the link, the choice made before, or the browser says English. */
import en from "./en.js";
import zh from "./zh.js";

/** @typedef {"zh"|"en"} Language */

const CHOICE = "classroom.language";
const TABLES = { zh, en };

/** @param {string|null|undefined} tag @returns {Language|null} */
const known = (tag) => (tag?.startsWith("zh") ? "zh" : tag?.startsWith("en") ? "en" : null);

/** @returns {Language} */
function first() {
  if (typeof window === "undefined") return "zh";
  const asked = new URLSearchParams(location.search).get("lang");
  return known(asked) ?? known(localStorage.getItem(CHOICE)) ?? known(navigator.language) ?? "zh";
}

let current = first();

export const language = () => current;

/** For dates and times.  */
export const locale = () => (current === "zh" ? "zh-CN" : "en-GB");

/** @param {Language} next */
export function setLanguage(next) {
  current = next;
  if (typeof window !== "undefined") localStorage.setItem(CHOICE, next);
}

/** @param {string} key @param {Record<string, string|number>} [values] */
export function t(key, values = {}) {
  const text = TABLES[current][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Is there a sentence for this?  @param {string} key */
t.has = (key) => key in TABLES[current];
