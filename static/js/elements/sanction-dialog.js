import { Errand } from "../errand.js";
import { part, setText, written } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { say } from "./toast.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {'mute' | 'ban'} Kind */

/** @type {Record<Kind, (names: {name: string}) => Record<'title' | 'words' | 'done' | 'go', string>>} */
const WORDS = {
  mute: (names) => ({
    title: gettext("Mute %(name)s in this room", names),
    words: gettext("They can read here, but not write. They see the reason and how long it lasts."),
    done: gettext("%(name)s is muted.", names),
    go: gettext("Mute"),
  }),
  ban: (names) => ({
    title: gettext("Ban %(name)s from this room", names),
    words: gettext("They are out at once and can't come back. They see the reason."),
    done: gettext("%(name)s is banned from the room.", names),
    go: gettext("Ban"),
  }),
};

/** For how long, and why: a mute, or a ban. */
export class SanctionDialog {
  #dialog;
  #form;
  #session;
  #errand;
  /** @type {Kind} */ #kind = "mute";
  /** @type {User | null} */ #person = null;

  /** @param {HTMLElement} main @param {import('../session.js').RoomSession} session */
  constructor(main, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(main, "sanction-dialog"));
    this.#form = /** @type {HTMLFormElement} */ (part(this.#dialog, "sanction-form"));
    this.#errand = new Errand({ close: () => this.#dialog.close(), say });
    this.#dialog.addEventListener("close", () => this.#errand.end());
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
    this.#errand.begin();
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
    this.#errand.send(() => this.#session.moderation[this.#kind](person, how), {
      done: () => say(done),
      failed: (words) => setText(part(this.#dialog, "sanction-trouble"), words),
    });
  }
}
