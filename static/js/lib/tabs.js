import { Emitter } from "./emitter.js";

/**
 * The tabs that one person has open. What one says all others hear, in that order; and one of them
 * leads. Who waits to lead does so when the leader is closed or dies. Who takes the lead has it at
 * once: a tab in the background may be asleep, and the one in which somebody works must not wait
 * for it.
 *
 * Where a browser lacks locks (they need https or localhost) every tab leads, so a leader may do
 * nothing that is wrong when two do it, only what is wasteful.
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

  /** Hears the others from now on, and leads when nobody else does. */
  join() {
    if (this.#channel || !this.#Channel) return this.#wait();
    const channel = new this.#Channel(this.#name);
    channel.onmessage = (/** @type {MessageEvent} */ { data }) => this.emit("said", data);
    this.#channel = channel;
    this.#wait();
  }

  /** A page that the browser puts aside must hold nothing. */
  leave() {
    this.#channel?.close();
    this.#channel = null;
    this.#place?.abort();
    this.#place = null;
    this.#become(false);
  }

  /** @param {any} words what a structured clone can carry */
  tell(words) {
    this.#channel?.postMessage(words);
  }

  /** Leads now. The tab that did hears of it and waits in turn. */
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
      // Taken by another tab; or there never was a lock to be had, as in a sandboxed frame.
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
