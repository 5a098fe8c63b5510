/** What others watch, by topic: a lesson, or a replay. */

/** @template {string} Topic */
export class Watched {
  constructor() {
    /** @type {Map<Topic, Set<(detail: any) => void>>} */
    this.watchers = new Map();
  }

  /** @param {Topic} topic @param {(detail: any) => void} watcher @returns {() => void} stop watching */
  on(topic, watcher) {
    const watchers = this.watchers.get(topic) ?? new Set();
    this.watchers.set(topic, watchers.add(watcher));
    return () => watchers.delete(watcher);
  }

  /** @param {Topic} topic @param {any} [detail] */
  emit(topic, detail) {
    // Over the set itself: a watcher that another one has just taken off is not called any more.
    for (const watcher of this.watchers.get(topic) ?? []) watcher(detail);
  }
}
