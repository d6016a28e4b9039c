import { part, setText, written } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { offer, say } from "../lib/toast.js";
import { excerpt } from "../reading/excerpt.js";
import { DialogRequest } from "./dialog-request.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {import('./moderation.js').Scope} Scope */
/** @typedef {Awaited<ReturnType<import('./moderation.js').Moderation['remove']>>} Removed */

const SHOWN = 5; // of the newest: enough to recognise the person
const UNDO_SECONDS = 15;

/** Removes what someone posted in a period: previews it first, and can be undone with one click. */
export class RemovalDialog {
  #dialog;
  #form;
  #session;
  #request;
  /** @type {User | null} */ #person = null;
  /** Counts the previews: an answer to an earlier one is ignored. */
  #look = 0;

  /** @param {HTMLElement} main @param {import('../room/session.js').RoomSession} session */
  constructor(main, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(main, "removal-dialog"));
    this.#form = /** @type {HTMLFormElement} */ (part(this.#dialog, "removal-form"));
    this.#request = new DialogRequest({ close: () => this.#dialog.close(), say });
    this.#dialog.addEventListener("close", () => this.#request.end());
    this.#form.addEventListener("change", ({ target }) => {
      if (/** @type {HTMLInputElement} */ (target).name === "scope") this.#preview();
    });
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    part(this.#dialog, "removal-cancel").addEventListener("click", () => this.#dialog.close());
  }

  /** @param {User} person */
  open(person) {
    this.#person = person;
    const { name } = person;
    this.#form.reset();
    setText(part(this.#dialog, "removal-title"), gettext("Remove messages by %(name)s", { name }));
    setText(part(this.#dialog, "removal-trouble"), "");
    this.#dialog.showModal();
    this.#request.begin();
    this.#preview();
  }

  get #scope() {
    return /** @type {Scope} */ (new FormData(this.#form).get("scope"));
  }

  async #preview() {
    this.#look += 1;
    const look = this.#look;
    this.#show(gettext("Loading…"), [], 0);
    try {
      const { count, more, newest } = await this.#session.moderation.preview(
        /** @type {User} */ (this.#person),
        this.#scope,
      );
      if (look !== this.#look) return;
      const words = more
        ? ngettext("At least %(count)s message", "At least %(count)s messages", count)
        : ngettext("%(count)s message", "%(count)s messages", count);
      this.#show(count ? words : gettext("No messages in this period."), newest, count);
    } catch (error) {
      if (look === this.#look) this.#show(refusal(/** @type {any} */ (error)), [], 0);
    }
  }

  /** @param {string} words @param {import('../lib/types.js').Message[]} newest @param {number} count */
  #show(words, newest, count) {
    setText(part(this.#dialog, "removal-count"), words);
    const lines = newest.slice(0, SHOWN).map((message) => {
      const line = document.createElement("li");
      line.dir = "auto";
      line.textContent = excerpt(message);
      return line;
    });
    part(this.#dialog, "removal-newest").replaceChildren(...lines);
    part(this.#dialog, "removal-go").toggleAttribute("disabled", count === 0);
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const person = this.#person;
    if (!person) return;
    const how = { scope: this.#scope, reason: written(this.#form, "reason") };
    this.#request.send(() => this.#session.moderation.remove(person, how), {
      done: offerBack,
      failed: (words) => setText(part(this.#dialog, "removal-trouble"), words),
    });
  }
}

/** @param {Removed} removed */
function offerBack({ count, finished, undo }) {
  const words = finished
    ? ngettext("Removed %(count)s message.", "Removed %(count)s messages.", count)
    : gettext("The messages are being removed in the background.");
  offer(words, { label: gettext("Undo"), take: () => takeBack(undo), seconds: UNDO_SECONDS });
}

/** @param {() => Promise<any>} undo */
async function takeBack(undo) {
  try {
    await undo();
    say(gettext("Messages restored."));
  } catch (error) {
    say(refusal(/** @type {any} */ (error)));
  }
}
