/** What observers say of the lesson, each at its moment; pupils are never sent any of it. */
import { locale, t } from "../i18n/i18n.js";
import { h, keyed } from "./dom.js";
import { avatar } from "./parts.js";

/** @typedef {import("../asking.js").Comment} Comment */

const COMMENT_CHARS = 1_000; // docs/protocol.md, "Limits"
const draft = { text: "" }; // what one has begun to write outlives a change of language

/** The comments of a lesson or a replay.
 *  @param {() => readonly Comment[]} comments @param {(at: number) => string} when @param {((at: number) => void)|null} seek   where one may go to the moment */
export function commentList(comments, when, seek) {
  const list = h("ol", { class: "chat-list", test: "comment-list", "aria-label": t("comments"), tabindex: "0" });
  const empty = h("p", { class: "empty", text: t("comments.empty") });
  const element = h("div", { class: "chat-scroll" }, empty, list);
  let newest = -1;

  /** @param {Comment} comment */
  function make({ at, member, name, text }) {
    const time = h("time", { text: when(at) });
    return h("li", { class: "chat-message comment-line" }, avatar(name || "?", member), h("div", { class: "bubble-box" },
      h("div", { class: "chat-meta" }, h("span", { class: "chat-name", text: name || t("somebody") }), seek ? h("button", { type: "button", class: "comment-moment", on: { click: () => seek(at) } }, time) : time),
      h("p", { class: "bubble", text })));
  }

  function refresh() {
    const all = comments();
    const last = all[all.length - 1]?.seq ?? 0;
    if (last === newest) return;
    newest = last;
    keyed(list, all, ({ seq }) => String(seq), make);
    empty.hidden = all.length > 0;
    list.scrollTop = list.scrollHeight;
  }
  return { element, refresh };
}

/** The list, and for an observer the box to write in.  @param {import("../classroom.js").Classroom} room */
export function comments(room) {
  const when = (/** @type {number} */ at) => new Date(room.state.opened_at_ms + at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const list = commentList(() => room.state.comments ?? [], when, null);
  const input = h("textarea", { class: "chat-input", rows: "2", maxlength: COMMENT_CHARS, placeholder: t("comments.placeholder"), "aria-label": t("comments.placeholder"), test: "comment-input" });
  const form = h("form", { class: "chat-form" }, h("p", { class: "muted small", text: t("comments.text") }), h("div", { class: "chat-line" }, input, h("button", { type: "submit", class: "button primary", test: "comment-send" }, t("chat.send"))));
  input.value = draft.text;
  input.addEventListener("input", () => (draft.text = input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void add();
  });

  async function add() {
    const text = input.value.trim();
    if (!text) return;
    input.value = draft.text = "";
    const { ok } = await room.ask("comment.add", { text });
    if (!ok && !input.value) input.value = draft.text = text; // nothing that was written is lost
  }

  function refresh() {
    list.refresh();
    form.hidden = room.me?.role !== "observer";
  }
  return { element: h("div", { class: "chat" }, list.element, form), refresh };
}
