import { WritingField } from "../composer/writing-field.js";
import { copy } from "../lib/copy.js";
import { cloneTemplate, part, setText, touch } from "../lib/dom.js";
import { autosize, lengthOf } from "../lib/field.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { refusal } from "../lib/labels.js";
import { offer } from "../lib/toast.js";
import { MAX_BODY } from "../protocol.js";
import { keyOf } from "./rows.js";

/** @typedef {import('../lib/types.js').Message} Message */

/**
 * The editor of a message, in its place. What is typed is kept from the first key until the server
 * has it or the author discards it.
 */
export class MessageEditor {
  #timeline;
  #session;
  #edits;
  #words;
  /** @type {HTMLElement | null} */ #form = null;
  /** @type {HTMLElement | null} */ #node = null;
  /** @type {Message | null} */ #message = null;
  /** @type {import('../composer/mention-guard.js').MentionGuard | null} */ #guard = null;
  #isAsking = false;
  #closed = new AbortController();

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {object} world
   * @param {import('../room/session.js').RoomSession} world.session
   * @param {import('./edits.js').Edits} world.edits
   * @param {import('../navigation/destinations.js').Destinations} world.destinations
   * @param {Record<string, string>} world.urls
   */
  constructor(timeline, { session, edits, destinations, urls }) {
    this.#timeline = timeline;
    this.#session = session;
    this.#edits = edits;
    this.#words = { session, destinations, urls };
  }

