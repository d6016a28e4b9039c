const STOPS =
  ".message__link, .message__quote, .reaction, .message__more, .mention[role], " +
  ".message__attachments :is(a, button, input, video, audio, summary), " +
  ".message__previews :is(a, button)";

/**
 * One tab stop for the whole conversation: arrow keys move from message to message, Tab goes on to
 * the controls of the focused one.
 */
export class RovingTabindex {
  #list;
  #home;

  /**
   * @param {HTMLElement} list
   * @param {() => Element | null} home the row to start at
   */
  constructor(list, home) {
    this.#list = list;
    this.#home = home;
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", ({ target }) => this.#enter(target));
    // The list itself takes the first Tab and hands it to the last message read.
    list.tabIndex = 0;
    list.addEventListener("focus", () => this.#go(this.stop));
  }

  /**
   * Rows were added or removed. If the tab stop was among them, the list becomes the stop again.
   *
   * @param {boolean} focused whether one of the rows had the focus
   */
  settle(focused) {
    if (focused && !this.#list.contains(document.activeElement))
      (this.stop ?? document.getElementById("main"))?.focus({ preventScroll: true });
    else if (this.#list.tabIndex !== 0 && !this.#list.querySelector('article[tabindex="0"]'))
      this.#list.tabIndex = 0;
  }

  /** The last message read. */
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
    // While a message is the tab stop, the list would be a second one.
    this.#list.tabIndex = -1;
  }
}

/**
 * A message and its controls, except links in its text.
 *
 * @param {HTMLElement} message
 * @param {number} tabIndex
 */
function setStop(message, tabIndex) {
  message.tabIndex = tabIndex;
  for (const control of message.querySelectorAll(STOPS)) {
    /** @type {HTMLElement} */ (control).tabIndex = tabIndex;
  }
}
