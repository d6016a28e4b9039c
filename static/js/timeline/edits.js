import { Emitter } from "../lib/emitter.js";

/**
 * Unsaved edits of a room's messages. They are stored like drafts, under the number of the message.
 * `change` says that one appeared or is gone.
 *
 * @extends {Emitter<{change: number}>}
 */
export class Edits extends Emitter {
  #drafts;
  #room;
  /** @type {Set<number>} */
  #known = new Set();
  #forget;

  /**
   * @param {import('../composer/drafts.js').Drafts} drafts
   * @param {string} room
   */
  constructor(drafts, room) {
    super();
    this.#drafts = drafts;
    this.#room = room;
    for (const number of this.#numbers) this.#known.add(number);
    this.#forget = drafts.on("change", ({ room: key }) => this.#look(key));
  }

  /** @param {number} number @returns {string} empty: there is none */
  read(number) {
    return this.#known.has(number) ? this.#drafts.read(this.#key(number)).body : "";
  }

  /** @param {number} number */
  has(number) {
    return this.#known.has(number);
  }

  /** The first message that has one. @returns {number | undefined} */
  get first() {
    return [...this.#known].sort((a, b) => a - b)[0];
  }

  /** @param {number} number @param {string} body */
  write(number, body) {
    this.#drafts.write(this.#key(number), { body, reply_to: null });
  }

  /** It was saved or discarded. @param {number} number */
  drop(number) {
    this.write(number, "");
  }

  /** The room is left. */
  leave() {
    this.#forget();
  }

  get #numbers() {
    const keys = this.#drafts.keys.filter((key) => this.#isHere(key) && this.#drafts.has(key));
    return keys.map(numberIn);
  }

  /** @param {string} key */
  #look(key) {
    if (!this.#isHere(key)) return;
    const number = numberIn(key);
    const has = this.#drafts.read(key).body !== "";
    if (has === this.#known.has(number)) return;
    if (has) this.#known.add(number);
    else this.#known.delete(number);
    this.emit("change", number);
  }

  /** A slug contains no slash. @param {number} number */
  #key(number) {
    return `${this.#room}/${number}`;
  }

  /** @param {string} key */
  #isHere(key) {
    return key.startsWith(`${this.#room}/`);
  }
}

/** @param {string} key */
const numberIn = (key) => Number(key.slice(key.lastIndexOf("/") + 1));
