import { part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { say } from "../lib/toast.js";

/** @typedef {import('../lib/types.js').User} User */

/**
 * The line above the composer in a conversation with someone I have blocked, with a button to
 * unblock them.
 */
export class BlockedLine {
  #composer;
  #session;
  #other;

  /**
   * @param {HTMLElement} composer
   * @param {import('../room/session.js').RoomSession} session
   * @param {User[]} people the other members of a direct room
   */
  constructor(composer, session, people) {
    this.#composer = composer;
    this.#session = session;
    // Among several people, everyone can still write.
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
      gettext("You've blocked %(name)s. They can't message you.", { name }),
    );
    if (line.hidden !== isBlocked) return;
    const draw = () => line.toggleAttribute("hidden", !isBlocked);
    keepFocus(line, draw, part(this.#composer, "body"));
  }

  async #unblock() {
    const other = /** @type {User} */ (this.#other);
    try {
      await this.#session.ignored.unignore(other);
    } catch (error) {
      say(refusal(/** @type {any} */ (error)));
    }
  }
}
