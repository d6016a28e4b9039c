/**
 * What one page of this browser has in hand, and the others leave alone until it is let go of, or
 * the page is gone. Where a browser lacks locks (they need https or localhost) nothing is held back.
 */
export class Holds {
  #name;
  #locks;

  /** @param {string} name @param {LockManager} [locks] */
  constructor(name, locks = globalThis.navigator?.locks) {
    this.#name = name;
    this.#locks = locks;
  }

  /**
   * @param {string} what
   * @returns {{held: Promise<void>, release: () => void}} `held`: when nobody else has it any more
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
      // Let go of while it waits, or no lock to be had, as in a sandboxed frame.
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
