import { part, setText, touch } from "../lib/dom.js";
import { autosize, lengthOf, replaceText } from "../lib/field.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber } from "../lib/gettext.js";
import { TypingSignal } from "../typing.js";
import { takeKeys } from "./eager.js";
import { pickEmoji } from "./emoji-button.js";
import { refuseFiles } from "./files.js";
import { excerpt } from "./message-view.js";
import { ObstacleLine } from "./obstacle-line.js";
import { WritingField } from "./writing-field.js";

/** @typedef {import('../lib/types.js').Message} Message */

const SHOW_COUNT = 300; // characters left at which the count appears

/** Where one writes: keeps the draft, says that I type, and never lets go of a text that was not taken. */
export class ChatComposer extends HTMLElement {
  /** @type {import('../session.js').RoomSession} */ #session;
  /** @type {import('../drafts.js').Drafts} */ #drafts;
  /** @type {TypingSignal} */ #typing;
  /** @type {HTMLTextAreaElement} */ #field;
  /** @type {WritingField} */ #keys;
  /** @type {ObstacleLine} */ #obstacle;
  /** @type {Message | null} */ #replyTo = null;
  /** @type {number | null} what the draft replies to, until it can be shown */ #quoted = null;
  #isOpen = false; // until the draft is in the field, nothing is written over it
  #most = 8000;
  #forget = () => {};
  #left = new AbortController();

