/** What is wrong with a formula: the server says it in one of these English sentences, the page in its own language. */
import { t } from "../../i18n/i18n.js";

/** The sentence, and the end of its key; `…` is what the formula has there. */
const SENTENCES = /** @type {[string, string][]} */ ([
  ["the formula is empty", "empty"],
  ["a formula has at most … characters", "long"],
  ["the formula has characters that cannot be seen", "unseen"],
  ["a } has no {", "closing"],
  ["a { has no }", "opening"],
  ["… is not known here", "unknown"],
  ["no font here has …", "font"],
  ["a & stands outside of a table", "ampersand"],
  ["something is missing at the end", "end"],
  ["a fraction has no numerator", "numerator"],
  ["a fraction has no denominator", "denominator"],
  ["a \\left has no \\right", "left"],
  ["a \\begin has no \\end", "begin"],
  ["nothing stands after ^ or _", "script"],
  ["two subscripts follow each other: put braces around one", "subscripts"],
  ["two superscripts follow each other: put braces around one", "superscripts"],
  ["the style of a \\genfrac is none", "genfrac"],
  ["a column is aligned by l, c or r", "column"],
  ["a width is not one", "width"],
  ["\\limits stands after no operator", "limits"],
  ["it is nested too deeply", "deep"],
  ["the formula has parts that cannot be drawn here", "parts"],
  ["the formula is too large", "large"],
  ["this takes longer than it may", "slow"],
  ["nothing can be made of this", "nothing"],
  ["this is not LaTeX that can be drawn", "latex"],
]);

/** @param {string} said   by the server */
export function wrongFormula(said) {
  for (const [sentence, key] of SENTENCES) {
    const [before, after] = sentence.split("…");
    if (after === undefined ? said === sentence : said.startsWith(before) && said.endsWith(after))
      return t(`formula.wrong.${key}`, { what: said.slice(before.length, said.length - (after ?? "").length) });
  }
  return t("formula.wrong", { what: said });
}
