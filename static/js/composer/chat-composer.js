import { pickEmoji } from "../emoji/emoji-button.js";
import { spaced } from "../emoji/shortcodes.js";
import { part, setText, touch } from "../lib/dom.js";
import { autosize, lengthOf, replaceText } from "../lib/field.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber } from "../lib/gettext.js";
import { displayName } from "../lib/labels.js";
import { MAX_BODY } from "../protocol.js";
import { excerpt } from "../reading/excerpt.js";
import { Attaching } from "./attaching.js";
import { FormatBar } from "./format-bar.js";
import { LongText } from "./long-text.js";
import { ObstacleLine } from "./obstacle-line.js";
import { Preview } from "./preview.js";
import { Tray } from "./tray.js";
import { typeAnywhere } from "./type-anywhere.js";
import { TypingSignal } from "./typing.js";
import { UnsentPosts } from "./unsent-posts.js";
import { wireVoiceButton } from "./voice-button.js";
import { WritingField } from "./writing-field.js";

/** @typedef {import('../lib/types.js').Message} Message */

const SHOW_COUNT = 300; // characters left at which the count appears

/**
 * The message field: keeps the draft, reports typing, and never drops a text or a file that wasn't
 * accepted.
 */
export class ChatComposer extends HTMLElement {
  /** @type {import('../room/session.js').RoomSession} */ #session;
  /** @type {import('./drafts.js').Drafts} */ #drafts;
  /** @type {TypingSignal} */ #typing;
  /** @type {HTMLTextAreaElement} */ #field;
  /** @type {WritingField} */ #keys;
  /** @type {ObstacleLine} */ #obstacle;
  /** @type {Preview} */ #preview;
  /** @type {LongText} */ #long;
  /** Its files: recorders and other makers of files add theirs. @type {Tray} */ tray;
  /** @type {Message | null} */ #replyTo = null;
  /** @type {number | null} what the draft replies to, until it can be shown */ #quoted = null;
  /** @type {import('./mention-guard.js').MentionGuard | null} */ #guard = null;
  #isAsking = false;
  #isOpen = false; // nothing is saved before the draft has been restored
  #forget = () => {};
  #left = new AbortController();