  /**
   * @param {import('../session.js').RoomSession} session
   * @param {object} app
   * @param {import('../drafts.js').Drafts} app.drafts
   * @param {import('../socket.js').ChatSocket} app.socket
   * @param {import('../goals.js').Goals} app.goals
   * @param {Record<string, number>} app.limits
   * @param {Record<string, string>} app.urls
   */
  attach(session, { drafts, socket, goals, limits, urls }) {
    this.#session = session;
    this.#drafts = drafts;
    this.#most = limits.body ?? this.#most;
    this.#typing = new TypingSignal((type) => socket.tell({ type, room: session.room.slug }));
    this.#field = /** @type {HTMLTextAreaElement} */ (part(this, "body"));
    this.#obstacle = new ObstacleLine(this, session);
    part(this, "form").addEventListener("submit", (event) => this.#submit(event));
    this.#keys = new WritingField(this, this.#field, { session, goals, urls }, this.#left.signal);
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("input", () => this.#input());
    part(this, "emoji").addEventListener("click", () => this.#pickEmoji());
    refuseFiles(this.#field, this.#left.signal);
    takeKeys(this.#field, this.#left.signal);
    this.querySelector('[data-action="no-reply"]')?.addEventListener("click", () =>
      this.reply(null),
    );
    session.on("room", () => this.#drawMode());
    this.#forget = drafts.on("change", ({ room, draft }) => {
      if (room === session.room.slug) this.#follow(draft);
    });
    session.on("draw", () => this.#quote());
    this.#restore();
    autosize(this.#field);
    this.#drawMode();
    if (!touch.matches) this.focus();
  }

  /** The room is left: what is typed here is its draft, and nobody types in it any more. */
  detach() {
    this.#left.abort();
    this.#obstacle.leave();
    this.#save();
    this.#typing.stop();
    this.#forget();
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Where the caret was, or over what was selected. */
  async #pickEmoji() {
    const emoji = await pickEmoji(part(this, "emoji"), this.#session.me);
    const { selectionStart, selectionEnd } = this.#field;
    if (emoji) replaceText(this.#field, selectionStart, selectionEnd, emoji);
  }

  /** @param {Message | null} message */
  reply(message) {
    this.#showReply(message);
    this.#save();
    this.focus();
  }

  /** Below what is there already. @param {string} text */
  add(text) {
    this.#field.value = [this.#field.value.trimEnd(), text].filter(Boolean).join("\n\n");
    this.#field.dispatchEvent(new Event("input"));
    this.focus();
  }

  /** @param {Message | null} message */
  #showReply(message) {
    this.#replyTo = message;
    this.#quoted = null;
    part(this, "reply").hidden = !message;
    if (message) {
      setText(part(this, "reply-author"), message.author.name);
      setText(part(this, "reply-text"), excerpt(message));
    }
  }

  /** Who was writing stands before the reason why they no longer can, and goes on when they can. */
  #drawMode() {
    const kind = this.#session.standing.obstacle?.kind ?? "slow";
    const mode = { outside: "join", slow: "write" }[/** @type {string} */ (kind)] ?? "closed";
    const waited = document.activeElement === part(this, "closed");
    const show = () => {
      this.dataset.mode = mode;
      this.#obstacle.draw();
    };
    const field = waited && mode === "write" ? this.#field : part(this, "closed");
    keepFocus(this, show, field, this.querySelector('[data-part="join"] button'));
    this.#measure();
  }

  async #restore() {
    await this.#drafts.ready;
    const { body, reply_to } = this.#drafts.read(this.#session.room.slug);
    // A browser may have kept the field over a reload: then the newer text is in it.
    // And the first keys may have been quicker than the storage.
    const typed = this.#field.value;
    if (!typed.startsWith(body)) this.#field.setRangeText(body, 0, 0, typed ? "preserve" : "end");
    this.#isOpen = true;
    this.#field.dispatchEvent(new Event("change"));
    this.#measure();
    this.#obstacle.draw(); // where one can't write, it says that the draft is kept
    this.#quoted = this.#replyTo ? null : reply_to;
    this.#quote();
    if (typed || this.#replyTo) this.#save();
  }

  /** Another tab of this room has written, or sent, or it is only what was typed here. @param {import('../drafts.js').Draft} draft */
  #follow({ body, reply_to }) {
    if (!this.#isOpen) return;
    if (this.#field.value !== body) {
      this.#field.value = body;
      this.#field.dispatchEvent(new Event("change"));
      this.#measure();
    }
    if (reply_to === this.#replied) return;
    this.#showReply(null);
    this.#quoted = reply_to;
    this.#quote();
  }

  /** What the draft replies to may lie far above, and there may be no line yet to ask for it. */
  #quote() {
    if (!this.#quoted) return;
    const origin = this.#session.quotes.get(this.#quoted);
    if (origin !== undefined) this.#showReply(origin?.deleted ? null : origin);
  }

  /** The number of the message that this replies to. */
  get #replied() {
    return this.#replyTo?.number ?? this.#quoted;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const body = this.#field.value.trim();
    if (!body || lengthOf(body) > this.#most) return;
    if (this.#session.standing.obstacle) return this.#tellObstacle();
    this.#session.post({ body, reply_to: this.#replied });
    this.#field.value = "";
    this.#field.dispatchEvent(new Event("input"));
    this.#typing.sent();
    this.reply(null);
    this.dispatchEvent(new CustomEvent("chat-posted", { bubbles: true }));
  }

  /** The text stays; who doesn't see the line above it hears it. */
  #tellObstacle() {
    const status = document.getElementById("status");
    if (status) setText(status, this.#obstacle.words);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const what = this.#keys.key(event);
    if (what === "end") return this.#submit(event);
    if (what === "taken") return;
    if (event.key === "Escape" && !event.isComposing && this.#replyTo) {
      event.preventDefault();
      return this.reply(null);
    }
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
    setText(count, formatNumber(left));
    count.classList.toggle("composer__count--over", left < 0);
    const send = /** @type {HTMLButtonElement} */ (part(this, "send"));
    const blocked =
      left < 0 || !this.#field.value.trim() || this.#session.standing.obstacle !== null;
    send.setAttribute("aria-disabled", String(blocked));
  }

  #save() {
    if (!this.#isOpen) return;
    const draft = { body: this.#field.value, reply_to: this.#replied };
    this.#drafts.write(this.#session.room.slug, draft);
  }
}
