import { SECTIONS } from "../arrangement.js";
import { cloneTemplate, isShown, oncePerFrame, part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, gettext, ngettext } from "../lib/gettext.js";
import { KeyedList } from "../lib/keyed.js";
import { MARKS } from "../lib/marks.js";
import { refusal } from "../lib/words.js";
import { wireDragging } from "./dragging.js";
import { say } from "./toast.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {import('../arrangement.js').Section} Section */
/** @typedef {RoomSummary & {key: string, mark: string, starred: boolean}} Line */

/** My rooms with what is unread in them, as I arranged them, and which of them is on the screen. */
export class ChatSidebar extends HTMLElement {
  /** @type {string | null} */ current = null;
  /** @type {import('../unread.js').Unread} */ #unread;
  /** @type {import('../arrangement.js').Arrangement} */ #arrangement;
  /** @type {Map<Section, KeyedList<Line>>} */ #lists = new Map();
  #roomsUrl = "";

  /**
   * @param {object} world
   * @param {import('../unread.js').Unread} world.unread
   * @param {import('../arrangement.js').Arrangement} world.arrangement
   * @param {import('../drafts.js').Drafts} [world.drafts]
   * @param {{current: string | null, roomsUrl: string}} page
   */
  attach({ unread, arrangement, drafts }, { current, roomsUrl }) {
    this.#unread = unread;
    this.#arrangement = arrangement;
    this.#roomsUrl = roomsUrl;
    for (const name of SECTIONS) {
      const list = /** @type {HTMLElement} */ (this.querySelector(`[data-list="${name}"]`));
      list.replaceChildren();
      const keyed = new KeyedList(
        list,
        () => cloneTemplate(this, "room"),
        (node, /** @type {Line} */ room) =>
          drawRoom(node, room, { current: this.current, roomsUrl, drafts }),
      );
      this.#lists.set(name, keyed);
    }
    this.show(current);
    const draw = oncePerFrame(() => this.#draw());
    for (const source of [unread, arrangement, drafts]) source?.on("change", draw);
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    wireDragging(this, (slug, before) => this.#settle(arrangement.star(slug, before)));
  }

  /** @param {string | null} current the room on the screen, or the one that is on its way; null: the lobby */
  show(current) {
    this.current = current;
    this.#draw();
    const lobby = this.querySelector(`.sidebar__browse [href="${this.#roomsUrl}"]`);
    mark(lobby, current === null);
    // A drawer that is shut must not be scrolled into sight.
    if (isShown(this) && getComputedStyle(this).visibility === "visible")
      this.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
  }

  /** As they stand there, from above to below, also those of a folded section. */
  get rooms() {
    const sections = this.#sections;
    return SECTIONS.flatMap((name) => sections[name]);
  }

  /** Makes the room that has the focus here, or the one on the screen, a favourite, or does away with it. */
  toggleStar() {
    const slug = this.contains(document.activeElement) ? slugAt(document.activeElement) : null;
    this.#toggle(slug ?? this.current);
  }

  /** @param {string | null} slug */
  #toggle(slug) {
    if (slug === null || !this.#unread.rooms.has(slug)) return;
    const isStarred = this.#arrangement.isFavourite(slug);
    this.#settle(isStarred ? this.#arrangement.unstar(slug) : this.#arrangement.star(slug));
  }

  /** @param {Promise<void>} change */
  #settle(change) {
    this.#draw();
    change.catch((error) => {
      const reason = refusal(error);
      say(gettext("Your list of rooms was not changed. %(reason)s", { reason }));
    });
  }

  get #sections() {
    const shown = [...this.#unread.rooms.values()].filter(
      ({ archived, slug }) => !archived || slug === this.current,
    );
    const lines = shown.map((room) => {
      const starred = this.#arrangement.isFavourite(room.slug);
      return { ...room, key: room.slug, mark: MARKS[room.kind] ?? "#", starred };
    });
    return this.#arrangement.sections(lines);
  }

  #draw() {
    const slug = slugAt(document.activeElement) ?? "";
    // In another section a room is another row.
    const same = () => this.querySelector(`[data-room="${CSS.escape(slug)}"] a`);
    const current = () => this.querySelector('[aria-current="page"]');
    keepFocus(this, () => this.#drawLists(), same, current);
  }

  #drawLists() {
    part(this, "read-all").hidden = this.#unread.total === 0;
    const sections = this.#sections;
    for (const name of SECTIONS) this.#drawSection(name, sections[name]);
  }

  /** @param {Section} name @param {Line[]} rooms */
  #drawSection(name, rooms) {
    const section = /** @type {HTMLElement} */ (this.querySelector(`[data-section="${name}"]`));
    const isFolded = this.#arrangement.folded.has(name);
    const shown = isFolded ? rooms.filter(({ slug }) => slug === this.current) : rooms;
    const hidden = rooms.reduce((sum, room) => sum + (shown.includes(room) ? 0 : room.unread), 0);
    section.hidden = rooms.length === 0;
    section.querySelector("[data-folds]")?.setAttribute("aria-expanded", String(!isFolded));
    const count = part(section, "hidden-count");
    count.hidden = hidden === 0;
    setText(count, hidden > 99 ? "99+" : formatNumber(hidden));
    this.#lists.get(name)?.draw(shown);
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const element = /** @type {Element} */ (target);
    const fold = /** @type {HTMLElement | null} */ (element.closest("[data-folds]"));
    const name = /** @type {Section | undefined} */ (fold?.dataset.folds);
    if (name) this.#settle(this.#arrangement.fold(name, !this.#arrangement.folded.has(name)));
    if (element.closest('[data-part="star"]')) this.#toggle(slugAt(element));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, shiftKey, altKey, target } = event;
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const slug = slugAt(/** @type {Element} */ (target));
    if (!step || !shiftKey || altKey || !(ctrlKey || metaKey) || slug === null) return;
    event.preventDefault();
    const { favourites } = this.#sections;
    const at = favourites.findIndex((room) => room.slug === slug);
    const to = at + step;
    if (at < 0 || to < 0 || to >= favourites.length) return;
    const before = favourites[step < 0 ? to : to + 1]?.slug ?? null;
    this.#settle(this.#arrangement.star(slug, before));
    const status = document.getElementById("status");
    if (status) setText(status, placeWords(favourites[at], to + 1, favourites.length));
  }
}

/** @param {Line} room @param {number} place @param {number} all */
function placeWords({ name }, place, all) {
  const names = { name, place: formatNumber(place), all: formatNumber(all) };
  return gettext("%(name)s: place %(place)s of %(all)s", names);
}

/** The room of a row, or of what is in it. @param {Element | null} element */
function slugAt(element) {
  const row = /** @type {HTMLElement | null | undefined} */ (element?.closest("[data-room]"));
  return row?.dataset.room ?? null;
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
  node.draggable = true;
  link.draggable = false; // the row is, and not its address
  part(node, "star").ariaPressed = String(room.starred);
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
