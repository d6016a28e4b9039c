import { Errand } from "../errand.js";
import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { called } from "../lib/words.js";
import { excerpt } from "./message-view.js";
import { say } from "./toast.js";

/** @typedef {import('../lib/types.js').Message} Message */

/** Asks a moderator to look at a message: the reason is the button that sends it. */
export class ReportDialog {
  #dialog;
  #note;
  #session;
  #errand;
  /** @type {Message | null} */ #message = null;

  /** @param {HTMLElement} timeline @param {import('../session.js').RoomSession} session */
  constructor(timeline, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "report-dialog"));
    this.#note = /** @type {HTMLInputElement} */ (part(this.#dialog, "report-note"));
    this.#errand = new Errand({ close: () => this.#dialog.close(), say });
    this.#dialog.addEventListener("close", () => this.#errand.end());
    part(this.#dialog, "report-form").addEventListener("submit", (event) =>
      this.#submit(/** @type {SubmitEvent} */ (event)),
    );
    // Enter would press the first of the reasons.
    this.#note.addEventListener(
      "keydown",
      (event) => event.key === "Enter" && event.preventDefault(),
    );
  }

  /** @param {Message} message @param {HTMLElement} node where the focus comes back to */
  open(message, node) {
    this.#message = message;
    this.#note.value = "";
    setText(part(this.#dialog, "report-author"), called(message.author.name));
    setText(part(this.#dialog, "report-text"), excerpt(message));
    setText(part(this.#dialog, "report-trouble"), "");
    this.#dialog.showModal();
    this.#errand.begin();
    const back = () => node.focus({ preventScroll: true });
    this.#dialog.addEventListener("close", back, { once: true });
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    const { value: reason } = /** @type {HTMLButtonElement} */ (event.submitter);
    if (reason === "cancel" || !this.#message) return; // the dialog closes by itself
    event.preventDefault();
    const report = { number: this.#message.number, reason, note: this.#note.value };
    this.#errand.send(() => this.#session.moderation.report(report), {
      done: () => say(gettext("Thank you. A moderator will look at it.")),
      failed: (words) => setText(part(this.#dialog, "report-trouble"), words),
    });
  }
}
