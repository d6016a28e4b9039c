import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { refusal } from "../lib/words.js";
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
  /** @type {Kind} */ #kind = "mute";
  /** @type {User | null} */ #person = null;

  /** @param {HTMLElement} main @param {import('../session.js').RoomSession} session */
  constructor(main, session) {
    this.#session = session;
    this.#dialog = /** @type {HTMLDialogElement} */ (part(main, "sanction-dialog"));
    this.#form = /** @type {HTMLFormElement} */ (part(this.#dialog, "sanction-form"));
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
  }

  get #words() {
    return WORDS[this.#kind]({ name: this.#person?.name ?? "" });
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    if (!this.#person) return;
    const said = new FormData(this.#form);
    const seconds = Number(said.get("seconds")) || null;
    const how = { seconds, reason: String(said.get("reason")) };
    try {
      await this.#session.moderation[this.#kind](this.#person, how);
      this.#dialog.close();
      say(this.#words.done);
    } catch (error) {
      setText(part(this.#dialog, "sanction-trouble"), refusal(/** @type {any} */ (error)));
    }
  }
}
