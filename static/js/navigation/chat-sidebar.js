import { cloneTemplate, isShown, oncePerFrame, part, setText, setWhose } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatCount, formatNumber, gettext, ngettext } from "../lib/gettext.js";
import { letterOf } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { displayName, refusal } from "../lib/labels.js";
import { later } from "../lib/later.js";
import { drawMark } from "../lib/room-mark.js";
import { ROOM_SIGNS } from "../lib/room-signs.js";
import { say } from "../lib/toast.js";
import { counted, isMuted } from "../reading/unread.js";
import { wireDragging } from "./dragging.js";
import { PlaceDialog } from "./place-dialog.js";
import { SectionDialog } from "./section-dialog.js";
import { wireUnseen } from "./unseen.js";

/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {import('./arrangement.js').Section} Section */
/** @typedef {RoomSummary & {key: string, mark: string, starred: boolean}} Line */
/** @typedef {import('../lib/types.js').OwnSection & {key: string}} Own */

/** The list of my rooms: what is unread in them, how I arranged them, and which one is open. */
export class ChatSidebar extends HTMLElement {
  /** @type {string | null} */ current = null;
  /** @type {import('../reading/unread.js').Unread} */ #unread;
  /** @type {import('./arrangement.js').Arrangement} */ #arrangement;
  /** @type {KeyedList<Own>} */ #own;
  /** @type {Map<Section, {node: HTMLElement, rooms: KeyedList<Line>}>} */ #sections = new Map();
  /** @type {PlaceDialog} */ #placing;
  #notifying = later(async () => {
    const { NotifyDialog } = await import("./notify-dialog.js");
    return new NotifyDialog(this, this.#unread, this.#ask);
  });
  /** @type {SectionDialog} */ #editing;
  /** @type {() => void} */ #lookForUnseen;
  /** Whether something unsent waits in a room. */ #waitsIn = (/** @type {string} */ _slug) =>
    false;
  /** @type {(command: any) => Promise<any>} */ #ask;
  #roomsUrl = "";

  /**
   * @param {object} world
   * @param {import('../reading/unread.js').Unread} world.unread
   * @param {import('./arrangement.js').Arrangement} world.arrangement
   * @param {import('../composer/drafts.js').Drafts} [world.drafts]
   * @param {import('../composer/files.js').Files} [world.files]
   * @param {(slug: string) => boolean} [world.hasFiles] whether some wait in the room's composer
   * @param {(command: any) => Promise<any>} world.ask
   * @param {{current: string | null, roomsUrl: string}} page
   */
  attach({ unread, arrangement, drafts, files, hasFiles, ask }, { current, roomsUrl }) {
    this.#unread = unread;
    this.#arrangement = arrangement;
    this.#waitsIn = (slug) => drafts?.waitsIn(slug) || hasFiles?.(slug) || false;
    this.#roomsUrl = roomsUrl;
    const own = part(this, "own");
    own.replaceChildren();
    for (const node of this.querySelectorAll("[data-section]"))
      this.#begin(/** @type {HTMLElement} */ (node));
    this.#own = new KeyedList(
      own,
      ({ id }) => this.#beginOwn(id),
      (node, { name }) => setText(part(node, "section-name"), name),
    );
    const settle = (/** @type {Promise<void>} */ change) => this.#settle(change);
    this.#ask = ask;
    this.#placing = new PlaceDialog(this, arrangement, settle, (slug) => this.notify(slug));
    this.#editing = new SectionDialog(this, arrangement, settle);
    this.#lookForUnseen = wireUnseen(this);
    this.show(current);
    const draw = oncePerFrame(() => this.#draw());
    for (const source of [unread, arrangement, drafts]) source?.on("change", draw);
    files?.on("counted", draw);
    this.addEventListener("click", (event) => this.#click(event));
    this.addEventListener("keydown", (event) => this.#key(event));
    this.addEventListener("contextmenu", (event) => this.#menu(event));
    wireDragging(this, {
      room: (slug, section, before) => settle(arrangement.place(slug, sorted(section), before)),
      section: (section, before) => settle(arrangement.move(section, before)),
    });
  }

  /** @param {HTMLElement} node */
  #begin(node) {
    const list = /** @type {HTMLElement} */ (node.querySelector("[data-list]"));
    list.replaceChildren();
    const rooms = new KeyedList(
      list,
      () => cloneTemplate(this, "room"),
      (row, /** @type {Line} */ room) =>
        drawRoom(row, room, {
          current: this.current,
          roomsUrl: this.#roomsUrl,
          waitsIn: this.#waitsIn,
        }),
    );
    this.#sections.set(node.dataset.section ?? "", { node, rooms });
    return node;
  }

  /** @param {Section} id */
  #beginOwn(id) {
    const node = cloneTemplate(this, "section");
    node.dataset.section = id;
    const fold = /** @type {HTMLElement} */ (node.querySelector("[data-folds]"));
    fold.dataset.folds = id;
    /** @type {HTMLElement} */ (node.querySelector("[data-list]")).dataset.list = id;
    /** @type {HTMLElement} */ (node.querySelector("h2")).draggable = true;
    return this.#begin(node);
  }

  /**
   * @param {string | null} current the open room, or the one being loaded; null: another page
   * @param {string} [path] of that page
   */
  show(current, path = location.pathname) {
    // A visit says where it leads, and again when it is there.
    if (current !== null && current === this.current) return;
    this.current = current;
    this.#draw();
    for (const link of this.querySelectorAll(
      ".sidebar__browse a, .sidebar__me, .sidebar__inbox a",
    )) {
      const { pathname } = /** @type {HTMLAnchorElement} */ (link);
      const leads = link.closest(".sidebar__browse")
        ? path === pathname
        : path.startsWith(pathname);
      mark(link, current === null && leads);
    }
    // A closed drawer must not be scrolled into view.
    if (isShown(this) && getComputedStyle(this).visibility === "visible")
      this.querySelector('[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
  }

  /** From top to bottom, including those in folded sections. */
  get rooms() {
    const lines = this.#lines;
    return this.#arrangement.order.flatMap((name) => lines[name]);
  }

  /** Make the focused room, or else the open one, a favourite, or undo that. */
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
      say(gettext("Couldn't change your list of rooms. %(reason)s", { reason }));
    });
  }

  get #lines() {
    const shown = [...this.#unread.rooms.values()].filter(
      ({ archived, slug }) => !archived || slug === this.current,
    );
    const lines = shown.map((room) => {
      const starred = this.#arrangement.isFavourite(room.slug);
      return { ...room, key: room.slug, mark: ROOM_SIGNS[room.kind] ?? "#", starred };
    });
    return this.#arrangement.sections(lines);
  }

  #draw() {
    const slug = slugAt(document.activeElement) ?? "";
    // In another section a room is another row.
    const same = () => this.querySelector(`[data-room="${CSS.escape(slug)}"] a`);
    const current = () => this.querySelector('[aria-current="page"]');
    keepFocus(this, () => this.#drawLists(), same, current);
    this.#lookForUnseen();
  }

  #drawLists() {
    part(this, "read-all").hidden = this.#unread.total === 0;
    const waiting = part(this, "inbox-count");
    waiting.hidden = this.#unread.inbox === 0;
    setText(waiting, formatCount(this.#unread.inbox));
    const lines = this.#lines;
    this.#own.draw(this.#arrangement.own.map((one) => ({ ...one, key: one.id })));
    for (const name of this.#arrangement.order) this.#drawSection(name, lines[name]);
    const { node } = /** @type {{node: HTMLElement}} */ (this.#sections.get("rooms"));
    const isBare = this.#arrangement.order.every((name) => lines[name].length === 0);
    node.hidden &&= !isBare;
    part(node, "section-empty").hidden = !isBare;
  }

  /** @param {Section} name @param {Line[]} rooms */
  #drawSection(name, rooms) {
    const section = this.#sections.get(name);
    if (!section) return;
    const { node } = section;
    const isFolded = this.#arrangement.folded.has(name);
    const shown = isFolded ? rooms.filter(({ slug }) => slug === this.current) : rooms;
    const hidden = rooms.reduce((sum, room) => sum + (shown.includes(room) ? 0 : counted(room)), 0);
    if (node.hasAttribute("data-own")) part(node, "section-empty").hidden = rooms.length > 0;
    else node.hidden = rooms.length === 0;
    node.querySelector("[data-folds]")?.setAttribute("aria-expanded", String(!isFolded));
    const count = part(node, "hidden-count");
    count.hidden = hidden === 0;
    setText(count, formatCount(hidden));
    section.rooms.draw(shown);
  }

  /** @param {MouseEvent} event */
  #click({ target }) {
    const button = /** @type {Element} */ (target).closest("button");
    const name = button?.dataset.folds;
    if (name) this.#settle(this.#arrangement.fold(name, !this.#arrangement.folded.has(name)));
    const slug = slugAt(button);
    const section = /** @type {HTMLElement | null | undefined} */ (
      button?.closest("[data-section]")
    );
    if (button?.dataset.part === "star") this.#toggle(slug);
    if (button?.dataset.part === "hide")
      this.dispatchEvent(new CustomEvent("chat-hide", { detail: slug, bubbles: true }));
    if (button?.dataset.part === "more") this.#place(slug);
    if (button?.dataset.part === "section-new") this.#placing.open(null);
    if (button?.dataset.part === "section-more") this.#editing.open(section?.dataset.section ?? "");
  }

  /** Choose of what in a room to be told. @param {string | null} slug */
  async notify(slug = this.current) {
    const room = this.#unread.rooms.get(slug ?? "");
    const dialog = await this.#notifying();
    if (room) dialog?.open(room);
  }

  /** The browser's own menu takes Shift. @param {MouseEvent} event */
  #menu(event) {
    const slug = slugAt(/** @type {Element} */ (event.target));
    if (slug === null || event.shiftKey) return;
    event.preventDefault();
    this.#place(slug);
  }

  /** @param {string | null} slug */
  #place(slug) {
    const room = this.#unread.rooms.get(slug ?? "");
    if (room) this.#placing.open(room);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, shiftKey, altKey, target } = event;
    const slug = slugAt(/** @type {Element} */ (target));
    if (slug === null || altKey) return;
    const isPlain = !ctrlKey && !metaKey && !shiftKey;
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    const isMove = step && shiftKey && (ctrlKey || metaKey);
    if (isPlain && letterOf(event) === "v") this.#place(slug);
    else if (isMove) this.#step(slug, step);
    else return;
    event.preventDefault();
  }

  /** Move a room within its section. @param {string} slug @param {number} step */
  #step(slug, step) {
    const place = this.#arrangement.placeOf(slug);
    if (!place) return;
    const rooms = this.#lines[place];
    const at = rooms.findIndex((room) => room.slug === slug);
    const to = at + step;
    if (at < 0 || to < 0 || to >= rooms.length) return;
    const before = rooms[step < 0 ? to : to + 1]?.slug ?? null;
    this.#settle(this.#arrangement.place(slug, place, before));
    const status = document.getElementById("status");
    if (status) setText(status, placeWords(rooms[at], to + 1, rooms.length));
  }
}

