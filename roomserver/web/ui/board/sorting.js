/** Items of a list that are dragged to another place.  A finger holds for a moment first, or it would not scroll. */

const SLOP = 6; // pixels before a press is a drag
const HOLD_MS = 350;

/**
 * @param {HTMLElement} list   of items with `data-page`
 * @param {(page: number, before: number|null) => void} drop
 * @param {() => boolean} may
 */
export function sortable(list, drop, may) {
  list.addEventListener("pointerdown", (event) => {
    const item = event.target instanceof Element ? /** @type {HTMLElement|null} */ (event.target.closest("[data-page].strip-page")) : null;
    if (!item || event.button !== 0 || !may() || /** @type {Element} */ (event.target).closest(".strip-more")) return;
    new Drag(list, item, event, drop);
  });
}

class Drag {
  /** @param {HTMLElement} list @param {HTMLElement} item @param {PointerEvent} event @param {(page: number, before: number|null) => void} drop */
  constructor(list, item, event, drop) {
    this.list = list;
    this.item = item;
    this.drop = drop;
    this.from = event.clientX;
    this.pointer = event.pointerId;
    this.moving = false;
    /** @type {HTMLElement|null} the item that it would stand before */
    this.next = null;
    this.off = new AbortController();
    const listen = { signal: this.off.signal };
    this.timer = event.pointerType === "mouse" ? 0 : setTimeout(() => this.#begin(), HOLD_MS);
    document.addEventListener("pointermove", (move) => this.#move(move), listen);
    document.addEventListener("pointerup", () => this.#end(true), listen);
    document.addEventListener("pointercancel", () => this.#end(false), listen);
    document.addEventListener("touchmove", (touch) => this.moving && touch.preventDefault(), { ...listen, passive: false });
    document.addEventListener("keydown", (key) => key.key === "Escape" && this.#end(false), listen);
  }

  #begin() {
    this.moving = true;
    this.item.classList.add("dragged");
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId !== this.pointer) return;
    const by = event.clientX - this.from;
    if (!this.moving && Math.abs(by) > SLOP) {
      if (event.pointerType !== "mouse") return this.#end(false); // it scrolls
      this.#begin();
    }
    if (!this.moving) return;
    this.item.style.transform = `translateX(${by}px)`;
    this.#mark(event.clientX);
  }

  /** Where it would stand.  @param {number} x */
  #mark(x) {
    this.next = null;
    for (const other of /** @type {HTMLElement[]} */ ([...this.list.children])) {
      other.classList.remove("drop-before", "drop-after");
      const { left, width } = other.getBoundingClientRect();
      if (other !== this.item && this.next === null && x < left + width / 2) this.next = other;
    }
    if (this.next) this.next.classList.add("drop-before");
    else this.list.lastElementChild?.classList.add("drop-after");
  }

  /** @param {boolean} done */
  #end(done) {
    clearTimeout(this.timer);
    this.off.abort();
    this.item.style.transform = "";
    this.item.classList.remove("dragged");
    for (const other of this.list.children) other.classList.remove("drop-before", "drop-after");
    if (!done || !this.moving) return;
    const guard = (/** @type {Event} */ event) => event.stopPropagation(); // it was no press
    this.list.addEventListener("click", guard, { capture: true });
    setTimeout(() => this.list.removeEventListener("click", guard, { capture: true }), 0);
    const page = Number(this.item.dataset.page);
    const before = this.next ? Number(this.next.dataset.page) : null;
    if (this.item.nextElementSibling !== (this.next ?? null)) this.drop(page, before);
  }
}
