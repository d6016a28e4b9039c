import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { displayName } from "../lib/labels.js";
import { say } from "../lib/toast.js";
import { excerpt } from "../reading/excerpt.js";
import { DialogRequest } from "./dialog-request.js";

/** @typedef {import('../lib/types.js').Message} Message */

/** Reports a message to the moderators: the button for the reason sends the report. */
export class ReportDialog {
  #dialog;
  #note;
  #session;
  #request;
  /** @type {Message | null} */ #message = null;

  /** @param {HTMLElement} timeline @param {import('../room/session.js').RoomSession} session */
  constructor(timeline, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "report-dialog"));
    this.#note = /** @type {HTMLInputElement} */ (part(this.#dialog, "report-note"));
    this.#request = new DialogRequest({ close: () => this.#dialog.close(), say });
    this.#dialog.addEventListener("close", () => this.#request.end());
    part(this.#dialog, "report-form").addEventListener("submit", (event) =>
      this.#submit(/** @type {SubmitEvent} */ (event)),
    );
    // Enter would press the first reason.
    this.#note.addEventListener(
      "keydown",
      (event) => event.key === "Enter" && event.preventDefault(),
    );
  }

  /** @param {Message} message @param {HTMLElement} node to return the focus to */
  open(message, node) {
    this.#message = message;
    this.#note.value = "";
    setText(part(this.#dialog, "report-author"), displayName(message.author.name));
    setText(part(this.#dialog, "report-text"), excerpt(message));
    setText(part(this.#dialog, "report-trouble"), "");
    this.#dialog.showModal();
    this.#request.begin();
    const back = () => node.focus({ preventScroll: true });
    this.#dialog.addEventListener("close", back, { once: true });
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    const { value: reason } = /** @type {HTMLButtonElement} */ (event.submitter);
    if (reason === "cancel" || !this.#message) return; // the dialog closes by itself
    event.preventDefault();
    const report = { number: this.#message.number, reason, note: this.#note.value };
    this.#request.send(() => this.#session.moderation.report(report), {
      done: () => say(gettext("Thanks for the report. A moderator will review it.")),
      failed: (words) => setText(part(this.#dialog, "report-trouble"), words),
    });
  }
}
