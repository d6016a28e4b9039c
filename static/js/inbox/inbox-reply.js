import { part } from "../lib/dom.js";
import { autosize, lengthOf, wantsSend } from "../lib/field.js";
import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";
import { MAX_BODY } from "../protocol.js";

/** @typedef {import('../lib/types.js').Post} Post */

/**
 * @typedef {object} World
 * @property {import('../connection/socket.js').ChatSocket} socket
 * @property {import('../composer/outbox.js').Outbox} outbox
 * @property {import('../composer/drafts.js').Drafts} drafts
 * @property {import('../reading/unread.js').Unread} unread
 * @property {import('../people/site-standing.js').SiteStanding} siteStanding
 */

/**
 * A reply to the message of a line, written below it. What is typed is the room's draft with its
 * quote, as if it were written in the room, so it waits there if the inbox is left.
 */
export class InboxReply {
  /** @type {import('../composer/mention-guard.js').MentionGuard | null} */ #guard = null;
  #isAsking = false;
  #left = new AbortController();
  #forget;
  #form;
  #field;
  #room;
  #number;
  #world;
  #end;

  /**
   * @param {HTMLElement} form
   * @param {{room: string, number: number, author: string}} to
   * @param {World} world
   * @param {(post: Post | null) => void} end called once: with the post, or null if it is put aside
   */
  constructor(form, { room, number, author }, world, end) {
    this.#form = form;
    this.#room = room;
    this.#number = number;
    this.#world = world;
    this.#end = end;
    this.#field = /** @type {HTMLTextAreaElement} */ (part(form, "reply-body"));
    this.#field.ariaLabel = gettext("Reply to %(name)s", { name: author });
    const { drafts } = world;
    this.#forget = drafts.on("change", (told) => {
      if (told.room === room) this.#show(told.draft.body);
    });
    this.#show(drafts.read(room).body);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    form.addEventListener("keydown", (event) => this.#key(event));
    part(form, "reply-cancel").addEventListener("click", () => this.close());
    this.#field.addEventListener("input", () => this.#keep());
    autosize(this.#field);
  }

  focus() {
    this.#field.focus({ preventScroll: true });
    this.#form.scrollIntoView({ block: "nearest" });
  }

  /** Put it aside. What was typed stays the room's draft. */
  close() {
    if (!this.#field.value.trim()) this.#keep({ reply_to: null });
    this.leave();
    this.#end(null);
  }

  /** The page is left. */
  leave() {
    this.#left.abort();
    this.#forget();
    this.#form.remove();
  }

  /** What another tab wrote, or this one before. @param {string} body */
  #show(body) {
    if (this.#field.value === body) return;
    this.#field.value = body;
    this.#field.dispatchEvent(new Event("change"));
  }

  #keep({ reply_to = /** @type {number | null} */ (this.#number) } = {}) {
    this.#world.drafts.write(this.#room, { body: this.#field.value, reply_to });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // No key typed here is one of the page's.
    event.stopPropagation();
    if (event.target === this.#field && wantsSend(event)) this.#submit();
    else if (event.key === "Escape" && !event.isComposing) this.close();
    else return;
    event.preventDefault();
  }

  async #submit() {
    const body = this.#field.value.trim();
    if (!body || this.#isAsking) return;
    const over = lengthOf(body) - MAX_BODY;
    if (over > 0) return say(gettext("Too long by %(count)s", { count: over }));
    this.#isAsking = true;
    const allowed = await this.#allows(body);
    this.#isAsking = false;
    const isSame = this.#field.value.trim() === body && !this.#left.signal.aborted;
    if (allowed && isSame) this.#send(body);
  }

  /** @param {string} body */
  #send(body) {
    const { outbox, drafts } = this.#world;
    this.leave();
    const post = outbox.post({ room: this.#room, body, reply_to: this.#number });
    drafts.write(this.#room, { body: "", reply_to: null });
    this.#end(post);
  }

  /** Without a connection or an answer, nobody is stopped. @param {string} body */
  async #allows(body) {
    const { socket, unread, siteStanding } = this.#world;
    if (socket.connection.state !== "open" || !/@\w{2}/.test(body)) return true;
    try {
      const { MentionGuard } = await import("../composer/mention-guard.js");
      const kind = unread.rooms.get(this.#room)?.kind ?? "public";
      this.#guard ??= new MentionGuard(this.#form, this.#field, {
        room: { kind, role: "member" },
        siteStanding,
        mentions: {
          addressesRoom: true, // or else it is plain text, as the preview says
          preview: (text) =>
            socket.request({ type: "mention.preview", room: this.#room, body: text }),
        },
      });
      return await this.#guard.allows(body);
    } catch {
      return true;
    }
  }
}
