import { cloneTemplate, part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext } from "../lib/gettext.js";
import { KeyedList } from "../lib/keyed.js";
import { listOf } from "../lib/labels.js";

/** @typedef {import('../lib/types.js').Post} Post */
/** @typedef {{key: string, post: Post}} Row */

/**
 * My posts that the server refused, above the field: in the conversation they would stay below
 * whatever others say. Each can be sent again, edited, copied or discarded.
 */
export class UnsentPosts {
  #composer;
  #session;
  /** @type {KeyedList<Row>} */ #list;
  /** @type {Set<string> | null} nonces of those shown; null: nothing was shown yet */ #known =
    null;

  /**
   * @param {HTMLElement} composer
   * @param {import('../room/session.js').RoomSession} session
   */
  constructor(composer, session) {
    this.#composer = composer;
    this.#session = session;
    const list = part(composer, "unsent-list");
    this.#list = new KeyedList(list, () => cloneTemplate(composer, "unsent-post"), drawPost);
    list.addEventListener("click", (event) => this.#click(event));
    session.on("draw", () => this.draw());
    this.draw();
  }

  draw() {
    const { refused } = this.#session.timeline;
    const section = part(this.#composer, "unsent");
    const show = () => {
      section.hidden = refused.length === 0;
      this.#list.draw(refused.map((post) => ({ key: post.nonce, post })));
    };
    const others = [...section.querySelectorAll("li")].map(
      (one) => () => one.querySelector("button"),
    );
    keepFocus(section, show, ...others, part(this.#composer, "body"));
    const added = refused.filter(({ nonce }) => this.#known?.has(nonce) === false);
    this.#known = new Set(refused.map(({ nonce }) => nonce));
    const status = document.getElementById("status");
    if (added.length && status) setText(status, reasonOf(added[added.length - 1]));
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const button = /** @type {Element} */ (target).closest("[data-action]");
    const post = /** @type {HTMLElement | null} */ (button?.closest("[data-nonce]"));
    if (!(button instanceof HTMLElement) || !post) return;
    const detail = { action: button.dataset.action, nonce: post.dataset.nonce };
    this.#composer.dispatchEvent(new CustomEvent("chat-post", { detail, bubbles: true }));
  }
}

/** @param {HTMLElement} node @param {Row} row */
function drawPost(node, { post }) {
  node.dataset.nonce = post.nonce;
  const files = (post.attachments ?? []).map(({ name }) => name);
  setText(part(node, "unsent-words"), [post.body, listOf(files)].filter(Boolean).join("\n"));
  part(node, "copy").hidden = !post.body;
  setText(part(node, "unsent-reason"), reasonOf(post));
  part(node, "retry").hidden = post.refused === true;
}

/** @param {Post} post */
function reasonOf({ note = "", refused }) {
  if (refused) return gettext("Rejected by a moderator. %(reason)s", { reason: note });
  return gettext("Not sent. %(reason)s", { reason: note });
}
