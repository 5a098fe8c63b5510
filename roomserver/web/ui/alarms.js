/** What school or supervision should know of, to staff: a list that is there and does not call. */
import { locale, t } from "../i18n/i18n.js";
import { h, keyed, say } from "./dom.js";
import { nameOf } from "./tiles.js";

/** @param {import("../classroom.js").Classroom} room */
export function alarms(room) {
  const summary = h("summary", { test: "alarms-count" });
  const list = h("ol", { class: "alarm-list", test: "alarms-list" });
  const element = h("details", { class: "alarms", test: "alarms", hidden: true }, summary, list);

  /** @param {import("../state.js").Alarm} alarm */
  function make({ kind, member, at }) {
    const when = new Date(room.state.opened_at_ms + at).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
    return h("li", {}, h("time", { class: "muted small", text: when }), h("span", { text: t(`alarm.${kind}`, { name: member ? nameOf(room, member) : "" }) }));
  }

  function refresh() {
    const { alarms } = room.state;
    element.hidden = !room.staff || alarms.length === 0;
    say(summary, t("alarms", { n: alarms.length }));
    keyed(list, alarms, ({ kind, member, at }) => `${kind} ${member ?? ""} ${at}`, make);
  }
  return { element, refresh };
}
