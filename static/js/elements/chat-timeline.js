import { onTurn } from "../lib/calendar.js";
import { cloneTemplate, oncePerFrame, part, setText } from "../lib/dom.js";
import { KeyedList } from "../lib/keyed.js";
import { ScrollKeeper } from "../lib/scroll.js";
import { formatDay } from "../lib/time.js";
import { isMessage, isReadable, rowsOf } from "../rows.js";
import { Unseen } from "../unseen.js";
import { DateDialog } from "./date-dialog.js";
import { Folds } from "./folds.js";
import { MessageActions } from "./message-actions.js";
import { drawMessage } from "./message-view.js";
import { Pills } from "./pills.js";
import { Roving } from "./roving.js";
import { Travels } from "./travels.js";

/** @typedef {import('../rows.js').Row} Row */
/** @typedef {import('../lib/types.js').Message} Message */

const READ_AHEAD = 900; // px from an edge at which the next page is asked for: about one screen
const KEEP = 250; // messages in the window, so that with a page on its way it stays at 300
const AT_ONCE = 12; // rows that are made in one frame, of a page that comes while one scrolls

/** The conversation: draws a session's rows, keeps the reader's place, and says what was seen. */
export class ChatTimeline extends HTMLElement {
  /** @type {import('../session.js').RoomSession} */ #session;
  /** @type {KeyedList<Row>} */ #list;
  /** @type {ScrollKeeper} */ #keeper;
  /** @type {Unseen} */ #unseen;
  /** @type {Pills} */ #pills;
  /** What the list of rooms says of this one. @type {() => import('../lib/types.js').RoomSummary | undefined} */
  #counted = () => undefined;
  /** @type {Roving} */ #roving;
  /** @type {Travels} */ travels;
  /** @type {MessageActions} */ actions;
  /** @type {Folds} */ folds;
  /** @type {HTMLElement} */ rows;
  /** @type {HTMLElement} */ scroller;
  /** @type {Record<'start' | 'older' | 'later', HTMLElement>} */ #edges;
  roomUrl = "";
  /** Before, what is in the view is not what the reader gets to see. */
  #landed = false;
  #otherZone = false;
  /** Everything in the window is drawn: only then it is seen how far its edges are. */
  #complete = true;
  /** The last row is the conversation's. The window may know it a frame earlier than the page. */
  #endIsDrawn = false;
  #attached = new AbortController();
  #draw = oncePerFrame(() => this.draw());
  #scrolled = oncePerFrame(() => this.look({ moved: true }));

