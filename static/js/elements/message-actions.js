import { cloneTemplate, part } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { letterOf } from "../lib/letter.js";
import { refusal } from "../lib/words.js";
import { Reprieve } from "../reprieve.js";
import { keyOf } from "../rows.js";
import { copy } from "./copy.js";
import { DeletionDialog } from "./deletion-dialog.js";
import { onLongPress } from "./long-press.js";
import { MessageEditor } from "./message-editor.js";
import { MessageSheet } from "./message-sheet.js";
import { ReactionPalette } from "./reaction-palette.js";
import { ReactionsDialog } from "./reactions-dialog.js";
import { ReportDialog } from "./report-dialog.js";
import { offer, say } from "./toast.js";
import { UnsavedEdits } from "./unsaved-edits.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Post} Post */

/** @type {Record<string, string>} */
const KEYS = { r: "reply", e: "edit", "Shift+u": "unread", Delete: "delete" };

const glass = matchMedia("(hover: none)");

/**
 * What can be done with a message, by mouse, keyboard and finger. There is one toolbar; it goes to
 * the message that is pointed at or focused, which costs nothing per message and keeps Tab short.
 * For fingers it stands in a sheet.
 */
export class MessageActions {
  #timeline;
  #session;
  #toolbar;
  #palette;
  #sheet;
  #reprieve;
  #unsaved;
  #reactions;
  #report;
  #deletion;
  /** @type {HTMLElement | null} */ #at = null;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../session.js').RoomSession} session
   * @param {Pick<import('../room-view.js').World, 'drafts' | 'deletions' | 'goals'>} world
   * @param {Pick<import('../lib/types.js').Bootstrap, 'urls' | 'limits'>} page
   */
  constructor(timeline, session, { drafts, deletions, goals }, { urls, limits }) {
    this.#timeline = timeline;
    this.#session = session;
    this.#toolbar = cloneTemplate(timeline, "actions");
    this.#palette = new ReactionPalette(this.#toolbar);
    this.#sheet = new MessageSheet(this.#toolbar, () => {
      this.#at = null;
    });
    this.#unsaved = new UnsavedEdits(timeline, session, drafts, (number) =>
      this.editor.isOpen(number),
    );
    this.editor = new MessageEditor(timeline, {
      session,
      edits: this.#unsaved.edits,
      goals,
      urls,
      limits,
    });
    this.#report = new ReportDialog(timeline, session);
    this.#reactions = new ReactionsDialog(timeline, session);
    this.#reprieve = new Reprieve(session, deletions, (undo) =>
      offer(gettext("Message deleted."), { label: gettext("Undo"), ...undo }),
    );
    this.#deletion = new DeletionDialog(timeline, (message, reason) =>
      this.#reprieve.removeNow(message, reason),
    );
    const { rows } = timeline;
    rows?.addEventListener("click", (event) => this.#click(event));
    rows?.addEventListener("keydown", (event) => this.#key(event));
    rows?.addEventListener("focusin", ({ target }) => glass.matches || this.#moveTo(target));
    rows?.addEventListener("pointerover", (event) => {
      if (event.pointerType === "mouse" && !this.#isBusy) this.#moveTo(event.target);
    });
    onLongPress(rows, (target) => this.#open(target));
  }

  /** The page is left: what was deleted in it is deleted. */
  flush() {
    this.#reprieve.send();
  }

  detach() {
    this.#reprieve.leave();
    this.#unsaved.leave();
    this.editor.leave();
  }

  /** @param {number} number */
  hasUnsaved(number) {
    return this.#unsaved.has(number);
  }

  /** Somebody works in the toolbar by keyboard: the mouse lying about must not take it away. */
  get #isBusy() {
    return this.#sheet.isOpen || this.#toolbar.contains(document.activeElement);
  }

  /** @param {Message} message @param {HTMLElement} button @param {HTMLElement} node */
  async #pick(message, button, node) {
    const emoji = await this.#palette.pick(button, node, this.#session.me);
    if (!emoji) return;
    node.focus({ preventScroll: true });
    this.#react(message, emoji);
  }

  /** @param {EventTarget | null} target */
  #moveTo(target) {
    const node = /** @type {Element | null} */ (target)?.closest?.(".message");
    if (!(node instanceof HTMLElement) || node === this.#at) return;
    const message = this.#messageOf(node);
    if (!message || message.deleted) {
      this.#toolbar.remove();
      this.#at = null;
      return;
    }
    this.#at = node;
    this.#fit(message);
    node.append(this.#toolbar);
  }

  /** Offers what this reader may do. @param {Message} message */
  #fit(message) {
    this.#palette.toggle(false);
    const show = (/** @type {string} */ action, /** @type {boolean} */ may) => {
      const button = this.#toolbar.querySelector(`[data-action="${action}"]`);
      if (button instanceof HTMLElement) button.hidden = !may;
    };
    show("palette", this.#session.standing.mayReact);
    show("unread", this.#session.room.role !== null);
    show("reply", this.#session.standing.mayWrite);
    show("edit", this.#session.standing.mayEdit(message));
    show("reactions", message.reactions.length > 0);
    const isMine = message.author.id === this.#session.me.id;
    show("person", !isMine);
    show("report", !isMine);
    show("delete", this.#session.standing.mayDelete(message));
  }

  /** The sheet. @param {Element} target @returns {boolean} whether there is something to do */
  #open(target) {
    const node = /** @type {HTMLElement | null} */ (target.closest(".message"));
    const message = node ? this.#messageOf(node) : undefined;
    if (!node || !message || message.deleted || this.#sheet.isOpen) return false;
    this.#at = node;
    this.#fit(message);
    this.#palette.show(this.#session.standing.mayReact);
    this.#sheet.open(node);
    return true;
  }

  /** @param {HTMLElement} node @returns {Message | undefined} */
  #messageOf(node) {
    return node.dataset.number
      ? this.#session.timeline.find(Number(node.dataset.number))
      : undefined;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (this.#follow(event)) return;
    const button = /** @type {Element} */ (event.target).closest("[data-action]");
    const node = button?.closest(".message");
    if (!(button instanceof HTMLElement) || !(node instanceof HTMLElement)) return;
    this.#do(button.dataset.action ?? "", node, button);
  }

  /** A link to a message of this room leads there without leaving the page. @param {MouseEvent} event */
  #follow(event) {
    const link = /** @type {Element} */ (event.target).closest("a[href]");
    const own = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!(link instanceof HTMLAnchorElement) || own || link.origin !== location.origin)
      return false;
    const number = Number(link.pathname.replace(this.#timeline.roomUrl, "").replace("/", ""));
    if (!link.pathname.startsWith(this.#timeline.roomUrl) || !(number > 0)) return false;
    event.preventDefault();
    this.#timeline.travels.goTo(number);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    if (this.#sheet.isOpen) return;
    if (event.key === "Escape") return this.#escape(event);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!plain || !node.matches(".message")) return;
    const pressed = `${event.shiftKey ? "Shift+" : ""}${letterOf(event)}`;
    const action = KEYS[pressed];
    const message = this.#messageOf(node);
    if (!action || !message || message.deleted) return;
    event.preventDefault();
    this.#do(action, node, node);
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.shiftKey) return;
    if (this.#palette.isOpen) this.#palette.toggle(false);
    else this.#timeline.dispatchEvent(new CustomEvent("chat-write", { bubbles: true }));
    event.preventDefault();
  }

  /** @param {string} action @param {HTMLElement} node @param {HTMLElement} button */
  #do(action, node, button) {
    const message = this.#messageOf(node);
    if (action === "more") return void this.#open(node);
    this.#sheet.close();
    if (action === "palette") return this.#palette.toggle(!this.#palette.isOpen);
    if (action === "origin") return void this.#timeline.travels.goTo(Number(button.dataset.origin));
    if (["retry", "rewrite", "discard", "copy"].includes(action)) {
      const detail = { action, nonce: node.dataset.nonce };
      return void this.#timeline.dispatchEvent(
        new CustomEvent("chat-post", { detail, bubbles: true }),
      );
    }
    if (!message) return;
    if (action === "react") this.#react(message, button.dataset.emoji ?? "");
    if (action === "pick") this.#pick(message, button, node);
    if (action === "reply" && this.#session.standing.mayWrite) {
      this.#timeline.dispatchEvent(
        new CustomEvent("chat-reply", { detail: message, bubbles: true }),
      );
    }
    if (action === "copy-edit") this.#unsaved.copy(message.number);
    if (action === "drop-edit") this.#unsaved.drop(message.number);
    if (action === "edit" && this.#session.standing.mayEdit(message)) this.edit(message);
    if (action === "delete" && this.#session.standing.mayDelete(message))
      this.#delete(message, node);
    const isMine = message.author.id === this.#session.me.id;
    if (action === "person" && !isMine) this.#showPerson(message, node);
    if (action === "report" && !isMine) this.#report.open(message, node);
    if (action === "reactions") this.#reactions.open(message, node);
    if (action === "link") this.#copyLink(node);
    if (action === "unread" && this.#session.room.role !== null) this.#markUnread(message);
    if (action === "text") copy(message.body ?? "", gettext("The text is copied."));
  }

  /** @param {Message} message @param {string} emoji */
  async #react(message, emoji) {
    this.#palette.toggle(false);
    if (!this.#session.standing.mayReact) return;
    try {
      await this.#session.react(message, emoji);
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Your reaction was not stored. %(reason)s", { reason }));
    }
  }

  /** @param {Message} message */
  async #markUnread({ number }) {
    try {
      await this.#session.markUnread(number);
      say(gettext("Unread from here, until you come back to this room."));
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("It was not marked as unread. %(reason)s", { reason }));
    }
  }

  /** @param {Message} message */
  edit(message) {
    const node = this.#timeline.nodeOf(keyOf(message, this.#session.me));
    if (node) this.editor.open(node, message);
  }

  /**
   * What is mine can be had back for a moment; what is somebody else's is asked for first, since
   * they can't undo it.
   *
   * @param {Message} message
   * @param {HTMLElement} node
   */
  #delete(message, node) {
    if (message.author.id !== this.#session.me.id) return this.#deletion.open(message, node);
    node.focus({ preventScroll: true });
    this.#toolbar.remove();
    this.#at = null;
    this.#reprieve.remove(message, () => {
      say(gettext("The message is back."));
      node.focus({ preventScroll: true });
    });
  }

  /** @param {Message} message @param {HTMLElement} node */
  #showPerson({ author }, node) {
    node.focus({ preventScroll: true });
    const event = new CustomEvent("chat-person", { detail: author, bubbles: true });
    this.#timeline.dispatchEvent(event);
  }

  /** @param {HTMLElement} node */
  async #copyLink(node) {
    const link = /** @type {HTMLAnchorElement} */ (part(node, "link"));
    await copy(link.href, gettext("The link is copied."));
  }
}
