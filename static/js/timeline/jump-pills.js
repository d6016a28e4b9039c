import { part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext, ngettext } from "../lib/gettext.js";

/**
 * The pills for what is out of view and hasn't been seen: above, up to where the unread began, and
 * below, down to the end.
 */
export class JumpPills {
  #timeline;
  #newMessages;
  #above;
  #aboveWords;
  #below;
  #belowWords;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../reading/new-messages.js').NewMessages} newMessages
   */
  constructor(timeline, newMessages) {
    this.#timeline = timeline;
    this.#newMessages = newMessages;
    this.#above = part(timeline, "above");
    this.#aboveWords = part(timeline, "above-words");
    this.#below = part(timeline, "pill");
    this.#belowWords = part(timeline, "pill-words");
    this.#below.addEventListener("click", () => timeline.jumps.goToEnd());
    part(timeline, "above-go").addEventListener("click", () => timeline.jumps.goToUnread());
    part(timeline, "above-dismiss").addEventListener("click", () => {
      newMessages.dismiss();
      this.#hide(this.#above, true);
    });
  }

  /** @param {{following: boolean, far: boolean, below: number}} view */
  draw({ following, far, below }) {
    const { above } = this.#newMessages;
    this.#hide(this.#above, above === 0);
    if (above > 0)
      setText(
        this.#aboveWords,
        ngettext("%(count)s unread above", "%(count)s unread above", above),
      );
    this.#hide(this.#below, following || !(far || below > 0));
    this.#below.classList.toggle("pill--new", below > 0);
    const words =
      below > 0
        ? ngettext("%(count)s new message", "%(count)s new messages", below)
        : gettext("Latest messages");
    setText(this.#belowWords, words);
  }

  /** The focus follows to where the pill led. @param {HTMLElement} pill @param {boolean} hidden */
  #hide(pill, hidden) {
    keepFocus(
      pill,
      () => {
        pill.hidden = hidden;
      },
      () => this.#timeline.stop,
    );
  }
}
