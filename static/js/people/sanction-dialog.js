import { part, setText, written } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";
import { DialogRequest } from "./dialog-request.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {'mute' | 'ban'} Kind */

/** @type {Record<Kind, (names: {name: string}) => Record<'title' | 'words' | 'done' | 'go', string>>} */
const WORDS = {
  mute: (names) => ({
    title: gettext("Mute %(name)s in this room", names),
    words: gettext("They can still read, but not write. They see the reason and the duration."),
    done: gettext("%(name)s is muted.", names),
    go: gettext("Mute"),
  }),
  ban: (names) => ({
    title: gettext("Ban %(name)s from this room", names),
    words: gettext("They are removed immediately and can't rejoin. They see the reason."),
    done: gettext("%(name)s is banned from the room.", names),
    go: gettext("Ban"),
  }),
};

/** The dialog for a mute or a ban: for how long, and why. */
export class SanctionDialog {
  #dialog;
  #form;
  #session;
  #request;
  /** @type {Kind} */ #kind = "mute";
  /** @type {User | null} */ #person = null;

  /** @param {HTMLElement} main @param {import('../room/session.js').RoomSession} session */
  constructor(main, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(main, "sanction-dialog"));
    this.#form = /** @type {HTMLFormElement} */ (part(this.#dialog, "sanction-form"));
    this.#request = new DialogRequest({ close: () => this.#dialog.close(), say });
    this.#dialog.addEventListener("close", () => this.#request.end());
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    part(this.#dialog, "sanction-cancel").addEventListener("click", () => this.#dialog.close());
  }

  /** @param {Kind} kind @param {User} person */
  open(kind, person) {
    this.#kind = kind;
    this.#person = person;
    const { title, words, go } = this.#words;
    this.#form.reset();
    setText(part(this.#dialog, "sanction-title"), title);
    setText(part(this.#dialog, "sanction-words"), words);
    setText(part(this.#dialog, "sanction-go"), go);
    setText(part(this.#dialog, "sanction-trouble"), "");
    this.#dialog.showModal();
    this.#request.begin();
  }

  get #words() {
    return WORDS[this.#kind]({ name: this.#person?.name ?? "" });
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const person = this.#person;
    if (!person) return;
    const seconds = Number(new FormData(this.#form).get("seconds")) || null;
    const how = { seconds, reason: written(this.#form, "reason") };
    const { done } = this.#words;
    this.#request.send(() => this.#session.moderation[this.#kind](person, how), {
      done: () => say(done),
      failed: (words) => setText(part(this.#dialog, "sanction-trouble"), words),
    });
  }
}
