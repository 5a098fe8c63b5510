/** The talk in writing: to everybody, to the teachers, or as staff to one member. */
import { locale, t } from "../i18n/i18n.js";
import { attribute, h, keyed } from "./dom.js";
import { icon } from "./icons.js";
import { avatar, iconButton, toast } from "./parts.js";
import { isStaff, may, waits } from "../state.js";
import { heldBack } from "./heldback.js";
import { nameOf } from "./tiles.js";

/** @typedef {import("../types.js").ChatLine} ChatLine */
const CHAT_CHARS = 2_000; // docs/protocol.md, "Limits"

const SLOW_MS = 600; // a line that is not taken by then is shown as waiting
const END_PX = 40; // so near to the newest line counts as being there

/** @typedef {{key: string, text: string, to: ChatLine["to"]}} Waiting   written, and not yet taken by the room */

/** What one has begun to write and what waits for the line; it outlives a change of language. */
const draft = { text: "", to: "", waiting: /** @type {Waiting[]} */ ([]), sent: 0, redraw: () => {} };

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
  const waiting = heldBack(room);
  input.value = draft.text;
  draft.to ||= room.memory.addressee;
  let atEnd = true; // and stays there, until the reader scrolls up

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
  to.addEventListener("change", () => choose(to.value));
  list.addEventListener("scroll", () => {
    if (list.clientHeight) atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < END_PX;
  }, { passive: true });
  const observer = new ResizeObserver(() => follow());
  observer.observe(list);

  function follow() {
    if (atEnd) list.scrollTop = list.scrollHeight;
  }

  /** @param {string} whom */
  function choose(whom) {
    draft.to = room.memory.addressee = whom;
    form.dataset.private = String(whom !== "all");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void say();
  });

  async function say() {
    const text = input.value.trim();
    if (!text || !may(room.state, "chat") || waits(room.state)) return;
    input.value = draft.text = "";
    grow();
    const whom = /** @type {ChatLine["to"]} */ (/^\d+$/.test(draft.to) ? Number(draft.to) : draft.to);
    const line = { key: `waiting-${++draft.sent}`, text, to: whom };
    const wait = () => {
      draft.waiting = [...draft.waiting, line];
      atEnd = true;
      draft.redraw();
    };
    const timer = room.wire.isOpen ? setTimeout(wait, SLOW_MS) : void wait();
    const answer = await room.ask("chat.send", { text, ...(whom === "all" ? {} : { to: whom }) });
    clearTimeout(timer);
    draft.waiting = draft.waiting.filter((other) => other !== line);
    draft.redraw();
    if (!answer.ok && !input.value) input.value = draft.text = text; // nothing that was written is lost
  }

  function grow() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight + 2, 120)}px`;
  }

  /** @param {ChatLine} line */
  function make({ seq, at, member, text, to: whom }) {
    const mine = member === room.state.me;
    const when = new Date(room.state.opened_at_ms + at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
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

  /** @param {Waiting} line */
  const makeWaiting = ({ text, to: whom }) => h(
    "li",
    { class: `chat-message mine pending ${whom === "all" ? "" : "private"}`, test: "chat-pending" },
    h("div", { class: "bubble-box" }, h("div", { class: "chat-meta" }, icon("clock"), t("chat.waiting")), h("p", { class: "bubble", text })),
  );

  function refresh() {
    const newest = list.lastElementChild;
    const lines = [...room.state.chat, ...draft.waiting];
    keyed(list, lines, (line) => ("key" in line ? line.key : String(line.seq)), (line) => ("key" in line ? makeWaiting(line) : make(line)));
    empty.hidden = lines.length > 0;
    if (list.lastElementChild !== newest && room.state.chat.at(-1)?.member === room.state.me) atEnd = true;
    follow();
    const paused = waits(room.state);
    const can = may(room.state, "chat") && !paused;
    attribute(input, "disabled", !can);
    attribute(send, "disabled", !can);
    input.placeholder = t(paused ? "chat.paused" : can ? "chat.placeholder" : "chat.barred");
    form.hidden = room.me?.role === "observer"; // who only watches needs not be told
    fillTo();
    waiting.refresh();
  }

  function fillTo() {
    const options = [["all", t("chat.all")], ["staff", t("chat.staff")]];
    const one = Number(draft.to);
    if (one && room.state.members.has(one)) options.push([draft.to, nameOf(room, one)]);
    else if (one) {
      choose("all");
      if (input.value) toast(t("chat.to_gone"), "warn"); // what was meant for one is not sent to all unnoticed
    }
    keyed(to, options, ([value]) => value, ([value, name]) => h("option", { value, text: name }));
    to.value = draft.to;
    form.dataset.private = String(draft.to !== "all");
  }

  /** Begin to write to one member.  @param {number} member */
  function address(member) {
    choose(String(member));
    fillTo();
    input.focus();
  }

  draft.redraw = refresh;
  return { stop: () => observer.disconnect(), element: h("div", { class: "chat" }, h("div", { class: "chat-scroll" }, empty, list), waiting.element, form), refresh, address };
}
