import { cloneTemplate, part, setText, touch } from "../lib/dom.js";
import { autosize, lengthOf } from "../lib/field.js";
import { formatNumber, gettext } from "../lib/gettext.js";
import { refusal } from "../lib/words.js";
import { keyOf } from "../rows.js";
import { copy } from "./copy.js";
import { offer } from "./toast.js";
import { WritingField } from "./writing-field.js";

/** @typedef {import('../lib/types.js').Message} Message */

/**
 * A message edited where it stands. What is typed is kept from the first key until the server has
 * it, or until its author gives it up.
 */
export class MessageEditor {
  #timeline;
  #session;
  #edits;
  #words;
  #most;
  /** @type {HTMLElement | null} */ #form = null;
  /** @type {HTMLElement | null} */ #node = null;
  /** @type {Message | null} */ #message = null;
  #closed = new AbortController();

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {object} world
   * @param {import('../session.js').RoomSession} world.session
   * @param {import('../edits.js').Edits} world.edits
   * @param {import('../goals.js').Goals} world.goals
   * @param {Record<string, string>} world.urls
   * @param {Record<string, number>} world.limits
   */
  constructor(timeline, { session, edits, goals, urls, limits }) {
    this.#timeline = timeline;
    this.#session = session;
    this.#edits = edits;
    this.#words = { session, goals, urls };
    this.#most = limits.body ?? 8000;
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
    this.#stand(node);
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
   * Far away the message had no node; back in the window it has another, and the text is there. And
   * somebody may have deleted it meanwhile: then it can only be copied.
   */
  settle() {
    const [form, message] = [this.#form, this.#message];
    if (!form || !message) return;
    const node = this.#timeline.nodeOf(keyOf(message, this.#session.me));
    if (node && node !== this.#node) this.#stand(node);
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
  #stand(node) {
    this.#node = node;
    node.classList.add("message--editing");
    if (this.#form) part(node, "body").after(this.#form);
  }

  /** @param {KeyboardEvent} event @param {WritingField} keys */
  #key(event, keys) {
    const inField = event.target === this.#field;
    const what = inField ? keys.key(event) : "free";
    // None of them is a key of the message or of the page.
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
    if (does === "copy") copy(this.#field.value, gettext("The text is copied."));
  }

  /** @param {Message} message */
  #typed({ number, body }) {
    const { value } = this.#field;
    this.#edits.write(number, value === body ? "" : value);
    const over = lengthOf(value.trim()) - this.#most;
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
    if (lengthOf(body) > this.#most) return;
    if (!body) return this.#hint(gettext("A message can't be empty. To remove it, delete it."));
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

  /** Gives the text up, with a way back. */
  #cancel() {
    const message = this.#message;
    if (!message) return;
    // It is on its way and can't be called back: kept until it is known to be there.
    if (this.#field.readOnly) return this.#close();
    const { number } = message;
    const text = this.#edits.read(number);
    this.#finish(message);
    if (!text) return;
    const take = () => {
      this.#edits.write(number, text);
      const node = this.#timeline.nodeOf(keyOf(message, this.#session.me));
      // In another room by now, it waits there.
      if (node?.isConnected) this.open(node, message);
    };
    offer(gettext("What you typed is given up."), { label: gettext("Undo"), take });
  }

  /** @param {Message} message */
  #finish({ number }) {
    this.#edits.drop(number);
    this.#close();
  }

  /** @param {string} words empty: what the keys do, to who has keys */
  #hint(words) {
    const keys = touch.matches ? "" : gettext("Esc cancels, Enter saves");
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
    if (number !== undefined) this.#session.emit("draw", null);
    if (node && refocus) {
      this.#timeline.dispatchEvent(new CustomEvent("chat-write", { bubbles: true }));
    }
  }
}
