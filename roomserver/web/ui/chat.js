/** The talk in writing: to everybody, to the teachers, or as staff to one member. */
import { t } from "../i18n/i18n.js";
import { attribute, h, keyed } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, iconButton } from "./parts.js";
import { isStaff, may } from "../state.js";
import { nameOf } from "./tiles.js";

/** @typedef {import("../types.js").ChatLine} ChatLine */
const CHAT_CHARS = 2_000; // docs/protocol.md, "Limits"

/** What one has begun to write; it outlives a change of language. */
const draft = { text: "", to: "all" };

/** @param {import("../classroom.js").Classroom} room */
export function chat(room) {
  const list = h("ol", { class: "chat-list", test: "chat-list", role: "log", "aria-label": t("chat"), tabindex: "0" });
  const empty = h("p", { class: "empty", text: t("chat.empty") });
  const to = h("select", { class: "select small", "aria-label": t("chat.to"), test: "chat-to" });
  const input = h("textarea", {
    class: "chat-input", rows: "1", maxlength: CHAT_CHARS, placeholder: t("chat.placeholder"), "aria-label": t("chat.placeholder"), test: "chat-input",
  });
  const send = h("button", { type: "submit", class: "button square primary", title: t("chat.send"), "aria-label": t("chat.send"), test: "chat-send" }, icon("send"));
  const form = h("form", { class: "chat-form" }, h("label", { class: "chat-to" }, h("span", { text: t("chat.to") }), to), h("div", { class: "chat-line" }, input, send));
  input.value = draft.text;

  input.addEventListener("input", () => {
    draft.text = input.value;
    grow();
  });
  input.addEventListener("keydown", (event) => {
    // An input method uses Enter to choose a word.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  to.addEventListener("change", () => (draft.to = to.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void say();
  });

  async function say() {
    const text = input.value.trim();
    if (!text || !may(room.state, "chat")) return;
    input.value = draft.text = "";
    grow();
    const whom = /^\d+$/.test(draft.to) ? Number(draft.to) : draft.to;
    const answer = await room.ask("chat.send", { text, ...(whom === "all" ? {} : { to: whom }) });
    if (!answer.ok && !input.value) input.value = draft.text = text; // nothing that was written is lost
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 120)}px`;
  }

  /** @param {ChatLine} line */
  function make({ seq, at, member, text, to: whom }) {
    const mine = member === room.state.me;
    const when = new Date(room.state.opened_at_ms + at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const role = room.state.known.get(member)?.role ?? "";
    const away = mine || room.staff;
    return h(
      "li",
      { class: `chat-message ${mine ? "mine" : ""} ${whom === "all" ? "" : "private"}`, data: { seq: String(seq), member: String(member) } },
      avatar(nameOf(room, member), member),
      h(
        "div",
        { class: "bubble-box" },
        h("div", { class: "chat-meta" },
          h("span", { class: "chat-name", text: nameOf(room, member) }),
          isStaff({ role }) && h("span", { class: "badge", text: t(`role.${role}`) }),
          whom !== "all" && h("span", { class: "badge private", text: whom === "staff" ? t("chat.to_staff") : t("chat.to_one", { name: nameOf(room, Number(whom)) }) }),
          h("time", { text: when })),
        h("p", { class: "bubble", text }),
      ),
      away && iconButton("close", t("chat.delete"), () => void room.ask("chat.delete", { seq }), { class: "tiny quiet", test: "chat-delete" }),
    );
  }

  function refresh() {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    const count = list.children.length;
    keyed(list, room.state.chat, ({ seq }) => String(seq), make);
    empty.hidden = room.state.chat.length > 0;
    if (list.children.length !== count && (atEnd || room.state.chat.at(-1)?.member === room.state.me)) list.scrollTop = list.scrollHeight;
    const can = may(room.state, "chat");
    attribute(input, "disabled", !can);
    attribute(send, "disabled", !can);
    input.placeholder = t(can ? "chat.placeholder" : "chat.barred");
    fillTo();
  }

  function fillTo() {
    const options = [["all", t("chat.all")], ["staff", t("chat.staff")]];
    const one = Number(draft.to);
    if (one && room.state.members.has(one)) options.push([draft.to, nameOf(room, one)]);
    else if (one) draft.to = "all";
    keyed(to, options, ([value]) => value, ([value, name]) => h("option", { value, text: name }));
    to.value = draft.to;
  }

  /** Begin to write to one member.  @param {number} member */
  function address(member) {
    draft.to = String(member);
    fillTo();
    input.focus();
  }

  return { element: h("div", { class: "chat" }, h("div", { class: "chat-scroll" }, empty, list), form), refresh, address };
}
