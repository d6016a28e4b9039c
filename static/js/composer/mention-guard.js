import { part, setText } from "../lib/dom.js";
import { gettext, ngettext } from "../lib/gettext.js";
import { displayName, listOf, refusal } from "../lib/labels.js";
import { say } from "../lib/toast.js";

/** @typedef {import('../lib/types.js').User} User */
/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../room/room-mentions.js').Addressed} Addressed */
/** @typedef {{plain: string, anyway: string}} Labels of the button that goes on */
/**
 * The room that is written to: a `RoomSession`, or as much of one as a page has.
 *
 * @typedef {object} Audience
 * @property {Pick<import('../lib/types.js').Room, 'kind' | 'role'>} room
 * @property {Pick<import('../room/room-mentions.js').RoomMentions, 'addressesRoom' | 'preview'>} mentions
 * @property {Pick<import('../people/site-standing.js').SiteStanding, 'moderates'>} siteStanding
 * @property {Pick<import('../people/moderation.js').Moderation, 'add'>} [moderation]
 */

const MANY = 10; // people who may be notified without a question
const WAIT_MS = 1500; // nobody waits longer for the question
const SAYS_ROOM = /@room(?![A-Za-z0-9_])/i;

/** Asks before a message that notifies many people, or that won't reach somebody whom it names. */
export class MentionGuard {
  /** @type {(sends: boolean) => void} */ #answer = () => {};
  /** @type {User[]} */ #outside = [];
  #audience;
  #field;
  #labels;
  #part;

  /**
   * @param {HTMLElement} form with the parts of the question
   * @param {HTMLElement} field
   * @param {Audience} audience
   * @param {Labels} [labels]
   */
  constructor(
    form,
    field,
    audience,
    labels = { plain: gettext("Send"), anyway: gettext("Send anyway") },
  ) {
    this.#audience = audience;
    this.#field = field;
    this.#labels = labels;
    this.#part = (/** @type {string} */ name) => part(form, name);
    this.#part("guard-send").addEventListener("click", () => this.#end(true));
    this.#inviting?.addEventListener("click", () => this.#invite());
    this.#part("guard-cancel").addEventListener("click", () => this.#end(false));
    this.#field.addEventListener("input", () => this.#end(false));
    this.#part("guard").addEventListener("keydown", (event) => this.#key(event));
  }

  /** @returns {HTMLElement | null} */
  get #inviting() {
    return this.#part("guard").querySelector('[data-part="guard-invite"]');
  }

  /**
   * Whether a text may be sent, perhaps after asking. An edit is only asked about for what is new
   * in it.
   *
   * @param {string} body
   * @param {Message} [was] the message that is edited
   */
  async allows(body, was) {
    const late = new Promise((resolve) => setTimeout(resolve, WAIT_MS, null));
    /** @type {Addressed | null} */
    const found = await Promise.race([this.#audience.mentions.preview(body), late]);
    const fresh = found && was ? besideThose(found, was) : found;
    const words = fresh ? this.#wordsOf(fresh, body, was) : "";
    if (!words) return true;
    this.#outside = fresh?.outside ?? [];
    setText(this.#part("guard-words"), words);
    const { plain, anyway } = this.#labels;
    setText(this.#part("guard-send"), this.#outside.length ? anyway : plain);
    const { room, siteStanding } = this.#audience;
    const lets = room.kind !== "direct" && siteStanding.moderates(room);
    this.#inviting?.toggleAttribute("hidden", !lets || !this.#outside.length);
    this.#part("guard").hidden = false;
    this.#part("guard-send").focus();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  /** @param {Addressed} found @param {string} body @param {Message} [was] */
  #wordsOf({ people, addressed, outside }, body, was) {
    const { room, mentions } = this.#audience;
    const isPlain = room.kind !== "direct" && !mentions.addressesRoom && addressed !== "room";
    const names = listOf(outside.map(({ name }) => displayName(name)));
    return [
      isPlain && SAYS_ROOM.test(body) && !SAYS_ROOM.test(was?.body ?? "")
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
      await this.#audience.moderation?.add(this.#outside);
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

/**
 * What an edit adds: whoever was called before isn't called again.
 *
 * @param {Addressed} found
 * @param {Message} was
 * @returns {Addressed}
 */
function besideThose({ people, addressed, outside }, { body = "", mentions_room: called }) {
  const isCalled = called === "room" || called === addressed;
  const before = new Set([...body.matchAll(/@(\w+)/g)].map(([, name]) => name.toLowerCase()));
  return {
    people,
    addressed: isCalled ? null : addressed,
    outside: outside.filter(({ username }) => !before.has(username)),
  };
}
