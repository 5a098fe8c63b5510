/** Elements without a framework and without markup in strings: what people write is text, never HTML. */

/** @typedef {Node|string|number|null|undefined|false} Child */
/** @typedef {Record<string, any>} Props  `on` listeners, `data` dataset, `test` data-testid, `class`, `text`; others are attributes */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Props} [props] @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "test") element.dataset.testid = value;
    else if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter(isShown).map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

/** @param {Child} child @returns {child is Node|string|number} */
const isShown = (child) => child !== null && child !== undefined && child !== false;

/**
 * Make the children of `parent` those of `items`, keeping the element of each key: focus and video stay as they are.
 * @template T
 * @param {HTMLElement} parent @param {readonly T[]} items @param {(item: T) => string} key
 * @param {(item: T) => HTMLElement} make @param {(element: HTMLElement, item: T) => void} [update]
 */
export function keyed(parent, items, key, make, update = () => {}) {
  const old = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset.key ?? "", child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let element = /** @type {HTMLElement|undefined} */ (old.get(name));
    old.delete(name);
    if (!element) {
      element = make(item);
      element.dataset.key = name;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const gone of old.values()) gone.remove();
}

/** Set an attribute only when it differs.  @param {Element} element @param {string} name @param {string|boolean|null} value */
export function attribute(element, name, value) {
  if (value === false || value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

/** @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {HTMLElement} root @param {string} test @returns {HTMLElement} */
export function find(root, test) {
  return /** @type {HTMLElement} */ (root.querySelector(`[data-testid="${test}"]`));
}
