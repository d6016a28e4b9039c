import { showEmoji } from "../emoji/custom-emoji.js";
import { pickEmoji } from "../emoji/emoji-button.js";
import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { endOf, formatUntil } from "../lib/time.js";

const NONE = "🙂"; // on the button while no emoji is chosen

/** What many people say, and for how long. @type {[string, string, string][]} */
const IDEAS = [
  ["📅", gettext("In a meeting"), "60"],
  ["🍽️", gettext("Having lunch"), "30"],
  ["🏠", gettext("Working from home"), "today"],
  ["🤒", gettext("Out sick"), "today"],
  ["🌴", gettext("On holiday"), "week"],
];

/** The dialog in which I set my status and do not disturb. */
export class StatusDialog {
  #dialog;
  #me;
  #mine;
  #emoji = "";
  /** When the status ends that is being edited. @type {string | null} */ #end = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{id: number}} me
   * @param {import('./my-signs.js').MySigns} mine
   */
  constructor(dialog, me, mine) {
    this.#dialog = dialog;
    this.#me = me;
    this.#mine = mine;
    part(dialog, "status-ideas").append(...IDEAS.map((idea) => this.#ideaButton(idea)));
    part(dialog, "status-emoji").addEventListener("click", () => this.#pick());
    this.#until.addEventListener("change", () => this.#showTime());
    part(dialog, "status-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text.value.trim();
      this.#save({ emoji: this.#emoji, text, until: this.#ends });
    });
    part(dialog, "status-clear").addEventListener("click", () => this.#save({}));
    part(dialog, "quiet-choices").addEventListener("click", ({ target }) => this.#quiet(target));
    mine.onChange(() => this.#drawQuiet());
  }

  open() {
    const { status } = this.#mine;
    this.#text.value = status?.text ?? "";
    this.#setEmoji(status?.emoji ?? "");
    this.#end = status?.until ?? null;
    this.#until.value = this.#end ? "own" : "";
    const at = /** @type {HTMLInputElement} */ (part(this.#dialog, "status-at"));
    at.value = this.#end ? localTime(this.#end) : "";
    this.#showTime();
    part(this.#dialog, "status-clear").hidden = !status;
    setText(part(this.#dialog, "status-trouble"), "");
    setText(part(this.#dialog, "quiet-trouble"), "");
    this.#drawQuiet();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#text.select();
  }

  get #text() {
    return /** @type {HTMLInputElement} */ (part(this.#dialog, "status-text"));
  }

  get #until() {
    return /** @type {HTMLSelectElement} */ (part(this.#dialog, "status-until"));
  }

  /** When the status ends, as chosen. */
  get #ends() {
    const { value } = this.#until;
    if (value !== "own") return endOf(value);
    const at = /** @type {HTMLInputElement} */ (part(this.#dialog, "status-at")).value;
    if (this.#end && at === localTime(this.#end)) return this.#end;
    return at ? new Date(at).toISOString() : null;
  }

  /** @param {[string, string, string]} idea */
  #ideaButton([emoji, text, until]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small";
    button.textContent = `${emoji} ${text}`;
    button.addEventListener("click", () => {
      this.#setEmoji(emoji);
      this.#text.value = text;
      this.#until.value = until;
      this.#showTime();
      this.#text.focus();
    });
    return button;
  }

  async #pick() {
    const button = part(this.#dialog, "status-emoji");
    const emoji = await pickEmoji(button, this.#me);
    if (emoji) this.#setEmoji(emoji);
    button.focus();
  }

  /** @param {string} emoji */
  #setEmoji(emoji) {
    this.#emoji = emoji;
    const button = part(this.#dialog, "status-emoji");
    showEmoji(button, emoji || NONE);
    button.toggleAttribute("data-none", !emoji);
  }

  #showTime() {
    const at = part(this.#dialog, "status-at");
    at.hidden = this.#until.value !== "own";
    at.toggleAttribute("required", !at.hidden);
  }

  /** @param {{emoji?: string, text?: string, until?: string | null}} status */
  async #save(status) {
    try {
      await this.#mine.set(status);
      this.#dialog.close();
    } catch (error) {
      setText(part(this.#dialog, "status-trouble"), refusal(/** @type {any} */ (error)));
    }
  }

  /** @param {EventTarget | null} target */
  async #quiet(target) {
    const choice = /** @type {Element} */ (target).closest("button")?.value;
    if (!choice) return;
    const trouble = part(this.#dialog, "quiet-trouble");
    setText(trouble, "");
    try {
      await this.#mine.setQuiet(choice === "off" ? null : endOf(choice));
    } catch (error) {
      setText(trouble, refusal(/** @type {any} */ (error)));
    }
  }

  #drawQuiet() {
    const until = this.#mine.quietUntil;
    const off = part(this.#dialog, "quiet-off");
    if (!until && off === document.activeElement) this.#quietButton.focus();
    off.hidden = !until;
    const words = until
      ? gettext("On until %(time)s. Others see it; what you miss waits in your rooms.", {
          time: formatUntil(until),
        })
      : gettext("No notifications for a while. Others see that you don't want to be disturbed.");
    setText(part(this.#dialog, "quiet-words"), words);
  }

  get #quietButton() {
    const choices = part(this.#dialog, "quiet-choices");
    return /** @type {HTMLElement} */ (choices.querySelector("button"));
  }
}

/** For a field: in the reader's zone, to the minute. @param {string} iso */
function localTime(iso) {
  const date = new Date(iso);
  date.setMinutes(date.getMinutes() - date.getTimezoneOffset());
  return date.toISOString().slice(0, 16);
}
