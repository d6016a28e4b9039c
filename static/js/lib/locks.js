/**
 * Locks that one page holds and the others wait for, until it releases them or is closed. Where a
 * browser lacks the Web Locks API (it needs https or localhost), nothing waits.
 */
export class Locks {
  #name;
  #locks;

  /** @param {string} name @param {LockManager} [locks] */
  constructor(name, locks = globalThis.navigator?.locks) {
    this.#name = name;
    this.#locks = locks;
  }

  /**
   * @param {string} what
   * @returns {{held: Promise<void>, release: () => void}} `held` resolves when no other page holds it
   */
  take(what) {
    const end = new AbortController();
    const release = () => end.abort();
    if (!this.#locks) return { held: Promise.resolve(), release };
    const locks = this.#locks;
    const held = new Promise((resolve) => {
      const keep = () => {
        resolve(undefined);
        return released(end.signal);
      };
      // Released while waiting, or locks are unavailable, as in a sandboxed frame.
      locks
        .request(`${this.#name}:${what}`, { signal: end.signal }, keep)
        .catch(() => end.signal.aborted || resolve(undefined));
    });
    return { held, release };
  }
}

/** @param {AbortSignal} signal @returns {Promise<void>} */
const released = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
