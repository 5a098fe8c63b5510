/** Staff: "look where I look". */
import { t } from "../../i18n/i18n.js";
import { attribute } from "../dom.js";
import { iconButton } from "../parts.js";

/** @param {import("../../classroom.js").Classroom} room */
export function leadButton(room) {
  const button = iconButton("eye", t("follow.lead"), () => {
    room.lead(!room.leading);
    refresh();
  }, { test: "lead", pressed: false });
  const refresh = () => {
    button.hidden = !room.staff;
    attribute(button, "aria-pressed", String(room.leading));
  };
  return { button, refresh };
}
