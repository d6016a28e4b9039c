import { Emitter } from "./emitter.js";

/**
 * The tabs that one person has open. All others hear what one tells, in order, and one of them
 * leads. A tab that waits to lead does so when the leader is closed or dies. A tab that takes the
 * lead has it at once: one in the background may be asleep, and the tab someone works in must not
 * wait for it.
 *
 * Where a browser lacks the Web Locks API (it needs https or localhost), every tab leads. So a
 * leader may do nothing that is wrong when two do it, only what is wasteful.
 *
 * @extends {Emitter<{said: any, lead: boolean}>}
 */
export class Tabs extends Emitter {
  leads = false;
  #name;
  #locks;
  #Channel;
  /** @type {BroadcastChannel | null} */ #channel = null;
  /** @type {AbortController | null} of the place in the queue, or at its head */ #place = null;

  /**
   * @param {string} name
   * @param {{locks?: LockManager | null, Channel?: any}} [world]
   */
  constructor(
    name,
    { locks = globalThis.navigator?.locks, Channel = globalThis.BroadcastChannel } = {},
  ) {
    super();
    this.#name = name;
    this.#locks = locks;
    this.#Channel = Channel;
  }

  /** Listen to the other tabs, and lead if none of them does. */
  join() {
    if (this.#channel || !this.#Channel) return this.#wait();
    const channel = new this.#Channel(this.#name);
    channel.onmessage = (/** @type {MessageEvent} */ { data }) => this.emit("said", data);
    this.#channel = channel;
    this.#wait();
  }

  /** A page in the back/forward cache must hold no locks. */
  leave() {
    this.#channel?.close();
    this.#channel = null;
    this.#place?.abort();
    this.#place = null;
    this.#become(false);
  }

  /** @param {any} words anything a structured clone can carry */
  tell(words) {
    this.#channel?.postMessage(words);
  }

  /** Lead now. The tab that led is told, and waits in turn. */
  take() {
    if (!this.leads) this.#ask({ steal: true });
  }

  #wait() {
    if (!this.#place) this.#ask({});
  }

  /** @param {{steal?: boolean}} how */
  async #ask({ steal = false }) {
    this.#place?.abort();
    const place = new AbortController();
    this.#place = place;
    if (!this.#locks) return this.#become(true);
    let led = false;
    const lead = () => {
      led = true;
      if (!place.signal.aborted) this.#become(true);
      return aborted(place.signal);
    };
    try {
      await this.#locks.request(this.#name, steal ? { steal } : { signal: place.signal }, lead);
    } catch {
      if (place.signal.aborted) return;
      // Taken by another tab; or locks are unavailable, as in a sandboxed frame.
      this.#become(!led);
      if (led) this.#ask({});
    }
  }

  /** @param {boolean} leads */
  #become(leads) {
    if (this.leads === leads) return;
    this.leads = leads;
    this.emit("lead", leads);
  }
}

/** @param {AbortSignal} signal @returns {Promise<void>} */
const aborted = (signal) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
