import { cloneTemplate, part, setText } from "../lib/dom.js";
import { autosize, wantsSend } from "../lib/field.js";
import { refusal } from "../lib/words.js";
import { keyOf } from "../rows.js";

/** @typedef {import('../lib/types.js').Message} Message */

/** A message edited where it stands. The text stays in the field until the server has it. */
export class MessageEditor {
  #timeline;
  #session;
  /** @type {HTMLElement | null} */ #form = null;
  /** @type {HTMLElement | null} */ #node = null;
  /** @type {Message | null} */ #message = null;

  /**
   * @param {import('./chat-timeline.js').ChatTimeline} timeline
   * @param {import('../session.js').RoomSession} session
   */
  constructor(timeline, session) {
    this.#timeline = timeline;
    this.#session = session;
  }

  /** @param {HTMLElement} node @param {Message} message */
  open(node, message) {
    this.#close(false);
    const form = cloneTemplate(this.#timeline, "editor");
    const field = /** @type {HTMLTextAreaElement} */ (form.querySelector("textarea"));
    field.value = message.body ?? "";
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(message, field);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#close();
      else if (wantsSend(event)) /** @type {HTMLFormElement} */ (form).requestSubmit();
      else return event.stopPropagation();
      event.preventDefault();
      event.stopPropagation();
    });
    form
      .querySelector('[data-action="cancel-edit"]')
      ?.addEventListener("click", () => this.#close());
    this.#form = form;
    this.#message = message;
    this.#stand(node);
    autosize(field);
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    node.scrollIntoView({ block: "nearest" });
  }

  /** Far away the message had no node; back in the window it has another, and the text is there. */
  settle() {
    if (!this.#message) return;
    const node = this.#timeline.nodeOf(keyOf(this.#message, this.#session.me));
    if (node && node !== this.#node) this.#stand(node);
  }

  /** @param {HTMLElement} node */
  #stand(node) {
    this.#node = node;
    node.classList.add("message--editing");
    if (this.#form) part(node, "body").after(this.#form);
  }

  /** @param {Message} message @param {HTMLTextAreaElement} field */
  async #save(message, field) {
    const body = field.value.trim();
    if (body === (message.body ?? "").trim()) return this.#close();
    const form = this.#form;
    if (!form) return;
    const hint = part(form, "editor-hint");
    if (!body) return setText(hint, "A message can't be empty. To remove it, delete it.");
    setText(hint, "Saving…");
    field.readOnly = true;
    try {
      await this.#session.edit(message.number, body);
      if (this.#form === form) this.#close();
    } catch (error) {
      field.readOnly = false;
      setText(hint, `${refusal(/** @type {any} */ (error))} Your text is still here.`);
      field.focus();
    }
  }

  #close(refocus = true) {
    const node = this.#node;
    this.#form?.remove();
    node?.classList.remove("message--editing");
    this.#form = null;
    this.#node = null;
    this.#message = null;
    if (node && refocus) {
      this.#timeline.dispatchEvent(new CustomEvent("chat-write", { bubbles: true }));
    }
  }
}
