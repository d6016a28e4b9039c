import { cloneTemplate } from "../lib/dom.js";
import { describable } from "../media/kinds.js";
import { onTouch } from "./long-press.js";
import { MessageMenu } from "./message-menu.js";
import { MessageSheet } from "./message-sheet.js";
import { ReactionPalette } from "./reaction-palette.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../room/session.js').RoomSession} RoomSession */

const glass = matchMedia("(hover: none)");
const narrow = matchMedia("(width < 40rem)"); // as in css/message-actions.css

/** What takes a right, by the name of the action. @type {Record<string, (session: RoomSession, message: Message) => boolean>} */
const RIGHTS = {
  palette: ({ standing }) => standing.mayReact,
  unread: ({ room }) => room.role !== null,
  reply: ({ standing }) => standing.mayWrite,
  edit: ({ standing }, message) => standing.mayEdit(message),
  describe: ({ standing }, message) => standing.mayEdit(message) && describable(message).length > 0,
  text: (_, { body }) => Boolean(body),
  reactions: (_, { reactions }) => reactions.length > 0,
  person: ({ me }, { author }) => author.id !== me.id,
  unlink: ({ standing }, message) => standing.mayDelete(message),
  report: ({ me }, { author }) => author.id !== me.id,
  delete: ({ standing }, message) => standing.mayDelete(message),
};

/** @param {string} action @param {RoomSession} session @param {Message} message */
export const mayDo = (action, session, message) => RIGHTS[action]?.(session, message) ?? true;

/**
 * The one toolbar of all messages: it moves to the message that is pointed at or focused, which costs
 * nothing per message and keeps Tab short. On a touch screen it is shown in a sheet.
 */
export class MessageToolbar {
  palette;
  menu;
  #element;
  #sheet;
  #session;
  #messageOf;
  /** @type {HTMLElement | null} */ #at = null;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {RoomSession} session
   * @param {(node: HTMLElement) => Message | undefined} messageOf
   */
  constructor(timeline, session, messageOf) {
    this.#session = session;
    this.#messageOf = messageOf;
    this.#element = cloneTemplate(timeline, "actions");
    this.palette = new ReactionPalette(this.#element);
    this.menu = new MessageMenu(this.#element);
    this.#sheet = new MessageSheet(this.#element, () => {
      this.#at = null;
      this.menu.isInline = false;
    });
    const { rows } = timeline;
    rows.addEventListener("focusin", ({ target }) => glass.matches || this.#moveTo(target));
    rows.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse" && !this.#isBusy) this.#moveTo(event.target);
    });
    onTouch(rows, (target) => this.openSheet(target));
  }

  get isInSheet() {
    return this.#sheet.isOpen;
  }

  /** @param {Element} target @returns {boolean} whether there is anything to do */
  openSheet(target) {
    const node = /** @type {HTMLElement | null} */ (target.closest(".message"));
    const message = node ? this.#messageOf(node) : undefined;
    if (!node || !message || message.deleted || this.#sheet.isOpen) return false;
    this.#at = node;
    this.#fit(message);
    this.palette.show(this.#session.standing.mayReact);
    this.menu.isInline = true;
    this.#sheet.open(node);
    return true;
  }

  /** The sheet, where there is no room for a toolbar and a menu. @param {HTMLElement} node */
  toggleMenu(node) {
    if (narrow.matches) this.openSheet(node);
    else this.menu.toggle();
  }

  closeSheet() {
    this.#sheet.close();
  }

  /** The message under it is going away. */
  hide() {
    this.#element.remove();
    this.#at = null;
  }

  /** While the keyboard is used in the toolbar, a mouse lying about must not take it away. */
  get #isBusy() {
    const { isOpen } = this.menu;
    return this.#sheet.isOpen || isOpen || this.#element.contains(document.activeElement);
  }

  /** @param {EventTarget | null} target */
  #moveTo(target) {
    const node = /** @type {Element | null} */ (target)?.closest?.(".message");
    if (!(node instanceof HTMLElement) || node === this.#at) return;
    const message = this.#messageOf(node);
    if (!message || message.deleted) return this.hide();
    this.#at = node;
    this.#fit(message);
    node.append(this.#element);
  }

  /** Offer what this reader may do. @param {Message} message */
  #fit(message) {
    this.palette.toggle(false);
    this.menu.close();
    for (const action of Object.keys(RIGHTS)) {
      const button = this.#element.querySelector(`[data-action="${action}"]`);
      button?.toggleAttribute("hidden", !mayDo(action, this.#session, message));
    }
  }
}
