import { isShown, part } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { pickEmoji } from "./emoji-button.js";

const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "✅"];

/** A few emoji to react with, and the way to all of them: a part of the toolbar of a message. */
export class ReactionPalette {
  #toolbar;
  #element;

  /** @param {HTMLElement} toolbar */
  constructor(toolbar) {
    this.#toolbar = toolbar;
    this.#element = part(toolbar, "palette");
    for (const emoji of EMOJI) {
      const button = buttonFor("react", emoji);
      button.classList.add("actions__button--emoji");
      button.dataset.emoji = emoji;
      this.#element.append(button);
    }
    const more = buttonFor("pick", "…");
    more.ariaLabel = gettext("Another emoji");
    more.ariaHasPopup = "dialog";
    this.#element.append(more);
  }

  get isOpen() {
    return !this.#element.hidden;
  }

  /** Without the button that opens it: in a sheet it is there, or it is not. @param {boolean} shown */
  show(shown) {
    this.#element.hidden = !shown;
  }

  /** @param {boolean} open */
  toggle(open) {
    this.show(open);
    const button = this.#toolbar.querySelector('[data-action="palette"]');
    button?.setAttribute("aria-expanded", String(open));
    if (open) /** @type {HTMLElement} */ (this.#element.firstElementChild).focus();
  }

  /**
   * Any emoji. A sheet closes, and takes the button along that opened it.
   *
   * @param {HTMLElement} button
   * @param {HTMLElement} node the message
   * @param {import('../lib/types.js').User} me
   */
  pick(button, node, me) {
    return pickEmoji(isShown(button) ? button : part(node, "more"), me);
  }
}

/** @param {string} action @param {string} sign */
function buttonFor(action, sign) {
  const button = document.createElement("button");
  button.className = "actions__button";
  button.type = "button";
  button.dataset.action = action;
  button.textContent = sign;
  return button;
}
