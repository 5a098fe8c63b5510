/** Which page one sees, and the way to others: for staff everybody turns, the others look by themselves where they may. */
import { t } from "../../i18n/i18n.js";
import { toast } from "../parts.js";

/** @typedef {import("../../classroom.js").Classroom} Classroom */

/** Go to a page.  @param {Classroom} room @param {number} page */
export function go(room, page) {
  if (page === room.shown) return;
  if (room.staff && !room.board.page(page)?.owner) void room.turn(page);
  else if (page === room.board.current) room.look(null);
  else if (room.mayLook(page)) room.look(page);
  else toast(t("page.teacher_turns"));
}

/** @param {Classroom} room @param {number} by */
export function step(room, by) {
  const { common } = room.board;
  const place = common.findIndex(({ page }) => page === room.shown);
  const next = common[(place < 0 ? common.findIndex(({ page }) => page === room.board.current) : place) + by];
  if (next) go(room, next.page);
}

/** Add a page behind the one that is open, and let everybody turn to it.  @param {Classroom} room @param {string} background */
export async function addPage(room, background) {
  const page = await room.addPage({ after: room.board.current, background });
  if (page) void room.turn(page);
}
