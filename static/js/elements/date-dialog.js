import { firstSince } from "../dates.js";
import { part, setText } from "../lib/dom.js";
import { dayOf, formatDay, startOfDay } from "../lib/time.js";
import { refusal } from "../lib/words.js";
import { say } from "./toast.js";

/**
 * Goes to a day: from the line above each day, or with D from a message. The server knows numbers
 * and not days, so the day is looked for; closing the dialog gives it up.
 */
export class DateDialog {
  #timeline;
  #session;
  #dialog;
  #field;
  #progress;
  #words;
  /** Counts the searches: one that was given up leads nowhere. */
  #search = 0;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../session.js').RoomSession} session
   */
  constructor(timeline, session) {
    this.#timeline = timeline;
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "date-dialog"));
    this.#field = /** @type {HTMLInputElement} */ (part(timeline, "date"));
    this.#progress = /** @type {HTMLProgressElement} */ (part(timeline, "date-progress"));
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
    if (event.key.toLowerCase() !== "d" || !plain || !node.matches(".message")) return;
    event.preventDefault();
    const time = /** @type {HTMLTimeElement} */ (part(node, "time"));
    this.#open(dayOf(time.dateTime));
  }

  /** @param {string} day */
  #open(day) {
    this.#field.max = dayOf(Date.now());
    this.#field.value = day;
    this.#show("", null);
    this.#dialog.showModal();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const day = this.#field.value;
    this.#search += 1;
    const search = this.#search;
    const isOver = () => search !== this.#search;
    this.#show("Looking for the day…", 0);
    try {
      const { lastNumber } = this.#session.timeline;
      const timeOf = (/** @type {number} */ number) => {
        if (isOver()) throw new Error("given up");
        return this.#session.history.timeOf(number);
      };
      const number = await firstSince(startOfDay(day), lastNumber, timeOf, (share) => {
        if (!isOver()) this.#progress.value = share;
      });
      if (isOver()) return;
      this.#dialog.close();
      await this.#go(day, number, lastNumber);
    } catch (error) {
      if (!isOver()) this.#show(refusal(/** @type {any} */ (error)), null);
    }
  }

  /** @param {string} day @param {number} number @param {number} last */
  async #go(day, number, last) {
    if (number > last) {
      await this.#timeline.travels.goToEnd();
      return say("Nothing has been written since that day.");
    }
    if (!(await this.#timeline.travels.goTo(number))) return;
    const found = this.#session.timeline.find(number);
    if (found && dayOf(found.created_at) !== day)
      say(
        `Nothing was written on that day. This came next: ${formatDay(dayOf(found.created_at))}.`,
      );
  }

  /** @param {string} words @param {number | null} share null: nothing is going on */
  #show(words, share) {
    setText(this.#words, words);
    this.#progress.hidden = share === null;
    this.#progress.value = share ?? 0;
  }
}
