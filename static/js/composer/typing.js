import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { gettext } from "../lib/gettext.js";

/** @typedef {import('../lib/types.js').User} User */

const AGAIN_SECONDS = 3; // half of FORGET_SECONDS: losing one frame doesn't make the line flicker
const IDLE_SECONDS = 5;
const FORGET_SECONDS = 6;

/**
 * Others who are typing here. A start without a stop is forgotten, since a closed laptop sends no
 * goodbye.
 *
 * @extends {Emitter<{change: User[]}>}
 */
export class Typists extends Emitter {
  /** @type {Map<number, {user: User, timer: any}>} */
  #typists = new Map();
  #clock;

  constructor(clock = realClock) {
    super();
    this.#clock = clock;
  }

  get users() {
    return [...this.#typists.values()].map(({ user }) => user);
  }

  /** @param {User} user */
  start(user) {
    const known = this.#typists.get(user.id);
    this.#clock.cancel(known?.timer);
    const timer = this.#clock.after(() => this.stop(user.id), FORGET_SECONDS * 1000);
    this.#typists.set(user.id, { user, timer });
    if (!known) this.emit("change", this.users);
  }

  /** @param {User} person with their new name */
  rename(person) {
    const known = this.#typists.get(person.id);
    if (!known) return;
    known.user = person;
    this.emit("change", this.users);
  }

  /** Also when their message arrives, since that is what they were typing. @param {number} id */
  stop(id) {
    const known = this.#typists.get(id);
    if (!known) return;
    this.#clock.cancel(known.timer);
    this.#typists.delete(id);
    this.emit("change", this.users);
  }

  clear() {
    for (const { user } of [...this.#typists.values()]) this.stop(user.id);
  }
}

/** @param {User[]} users */
export function typingSentence(users) {
  const [first, second] = users.map(({ name }) => name);
  if (users.length === 0) return "";
  if (users.length === 1) return gettext("%(name)s is typing…", { name: first });
  if (users.length === 2) return gettext("%(first)s and %(second)s are typing…", { first, second });
  return gettext("Several people are typing…");
}

/** Reports my own typing: now and then instead of with every key, and when I stop. */
export class TypingSignal {
  #said = Number.NEGATIVE_INFINITY;
  /** @type {any} */ #idle = null;
  #tell;
  #clock;

  /**
   * @param {(type: 'typing.start' | 'typing.stop') => void} tell
   * @param {import('../lib/clock.js').Clock} [clock]
   */
  constructor(tell, clock = realClock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  key() {
    this.#clock.cancel(this.#idle);
    this.#idle = this.#clock.after(() => this.stop(), IDLE_SECONDS * 1000);
    if (this.#clock.now() - this.#said < AGAIN_SECONDS * 1000) return;
    this.#said = this.#clock.now();
    this.#tell("typing.start");
  }

  /** The field was emptied, or idle for a while. */
  stop() {
    if (this.#said !== Number.NEGATIVE_INFINITY) this.#tell("typing.stop");
    this.sent();
  }

  /** The message itself says that I stopped. */
  sent() {
    this.#clock.cancel(this.#idle);
    this.#said = Number.NEGATIVE_INFINITY;
  }
}
