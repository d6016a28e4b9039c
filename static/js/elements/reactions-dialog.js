import { cloneTemplate, part, setText } from "../lib/dom.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { called, listOf, refusal } from "../lib/words.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../reactions.js').Reactors} Reactors */

/** Says who has put which emoji on a message: the first few at once, everybody by asking for more. */
export class ReactionsDialog {
  #dialog;
  #groups;
  #session;

  /** @param {HTMLElement} timeline @param {import('../session.js').RoomSession} session */
  constructor(timeline, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "reactions-dialog"));
    this.#groups = part(this.#dialog, "reactors");
  }

  /** @param {Message} message @param {HTMLElement} node where the focus comes back to */
  open(message, node) {
    setText(part(this.#dialog, "reactors-trouble"), "");
    this.#groups.replaceChildren(
      ...message.reactions.map((reaction) => {
        const group = cloneTemplate(this.#dialog, "reactor-group");
        const reactors = this.#session.reactors(message, reaction);
        setText(part(group, "reactor-emoji"), reaction.emoji);
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
      id === this.#session.me.id ? gettext("you") : called(name),
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
    // The button that was pressed may be gone, and the focus with it.
    if (button.hidden)
      /** @type {HTMLElement | null} */ (this.#dialog.querySelector("button"))?.focus();
  }
}
