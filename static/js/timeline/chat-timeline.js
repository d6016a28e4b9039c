import { onTurn } from "../lib/calendar.js";
import { afterPaint, cloneTemplate, oncePerFrame, part, setText } from "../lib/dom.js";
import { KeyedList } from "../lib/keyed.js";
import { isMessage } from "../lib/messages.js";
import { ScrollKeeper } from "../lib/scroll.js";
import { formatDay } from "../lib/time.js";
import { playOneAtATime } from "../media/one-at-a-time.js";
import { nameLinks } from "../navigation/own-links.js";
import { NewMessages } from "../reading/new-messages.js";
import { DateDialog } from "./date-dialog.js";
import { IgnoredFolds } from "./ignored-folds.js";
import { JumpPills } from "./jump-pills.js";
import { Jumps } from "./jumps.js";
import { MessageActions } from "./message-actions.js";
import { drawMessage } from "./message-view.js";
import { RovingTabindex } from "./roving-tabindex.js";
import { isReadable, rowsOf } from "./rows.js";
import { VisibleMessages } from "./visible-messages.js";

/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('../lib/types.js').Message} Message */

const READ_AHEAD = 900; // px from an edge at which the next page is requested: about one screen
const KEEP = 250; // messages in the window, so that with a page on its way it stays at 300
const FIRST = 30; // rows drawn before the first paint of a visit: what most screens hold
/** What Esc closes first; from a search's hit, it leads back to the search. */
const ABOVE = 'dialog[open], :popover-open, [data-drawer], [data-part="hit-bar"]:not([hidden])';
const AT_ONCE = 12; // rows created in one frame, for a page that arrives while scrolling

/**
 * The conversation: draws a session's rows, keeps the reader's place, and reports what was on the
 * screen.
 */
export class ChatTimeline extends HTMLElement {
  /** @type {import('../room/session.js').RoomSession} */ #session;
  /** @type {KeyedList<Row>} */ #list;
  /** @type {ScrollKeeper} */ #keeper;
  /** @type {VisibleMessages} */ #visible;
  /** @type {NewMessages} */ #newMessages;
  /** @type {JumpPills} */ #pills;
  /**
   * What the list of rooms says about this one.
   *
   * @type {() => import('../lib/types.js').RoomSummary | undefined}
   */
  #counted = () => undefined;
  /** @type {import('../navigation/destinations.js').Destinations} */ #destinations;
  /** @type {RovingTabindex} */ #roving;
  /** @type {Jumps} */ jumps;
  /** @type {MessageActions} */ actions;
  /** @type {IgnoredFolds} */ folds;
  /** @type {HTMLElement} */ rows;
  /** @type {HTMLElement} */ scroller;
  /** @type {Record<'start' | 'older' | 'later', HTMLElement>} */ #edges;
  roomUrl = "";
  /** The first position is reached: until then, what is in the view isn't what the reader sees. */
  #landed = false;
  #otherTimes = false;
  /** Everything in the window is drawn: only then is the distance to its edges known. */
  #complete = true;
  /**
   * The last row is the end of the conversation. The window may know it a frame before the page.
   */
  #endIsDrawn = false;
  #attached = new AbortController();
  #draw = oncePerFrame(() => this.draw());
  #scrolled = oncePerFrame(() => this.look({ moved: true }));