/** The others aren't in my order. @param {Section} section */
const sorted = (section) => (["rooms", "direct"].includes(section) ? null : section);

/** @param {Line} room @param {number} place @param {number} all */
function placeWords({ name }, place, all) {
  const names = { name, place: formatNumber(place), all: formatNumber(all) };
  return gettext("%(name)s: position %(place)s of %(all)s", names);
}

/** The room of a row, or of an element in it. @param {Element | null | undefined} element */
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
 * @param {{current: string | null, roomsUrl: string, waitsIn: (slug: string) => boolean}} page
 */
function drawRoom(node, room, { current, roomsUrl, waitsIn }) {
  const link = /** @type {HTMLAnchorElement} */ (node.querySelector("a"));
  node.dataset.room = room.slug;
  node.draggable = true;
  link.draggable = false; // drag the row, not its address
  part(node, "star").ariaPressed = String(room.starred);
  const address = `${roomsUrl}${encodeURIComponent(room.slug)}/`;
  if (link.getAttribute("href") !== address) link.href = address;
  const unread = counted(room);
  link.toggleAttribute("data-unread", unread > 0);
  link.toggleAttribute("data-muted", isMuted(room));
  mark(link, room.slug === current);
  drawMark(part(node, "mark"), room);
  setWhose(node, room.people?.length === 1 ? room.people[0].id : null);
  part(node, "hide").hidden = room.kind !== "direct";
  setText(part(node, "name"), displayName(room.name));
  // The open room shows the draft itself.
  part(node, "draft").hidden = room.slug === current || !waitsIn(room.slug);
  const count = part(node, "count");
  count.hidden = unread === 0;
  count.classList.toggle("badge--mention", room.mentions > 0 || room.kind === "direct");
  setText(count, formatCount(unread));
  const muted = isMuted(room) ? gettext("muted") : "";
  setText(part(node, "words"), [unread ? unreadWords(room) : "", muted].filter(Boolean).join(", "));
}

/** @param {Line} room */
function unreadWords({ mentions }) {
  if (mentions === 0) return gettext("unread");
  return ngettext("unread, %(count)s mention", "unread, %(count)s mentions", mentions);
}
