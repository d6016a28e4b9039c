import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";
import { DialogRequest } from "./dialog-request.js";
import { PeoplePicker } from "./people-picker.js";

/** @typedef {import('../lib/types.js').User} User */

/**
 * A dialog in which people are picked, for a new message or as members of a room.
 *
 * @template Answer
 */
export class PeopleDialog {
  #dialog;
  #picker;
  #request;
  #go;
  #done;

  /**
   * @param {HTMLElement} dialog
   * @param {object} world
   * @param {(query: string, signal: AbortSignal) => Promise<import('./people-picker.js').Found[]>} world.find
   * @param {() => User[]} [world.known]
   * @param {number} world.most
   * @param {(people: User[]) => Promise<Answer>} world.go what the button asks for
   * @param {(answer: Answer) => void} world.done after the dialog was closed
   */
  constructor(dialog, { find, known, most, go, done }) {
    this.#dialog = /** @type {HTMLDialogElement} */ (dialog);
    this.#go = go;
    this.#done = done;
    const changed = () => this.#explain("");
    const picker = part(dialog, "picker");
    this.#picker = new PeoplePicker(picker, { find, known, most, changed });
    this.#request = new DialogRequest({ close: () => this.#dialog.close(), say });
    dialog.addEventListener("close", () => this.#request.end());
    part(dialog, "people-form").addEventListener("submit", (event) => this.#submit(event));
    part(dialog, "people-cancel").addEventListener("click", () => this.#dialog.close());
  }

  /** @param {User[]} [people] who are picked at first */
  open(people = []) {
    if (this.#dialog.open) return;
    this.#explain("");
    this.#dialog.showModal();
    this.#picker.reset(people);
    this.#picker.focus();
    this.#request.begin();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const { people, isTyping } = this.#picker;
    if (people.length === 0 || isTyping) {
      this.#explain(gettext("Pick somebody from the list."));
      return this.#picker.focus();
    }
    this.#request.send(() => this.#go(people), {
      done: this.#done,
      failed: (words) => this.#explain(words),
    });
  }

  /** @param {string} words */
  #explain(words) {
    setText(part(this.#dialog, "people-trouble"), words);
  }
}
