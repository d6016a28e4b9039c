import { setText } from "../lib/dom.js";
import { typingSentence } from "./typing.js";

/**
 * The line that says who is typing. It is always there, so that it can change without moving
 * anything.
 */
export class ChatTyping extends HTMLElement {
  /** @type {() => void} */ #undo = () => {};

  /** @param {import('../room/session.js').RoomSession} session */
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
