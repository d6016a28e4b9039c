import { part, setText, written } from "../lib/dom.js";
import { refusal } from "../lib/labels.js";

/** @typedef {import('./arrangement.js').Arrangement} Arrangement */

/** The dialog that renames, moves and deletes a section of my own. */
export class SectionDialog {
  #section = "";
  #dialog;
  #arrangement;
  #settle;

  /**
   * @param {ParentNode} within
   * @param {Arrangement} arrangement
   * @param {(change: Promise<void>) => void} settle
   */
  constructor(within, arrangement, settle) {
    this.#dialog = /** @type {HTMLDialogElement} */ (part(within, "section-dialog"));
    this.#arrangement = arrangement;
    this.#settle = settle;
    part(this.#dialog, "rename").addEventListener("submit", (event) => this.#rename(event));
    part(this.#dialog, "section-up").addEventListener("click", () => this.#move(-1));
    part(this.#dialog, "section-down").addEventListener("click", () => this.#move(1));
    part(this.#dialog, "section-delete").addEventListener("click", () => {
      this.#dialog.close();
      settle(arrangement.remove(this.#section));
    });
    arrangement.on("change", () => this.#draw());
  }

  /** @param {string} section */
  open(section) {
    const own = this.#arrangement.own.find(({ id }) => id === section);
    if (!own) return;
    this.#section = section;
    const field = /** @type {HTMLInputElement} */ (part(this.#dialog, "own-name"));
    field.value = own.name;
    setText(part(this.#dialog, "section-trouble"), "");
    this.#draw();
    this.#dialog.showModal();
    field.select();
  }

  get #at() {
    return this.#arrangement.own.findIndex(({ id }) => id === this.#section);
  }

  #draw() {
    const at = this.#at;
    // Deleted in another tab.
    if (at < 0) return this.#dialog.close();
    // Disabled, a button would lose the focus.
    const { length } = this.#arrangement.own;
    part(this.#dialog, "section-up").ariaDisabled = String(at === 0);
    part(this.#dialog, "section-down").ariaDisabled = String(at === length - 1);
  }

  /** @param {1 | -1} step */
  #move(step) {
    const { own } = this.#arrangement;
    const to = this.#at + step;
    if (to < 0 || to >= own.length) return;
    const before = own[step < 0 ? to : to + 1]?.id ?? null;
    this.#settle(this.#arrangement.move(this.#section, before));
  }

  /** @param {SubmitEvent} event */
  async #rename(event) {
    event.preventDefault();
    const name = written(this.#dialog, "own-name");
    if (!name) return;
    try {
      await this.#arrangement.rename(this.#section, name);
      this.#dialog.close();
    } catch (error) {
      setText(part(this.#dialog, "section-trouble"), refusal(/** @type {any} */ (error)));
    }
  }
}
