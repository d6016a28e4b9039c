/**
 * The message toolbar on touch screens: a sheet at the bottom edge, over everything. It is placed
 * inside the message, so that its buttons act on that message.
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
      if (target === this.#dialog) this.#dialog.close(); // on the backdrop
    });
    this.#dialog.addEventListener("close", () => {
      this.#dialog.remove();
      closed();
    });
  }

  get isOpen() {
    // It may have left the page with its message, without an event.
    return this.#dialog.open && this.#dialog.isConnected;
  }

  /** @param {HTMLElement} node the message */
  open(node) {
    // The element that the focus returns to.
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
