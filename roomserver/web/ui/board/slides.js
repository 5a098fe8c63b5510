/** Slides: a PDF or pictures become pages behind the one that is open. */
import { t } from "../../i18n/i18n.js";
import { sentence, toast } from "../parts.js";
import { PICTURES, choose } from "./pictures.js";
import { progress } from "./progress.js";

const LARGEST = 20_000_000; // bytes; docs/protocol.md, "Limits"

/** @param {import("../../classroom.js").Classroom} room @param {File[]} [given] */
export async function addSlides(room, given) {
  const files = given ?? (await choose(`application/pdf,${PICTURES}`, { many: true }));
  if (!files.length) return;
  const bar = progress(t("slides.sending"));
  let after = room.board.current;
  /** @type {number|null} */
  let first = null;
  for (const file of files) {
    const assets = await read(room, file, bar);
    for (const [i, { asset }] of assets.entries()) {
      bar.say(t("slides.adding", { n: i + 1, of: assets.length }));
      bar.to((i + 1) / (assets.length + 1));
      const page = await room.addPage({ after, background: asset });
      if (!page) break;
      after = page;
      first ??= page;
    }
  }
  bar.done();
  if (first) void room.turn(first);
}

/** @param {import("../../classroom.js").Classroom} room @param {File} file @param {ReturnType<typeof progress>} bar @returns {Promise<{asset: string}[]>} */
async function read(room, file, bar) {
  const name = file.name || t("slides");
  bar.say(t("slides.sending_name", { name }));
  const answer = file.size > LARGEST ? { ok: /** @type {const} */ (false), code: "request_entity_too_large" } : await room.assets.slides(file, bar.to);
  if (answer.ok) return answer.slides;
  const why = answer.code === "invalid" ? t("slides.broken") : answer.code === "request_entity_too_large" ? t("slides.too_large") : sentence(answer);
  toast(t("slides.failed", { name, why }), "error");
  return [];
}
