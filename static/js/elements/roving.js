const STOPS = ".message__link, .message__quote, .reaction, .message__more";

/**
 * One tab stop for the whole conversation: arrow keys walk from message to message, Tab goes on
 * to what can be done with the one that has the focus.
 */
export class Roving {
  #list;
  #home;

  /**
   * @param {HTMLElement} list
   * @param {() => Element | null} home the row to begin at
   */
  constructor(list, home) {
    this.#list = list;
    this.#home = home;
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", ({ target }) => this.#enter(target));
    // The list itself takes the first Tab and hands it to the message that was read last.
    list.tabIndex = 0;
    list.addEventListener("focus", () => this.#go(this.stop));
  }

  /**
   * Rows came and went. Where the stop was among those that went, the list is one again.
   *
   * @param {boolean} focused whether one of the rows had the focus
   */
  settle(focused) {
    if (focused && !this.#list.contains(document.activeElement))
      (this.stop ?? document.getElementById("main"))?.focus({ preventScroll: true });
    else if (this.#list.tabIndex !== 0 && !this.#list.querySelector('article[tabindex="0"]'))
      this.#list.tabIndex = 0;
  }

  /** The message that was read last. */
  get stop() {
    const home = this.#home();
    const message = home?.matches("article.message") ? home : this.#messages.at(-1);
    return /** @type {HTMLElement | undefined} */ (message);
  }

  get #messages() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll("article.message")]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, target, altKey, ctrlKey, metaKey } = event;
    const here = /** @type {HTMLElement} */ (target);
    if (altKey || ctrlKey || metaKey || !here.matches("article.message")) return;
    const messages = this.#messages;
    const at = messages.indexOf(here);
    const steps = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: messages.length - 1 };
    const to = steps[/** @type {keyof typeof steps} */ (key)];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(messages[Math.min(Math.max(to, 0), messages.length - 1)]);
  }

  /** @param {HTMLElement} [message] */
  #go(message) {
    message?.focus({ preventScroll: true });
    message?.scrollIntoView({ block: "nearest" });
  }

  /** @param {EventTarget | null} target */
  #enter(target) {
    const message = /** @type {HTMLElement} */ (target).closest("article.message");
    if (!message) return;
    for (const other of this.#list.querySelectorAll('article[tabindex="0"]')) {
      if (other !== message) setStop(/** @type {HTMLElement} */ (other), -1);
    }
    setStop(/** @type {HTMLElement} */ (message), 0);
    // While a message is the stop, the list would be a second one.
    this.#list.tabIndex = -1;
  }
}

/** The message and what is in it, except links that somebody wrote. @param {HTMLElement} message @param {number} tabIndex */
function setStop(message, tabIndex) {
  message.tabIndex = tabIndex;
  for (const control of message.querySelectorAll(STOPS)) {
    /** @type {HTMLElement} */ (control).tabIndex = tabIndex;
  }
}
