import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { letterOf } from "../lib/keyboard.js";
import { refusal } from "../lib/labels.js";
import { dayOf, formatDay, startOfDay } from "../lib/time.js";
import { say } from "../lib/toast.js";

/**
 * The dialog that jumps to a date: opened from a day separator, or with D on a message. The
 * reader's time zone decides when a day starts; the server finds the first message since. Closing
 * the dialog cancels the search.
 */
export class DateDialog {
  #timeline;
  #session;
  #dialog;
  #field;
  #words;
  /** Counts the searches: a cancelled one leads nowhere. */
  #search = 0;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../room/session.js').RoomSession} session
   */
  constructor(timeline, session) {
    this.#timeline = timeline;
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "date-dialog"));
    this.#field = /** @type {HTMLInputElement} */ (part(timeline, "date"));
    this.#words = part(timeline, "date-words");
    timeline.rows.addEventListener("click", (event) => this.#click(event));
    timeline.rows.addEventListener("keydown", (event) => this.#key(event));
    part(this.#dialog, "date-form").addEventListener("submit", (event) => this.#submit(event));
    part(this.#dialog, "date-cancel").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      this.#search += 1;
    });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = /** @type {Element} */ (event.target).closest('[data-action="date"]');
    const time = button?.querySelector("time");
    if (time) this.#open(time.dateTime);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (letterOf(event) !== "d" || !plain || !node.matches(".message")) return;
    event.preventDefault();
    const time = /** @type {HTMLTimeElement} */ (part(node, "time"));
    this.#open(dayOf(time.dateTime));
  }

  /** @param {string} day */
  #open(day) {
    this.#field.max = dayOf(Date.now());
    this.#field.value = day;
    setText(this.#words, "");
    this.#dialog.showModal();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const day = this.#field.value;
    this.#search += 1;
    const search = this.#search;
    const isOver = () => search !== this.#search;
    setText(this.#words, gettext("Finding the date…"));
    try {
      const number = await this.#session.history.firstSince(startOfDay(day));
      if (isOver()) return;
      this.#dialog.close();
      await this.#go(day, number);
    } catch (error) {
      if (!isOver()) setText(this.#words, refusal(/** @type {any} */ (error)));
    }
  }

  /** @param {string} day @param {number | null} number */
  async #go(day, number) {
    if (number === null) {
      await this.#timeline.jumps.goToEnd();
      return say(gettext("No messages since that date."));
    }
    if (!(await this.#timeline.jumps.goTo(number))) return;
    const found = this.#session.timeline.find(number);
    if (found && dayOf(found.created_at) !== day)
      say(
        gettext("No messages on that date. The next ones are from %(day)s.", {
          day: formatDay(dayOf(found.created_at)),
        }),
      );
  }
}
