/** Stars, words to pick, and a sentence: what a student thinks of a lesson. */
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { sentence, textButton, toast } from "./parts.js";

/** @typedef {import("../types.js").Answer} Answer */

const TAGS = ["clear", "patient", "fun", "helpful", "too_fast", "hard", "sound_bad", "picture_bad"];
const COMMENT_CHARS = 1_000; // docs/protocol.md, "Limits"

/**
 * @param {object} to
 * @param {string} to.title
 * @param {string} to.text
 * @param {(evaluation: {score: number, tags: string[], comment: string}) => Promise<Answer>} to.give   where it is refused one may press again
 */
export function evaluationForm({ title, text, give }) {
  let score = 0;
  /** @type {Set<string>} */
  const chosen = new Set();
  const stars = [1, 2, 3, 4, 5].map((n) =>
    h("button", { type: "button", class: "star", role: "radio", "aria-checked": "false", "aria-label": t(`score.${n}`), title: t(`score.${n}`), test: `star-${n}`, on: { click: () => rate(n) } }, icon("star")),
  );
  const word = h("p", { class: "score-word", "aria-live": "polite", text: t("score.ask") });
  const tags = TAGS.map((tag) => {
    const button = textButton(t(`tag.${tag}`), () => {
      if (!chosen.delete(tag)) chosen.add(tag);
      button.setAttribute("aria-pressed", String(chosen.has(tag)));
    }, { class: "chip", test: `tag-${tag}` });
    button.setAttribute("aria-pressed", "false");
    return button;
  });
  const comment = h("textarea", { class: "comment", rows: "3", maxlength: COMMENT_CHARS, placeholder: t("evaluation.comment"), "aria-label": t("evaluation.comment"), test: "evaluation-comment" });
  const send = h("button", { type: "submit", class: "button primary big", disabled: true, test: "evaluation-send" }, t("evaluation.send"));
  const form = h(
    "form",
    { class: "evaluation", test: "evaluation" },
    h("h1", { text: title }),
    h("p", { class: "muted", text }),
    h("div", { class: "stars", role: "radiogroup", "aria-label": t("score.ask") }, ...stars),
    word,
    h("div", { class: "chips" }, ...tags),
    comment,
    send,
  );

  /** @param {number} n */
  function rate(n) {
    score = n;
    stars.forEach((star, i) => {
      star.classList.toggle("lit", i < n);
      star.setAttribute("aria-checked", String(i + 1 === n));
    });
    word.textContent = t(`score.${n}`);
    send.disabled = false;
  }
  form.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || !stars.includes(/** @type {any} */ (document.activeElement))) return;
    const next = Math.max(1, Math.min(5, score + by));
    rate(next);
    stars[next - 1].focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });
  async function submit() {
    if (!score) return;
    send.disabled = true;
    const answer = await give({ score, tags: [...chosen], comment: comment.value.trim() });
    if (answer.ok) return;
    send.disabled = false;
    toast(answer.code === "lost" ? t("evaluation.later") : sentence(answer), "error");
  }
  return form;
}
