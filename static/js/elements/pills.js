import { part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext, ngettext } from "../lib/gettext.js";

/** What lies out of sight and was not seen: above, where the unread began, and below, up to the end. */
export class Pills {
  #timeline;
  #unseen;
  #above;
  #aboveWords;
  #below;
  #belowWords;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../unseen.js').Unseen} unseen
   */
  constructor(timeline, unseen) {
    this.#timeline = timeline;
    this.#unseen = unseen;
    this.#above = part(timeline, "above");
    this.#aboveWords = part(timeline, "above-words");
    this.#below = part(timeline, "pill");
    this.#belowWords = part(timeline, "pill-words");
    this.#below.addEventListener("click", () => timeline.travels.goToEnd());
    part(timeline, "above-go").addEventListener("click", () => timeline.travels.goToUnread());
    part(timeline, "above-dismiss").addEventListener("click", () => {
      unseen.dismiss();
      this.#hide(this.#above, true);
    });
  }

  /** @param {{following: boolean, far: boolean, below: number}} view */
  draw({ following, far, below }) {
    const { above } = this.#unseen;
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

  /** Who pressed it reads on where it led. @param {HTMLElement} pill @param {boolean} hidden */
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