  /** @param {HTMLElement} node @param {Message} message */
  open(node, message) {
    if (message.number === this.#message?.number) return this.#field.focus();
    this.#close(false);
    const form = cloneTemplate(this.#timeline, "editor");
    this.#form = form;
    this.#message = message;
    this.#closed = new AbortController();
    const field = this.#field;
    field.value = this.#edits.read(message.number) || (message.body ?? "");
    const keys = new WritingField(form, field, this.#words, this.#closed.signal);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(message);
    });
    form.addEventListener("keydown", (event) => this.#key(event, keys));
    field.addEventListener("input", () => this.#typed(message));
    form.addEventListener("click", (event) => this.#click(event));
    this.#attach(node);
    this.settle();
    autosize(field);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    node.scrollIntoView({ block: "nearest" });
  }

  /** Whether this message is being edited. @param {number} number */
  isOpen(number) {
    return this.#message?.number === number;
  }

  /**
   * A message far away had no node; back in the window it gets a new one, and the editor moves
   * there. It may also have been deleted meanwhile: then the text can only be copied.
   */
  settle() {
    const [form, message] = [this.#form, this.#message];
    if (!form || !message) return;
    const node = this.#timeline.nodeOf(keyOf(message, this.#session.me));
    if (node && node !== this.#node) this.#attach(node);
    const isGone = this.#session.timeline.find(message.number)?.deleted ?? false;
    if (isGone === form.hasAttribute("data-gone")) return;
    form.toggleAttribute("data-gone", isGone);
    this.#hint(isGone ? gettext("This message was deleted. Your text is still here.") : "");
  }

  /** The room is left: what was typed is kept. */
  leave() {
    this.#closed.abort();
  }

  /** @returns {HTMLTextAreaElement} */
  get #field() {
    return /** @type {any} */ (this.#form?.querySelector("textarea"));
  }

  /** @param {HTMLElement} node */
  #attach(node) {
    this.#node = node;
    node.classList.add("message--editing");
    if (this.#form) part(node, "body").after(this.#form);
  }

  /** @param {KeyboardEvent} event @param {WritingField} keys */
  #key(event, keys) {
    const inField = event.target === this.#field;
    const what = inField ? keys.key(event) : "free";
    // No key typed here is a shortcut of the message or the page.
    event.stopPropagation();
    if (what === "end") /** @type {HTMLFormElement} */ (this.#form).requestSubmit();
    else if (what === "free" && event.key === "Escape" && !event.isComposing) this.#cancel();
    else return;
    event.preventDefault();
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const button = /** @type {Element} */ (target).closest("[data-edit]");
    const does = /** @type {HTMLElement | null} */ (button)?.dataset.edit;
    if (does === "cancel") this.#cancel();
    if (does === "copy") copy(this.#field.value, gettext("Text copied."));
  }

  /** @param {Message} message */
  #typed({ number, body }) {
    const { value } = this.#field;
    this.#edits.write(number, value === body ? "" : value);
    const over = lengthOf(value.trim()) - MAX_BODY;
    const words = gettext("Too long by %(count)s", { count: formatNumber(over) });
    if (!this.#form?.hasAttribute("data-gone")) this.#hint(over > 0 ? words : "");
  }

  /** @param {Message} message */
  async #save(message) {
    const form = this.#form;
    const field = this.#field;
    const body = field.value.trim();
    if (!form || field.readOnly || form.hasAttribute("data-gone")) return;
    if (body === (message.body ?? "").trim()) return this.#finish(message);
    if (lengthOf(body) > MAX_BODY) return;
    if (!body && !message.attachments?.length)
      return this.#hint(gettext("A message can't be empty. To remove it, delete it."));
    if (this.#isAsking || !(await this.#allows(message, body))) return;
    if (this.#form !== form || field.value.trim() !== body) return;
    this.#hint(gettext("Saving…"));
    field.readOnly = true;
    try {
      await this.#session.edit(message.number, body);
      this.#edits.drop(message.number);
      if (this.#form === form) this.#close();
    } catch (error) {
      if (this.#form !== form) return;
      field.readOnly = false;
      const words = refusal(/** @type {any} */ (error));
      this.#hint(gettext("%(reason)s Your text is still here.", { reason: words }));
      field.focus();
    }
  }

  /**
   * Whether a text may be saved, perhaps after asking. Without a connection or an answer, nobody is
   * stopped.
   *
   * @param {Message} message
   * @param {string} body
   */
  async #allows(message, body) {
    const form = this.#form;
    if (!form || !this.#session.mentions.asksBefore(body)) return true;
    this.#isAsking = true;
    try {
      const { MentionGuard } = await import("../composer/mention-guard.js");
      const labels = { plain: gettext("Save"), anyway: gettext("Save anyway") };
      this.#guard ??= new MentionGuard(form, this.#field, this.#session, labels);
      return await this.#guard.allows(body, message);
    } catch {
      return true;
    } finally {
      this.#isAsking = false;
    }
  }

  /** Discard the edit, with undo. */
  #cancel() {
    const message = this.#message;
    if (!message) return;
    // It is being sent and can't be called back: keep it until it has arrived.
    if (this.#field.readOnly) return this.#close();
    const { number } = message;
    const text = this.#edits.read(number);
    this.#finish(message);
    if (!text) return;
    const take = () => {
      this.#edits.write(number, text);
      const node = this.#timeline.nodeOf(keyOf(message, this.#session.me));
      // If another room is open by now, the edit waits there.
      if (node?.isConnected) this.open(node, message);
    };
    offer(gettext("Edit discarded."), { label: gettext("Undo"), take });
  }

  /** @param {Message} message */
  #finish({ number }) {
    this.#edits.drop(number);
    this.#close();
  }

  /** @param {string} words empty: what the keys do, where there are keys */
  #hint(words) {
    const keys = touch.matches ? "" : gettext("Esc to cancel, Enter to save");
    if (this.#form) setText(part(this.#form, "editor-hint"), words || keys);
  }

  #close(refocus = true) {
    const node = this.#node;
    const number = this.#message?.number;
    this.#closed.abort();
    this.#form?.remove();
    node?.classList.remove("message--editing");
    this.#form = null;
    this.#node = null;
    this.#message = null;
    this.#guard = null;
    this.#isAsking = false;
    if (number !== undefined) this.#session.emit("draw", null);
    if (node && refocus) {
      this.#timeline.dispatchEvent(new CustomEvent("chat-write", { bubbles: true }));
    }
  }
}
