import { keep } from "../lib/storage.js";

const MOST = 24;

/** The emoji someone used recently on this computer, latest first, and their skin tone. */
export class EmojiPreferences {
  #key;
  #storage;

  /** @param {{user: number, storage: import('../lib/storage.js').KeyValueStore}} world */
  constructor({ user, storage }) {
    this.#key = `chatsite:emoji:${user}`;
    this.#storage = storage;
  }

  /** @returns {string[]} */
  get recent() {
    const { recent } = this.#kept;
    return Array.isArray(recent) ? recent.filter((emoji) => typeof emoji === "string") : [];
  }

  /** From 1, light, to 5, dark; 0 is the default yellow. @returns {number} */
  get tone() {
    const { tone } = this.#kept;
    return Number.isInteger(tone) ? tone : 0;
  }

  set tone(tone) {
    this.#keep({ recent: this.recent, tone });
  }

  /** @param {string} emoji */
  use(emoji) {
    const others = this.recent.filter((other) => other !== emoji);
    this.#keep({ recent: [emoji, ...others].slice(0, MOST), tone: this.tone });
  }

  get #kept() {
    try {
      return JSON.parse(this.#storage.getItem(this.#key) ?? "{}") ?? {};
    } catch {
      return {}; // denied, or edited by hand
    }
  }

  /** @param {{recent: string[], tone: number}} preferences */
  #keep(preferences) {
    // If it is full, the preferences are lost: they are a convenience.
    keep(this.#storage, this.#key, JSON.stringify(preferences));
  }
}
