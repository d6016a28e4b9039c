/**
 * What can be done with a message, where fingers point: at the lower edge of the screen and over
 * everything. It stands inside the message, so that what is pressed in it is done with that one.
 */
export class MessageSheet {
  #dialog = document.createElement("dialog");
  #toolbar;

  /** @param {HTMLElement} toolbar what it shows @param {() => void} closed */
  constructor(toolbar, closed) {
    this.#toolbar = toolbar;
    this.#dialog.className = "sheet message-sheet";
    this.#dialog.setAttribute("aria-label", toolbar.ariaLabel ?? "");
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close(); // beside it
    });
    this.#dialog.addEventListener("close", () => {
      this.#dialog.remove();
      closed();
    });
  }

  get isOpen() {
    // With its message it may have gone from the page, and nobody tells it.
    return this.#dialog.open && this.#dialog.isConnected;
  }

  /** @param {HTMLElement} node the message */
  open(node) {
    // Where the focus comes back to.
    if (document.activeElement === document.body) node.focus({ preventScroll: true });
    this.#dialog.open = false; // as far as it knows
    this.#dialog.append(this.#toolbar);
    node.append(this.#dialog);
    this.#dialog.showModal();
  }

  close() {
    if (this.isOpen) this.#dialog.close();
  }
}