  /**
   * @param {import('../session.js').RoomSession} session
   * @param {object} page
   * @param {string} page.roomUrl with a slash at its end
   * @param {import('../places.js').Place | null} page.place where the reader stood before
   * @param {import('../room-view.js').World} page.world
   * @param {import('../lib/types.js').Bootstrap} page.page
   */
  attach(session, { roomUrl, place, world, page }) {
    const { room } = session;
    this.#session = session;
    this.roomUrl = roomUrl;
    this.rows = part(this, "rows");
    this.scroller = part(this, "scroll");
    this.#edges = {
      start: part(this, "start"),
      older: part(this, "older"),
      later: part(this, "later"),
    };
    this.#list = new KeyedList(
      this.rows,
      (row) => this.#create(row),
      (...how) => this.#update(...how),
    );
    this.#keeper = new ScrollKeeper(this.scroller, this.rows, () => this.#endIsDrawn);
    const read = room.role ? room.read_number : room.last_number;
    this.#unseen = new Unseen({
      read,
      last: room.last_number,
      unread: room.unread,
      readable: (...numbers) => session.readable(...numbers),
    });
    this.#counted = () => world.unread.rooms.get(room.slug);
    const { signal } = this.#attached;
    const visit = { session, keeper: this.#keeper, unseen: this.#unseen, signal };
    this.travels = new Travels(this, visit);
    this.#pills = new Pills(this, this.#unseen);
    this.folds = new Folds(this.rows, session, () => this.draw());
    this.actions = new MessageActions(this, session, world, page);
    this.#roving = new Roving(this.rows, () => this.#keeper.lastSeen());
    new DateDialog(this, session);
    this.#hear();
    this.draw();
    this.travels.land(place).then(() => {
      this.#landed = true;
      this.look();
    });
  }

  #hear() {
    const { signal } = this.#attached;
    this.#session.on("draw", () => this.#draw());
    this.#session.on("posted", (messages) => this.#came(messages));
    this.#session.on("unread", (number) =>
      this.#unseen.begin(number, this.#session.timeline.lastNumber),
    );
    this.#session.on("turned", (message) => this.#unseen.turned(message));
    this.#session.on("opened", ({ last_number }) => this.#unseen.restart(last_number));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.look(), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    onTurn(({ zone }) => {
      this.#otherZone = zone;
      this.draw();
      this.#otherZone = false;
    }, signal);
  }

  /** The room is left: what is still to be drawn is not, and nothing counts as seen any more. */
  detach() {
    this.#attached.abort();
    this.actions.detach();
  }

  /** Where the reader stands; null at the end. @returns {import('../places.js').Place | null} */
  get place() {
    if (this.#keeper.following) return null;
    const { top } = this.scroller.getBoundingClientRect();
    const number = numberOf(this.#keeper.firstSeen(), "nextElementSibling");
    const first = number === null ? null : this.nodeNumbered(number);
    if (number === null || !first) return null;
    const offset = Math.round(first.getBoundingClientRect().top - top);
    return { number, offset };
  }

  /** Where the keyboard would enter the conversation. */
  get stop() {
    return this.#roving.stop;
  }

  /** @param {string} key */
  nodeOf(key) {
    return this.#list.nodeOf(key);
  }

  /** @param {number} number @returns {HTMLElement | null} */
  nodeNumbered(number) {
    return this.rows.querySelector(`[data-number="${number}"]`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const taken = event.defaultPrevented || event.isComposing;
    const above = document.querySelector("dialog[open], :popover-open, [data-drawer]");
    if (event.key !== "Escape" || event.shiftKey || taken || above) return;
    if (this.#unseen.above > 0) this.#unseen.dismiss();
    else if (!this.#keeper.following) this.travels.goToEnd();
    this.look();
  }

  // Drawing

  /**
   * At once, and not with the next frame: what I send is there in the frame in which I send it.
   *
   * @param {{arriving?: boolean}} [how]
   */
  draw({ arriving = false } = {}) {
    if (this.#attached.signal.aborted) return;
    const lost = arriving ? null : this.#lost();
    if (lost !== null) return void this.travels.refind(lost);
    const { timeline, me, unreadFrom, quotes, ignored } = this.#session;
    if (!arriving) this.#trim();
    const rows = rowsOf(timeline.items, {
      me,
      unreadFrom,
      unsaved: (number) => this.actions.hasUnsaved(number),
      quote: (number) => quotes.get(number),
      ignored,
      isFolded: (message) => this.folds.isFolded(message),
    });
    const all = arriving || this.#keeper.following;
    const focused = this.rows.contains(document.activeElement);
    this.#keeper.around(() => {
      this.#edges.start.hidden = timeline.hasBefore;
      this.#edges.older.hidden = !timeline.hasBefore;
      this.#edges.later.hidden = !timeline.hasAfter;
      this.#complete = this.#list.draw(rows, all ? rows.length : AT_ONCE);
      this.#endIsDrawn = this.#complete && !timeline.hasAfter;
      this.actions.editor.settle();
    });
    this.#roving.settle(focused);
    if (!this.#complete) this.#draw();
    this.look();
  }

  /** @param {Row} row */
  #create(row) {
    return cloneTemplate(this, row.kind);
  }

  /** @param {HTMLElement} node @param {Row} row @param {Row | null} before */
  #update(node, row, before) {
    if (row.kind === "day") {
      const time = /** @type {HTMLTimeElement} */ (part(node, "day"));
      time.dateTime = row.day;
      setText(time, formatDay(row.day));
    }
    if (row.kind === "fold") this.folds.draw(node, row);
    if (row.kind !== "message") return;
    const same =
      before?.kind === "message" &&
      before.item === row.item &&
      before.grouped === row.grouped &&
      before.unsaved === row.unsaved &&
      before.quote === row.quote &&
      before.veiled === row.veiled;
    if (same && !this.#otherZone) return;
    const page = { templates: this, session: this.#session, roomUrl: this.roomUrl };
    drawMessage(node, row, page);
  }

  /** Drops what is farthest from the view, never what is near it. */
  #trim() {
    const end = Number.POSITIVE_INFINITY;
    const read = this.#keeper.following ? end : (this.#reading ?? end);
    this.#session.timeline.trim(read, KEEP);
  }

  /** The message in the middle of the view. */
  get #reading() {
    return numberOf(this.#keeper.middle(), "previousElementSibling");
  }

  /**
   * After a long absence the room begins at its newest page, which is not what the reader is
   * looking at.
   *
   * @returns {number | null} what they are looking at, when the window is elsewhere
   */
  #lost() {
    const { timeline } = this.#session;
    if (this.#keeper.following) return null;
    const reading = this.#reading;
    const known = reading !== null && reading <= timeline.lastNumber;
    return known && timeline.messages.length > 0 && !timeline.holds(reading) ? reading : null;
  }

  /**
   * After every movement: what is on the screen, what has to be fetched, how far the end is.
   *
   * @param {{moved?: boolean}} [how] moved: by scrolling, and not by what is drawn
   */
  look({ moved = false } = {}) {
    if (!this.#landed || this.#attached.signal.aborted) return;
    const { seen, timeline } = this.#session;
    const first = numberOf(this.#keeper.firstSeen(), "nextElementSibling");
    const last = numberOf(this.#keeper.lastSeen(), "previousElementSibling") ?? 0;
    seen.setActive(document.visibilityState === "visible" && document.hasFocus());
    seen.onScreen(last, { moved });
    this.#unseen.readElsewhere(seen.number);
    if (seen.isActive && first !== null) this.#unseen.look({ first, last });
    if (this.#complete) this.#readAhead();
    const far = timeline.hasAfter || this.#keeper.fromEnd > this.scroller.clientHeight;
    const below = this.#unseen.below(timeline.lastNumber, this.#counted());
    this.#pills.draw({ following: this.#keeper.following, far, below });
  }

  #readAhead() {
    if (this.scroller.scrollTop < READ_AHEAD) this.#session.history.more("before");
    if (this.#keeper.fromEnd < READ_AHEAD) this.#session.history.more("after");
  }

  /** Who was away and had read everything finds a line above what came meanwhile. @param {Message[]} messages */
  #came(messages) {
    const { seen } = this.#session;
    if (seen.isActive || seen.isHeld) return;
    const { me, ignored } = this.#session;
    const first = messages.find((one) => one.author.id !== me.id && isReadable(one, ignored));
    if (first && this.#unseen.came(first.number, this.#session.timeline.lastNumber))
      this.#session.unreadFrom = first.number;
  }

  /** My last message in view that can be edited, for ArrowUp; at the live end, the one above as well. */
  lastOfMine() {
    const first = numberOf(this.#keeper.firstSeen(), "nextElementSibling") ?? 0;
    const last = numberOf(this.#keeper.lastSeen(), "previousElementSibling") ?? 0;
    const from = this.#keeper.following ? 0 : first;
    const messages = this.#session.items.filter(isMessage);
    return messages.findLast(
      (message) =>
        from <= message.number && message.number <= last && this.#session.standing.mayEdit(message),
    );
  }
}

/**
 * The number of the message in a row, or of the nearest one on that side: separators have none.
 *
 * @param {Element | null} row
 * @param {'previousElementSibling' | 'nextElementSibling'} side
 */
function numberOf(row, side) {
  for (let node = row; node; node = node[side]) {
    const { number } = /** @type {HTMLElement} */ (node).dataset;
    if (number) return Number(number);
  }
  return null;
}
