/** Who is there: raised hands first and in order, then staff, then the others; for staff, what they may do about each. */
import { t } from "../i18n/i18n.js";
import { directs, isLearner, isStaff, ownSchoolOnly } from "../state.js";
import { alarms } from "./alarms.js";
import { attribute, find, h, keyed, say } from "./dom.js";
import { askHeads, mayCount } from "./heads.js";
import { icon, swapIcon } from "./icons.js";
import { avatar, confirm, iconButton, textButton, toast } from "./parts.js";
import { isHeard, nameOf } from "./tiles.js";

/** @typedef {import("../types.js").Member} Member */
/** @typedef {import("../classroom.js").Classroom} Classroom */

/** Hands in their order, then staff, then by name.  @param {import("../state.js").RoomState} state */
export function ordered(state) {
  /** @param {Member} one */
  const rank = (one) => {
    const hand = state.hands.indexOf(one.member);
    return hand >= 0 ? hand : isStaff(one) ? 1_000 : 2_000;
  };
  return [...state.members.values()].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || a.member - b.member);
}

/** @param {Classroom} room @param {(member: number) => void} onWrite */
export function people(room, onWrite) {
  const list = h("ul", { class: "people-list", test: "people-list", "aria-label": t("people") });
  const all = h(
    "div",
    { class: "people-all", hidden: true },
    textButton(t("all.draw"), () => void grantAll(), { test: "grant-all", class: "small" }),
    textButton(t("all.mute"), () => void room.ask("member.mute", { member: "all", kind: "microphone" }), { test: "mute-all", class: "small" }),
    textButton(t("all.unmute"), () => void room.ask("member.unmute", { member: "all", kind: "microphone" }), { test: "unmute-all", class: "small" }),
    textButton(t("all.lower"), lowerAll, { test: "lower-all", class: "small" }),
    textButton(t("room.lock"), () => void room.ask("room.lock", { on: !room.state.locked }), { test: "lock-room", class: "small" }),
  );

  const raised = alarms(room);

  const learners = () => [...room.state.members.values()].filter(isLearner);
  const allDraw = () => learners().length > 0 && learners().every(({ can }) => can.includes("draw"));
  const grantAll = () => room.ask("grant", { member: "all", can: ["draw"], on: !allDraw() });

  function lowerAll() {
    for (const member of room.state.hands) void room.ask("hand.lower", { member });
  }

  /** At the scratch page of a learner.  @param {number} member */
  function look(member) {
    const page = room.board.scratch(member)?.page;
    if (page) room.look(page);
  }

  /** @param {Member} one */
  function make({ member }) {
    const now = () => /** @type {Member} */ (room.state.members.get(member));
    const has = (/** @type {any} */ right) => now().can.includes(right);
    const muted = (/** @type {any} */ kind) => now().muted.includes(kind);
    const mute = (/** @type {string} */ kind) => room.ask(muted(kind) ? "member.unmute" : "member.mute", { member, kind });
    const row = h(
      "li",
      { class: "person", data: { member: String(member) } },
      h("div", { class: "person-line" },
        h("span", { class: "hand-place", hidden: true }, icon("hand"), h("b", { test: "hand-place" })),
        avatar(nameOf(room, member), member),
        h("div", { class: "person-name" }, h("strong"), h("span", { class: "muted small person-note" })),
        h("span", { class: "lamps" }, h("span", { class: "lamp draw", title: t("lamp.draw") }, icon("pen")), h("span", { class: "lamp" }, icon("microphone"))),
        iconButton("more", t("person.more"), () => toggle(), { class: "quiet", test: "person-more" })),
      h("div", { class: "person-actions" },
        iconButton("up", t("invite"), () => void room.ask("stage.invite", { member }), { test: "invite", text: true, class: "small" }),
        iconButton("down", t("invite.off"), () => void room.ask("stage.remove", { member }), { test: "uninvite", text: true, class: "small" }),
        iconButton("hand", t("hand.lower_one"), () => void room.ask("hand.lower", { member }), { test: "lower", text: true, class: "small" }),
        iconButton("pen", t("grant.draw"), () => void room.ask("grant", { member, can: ["draw"], on: !has("draw") }), { test: "grant", text: true, class: "small", pressed: false }),
        iconButton("microphone-off", t("mute"), () => void mute("microphone"), { test: "mute", text: true, class: "small", pressed: false }),
        iconButton("camera-off", t("mute.camera"), () => void mute("camera"), { test: "mute-camera", text: true, class: "small", pressed: false }),
        iconButton("screen", t("grant.screen"), () => void room.ask("grant", { member, can: ["screen"], on: !has("screen") }), { test: "grant-screen", text: true, class: "small", pressed: false }),
        iconButton("chat", t("person.write"), () => onWrite(member), { test: "write", text: true, class: "small" }),
        iconButton("undo", t("person.undo"), () => void undo(), { test: "undo-member", text: true, class: "small" }),
        iconButton("paper", t("person.paper"), () => look(member), { test: "person-paper", text: true, class: "small" }),
        iconButton("people", t("heads.ask"), () => askHeads(room, member), { test: "person-heads", text: true, class: "small" }),
        iconButton("remove", t("person.remove"), () => void remove(), { test: "remove", text: true, class: "small danger-text" })),
    );
    const toggle = () => {
      for (const other of list.querySelectorAll(".person.open")) {
        if (other === row) continue;
        other.classList.remove("open");
        find(/** @type {HTMLElement} */ (other), "person-more").setAttribute("aria-expanded", "false");
      }
      const open = row.classList.toggle("open");
      find(row, "person-more").setAttribute("aria-expanded", String(open));
    };
    const undo = async () => {
      const answer = await room.back("board.undo", member);
      if (!answer.ok && answer.code === "conflict") toast(t("undone.nothing", { name: nameOf(room, member) }));
    };
    const remove = async () => {
      const name = nameOf(room, member);
      if (await confirm({ title: t("person.remove_sure", { name }), text: t("person.remove_text"), yes: t("person.remove"), danger: true })) {
        void room.ask("member.remove", { member, ban: true });
      }
    };
    return row;
  }

  /** @param {HTMLElement} row @param {Member} one */
  function update(row, one) {
    const { state, staff } = room;
    const { member, role } = one;
    const mine = member === state.me;
    const hand = state.hands.indexOf(member);
    const onStage = state.stage.includes(member);
    const learner = isLearner(one);
    const pupil = learner && !one.device; // somebody who draws
    row.classList.toggle("hand-up", hand >= 0);
    row.classList.toggle("away", one.away && !mine);
    row.classList.toggle("speaking", state.speaking.includes(member));
    /** @type {HTMLElement} */ (row.querySelector(".hand-place")).hidden = hand < 0;
    say(find(row, "hand-place"), String(hand + 1));
    say(/** @type {Element} */ (row.querySelector("strong")), mine ? t("you", { name: one.name }) : one.name);
    const notes = [one.device ? t("role.device") : learner ? null : t(`role.${role}`), one.school, one.heads !== undefined && t("heads", { n: one.heads }), onStage && learner && t("on_stage"), one.away && !mine && t("away"),
      one.muted.includes("microphone") && t("muted_by_staff")];
    say(/** @type {Element} */ (row.querySelector(".person-note")), notes.filter(Boolean).join(" · "));
    const [drawing, hearing] = /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll(".lamp"));
    drawing.hidden = !learner || !one.can.includes("draw");
    swapIcon(hearing, isHeard(room, member) ? "microphone" : "microphone-off");
    hearing.classList.toggle("live", isHeard(room, member));
    hearing.title = t(isHeard(room, member) ? "lamp.heard" : "lamp.silent");
    const actions = staff && !mine;
    find(row, "person-more").hidden = !actions;
    if (!actions) row.classList.remove("open");
    /** @param {string} test @param {boolean} shown @param {boolean} [pressed] */
    const set = (test, shown, pressed) => {
      const button = find(row, test);
      button.hidden = !shown;
      if (pressed !== undefined) attribute(button, "aria-pressed", String(pressed));
    };
    const mayDirect = directs(state, one);
    set("invite", mayDirect && !onStage && role !== "observer" && !one.device);
    set("uninvite", mayDirect && onStage);
    set("lower", mayDirect && hand >= 0);
    set("grant", mayDirect && pupil, one.can.includes("draw"));
    set("grant-screen", mayDirect && pupil, one.can.includes("screen"));
    set("mute", mayDirect && learner, one.muted.includes("microphone"));
    set("mute-camera", mayDirect && learner, one.muted.includes("camera"));
    set("undo-member", mayDirect && pupil);
    set("person-paper", Boolean(room.board.scratch(member)));
    set("write", role !== "observer" && !one.device);
    set("person-heads", mayCount(room, one));
    set("remove", mayDirect && role !== "teacher");
  }

  function refresh() {
    keyed(list, ordered(room.state), ({ member }) => String(member), make, update);
    all.hidden = !room.staff;
    raised.refresh();
    const pressed = (/** @type {string} */ test, /** @type {boolean} */ on) => attribute(find(all, test), "aria-pressed", String(on));
    pressed("grant-all", allDraw());
    pressed("lock-room", room.state.locked);
    const some = ownSchoolOnly(room.state);
    for (const test of ["grant-all", "mute-all", "unmute-all"]) find(all, test).hidden = some;
    find(all, "lower-all").hidden = some || !room.state.hands.length;
  }

  return { element: h("div", { class: "people" }, all, raised.element, list), refresh };
}
