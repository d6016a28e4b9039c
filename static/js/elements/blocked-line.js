import { part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/words.js";
import { say } from "./toast.js";

/** @typedef {import('../lib/types.js').User} User */

/** In a conversation with somebody whom I have blocked: says so above the field, and takes it back. */
export class BlockedLine {
  #composer;
  #session;
  #other;

  /**
   * @param {HTMLElement} composer
   * @param {import('../session.js').RoomSession} session
   * @param {User[]} people the others of a direct room
   */
  constructor(composer, session, people) {
    this.#composer = composer;
    this.#session = session;
    // Among several, everybody goes on speaking.
    this.#other = people.length === 1 ? people[0] : null;
    if (!this.#other) return;
    part(composer, "unblock").addEventListener("click", () => this.#unblock());
    session.on("draw", () => this.#draw());
    session.on("person", (person) => {
      if (person.id === this.#other?.id) this.#other = person;
    });
    this.#draw();
  }

  #draw() {
    const { id, name } = /** @type {User} */ (this.#other);
    const isBlocked = this.#session.ignored.isBlocked(id);
    const line = part(this.#composer, "blocked");
    setText(
      part(this.#composer, "blocked-words"),
      gettext("You have blocked %(name)s: they can't write to you.", { name }),
    );
    if (line.hidden !== isBlocked) return;
    const draw = () => line.toggleAttribute("hidden", !isBlocked);
    keepFocus(line, draw, part(this.#composer, "body"));
  }

  async #unblock() {
    const other = /** @type {User} */ (this.#other);
    try {
      await this.#session.ignored.forgive(other);
    } catch (error) {
      say(refusal(/** @type {any} */ (error)));
    }
  }
}
