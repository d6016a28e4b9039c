import { part, setText } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { displayName, listOf, refusal } from "../lib/labels.js";
import { say } from "../lib/toast.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {{people: number, addressed: string | null, outside: User[]}} Addressed */

const MANY = 10; // people who may be notified without a question
const WAIT_MS = 1500; // nobody waits longer for the question

/** Asks before a message that notifies many people, or that won't reach somebody whom it names. */
export class MentionGuard {
  /** @type {(sends: boolean) => void} */ #answer = () => {};
  /** @type {User[]} */ #outside = [];
  #session;
  #field;
  #part;

  /**
   * @param {HTMLElement} composer
   * @param {import('../room/session.js').RoomSession} session
   */
  constructor(composer, session) {
    this.#session = session;
    this.#part = (/** @type {string} */ name) => part(composer, name);
    this.#field = this.#part("body");
    this.#part("guard-send").addEventListener("click", () => this.#end(true));
    this.#part("guard-invite").addEventListener("click", () => this.#invite());
    this.#part("guard-cancel").addEventListener("click", () => this.#end(false));
    this.#field.addEventListener("input", () => this.#end(false));
    this.#part("guard").addEventListener("keydown", (event) => this.#key(event));
  }

  /** Whether a text may be sent, perhaps after asking. @param {string} body */
  async allows(body) {
    const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS, null));
    /** @type {Addressed | null} */
    const found = await Promise.race([this.#session.preview(body), late]);
    const words = found ? this.#wordsOf(found, body) : "";
    if (!words) return true;
    this.#outside = found?.outside ?? [];
    setText(this.#part("guard-words"), words);
    const sends = this.#outside.length ? gettext("Send anyway") : gettext("Send");
    setText(this.#part("guard-send"), sends);
    const { room, siteStanding } = this.#session;
    const lets = room.kind !== "direct" && siteStanding.moderates(room);
    this.#part("guard-invite").hidden = !lets || !this.#outside.length;
    this.#part("guard").hidden = false;
    this.#part("guard-send").focus();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** @param {Addressed} found @param {string} body */
  #wordsOf({ people, addressed, outside }, body) {
    const { room, addressesRoom } = this.#session;
    const isPlain = room.kind !== "direct" && !addressesRoom && addressed !== "room";
    const names = listOf(outside.map(({ name }) => displayName(name)));
    return [
      isPlain && /@room(?![A-Za-z0-9_])/i.test(body)
        ? gettext("Only owners and moderators can use @room here. It will be plain text.")
        : "",
      addressed && people > MANY
        ? ngettext("This notifies %(count)s person.", "This notifies %(count)s people.", people)
        : "",
      outside.length
        ? ngettext(
            "%(names)s isn't in this room and won't be notified.",
            "%(names)s aren't in this room and won't be notified.",
            outside.length,
            { names },
          )
        : "",
    ]
      .filter(Boolean)
      .join(" ");
  }

  /** @param {boolean} sends */
  #end(sends) {
    const hadFocus = this.#part("guard").contains(document.activeElement);
    this.#part("guard").hidden = true;
    if (hadFocus) this.#field.focus({ preventScroll: true });
    this.#answer(sends);
    this.#answer = () => {};
  }

  async #invite() {
    try {
      await this.#session.moderation.add(this.#outside);
      this.#end(true);
    } catch (error) {
      say(refusal(/** @type {any} */ (error)));
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    // The same Esc would close a drawer.
    event.stopPropagation();
    this.#end(false);
  }
}
