import { cloneTemplate, oncePerFrame, part, setText } from "../lib/dom.js";
import { KeyedList } from "../lib/keyed.js";
import { ScrollKeeper } from "../lib/scroll.js";
import { formatDay } from "../lib/time.js";
import { plural } from "../lib/words.js";
import { isMessage, rowsOf } from "../rows.js";
import { MessageActions } from "./message-actions.js";
import { drawMessage } from "./message-view.js";
import { Roving } from "./roving.js";
import { say } from "./toast.js";

/** @typedef {import('../rows.js').Row} Row */
/** @typedef {import('../lib/types.js').Message} Message */

const READ_AHEAD = 900; // px from an edge at which the next page is asked for: about one screen
const KEEP = 400; // messages in the window; what is farther away comes back as history

/** The conversation: draws a session's rows, keeps the reader's place, and says what was seen. */
export class ChatTimeline extends HTMLElement {
  /** @type {import('../session.js').RoomSession} */ #session;
  /** @type {KeyedList<Row>} */ #list;
  /** @type {ScrollKeeper} */ #keeper;
  /** @type {MessageActions} */ actions;
  /** @type {HTMLElement} */ rows;
  /** @type {HTMLElement} */ scroller;
  roomUrl = "";
  #missed = 0;
  #draw = oncePerFrame(() => this.draw());
  #scrolled = oncePerFrame(() => this.#look());

  /** @param {import('../session.js').RoomSession} session @param {string} roomUrl with a slash at its end */
  attach(session, roomUrl) {
    this.#session = session;
    this.roomUrl = roomUrl;
    this.rows = part(this, "rows");
    this.scroller = part(this, "scroll");
    this.#list = new KeyedList(
      this.rows,
      (row) => this.#create(row),
      (...how) => this.#update(...how),
    );
    this.#keeper = new ScrollKeeper(this.scroller, this.rows, () => !session.timeline.hasAfter);
    this.actions = new MessageActions(this, session);
    new Roving(this.rows);
    session.on("draw", () => this.#draw());
    session.on("posted", (messages) => this.#count(messages));
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    part(this, "pill").addEventListener("click", () => this.goToEnd());
    for (const type of ["focus", "blur"]) addEventListener(type, () => this.#look());
    document.addEventListener("visibilitychange", () => this.#look());
    this.#relabelAtMidnight();
    this.draw();
    this.#land();
  }

  /** @param {string} key */
  nodeOf(key) {
    return this.#list.nodeOf(key);
  }

  /** At once, and not with the next frame: what I send is there in the frame in which I send it. */
  draw() {
    const { timeline, items, me, unreadFrom, quotes } = this.#session;
    this.#trim();
    const rows = rowsOf(items, { me, unreadFrom, quote: (number) => quotes.get(number) });
    this.#keeper.around(() => {
      part(this, "start").hidden = timeline.hasBefore;
      part(this, "older").hidden = !timeline.hasBefore;
      this.#list.draw(rows);
    });
    this.#look();
  }

  /** Goes to a message, fetching its surroundings when it is far away. @param {number} number */
  async goTo(number) {
    const found = await this.#session.goTo(number).catch(() => false);
    this.draw();
    const node = this.#node(number);
    if (!found || !node) return say("This message can't be shown at the moment.");
    this.#keeper.toElement(node, 0.3);
    node.focus({ preventScroll: true });
    node.classList.remove("message--found");
    // Read so that the class counts as added anew, and the light runs again.
    void node.offsetWidth;
    node.classList.add("message--found");
  }

  async goToEnd() {
    try {
      await this.#session.goToEnd();
    } catch {
      return say("The latest messages come when the connection is back.");
    }
    this.draw();
    this.#keeper.toEnd();
    this.#look();
  }

  // Drawing

  /** @param {Row} row */
  #create(row) {
    return cloneTemplate(this, row.kind);
  }

  /** @param {HTMLElement} node @param {Row} row @param {Row | null} before */
  #update(node, row, before) {
    if (row.kind === "day" && !before) {
      const time = /** @type {HTMLTimeElement} */ (part(node, "day"));
      time.dateTime = row.day;
      setText(time, formatDay(row.day));
    }
    if (row.kind !== "message") return;
    const same =
      before?.kind === "message" &&
      before.item === row.item &&
      before.grouped === row.grouped &&
      before.quote === row.quote;
    if (same) return;
    const page = { templates: this, session: this.#session, roomUrl: this.roomUrl };
    drawMessage(node, row, page);
  }

  /** Drops what is farthest from the view, never what is near it. */
  #trim() {
    const { timeline } = this.#session;
    const nearTop = this.scroller.scrollTop < 2 * READ_AHEAD;
    if (this.#keeper.fromEnd < 2 * READ_AHEAD) timeline.trim("before", KEEP);
    else if (nearTop) timeline.trim("after", KEEP);
  }

  #relabelAtMidnight() {
    const midnight = new Date();
    midnight.setHours(24, 0, 1, 0);
    setTimeout(() => {
      for (const time of this.rows.querySelectorAll(".day time")) {
        setText(time, formatDay(/** @type {HTMLTimeElement} */ (time).dateTime));
      }
      this.#relabelAtMidnight();
    }, midnight.getTime() - Date.now());
  }

  // The place

  /** Where a visit begins: the permalink, the first unread message, or the end. */
  #land() {
    const { around, unreadFrom } = this.#session;
    if (around) return void this.goTo(around);
    const divider = unreadFrom === null ? null : this.#list.nodeOf("unread");
    if (divider) this.#keeper.toElement(divider, 0.3);
    else this.#keeper.toEnd();
    this.#look();
  }

  /** After every movement: what is on the screen, what has to be fetched, how far the end is. */
  #look() {
    const { seen, timeline } = this.#session;
    seen.setActive(document.visibilityState === "visible" && document.hasFocus());
    seen.onScreen(this.#lastSeen());
    if (this.scroller.scrollTop < READ_AHEAD) this.#session.more("before");
    if (this.#keeper.fromEnd < READ_AHEAD) this.#session.more("after");
    if (this.#keeper.following) this.#missed = 0;
    const pill = part(this, "pill");
    const far = timeline.hasAfter || this.#keeper.fromEnd > this.scroller.clientHeight;
    pill.hidden = this.#keeper.following || !(far || this.#missed > 0);
    pill.classList.toggle("pill--new", this.#missed > 0);
    const words =
      this.#missed > 0 ? plural(this.#missed, "new message", "new messages") : "Latest messages";
    setText(part(this, "pill-words"), words);
  }

  #lastSeen() {
    const at = /** @type {HTMLElement | null} */ (this.#keeper.lastSeen());
    for (
      let node = at;
      node;
      node = /** @type {HTMLElement | null} */ (node.previousElementSibling)
    ) {
      if (node.dataset.number) return Number(node.dataset.number);
    }
    return 0;
  }

  /** @param {Message[]} messages */
  #count(messages) {
    const others = messages.filter(
      ({ author, deleted }) => author.id !== this.#session.me.id && !deleted,
    );
    if (!this.#keeper.following) this.#missed += others.length;
  }

  /** @param {number} number @returns {HTMLElement | null} */
  #node(number) {
    return this.rows.querySelector(`[data-number="${number}"]`);
  }

  /** My last message that can be edited, for ArrowUp; only at the live end, where one sees it. */
  lastOfMine() {
    if (!this.#keeper.following) return undefined;
    const items = this.#session.items.filter(isMessage);
    return items.findLast((message) => this.#session.mayEdit(message));
  }
}
