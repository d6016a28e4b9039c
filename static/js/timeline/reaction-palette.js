import { pickEmoji } from "../emoji/emoji-button.js";
import { isShown, part } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";

const EMOJI = ["👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "✅"];

/** A few emoji to react with, and a button for the picker: part of the message toolbar. */
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
    more.ariaLabel = gettext("More emoji");
    more.ariaHasPopup = "dialog";
    this.#element.append(more);
  }

  get isOpen() {
    return !this.#element.hidden;
  }

  /** Without its toggle button: in the sheet it is just there, or not. @param {boolean} shown */
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
   * Pick any emoji. A sheet closes, and takes the button that opened the picker with it.
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
