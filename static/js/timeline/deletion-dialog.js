import { part, setText, written } from "../lib/dom.js";
import { excerpt } from "../reading/excerpt.js";

/** @typedef {import('../lib/types.js').Message} Message */

/**
 * Confirms the deletion of somebody else's message, since its author can't undo it, and asks why.
 */
export class DeletionDialog {
  #dialog;
  #form;
  #remove;
  /** @type {{message: Message, node: HTMLElement} | null} */ #at = null;

  /**
   * @param {HTMLElement} timeline
   * @param {(message: Message, reason: string) => void} remove
   */
  constructor(timeline, remove) {
    this.#remove = remove;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "delete-dialog"));
    this.#form = /** @type {HTMLFormElement} */ (part(this.#dialog, "delete-form"));
    part(this.#dialog, "delete-cancel").addEventListener("click", () => this.#dialog.close());
    this.#form.addEventListener("submit", () => this.#submit());
    this.#dialog.addEventListener("close", () => this.#at?.node.focus({ preventScroll: true }));
  }

  /** @param {Message} message @param {HTMLElement} node to return the focus to */
  open(message, node) {
    this.#at = { message, node };
    this.#form.reset();
    setText(part(this.#dialog, "delete-text"), excerpt(message));
    this.#dialog.showModal();
  }

  /** The dialog closes by itself. */
  #submit() {
    if (this.#at) this.#remove(this.#at.message, written(this.#form, "reason"));
  }
}
