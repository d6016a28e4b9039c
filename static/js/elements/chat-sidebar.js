import { cloneTemplate, oncePerFrame, part, setText } from "../lib/dom.js";
import { formatNumber, gettext, locale, ngettext } from "../lib/gettext.js";
import { KeyedList } from "../lib/keyed.js";
import { MARKS } from "../lib/marks.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {RoomSummary & {key: string, mark: string}} Line */

/** My rooms with what is unread in them, and which of them is on the screen. */
export class ChatSidebar extends HTMLElement {
  /** @type {string | null} */ current = null;
  /** @type {import('../unread.js').Unread} */ #unread;
  /** @type {KeyedList<Line>[]} */ #lists = [];
  #roomsUrl = "";

  /**
   * @param {import('../unread.js').Unread} unread
   * @param {{current: string | null, roomsUrl: string, drafts?: import('../drafts.js').Drafts}} page
   */
  attach(unread, { current, roomsUrl, drafts }) {
    this.#unread = unread;
    this.#roomsUrl = roomsUrl;
    this.#lists = ["rooms", "direct"].map((name) => {
      const list = /** @type {HTMLElement} */ (this.querySelector(`[data-list="${name}"]`));
      list.replaceChildren();
      return new KeyedList(
        list,
        () => cloneTemplate(this, "room"),
        (node, room) => drawRoom(node, room, { current: this.current, roomsUrl, drafts }),
      );
    });
    this.show(current);
    const draw = oncePerFrame(() => this.#draw());
    unread.on("change", draw);
    drafts?.on("change", draw);
  }

  /** @param {string | null} current the room on the screen, or the one that is on its way; null: the lobby */
  show(current) {
    this.current = current;
    this.#draw();
    const lobby = this.querySelector(`.sidebar__browse [href="${this.#roomsUrl}"]`);
    mark(lobby, current === null);
    // A drawer that is shut must not be scrolled into sight.
    if (this.checkVisibility({ visibilityProperty: true }))
      this.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
  }

  /** As they stand there, from above to below. */
  get rooms() {
    return this.#sorted((kind) => kind !== "direct").concat(
      this.#sorted((kind) => kind === "direct"),
    );
  }

  #draw() {
    part(this, "read-all").hidden = this.#unread.total === 0;
    this.#lists[0].draw(this.#sorted((kind) => kind !== "direct"));
    this.#lists[1].draw(this.#sorted((kind) => kind === "direct"));
  }

  /** @param {(kind: string) => boolean} isHere @returns {Line[]} */
  #sorted(isHere) {
    return [...this.#unread.rooms.values()]
      .filter(({ kind, archived, slug }) => isHere(kind) && (!archived || slug === this.current))
      .map((room) => ({ ...room, key: room.slug, mark: MARKS[room.kind] ?? "#" }))
      .sort((a, b) => a.name.localeCompare(b.name, locale));
  }
}

/** @param {Element | null} link @param {boolean} isCurrent */
function mark(link, isCurrent) {
  if (isCurrent) link?.setAttribute("aria-current", "page");
  else link?.removeAttribute("aria-current");
}

/**
 * @param {HTMLElement} node
 * @param {Line} room
 * @param {{current: string | null, roomsUrl: string, drafts?: import('../drafts.js').Drafts}} page
 */
function drawRoom(node, room, { current, roomsUrl, drafts }) {
  const link = /** @type {HTMLAnchorElement} */ (node.querySelector("a"));
  node.dataset.room = room.slug;
  const address = `${roomsUrl}${encodeURIComponent(room.slug)}/`;
  if (link.getAttribute("href") !== address) link.href = address;
  link.toggleAttribute("data-unread", room.unread > 0);
  mark(link, room.slug === current);
  setText(part(node, "mark"), room.mark);
  setText(part(node, "name"), room.name);
  // Of the room on the screen one sees the draft itself.
  part(node, "draft").hidden = room.slug === current || !drafts?.waitsIn(room.slug);
  const count = part(node, "count");
  count.hidden = room.unread === 0;
  count.classList.toggle("badge--mention", room.mentions > 0 || room.kind === "direct");
  setText(count, room.unread > 99 ? "99+" : formatNumber(room.unread));
  setText(part(node, "words"), room.unread ? unreadWords(room) : "");
}

/** @param {Line} room */
function unreadWords({ mentions }) {
  if (mentions === 0) return gettext("unread");
  return ngettext("unread, %(count)s mention", "unread, %(count)s mentions", mentions);
}