  /**
   * @param {import('../room/session.js').RoomSession} session
   * @param {object} app
   * @param {import('./drafts.js').Drafts} app.drafts
   * @param {import('./files.js').Files} app.files
   * @param {import('./outbox.js').Outbox} app.outbox
   * @param {number} app.most bytes of one file
   * @param {import('../connection/socket.js').ChatSocket} app.socket
   * @param {import('../navigation/destinations.js').Destinations} app.destinations
   * @param {Record<string, string>} app.urls
   */
  attach(session, { drafts, files, outbox, most, socket, destinations, urls }) {
    this.#session = session;
    this.#drafts = drafts;
    this.#typing = new TypingSignal((type) => socket.tell({ type, room: session.room.slug }));
    this.#field = /** @type {HTMLTextAreaElement} */ (part(this, "body"));
    this.#obstacle = new ObstacleLine(this, session);
    this.#preview = new Preview(this, this.#field, destinations, session);
    new FormatBar(this, this.#field);
    new UnsentPosts(this, session);
    part(this, "form").addEventListener("submit", (event) => this.#submit(event));
    this.#keys = new WritingField(
      this,
      this.#field,
      { session, destinations, urls },
      this.#left.signal,
    );
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("input", () => this.#input());
    part(this, "emoji").addEventListener("click", () => this.#pickEmoji());
    this.#attachFiles({ files, outbox, most });
    typeAnywhere(this.#field, this.#left.signal);
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

  /** @param {{files: import('./files.js').Files, outbox: import('./outbox.js').Outbox, most: number}} app */
  #attachFiles({ files, outbox, most }) {
    const { room } = this.#session;
    const { signal } = this.#left;
    this.tray = new Tray(this, {
      room: room.slug,
      files,
      outbox,
      most,
      changed: () => this.#measure(),
      restoreText: (text) => this.add(text),
      signal,
    });
    this.#long = new LongText(this, this.#field, {
      add: (file) => this.tray.add(file, { isText: true }).length > 0,
      undo: () => this.tray.restoreText(),
    });
    new Attaching(this, this.#field, {
      canWrite: () => this.#session.standing.mode === "write",
      roomName: () => displayName(this.#session.room.name),
      add: (chosen) => this.tray.add(chosen),
      pasted: (text) => this.#long.pasted(text),
      signal,
    });
    wireVoiceButton(this, { send: (recording) => this.#speak(recording), signal });
  }

  /**
   * A recording is a message of its own: what is being written stays. If it can't be sent now, it
   * waits with the other files.
   *
   * @param {import('../media/recorder.js').Recording} recording
   */
  #speak({ file, duration, peaks }) {
    const [added] = this.tray.add(file, { kind: "voice", duration, peaks });
    const isLeft = this.#left.signal.aborted;
    if (!added || isLeft || this.#session.standing.obstacle) return;
    this.#session.posts.post({ body: "", reply_to: this.#replied, files: [added.key] });
    this.reply(null);
    this.dispatchEvent(new CustomEvent("chat-posted", { bubbles: true }));
  }

  /** The room is left: what is typed becomes its draft, and typing ends. */
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

  /** Insert an emoji at the caret, or over the selection. */
  async #pickEmoji() {
    const emoji = await pickEmoji(part(this, "emoji"), this.#session.me);
    const { selectionStart, selectionEnd } = this.#field;
    if (!emoji) return;
    const { value } = this.#field;
    const before = value.slice(0, selectionStart);
    const text = spaced(emoji, before, value.slice(selectionEnd));
    replaceText(this.#field, selectionStart, selectionEnd, text);
  }

  /** @param {Message | null} message */
  reply(message) {
    this.#showReply(message);
    this.#save();
    this.focus();
  }

  /**
   * Append a text to what is already there.
   *
   * @param {string} text
   * @param {number | null} [replyTo] the number of the message that it answers
   */
  add(text, replyTo = null) {
    this.#quoted ??= this.#replyTo ? null : replyTo;
    this.#quote();
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

  /**
   * Focus moves to the reason when writing becomes impossible, and back to the field when it is
   * possible again.
   */
  #drawMode() {
    const { mode } = this.#session.standing;
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
    // The browser may have kept the field over a reload, and then has the newer text; or typing
    // began before the storage answered.
    const typed = this.#field.value;
    if (!typed.startsWith(body)) this.#field.setRangeText(body, 0, 0, typed ? "preserve" : "end");
    this.#isOpen = true;
    this.#field.dispatchEvent(new Event("change"));
    this.#measure();
    this.#obstacle.draw(); // if the room is closed, it says that the draft is kept
    this.#quoted = this.#replyTo ? null : reply_to;
    this.#quote();
    if (typed || this.#replyTo) this.#save();
  }

  /**
   * The draft changed, in another tab of this room or by what was typed here.
   *
   * @param {import('./drafts.js').Draft} draft
   */
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

  /**
   * The message that the draft replies to may be far above, and there may be no connection yet to
   * fetch it.
   */
  #quote() {
    if (!this.#quoted) return;
    const origin = this.#session.quotes.get(this.#quoted);
    if (origin !== undefined) this.#showReply(origin?.deleted ? null : origin);
  }

  /** The number of the message that the draft replies to. */
  get #replied() {
    return this.#replyTo?.number ?? this.#quoted;
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const body = this.#field.value.trim();
    if ((!body && this.tray.isEmpty) || lengthOf(body) > MAX_BODY) return;
    if (this.#session.standing.obstacle) return this.#tellObstacle();
    if (!this.tray.take()) return;
    if (this.#session.mentions.asksBefore(body)) this.#askBefore(body);
    else this.#send(body);
  }

  /** Without a connection or an answer, nobody is stopped. @param {string} body */
  async #askBefore(body) {
    if (this.#isAsking) return;
    this.#isAsking = true;
    let allowed = true;
    try {
      const { MentionGuard } = await import("./mention-guard.js");
      this.#guard ??= new MentionGuard(this, this.#field, this.#session);
      allowed = await this.#guard.allows(body);
    } catch {
      // The message isn't held up.
    }
    this.#isAsking = false;
    const isSame = this.#field.value.trim() === body && !this.#left.signal.aborted;
    if (allowed && isSame && !this.#session.standing.obstacle) this.#send(body);
  }

  /** @param {string} body */
  #send(body) {
    const files = this.tray.take();
    if (!files) return;
    this.#preview.toggle(false);
    this.#session.posts.post({ body, reply_to: this.#replied, files });
    this.#field.value = "";
    this.#field.dispatchEvent(new Event("input"));
    this.#typing.sent();
    this.reply(null);
    this.dispatchEvent(new CustomEvent("chat-posted", { bubbles: true }));
  }

  /** The text stays. Screen readers don't see the line above it, so it is announced. */
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
    const left = MAX_BODY - lengthOf(this.#field.value.trim());
    const count = part(this, "count");
    count.hidden = left > SHOW_COUNT;
    setText(count, formatNumber(left));
    count.classList.toggle("composer__count--over", left < 0);
    this.#long.draw();
    const send = /** @type {HTMLButtonElement} */ (part(this, "send"));
    const isEmpty = !this.#field.value.trim() && this.tray.isEmpty;
    const blocked = left < 0 || isEmpty || this.#session.standing.obstacle !== null;
    send.setAttribute("aria-disabled", String(blocked));
  }

  #save() {
    if (!this.#isOpen) return;
    const draft = { body: this.#field.value, reply_to: this.#replied };
    this.#drafts.write(this.#session.room.slug, draft);
  }
}
