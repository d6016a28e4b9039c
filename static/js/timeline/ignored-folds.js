import { part, setText } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/gettext.js";

/** @typedef {import('./rows.js').FoldRow} FoldRow */

/** Messages from people the reader ignores, folded into one line until it is opened. */
export class IgnoredFolds {
  /** @type {Set<number>} messages that the reader unfolded */
  #open = new Set();
  #session;
  #changed;

  /**
   * @param {HTMLElement} rows
   * @param {import('../room/session.js').RoomSession} session
   * @param {() => void} changed
   */
  constructor(rows, session, changed) {
    this.#session = session;
    this.#changed = changed;
    rows.addEventListener("click", ({ target }) => {
      const button = /** @type {Element} */ (target).closest('[data-action="fold"]');
      if (button instanceof HTMLElement) this.#toggle(button);
    });
    session.on("ignored", () => this.#open.clear());
  }

  /** @param {import('../lib/types.js').Message} message */
  isFolded({ number, author }) {
    return this.#session.ignored.has(author.id) && !this.#open.has(number);
  }

  /** Unfold a message, to jump to it. @param {number} number */
  unfold(number) {
    const message = this.#session.timeline.find(number);
    if (!message || !this.isFolded(message)) return;
    this.#open.add(number);
    this.#changed();
  }

  /** @param {HTMLElement} node @param {FoldRow} row */
  draw(node, { numbers, people, open }) {
    // Like a message, it says how far into the conversation the screen is.
    if (open) delete node.dataset.number;
    else node.dataset.number = String(numbers.at(-1));
    node.dataset.numbers = numbers.join(" ");
    const button = part(node, "fold");
    button.ariaExpanded = String(open);
    setText(part(node, "fold-words"), wordsOf(numbers.length, people));
    setText(part(node, "fold-does"), open ? gettext("Hide") : gettext("Show"));
  }

  /** @param {HTMLElement} button */
  #toggle(button) {
    const node = /** @type {HTMLElement} */ (button.closest("[data-numbers]"));
    const opens = button.ariaExpanded !== "true";
    for (const number of (node.dataset.numbers ?? "").split(" ").map(Number)) {
      if (opens) this.#open.add(number);
      else this.#open.delete(number);
    }
    this.#changed();
  }
}

/** @param {number} count @param {number} people */
function wordsOf(count, people) {
  if (people > 1)
    return ngettext(
      "%(count)s message from muted people",
      "%(count)s messages from muted people",
      count,
    );
  if (count === 1) return gettext("Message from a muted person");
  return ngettext(
    "%(count)s message from a muted person",
    "%(count)s messages from a muted person",
    count,
  );
}
