import { copy } from "../lib/copy.js";
import { part } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { letterOf } from "../lib/keyboard.js";
import { refusal } from "../lib/labels.js";
import { later } from "../lib/later.js";
import { copyMentions, personIn } from "../lib/named.js";
import { offer, say } from "../lib/toast.js";
import { toggleAnimation } from "./animations.js";
import { DeleteUndo } from "./delete-undo.js";
import { DeletionDialog } from "./deletion-dialog.js";
import { MessageEditor } from "./message-editor.js";
import { MessageToolbar, mayDo } from "./message-toolbar.js";
import { reloadPicture } from "./picture-tile.js";
import { keyOf } from "./rows.js";
import { UnsavedEdits } from "./unsaved-edits.js";

/** @typedef {import('../lib/types.js').Message} Message */

/** @type {Record<string, string>} */
const KEYS = { r: "reply", e: "edit", "Shift+u": "unread", Delete: "delete" };
/** On a post that the server doesn't have yet: the outbox does them. */
const POST_ACTIONS = new Set(["discard", "copy", "rewrite"]);

/** @param {HTMLElement} button */
const tileOf = (button) => /** @type {HTMLElement} */ (button.closest("[data-attachment]"));

/** What can be done with a message, by mouse, keyboard and touch. */
export class MessageActions {
  #timeline;
  #session;
  #toolbar;
  #deleteUndo;
  #unsaved;
  #end = new AbortController();
  #deletionDialog;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../room/session.js').RoomSession} session
   * @param {Pick<import('../room/room-view.js').World, 'drafts' | 'deletions' | 'destinations'>} world
   * @param {Record<string, string>} urls
   */
  constructor(timeline, session, { drafts, deletions, destinations }, urls) {
    this.#timeline = timeline;
    this.#session = session;
    this.#toolbar = new MessageToolbar(timeline, session, (node) => this.#messageOf(node));
    this.#unsaved = new UnsavedEdits(timeline, session, drafts, (number) =>
      this.editor.isOpen(number),
    );
    const { edits } = this.#unsaved;
    this.editor = new MessageEditor(timeline, { session, edits, destinations, urls });
    this.#deleteUndo = new DeleteUndo(session, deletions, (undo) =>
      offer(gettext("Message deleted."), { label: gettext("Undo"), ...undo }),
    );
    this.#deletionDialog = new DeletionDialog(timeline, (message, reason) =>
      this.#deleteUndo.removeNow(message, reason),
    );
    timeline.rows.addEventListener("click", (event) => this.#click(event));
    timeline.rows.addEventListener("keydown", (event) => this.#key(event));
    timeline.rows.addEventListener("copy", copyMentions);
  }

  #reactionsDialog = later(async () => {
    const { ReactionsDialog } = await import("./reactions-dialog.js");
    return new ReactionsDialog(this.#timeline, this.#session);
  }, this.#end.signal);

  #reportDialog = later(async () => {
    const { ReportDialog } = await import("../people/report-dialog.js");
    return new ReportDialog(this.#timeline, this.#session);
  }, this.#end.signal);

  #viewer = later(async () => {
    const { Viewer } = await import("./viewer.js");
    return new Viewer(this.#timeline, this.#session);
  }, this.#end.signal);

  #describeDialog = later(async () => {
    const { DescribeDialog } = await import("./describe-dialog.js");
    return new DescribeDialog(this.#timeline);
  }, this.#end.signal);

  /** The page is going away: what was deleted in it is deleted. */
  flush() {
    this.#deleteUndo.send();
  }

  detach() {
    this.#end.abort();
    this.#deleteUndo.leave();
    this.#unsaved.leave();
    this.editor.leave();
  }

  /** @param {number} number */
  hasUnsaved(number) {
    return this.#unsaved.has(number);
  }

  /** @param {Message} message */
  edit(message) {
    const node = this.#timeline.nodeOf(keyOf(message, this.#session.me));
    if (node) this.editor.open(node, message);
  }

  // What was pressed

  /** @param {HTMLElement} node @returns {Message | undefined} */
  #messageOf(node) {
    return node.dataset.number
      ? this.#session.timeline.find(Number(node.dataset.number))
      : undefined;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (this.#follow(event) || this.#showMentioned(event.target)) return;
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
    this.#timeline.jumps.goTo(number);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const node = /** @type {HTMLElement} */ (event.target);
    if (this.#toolbar.isInSheet) return;
    if (event.key === "Escape") return this.#escape(event);
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && ["Enter", " "].includes(event.key) && this.#showMentioned(node))
      return event.preventDefault();
    if (!plain || !node.matches(".message")) return;
    const pressed = `${event.shiftKey ? "Shift+" : ""}${letterOf(event)}`;
    const action = KEYS[pressed];
    const message = this.#messageOf(node);
    if (!action || !message || message.deleted) return;
    event.preventDefault();
    this.#do(action, node, node);
  }

  /** @param {EventTarget | null} target @returns {boolean} whether it is somebody's name */
  #showMentioned(target) {
    const link = /** @type {Element} */ (target).closest("a[data-person]");
    if (!(link instanceof HTMLElement)) return false;
    this.#tell("chat-person", personIn(link));
    return true;
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.shiftKey) return;
    const { menu, palette } = this.#toolbar;
    if (menu.isOpen) menu.close({ back: true });
    else if (palette.isOpen) palette.toggle(false);
    else this.#tell("chat-write");
    event.preventDefault();
  }

  /** @param {string} action @param {HTMLElement} node @param {HTMLElement} button */
  #do(action, node, button) {
    if (action === "more") return void this.#toolbar.openSheet(node);
    if (action === "menu") return this.#toolbar.toggleMenu(node);
    this.#toolbar.closeSheet();
    if (this.#toolbar.menu.isOpen) node.focus({ preventScroll: true });
    this.#toolbar.menu.close();
    if (action === "origin") return void this.#timeline.jumps.goTo(Number(button.dataset.origin));
    if (POST_ACTIONS.has(action))
      return this.#tell("chat-post", { action, nonce: node.dataset.nonce });
    const message = this.#messageOf(node);
    if (message && mayDo(action, this.#session, message))
      this.#actions[action]?.(message, node, button);
  }

  /** @type {Record<string, (message: Message, node: HTMLElement, button: HTMLElement) => void>} */
  #actions = {
    palette: () => this.#toolbar.palette.toggle(!this.#toolbar.palette.isOpen),
    react: (message, _, { dataset }) => this.#react(message, dataset.emoji ?? ""),
    pick: (message, node, button) => this.#pick(message, button, node),
    reactions: async (message, node) => (await this.#reactionsDialog())?.open(message, node),
    reply: (message) => this.#tell("chat-reply", message),
    edit: (message) => this.edit(message),
    delete: (message, node) => this.#delete(message, node),
    unread: (message) => this.#markUnread(message),
    person: ({ author }, node) => this.#showPerson(author, node),
    unlink: (message, node, button) => this.#unlink(message, node, button),
    report: async (message, node) => (await this.#reportDialog())?.open(message, node),
    view: (message, _, button) => this.#view(message, button),
    play: (_, __, button) => toggleAnimation(tileOf(button)),
    describe: async (message, node) => (await this.#describeDialog())?.open(message, node),
    text: ({ body = "" }) => copy(body, gettext("Text copied.")),
    link: (_, node) => this.#copyLink(node),
    "copy-edit": ({ number }) => this.#unsaved.copy(number),
    "drop-edit": ({ number }) => this.#unsaved.drop(number),
  };

  /** Tell the elements around the timeline. @param {string} type @param {any} [detail] */
  #tell(type, detail) {
    this.#timeline.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }

  // What it does

  /** @param {Message} message @param {HTMLElement} button */
  async #view({ attachments = [] }, button) {
    const tile = tileOf(button);
    const picture = attachments.find(({ id }) => id === tile.dataset.attachment);
    if (picture && !reloadPicture(tile, picture)) (await this.#viewer())?.open(picture.id, button);
  }

  /** @param {Message} message @param {HTMLElement} button @param {HTMLElement} node */
  async #pick(message, button, node) {
    const emoji = await this.#toolbar.palette.pick(button, node, this.#session.me);
    if (!emoji) return;
    node.focus({ preventScroll: true });
    this.#react(message, emoji);
  }

  /** @param {Message} message @param {string} emoji */
  async #react(message, emoji) {
    this.#toolbar.palette.toggle(false);
    if (!this.#session.standing.mayReact) return;
    try {
      await this.#session.reactions.toggle(message, emoji);
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't save your reaction. %(reason)s", { reason }));
    }
  }

  /** @param {Message} message @param {HTMLElement} node @param {HTMLElement} button */
  async #unlink({ number }, node, button) {
    const card = /** @type {HTMLElement} */ (button.closest("[data-address]"));
    node.focus({ preventScroll: true });
    try {
      await this.#session.removePreview(number, card.dataset.address ?? "");
      say(gettext("Preview removed."));
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't remove the preview. %(reason)s", { reason }));
    }
  }

  /** @param {Message} message */
  async #markUnread({ number }) {
    try {
      await this.#session.reading.markUnread(number);
      say(gettext("Marked as unread from here, until you come back to this room."));
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't mark as unread. %(reason)s", { reason }));
    }
  }

  /**
   * My own message can be restored for a moment. Somebody else's takes a confirmation first, since
   * they can't undo it.
   *
   * @param {Message} message
   * @param {HTMLElement} node
   */
  #delete(message, node) {
    if (message.author.id !== this.#session.me.id) return this.#deletionDialog.open(message, node);
    node.focus({ preventScroll: true });
    this.#toolbar.hide();
    this.#deleteUndo.remove(message, () => {
      say(gettext("Message restored."));
      node.focus({ preventScroll: true });
    });
  }

  /** @param {import('../lib/types.js').User} person @param {HTMLElement} node */
  #showPerson(person, node) {
    node.focus({ preventScroll: true });
    this.#tell("chat-person", person);
  }

  /** @param {HTMLElement} node */
  async #copyLink(node) {
    const link = /** @type {HTMLAnchorElement} */ (part(node, "link"));
    await copy(link.href, gettext("Link copied."));
  }
}
