import { Emitter } from "../lib/emitter.js";

/** @typedef {import('../protocol.js').Appearance} Choices */
/** @typedef {Partial<Omit<Choices, 'revision'>>} Change */

/**
 * How the site looks to me, in all of my tabs. My changes show at once; the server's state is the
 * truth, and its latest one counts as soon as nothing of mine is on its way.
 *
 * @extends {Emitter<{change: Partial<Choices>}>}
 */
export class Appearance extends Emitter {
  /** The server's latest state. @type {Partial<Choices>} */ #told;
  /** @type {Change} */ #changing = {};
  #underWay = 0;
  #ask;

  /**
   * @param {Partial<Choices> | undefined} told
   * @param {(command: any) => Promise<any>} ask
   */
  constructor(told, ask) {
    super();
    this.#told = told ?? {};
    this.#ask = ask;
  }

  /** What is shown. @returns {Partial<Choices>} */
  get chosen() {
    return { ...this.#told, ...this.#changing };
  }

  /** A welcome starts over; an older server's has none. @param {Choices | undefined} told */
  reset(told) {
    if (!told || told.revision === this.#told.revision) return;
    this.#told = told;
    this.emit("change", this.chosen);
  }

  /** @param {Choices} told */
  learn(told) {
    if (told.revision && told.revision > (this.#told.revision ?? 0)) this.reset(told);
  }

  /** Change some of it: `set({ scheme: "dark" })`. Rejects if it didn't last. @param {Change} change */
  async set(change) {
    this.#underWay += 1;
    Object.assign(this.#changing, change);
    this.emit("change", this.chosen);
    try {
      this.learn((await this.#ask({ type: "appearance.set", ...change })).appearance);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#changing = {};
      this.emit("change", this.chosen);
    }
  }
}
