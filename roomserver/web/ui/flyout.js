/**
 * A box that opens beside its button: one at a time, closed by Escape, by a press elsewhere, or by what was chosen in it.
 * Arrow keys walk through what stands in it; the focus goes back to the button.
 */
import { h } from "./dom.js";

/** @typedef {{button: HTMLElement, box: HTMLElement, close: (back?: boolean) => void}} Open */

const EDGE = 8; // pixels kept free at the window's edge

/** @type {Open|null} */
let open = null;

/** Close what is open.  @param {boolean} [back] the focus goes back to the button */
export const closeFlyout = (back = false) => open?.close(back);

/**
 * A box for a button; whoever owns the button calls `toggle`.
 * @param {HTMLElement} button
 * @param {{label: string, fill: () => (Node|false|null)[], class?: string, test?: string, role?: "group"|"menu"}} what   `fill` is asked at each opening
 */
export function flyout(button, { label, fill, class: kind = "", test, role = "group" }) {
  button.setAttribute("aria-haspopup", role === "menu" ? "menu" : "dialog");
  button.setAttribute("aria-expanded", "false");
  const isOpen = () => open?.button === button;
  const show = () => {
    closeFlyout();
    openBox(button, h("div", { class: `flyout ${kind}`, role, "aria-label": label, test }, ...fill()));
  };
  const toggle = () => (isOpen() ? closeFlyout(true) : show());
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    show();
  });
  return { show, toggle, refill: () => void (isOpen() && open && refill(open.box, fill)) };
}

/** Fill an open box anew; the focus stays where it was.  @param {HTMLElement} box @param {() => (Node|false|null)[]} fill */
function refill(box, fill) {
  const at = stops(box).indexOf(/** @type {HTMLElement} */ (document.activeElement));
  box.replaceChildren(...fill().filter((child) => child instanceof Node));
  if (at >= 0) stops(box)[Math.min(at, stops(box).length - 1)]?.focus();
}

/** @param {HTMLElement} button @param {HTMLElement} box */
function openBox(button, box) {
  const off = new AbortController();
  const listen = { signal: off.signal };
  document.body.append(box);
  button.setAttribute("aria-expanded", "true");
  const close = (back = false) => {
    off.abort();
    box.remove();
    button.setAttribute("aria-expanded", "false");
    open = null;
    if (back && button.isConnected) button.focus();
  };
  open = { button, box, close };
  place(button, box);
  document.addEventListener("pointerdown", (event) => {
    const target = /** @type {Node} */ (event.target);
    if (!box.contains(target) && !button.contains(target)) close();
  }, { ...listen, capture: true });
  window.addEventListener("resize", () => place(button, box), listen);
  window.addEventListener("blur", () => box.contains(document.activeElement) || close(), listen);
  box.addEventListener("keydown", (event) => walk(event, box, close), listen);
  const first = box.querySelector('[aria-pressed="true"], [aria-checked="true"]') ?? stops(box)[0];
  /** @type {HTMLElement|undefined} */ (first)?.focus({ preventScroll: true });
}

/** Above the button, or below it where there is more room.  @param {HTMLElement} button @param {HTMLElement} box */
function place(button, box) {
  const at = button.getBoundingClientRect();
  const [width, height] = [document.documentElement.clientWidth, document.documentElement.clientHeight];
  const above = at.top > height - at.bottom;
  box.style.maxHeight = `${(above ? at.top : height - at.bottom) - 2 * EDGE}px`;
  box.style.maxWidth = `${width - 2 * EDGE}px`;
  const left = at.left + at.width / 2 - box.offsetWidth / 2;
  box.style.left = `${Math.max(EDGE, Math.min(left, width - box.offsetWidth - EDGE))}px`;
  box.style.top = above ? "auto" : `${at.bottom + EDGE}px`;
  box.style.bottom = above ? `${height - at.top + EDGE}px` : "auto";
}

/** What can have the focus.  @param {HTMLElement} box @returns {HTMLElement[]} */
export function stops(box) {
  const found = /** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll("button:not(:disabled), input, select, textarea, a[href], [tabindex='0']"));
  return [...found].filter((element) => element.offsetParent !== null);
}

const STEPS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 });

/** @param {KeyboardEvent} event @param {HTMLElement} box @param {(back: boolean) => void} close */
function walk(event, box, close) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    return close(true);
  }
  if (event.key === "Tab" && leaves(event, box)) return close(true);
  const step = STEPS[event.key];
  if (!step || isField(event.target)) return;
  event.preventDefault();
  const all = stops(box);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  all[(at + step + all.length) % all.length]?.focus();
}

/** Does Tab lead out of the box?  @param {KeyboardEvent} event @param {HTMLElement} box */
function leaves(event, box) {
  const all = stops(box);
  return document.activeElement === (event.shiftKey ? all[0] : all[all.length - 1]);
}

/** Arrow keys belong to what is typed and to sliders.  @param {EventTarget|null} target */
const isField = (target) => target instanceof Element && target.matches("input:not([type='checkbox']), select, textarea");

/** A row of arrow keys for a toolbar: one stop for Tab, the arrows walk.  @param {HTMLElement} bar */
export function toolbarKeys(bar) {
  const settle = () => {
    const all = stops(bar);
    const current = all.find((button) => button.tabIndex === 0) ?? all.find((button) => button.getAttribute("aria-pressed") === "true") ?? all[0];
    for (const button of all) button.tabIndex = button === current ? 0 : -1;
  };
  bar.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step || isField(event.target)) return;
    event.preventDefault();
    const all = stops(bar);
    const next = all[(all.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step + all.length) % all.length];
    next.focus();
  });
  bar.addEventListener("focusin", ({ target }) => {
    for (const button of stops(bar)) button.tabIndex = button === target ? 0 : -1;
  });
  return settle;
}
