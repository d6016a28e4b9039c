import { showEmoji } from "../emoji/custom-emoji.js";
import { cloneTemplate, part, setText } from "../lib/dom.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { displayName, listOf, refusal } from "../lib/labels.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('./reactions.js').Reactors} Reactors */

/**
 * The dialog that says who reacted with which emoji: the first few at once, everyone on request.
 */
export class ReactionsDialog {
  #dialog;
  #groups;
  #session;

  /** @param {HTMLElement} timeline @param {import('../room/session.js').RoomSession} session */
  constructor(timeline, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "reactions-dialog"));
    this.#groups = part(this.#dialog, "reactors");
  }

  /** @param {Message} message @param {HTMLElement} node to return the focus to */
  open(message, node) {
    setText(part(this.#dialog, "reactors-trouble"), "");
    this.#groups.replaceChildren(
      ...message.reactions.map((reaction) => {
        const group = cloneTemplate(this.#dialog, "reactor-group");
        const reactors = this.#session.reactions.reactors(message, reaction);
        showEmoji(part(group, "reactor-emoji"), reaction.emoji, reaction);
        part(group, "reactor-more").addEventListener("click", () => this.#more(group, reactors));
        this.#draw(group, reactors);
        return group;
      }),
    );
    this.#dialog.showModal();
    const back = () => node.focus({ preventScroll: true });
    this.#dialog.addEventListener("close", back, { once: true });
  }

  /** @param {HTMLElement} group @param {Reactors} reactors */
  #draw(group, { people, count, hasMore }) {
    const names = people.map(({ id, name }) =>
      id === this.#session.me.id ? gettext("you") : displayName(name),
    );
    setText(part(group, "reactor-count"), formatNumber(count));
    setText(part(group, "reactor-people"), listOf(names, names.length, count));
    part(group, "reactor-more").hidden = !hasMore;
  }

  /** @param {HTMLElement} group @param {Reactors} reactors */
  async #more(group, reactors) {
    const button = /** @type {HTMLButtonElement} */ (part(group, "reactor-more"));
    button.disabled = true;
    const trouble = part(this.#dialog, "reactors-trouble");
    try {
      await reactors.more();
      setText(trouble, "");
    } catch (error) {
      setText(trouble, refusal(/** @type {any} */ (error)));
    }
    button.disabled = false;
    this.#draw(group, reactors);
    // The pressed button may be gone, and the focus with it.
    if (button.hidden)
      /** @type {HTMLElement | null} */ (this.#dialog.querySelector("button"))?.focus();
  }
}
