/** Small things that every page uses: buttons, toasts, a question before something that cannot be taken back. */
import { t } from "../i18n/i18n.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").Answer} Answer */

/**
 * A button with an icon and a name that screen readers and tooltips have.
 * @param {string} name  icon
 * @param {string} label @param {() => void} press
 * @param {{test?: string, class?: string, text?: boolean, pressed?: boolean, disabled?: boolean}} [more]
 */
export function iconButton(name, label, press, { test, class: kind = "", text = false, pressed, disabled } = {}) {
  return h(
    "button",
    {
      type: "button",
      class: `button ${text ? "" : "square"} ${kind}`,
      title: label,
      "aria-label": text ? null : label,
      "aria-pressed": pressed === undefined ? null : String(pressed),
      disabled,
      test,
      on: { click: press },
    },
    icon(name),
    text && h("span", { text: label }),
  );
}

/** @param {string} label @param {() => void} press @param {{test?: string, class?: string}} [more] */
export function textButton(label, press, { test, class: kind = "" } = {}) {
  return h("button", { type: "button", class: `button ${kind}`, test, on: { click: press } }, label);
}

const SHOWN_MS = 4_500;
const TOASTS = 2; // more would pile up over the board

/** The newest on top.  @param {string} text @param {"info"|"warn"|"error"} [kind]
 *  @param {{label: string, press: () => void}|null} [action] */
export function toast(text, kind = "info", action = null) {
  const shelf = document.getElementById("toasts");
  if (!shelf || [...shelf.children].some((other) => other.firstChild?.textContent === text)) return;
  const close = () => box.remove();
  const box = h(
    "div",
    { class: `toast ${kind}`, role: kind === "info" ? "status" : "alert", test: "toast" },
    h("span", { text }),
    action && textButton(action.label, () => {
      close();
      action.press();
    }, { test: "toast-action", class: "toast-action small" }),
    iconButton("close", t("close"), close),
  );
  shelf.prepend(box);
  for (const old of [...shelf.querySelectorAll(".toast:not(.progress)")].slice(TOASTS)) old.remove();
  setTimeout(close, SHOWN_MS);
}

/** Why the room did not do it, in a sentence.  @param {{code: string, rule?: string, retry_in_s?: number}} refusal */
export function sentence({ code, rule, retry_in_s }) {
  const why = t.has(`rule.${rule}`) ? t(`rule.${rule}`) : t(t.has(`error.${code}`) ? `error.${code}` : "error.unknown", { code });
  return retry_in_s ? `${why} ${t("error.retry", { time: duration(retry_in_s) })}` : why;
}

/** @param {number} s */
export function duration(s) {
  if (s < 90) return t("duration.seconds", { n: Math.ceil(s) });
  if (s < 5_400) return t("duration.minutes", { n: Math.round(s / 60) });
  return t("duration.hours", { n: Math.round(s / 3_600) });
}

/** @param {{title: string, text?: string, yes: string, danger?: boolean}} question @returns {Promise<boolean>} */
export function confirm({ title, text = "", yes, danger = false }) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "dialog", test: "dialog", "aria-label": title },
      h("h2", { text: title }),
      text && h("p", { text }),
      h(
        "div",
        { class: "dialog-buttons" },
        textButton(t("cancel"), () => dialog.close("no"), { test: "confirm-no" }),
        textButton(yes, () => dialog.close("yes"), { test: "confirm-yes", class: danger ? "danger" : "primary" }),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A box in the middle of the page, with a title and a way out.
 *  @param {string} title @param {string} test @param {...(Node|false|null)} children @returns {HTMLDialogElement} */
export function sheet(title, test, ...children) {
  const dialog = h(
    "dialog",
    { class: `dialog sheet ${test}-sheet`, test, "aria-label": title },
    h("div", { class: "sheet-head" }, h("h2", { text: title }), iconButton("close", t("close"), () => dialog.close(), { class: "quiet", test: "sheet-close" })),
    ...children,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog && !within(dialog, event)) dialog.close(); // on what lies behind it
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {HTMLElement} element @param {PointerEvent} event */
function within(element, { clientX, clientY }) {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
}

/** A coloured disc with the letter that tells a name from others: of a Chinese one the last, of another the first.
 *  @param {string} name @param {number} of */
export function avatar(name, of) {
  const chinese = name.match(/^[\u4e00-\u9fff]+/)?.[0].replace(/(?<=.)老师$/, "");
  const short = chinese ? chinese.slice(-1) : name.trim().slice(0, 1).toUpperCase();
  return h("span", { class: `avatar hue-${of % 8}`, "aria-hidden": "true", text: short || "?" });
}

/** @param {number} ms */
export function clock(ms) {
  const s = Math.max(0, Math.ceil(ms / 1_000));
  const [hours, minutes, seconds] = [Math.floor(s / 3_600), Math.floor(s / 60) % 60, s % 60];
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${pad(minutes)}:${pad(seconds)}`;
}