  /**
   * @param {import('../room/session.js').RoomSession} session
   * @param {object} page
   * @param {string} page.roomUrl with a trailing slash
   * @param {import('../navigation/scroll-places.js').Place | null} page.place where the reader was
   *   before
   * @param {import('../room/room-view.js').World} page.world
   * @param {Record<string, string>} page.urls
   */
  attach(session, { roomUrl, place, world, urls }) {
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
    this.#visible = new VisibleMessages(this.#keeper, this);
    const read = room.role ? room.read_number : room.last_number;
    this.#newMessages = new NewMessages({
      read,
      last: room.last_number,
      unread: room.unread,
      readable: (...numbers) => session.readable(...numbers),
    });
    this.#counted = () => world.unread.rooms.get(room.slug);
    this.#destinations = world.destinations;
    const { signal } = this.#attached;
    playOneAtATime(signal);
    const name = oncePerFrame(() => nameLinks(this.rows, world.destinations));
    signal.addEventListener("abort", world.unread.on("change", name), { once: true });
    const visit = { session, keeper: this.#keeper, newMessages: this.#newMessages, signal };
    this.jumps = new Jumps(this, visit);
    this.#pills = new JumpPills(this, this.#newMessages);
    this.folds = new IgnoredFolds(this.rows, session, () => this.draw());
    this.actions = new MessageActions(this, session, world, urls);
    this.#roving = new RovingTabindex(this.rows, () => this.#keeper.lastSeen());
    new DateDialog(this, session);
    this.#hear();
    const toEnd =
      session.reading.around === null && session.reading.unreadFrom === null && place === null;
    this.draw({ beginning: toEnd });
    this.jumps.begin(place).then(() => {
      this.#landed = true;
      this.look();
    });
  }

  #hear() {
    const { signal } = this.#attached;
    this.#session.on("draw", () => this.#draw());
    this.#session.on("room", () => this.#draw());
    this.#session.on("posted", (messages) => this.#came(messages));
    this.#session.on("unread", (number) =>
      this.#newMessages.begin(number, this.#session.timeline.lastNumber),
    );
    this.#session.on("turned", (message) => this.#newMessages.turned(message));
    this.#session.on("opened", ({ last_number }) => this.#newMessages.restart(last_number));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.look(), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    onTurn(({ times }) => {
      this.#otherTimes = times;
      this.draw();
      this.#otherTimes = false;
    }, signal);
  }

  /** The room is left: draw nothing more, and count nothing more as read. */
  detach() {
    this.#attached.abort();
    this.actions.detach();
  }

  /** Where the reader is; null at the end. */
  get place() {
    return this.#visible.place;
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
    const above = document.querySelector(ABOVE);
    if (event.key !== "Escape" || event.shiftKey || taken || above) return;
    if (this.#newMessages.above > 0) this.#newMessages.dismiss();
    else if (!this.#keeper.following) this.jumps.goToEnd();
    this.look();
  }

  // Drawing

  /**
   * At once instead of in the next frame, so that what I send shows immediately. At the beginning of
   * a visit that starts at the end, the last rows are drawn and painted before the others.
   *
   * @param {{arriving?: boolean, beginning?: boolean}} [how]
   */
  draw({ arriving = false, beginning = false } = {}) {
    if (this.#attached.signal.aborted) return;
    const lost = arriving ? null : this.#lost();
    if (lost !== null) return void this.jumps.refetch(lost);
    const { timeline, me, reading, quotes, links, ignored, room } = this.#session;
    if (!arriving) this.#trim();
    const rows = rowsOf(timeline.items, {
      me,
      unreadFrom: reading.unreadFrom,
      webAfter: room.web?.after ?? null,
      unsaved: (number) => this.actions.hasUnsaved(number),
      quote: (number) => quotes.get(number),
      linked: (message) => links.of(message, this.#destinations.root),
      ignored,
      isFolded: (message) => this.folds.isFolded(message),
    });
    const all = arriving || this.#keeper.following;
    const focused = this.rows.contains(document.activeElement);
    const shown = beginning ? rows.slice(-FIRST) : rows;
    const isWhole = shown.length === rows.length;
    this.#keeper.around(() => {
      this.#edges.start.hidden = timeline.hasBefore;
      this.#edges.older.hidden = !timeline.hasBefore;
      this.#edges.later.hidden = !timeline.hasAfter;
      const isDrawn = this.#list.draw(shown, all ? shown.length : AT_ONCE);
      this.#complete = isDrawn && isWhole;
      this.#endIsDrawn = isDrawn && !timeline.hasAfter;
      this.actions.editor.settle();
    });
    this.#roving.settle(focused);
    if (!isWhole) afterPaint(() => this.draw());
    else if (!this.#complete) this.#draw();
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
      before.linked === row.linked &&
      before.veiled === row.veiled;
    if (same && !this.#otherTimes) return;
    drawMessage(node, row, {
      templates: this,
      session: this.#session,
      roomUrl: this.roomUrl,
      destinations: this.#destinations,
    });
    if (isMessage(row.item)) this.#session.links.watch(node, row.item, this.#destinations.root);
  }

  /** Drop what is farthest from the view. */
  #trim() {
    const end = Number.POSITIVE_INFINITY;
    const read = this.#keeper.following ? end : (this.#visible.middle ?? end);
    this.#session.timeline.trim(read, KEEP);
  }

  /**
   * After a long absence the room starts at its newest page, which isn't what the reader is looking
   * at.
   *
   * @returns {number | null} what they are looking at, if the window is elsewhere
   */
  #lost() {
    const { timeline } = this.#session;
    if (this.#keeper.following) return null;
    const reading = this.#visible.middle;
    const known = reading !== null && reading <= timeline.lastNumber;
    return known && timeline.messages.length > 0 && !timeline.holds(reading) ? reading : null;
  }

  /**
   * After every movement: what is on the screen, what has to be fetched, how far away the end is.
   *
   * @param {{moved?: boolean}} [how] moved: by scrolling, not by drawing
   */
  look({ moved = false } = {}) {
    if (!this.#landed || this.#attached.signal.aborted) return;
    const { timeline, reading } = this.#session;
    const { tracker } = reading;
    const { first, last } = this.#visible;
    tracker.setActive(document.visibilityState === "visible" && document.hasFocus());
    tracker.onScreen(last, { moved });
    this.#newMessages.readElsewhere(tracker.number);
    if (tracker.isActive && first !== null) this.#newMessages.look({ first, last });
    if (this.#complete) this.#readAhead();
    const far = timeline.hasAfter || this.#keeper.fromEnd > this.scroller.clientHeight;
    const below = this.#newMessages.below(timeline.lastNumber, this.#counted());
    this.#pills.draw({ following: this.#keeper.following, far, below });
  }

  #readAhead() {
    if (this.scroller.scrollTop < READ_AHEAD) this.#session.history.more("before");
    if (this.#keeper.fromEnd < READ_AHEAD) this.#session.history.more("after");
  }

  /**
   * For a reader who was away and had read everything, put a divider above what arrived meanwhile.
   *
   * @param {Message[]} messages
   */
  #came(messages) {
    const { me, ignored, reading } = this.#session;
    if (reading.tracker.isActive || reading.tracker.isHeld) return;
    const first = messages.find((one) => one.author.id !== me.id && isReadable(one, ignored));
    if (first && this.#newMessages.came(first.number, this.#session.timeline.lastNumber))
      reading.unreadFrom = first.number;
  }

  /** My last editable message in view, for ArrowUp; at the live end, also one above. */
  lastOfMine() {
    const { first, last } = this.#visible;
    const from = this.#keeper.following ? 0 : (first ?? 0);
    const messages = this.#session.items.filter(isMessage);
    return messages.findLast(
      (message) =>
        from <= message.number && message.number <= last && this.#session.standing.mayEdit(message),
    );
  }
}
