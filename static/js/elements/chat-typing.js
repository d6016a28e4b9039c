import { setText } from "../lib/dom.js";
import { typingSentence } from "../typing.js";

/** One line that is always there, so that it comes and goes without moving anything. */
export class ChatTyping extends HTMLElement {
  /** @type {() => void} */ #undo = () => {};

  /** @param {import('../session.js').RoomSession} session */
  attach({ typists }) {
    this.#undo = typists.on("change", (users) => {
      setText(this, typingSentence(users));
      this.toggleAttribute("data-active", users.length > 0);
    });
  }

  detach() {
    this.#undo();
  }
}
