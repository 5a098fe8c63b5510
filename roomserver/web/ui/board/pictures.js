/** Pictures come from a file, a camera, the clipboard, or are dropped on the board; large ones are made smaller before they travel. */
import { t } from "../../i18n/i18n.js";
import { h } from "../dom.js";
import { flyout } from "../flyout.js";
import { iconButton, sentence, toast } from "../parts.js";
import { progress } from "./progress.js";

const SIDE = 2_400; // pixels: more than any classroom screen shows
const LARGE_BYTES = 1_500_000;
export const PICTURES = "image/png,image/jpeg,image/webp,image/gif";

/** @typedef {import("./desk.js").Desk} Desk */
/** @typedef {{commit: (picture: {asset: string, width: number, height: number}) => void, cancel: () => void}} Request */

/** Let somebody choose files.  @param {string} accept @param {{camera?: boolean, many?: boolean}} [how] @returns {Promise<File[]>} */
export function choose(accept, { camera = false, many = false } = {}) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept, multiple: many, capture: camera ? "environment" : null, hidden: true, test: "file" });
    const done = () => {
      resolve([...(input.files ?? [])]);
      input.remove();
    };
    input.addEventListener("change", done);
    input.addEventListener("cancel", done);
    document.body.append(input);
    input.click();
  });
}

/** A photograph of a phone is ten times what the board can show.  @param {File} file @returns {Promise<File>} */
async function lighter(file) {
  if (file.type === "image/gif") return file;
  const picture = await createImageBitmap(file);
  const by = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  if (by === 1 && file.size <= LARGE_BYTES) return file;
  const canvas = h("canvas", { width: Math.round(picture.width * by), height: Math.round(picture.height * by) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.88));
  return blob && blob.size < file.size ? new File([blob], "picture.jpg", { type: "image/jpeg" }) : file;
}

/** @param {Desk} desk @param {(files: File[]) => void} slides   what is no picture, for staff */
export function pictures(desk, slides) {
  const { room, tools } = desk;

  /** @param {File} file @param {[number, number]} [at] @param {Request} [request] */
  async function place(file, at, request) {
    if (!room.mayDraw) return refused(request);
    const bar = progress(t("image.sending"));
    const answer = await lighter(file).then((light) => room.assets.upload(light, bar.to)).catch(() => ({ ok: /** @type {const} */ (false), code: "invalid" }));
    bar.done();
    if (!answer.ok) {
      request?.cancel();
      toast(answer.code === "invalid" ? t("image.broken") : sentence(answer), "error");
    } else if (request) request.commit(answer);
    else tools.placeImage(answer, at);
  }

  /** @param {Request} [request] */
  function refused(request) {
    request?.cancel();
    toast(t(`barred.${room.barred || "right"}`));
  }

  /** @param {{camera?: boolean}} how @param {Request} [request] */
  async function ask(how, request) {
    const [file] = await choose(PICTURES, how);
    if (file) await place(file, undefined, request);
    else request?.cancel();
  }

  /** A button's own choice: a file at once, and on what has a camera a question first.  @param {HTMLElement} anchor */
  function open(anchor) {
    if (!matchMedia("(pointer: coarse)").matches) return void ask({});
    const item = (/** @type {string} */ symbol, /** @type {boolean} */ camera) =>
      iconButton(symbol, t(camera ? "image.camera" : "image.file"), () => void ask({ camera }), { text: true, class: "menu-item", test: camera ? "image-camera" : "image-file" });
    flyout(anchor, { label: t("tool.image"), class: "menu", role: "menu", fill: () => [item("photo", true), item("image", false)] }).show();
  }

  /** @param {DataTransfer|null} data @param {[number, number]} [at] @returns {boolean} there was something to take */
  function take(data, at) {
    const files = [...(data?.files ?? [])];
    const [picture] = files.filter(({ type }) => PICTURES.includes(type) && type);
    if (picture) void place(picture, at);
    else if (files.length && room.staff) slides(files);
    else if (files.length) toast(t("image.broken"), "error");
    return files.length > 0;
  }

  return { ask, open, take };
}

/** Files that are dropped on the board.  @param {Desk} desk @param {(data: DataTransfer|null, at: [number, number]) => void} drop @param {AbortSignal} signal */
export function dropping({ frame, tools }, drop, signal) {
  const over = (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    frame.classList.add("dropping");
  };
  const listen = { signal };
  frame.addEventListener("dragenter", over, listen);
  frame.addEventListener("dragover", over, listen);
  frame.addEventListener("dragleave", () => frame.classList.remove("dropping"), listen);
  frame.addEventListener("drop", (event) => {
    frame.classList.remove("dropping");
    event.preventDefault();
    drop(event.dataTransfer, tools.at(event));
  }, listen);
}
