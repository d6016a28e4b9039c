import { part, setText, touch } from "../lib/dom.js";
import { autosize, wantsSend } from "../lib/field.js";
import { TypingSignal } from "../typing.js";
import { excerpt } from "./message-view.js";

/** @typedef {import('../lib/types.js').Message} Message */

const SHOW_COUNT = 300; // characters left at which the count appears

/** Where one writes: keeps the draft, says that I type, and never lets go of a text that was not taken. */
export class ChatComposer extends HTMLElement {
  /** @type {import('../session.js').RoomSession} */ #session;
  /** @type {import('../drafts.js').Drafts} */ #drafts;
  /** @type {TypingSignal} */ #typing;
  /** @type {HTMLTextAreaElement} */ #field;
  /** @type {Message | null} */ #replyTo = null;
  #most = 8000;

  /**
   * @param {import('../session.js').RoomSession} session
   * @param {{drafts: import('../drafts.js').Drafts, socket: import('../socket.js').ChatSocket, limits: Record<string, number>}} app
   */
  attach(session, { drafts, socket, limits }) {
    this.#session = session;
    this.#drafts = drafts;
    this.#most = limits.body ?? this.#most;
    this.#typing = new TypingSignal((type) => socket.tell({ type, room: session.room.slug }));
    this.#field = /** @type {HTMLTextAreaElement} */ (part(this, "body"));
    part(this, "form").addEventListener("submit", (event) => this.#submit(event));
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("input", () => this.#input());
    this.querySelector('[data-action="no-reply"]')?.addEventListener("click", () =>
      this.reply(null),
    );
    session.on("room", () => this.#drawMode());
    // Another tab of this room may have sent its text, and with it removed the draft of both.
    addEventListener("pagehide", () => this.#field.value && this.#save());
    this.#restore();
    autosize(this.#field);
    this.#drawMode();
    if (!touch.matches) this.focus();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** @param {Message | null} message */
  reply(message) {
    this.#replyTo = message;
    part(this, "reply").hidden = !message;
    if (message) {
      setText(part(this, "reply-author"), message.author.name);
      setText(part(this, "reply-text"), excerpt(message));
    }
    this.#save();
    this.focus();
  }

  /** The server said why I can't write: the reason stands where I would. @param {string} reason */
  silence(reason) {
    setText(part(this, "closed"), reason);
    this.dataset.mode = "closed";
  }

  #drawMode() {
    const { role, archived, muted } = this.#session.room;
    if (muted) return this.silence("You are muted in this room: you can read, but not write.");
    this.dataset.mode = role === null ? "join" : archived ? "closed" : "write";
  }

  async #restore() {
    const { body, reply_to } = this.#drafts.read(this.#session.room.slug);
    // A browser may have kept the field over a reload: then the newer text is in it.
    this.#field.value ||= body;
    this.#measure();
    if (!reply_to) return;
    const origin = this.#session.quotes.get(reply_to);
    if (origin) this.reply(origin);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const body = this.#field.value.trim();
    if (!body || lengthOf(body) > this.#most || this.dataset.mode !== "write") return;
    this.#session.post({ body, reply_to: this.#replyTo?.number ?? null });
    this.#field.value = "";
    this.#field.dispatchEvent(new Event("input"));
    this.#typing.sent();
    this.reply(null);
    this.dispatchEvent(new CustomEvent("chat-posted", { bubbles: true }));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (wantsSend(event)) return this.#submit(event);
    if (event.key === "Escape" && this.#replyTo) return this.reply(null);
    const plain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key === "ArrowUp" && plain && this.#field.value === "") {
      const asked = new CustomEvent("chat-edit-last", { bubbles: true, cancelable: true });
      if (!this.dispatchEvent(asked)) event.preventDefault();
    }
  }

  #input() {
    this.#measure();
    this.#save();
    if (this.#field.value.trim()) this.#typing.key();
    else this.#typing.stop();
  }

  #measure() {
    const left = this.#most - lengthOf(this.#field.value.trim());
    const count = part(this, "count");
    count.hidden = left > SHOW_COUNT;
    setText(count, String(left));
    count.classList.toggle("composer__count--over", left < 0);
    const send = /** @type {HTMLButtonElement} */ (part(this, "send"));
    send.setAttribute("aria-disabled", String(left < 0 || !this.#field.value.trim()));
  }

  #save() {
    const draft = { body: this.#field.value, reply_to: this.#replyTo?.number ?? null };
    this.#drafts.write(this.#session.room.slug, draft);
  }
}

/** In characters, as the server counts, and not in halves of an emoji. @param {string} text */
const lengthOf = (text) => [...text].length;
