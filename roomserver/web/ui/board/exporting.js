/** The board as a file: this page or all, as a picture or a document.  The server draws it, so that it is the same for everybody. */
import { answerOf } from "../../board/assets.js";
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { sentence, textButton, toast } from "../parts.js";
import { progress } from "./progress.js";

const FORMATS = ["png", "svg", "pdf"];

/** @param {import("../../classroom.js").Classroom} room @param {string} format @param {number|null} page   null: all */
async function download(room, format, page) {
  const bar = progress(t("export.making"));
  const query = new URLSearchParams({ format, ...(page === null ? {} : { page: String(page) }) });
  const answer = await room.fetch(`export?${query}`).catch(() => null);
  bar.done();
  if (!answer?.ok) return toast(sentence(answer ? await answerOf(answer) : { code: "lost" }), "error");
  const place = room.board.common.findIndex((other) => other.page === page) + 1;
  const kind = answer.headers.get("Content-Type")?.includes("zip") ? "zip" : format;
  const name = [room.state.topic || t("board"), place || null].filter(Boolean).join(" ");
  const link = h("a", { href: URL.createObjectURL(await answer.blob()), download: `${name}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {import("../../classroom.js").Classroom} room @param {() => void} done @returns {HTMLElement[]} */
export function exportRows(room, done) {
  return [true, false].map((one) => {
    const press = (/** @type {string} */ format) => {
      done();
      void download(room, format, one ? room.shown : null);
    };
    const buttons = FORMATS.map((format) => textButton(format.toUpperCase(), () => press(format), { test: `export-${one ? "page" : "all"}-${format}`, class: "small" }));
    return h("div", { class: "export-row", role: "group", "aria-label": t(one ? "export.page" : "export.all") }, h("span", { text: t(one ? "export.page" : "export.all") }), ...buttons);
  });
}
