import { cloneTemplate, part } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext } from "../lib/gettext.js";
import { FIELDS, isComposing, letterOf } from "../lib/keyboard.js";
import { KeyedList } from "../lib/keyed.js";
import { refusal } from "../lib/labels.js";
import { say } from "../lib/toast.js";
import { Pages } from "../navigation/pages.js";
import { readPage } from "../navigation/shell.js";
import { isOffered } from "../notifications/wishes.js";
import { adopt, drawTimes, keyAt, rowsOf } from "./inbox-lines.js";
import { readAll, readRoom } from "./inbox-reading.js";
import { InboxReply } from "./inbox-reply.js";

/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('../navigation/scroll-places.js').Place} Place */
/** @typedef {import('./inbox-lines.js').Row} Row */

const SOON_MS = 300; // what happens within is asked for once
const MOST_PAGES = 20; // to look for the reader's place in

/** What may change the page. @type {Record<string, RegExp>} */
const EVENTS = {
  inbox: /^(inbox\.changed|notification(\.withdrawn)?|room\.(added|removed)|person\.changed)$/,
  unread:
    /^(room\.(activity|added|removed|updated|stale)|activity\.changed|reads?\.changed|notify\.changed|message\.(posted|deleted|edited))$/,
};

/**
 * A page of the inbox. The server draws the lines, here as everywhere: whatever happens, the page is
 * asked for again, and only lines that changed are replaced. By keyboard, line by line.
 */
export class InboxPage {
  #left = new AbortController();
  #pages = new Pages({ parse: readPage });
  /** The lines of the first page. @type {Row[]} */ #rows = [];
  /** Those of older pages, which are loaded once. @type {Row[]} */ #older = [];
  /** Lines that I have just marked as read, until the server confirms it. @type {Set<string>} */ #gone =
    new Set();
  /** @type {any} */ #soon = null;
  /** @type {KeyedList<Row>} */ #list;
  /** @type {InboxReply | null} */ #reply = null;
  #main;
  #root;
  #world;

  /**
   * @param {HTMLElement} main
   * @param {import('./inbox-reply.js').World & {me: {id: number}, destinations: import('../navigation/destinations.js').Destinations}} world
   * @param {Place | null} place
   */
  constructor(main, world, place) {
    this.#main = main;
    this.#world = world;
    this.#root = /** @type {HTMLElement} */ (main.querySelector("[data-inbox]"));
    const list = this.#lines;
    this.#list = new KeyedList(list, ({ node }) => node, adopt);
    this.#rows = rowsOf(list);
    this.#draw();
    const how = { signal: this.#left.signal };
    this.#root.addEventListener("click", (event) => this.#click(event), how);
    document.addEventListener("keydown", (event) => this.#key(event), how);
    document.addEventListener("appearance", () => drawTimes(this.#root), how);
    this.#root.dataset.live = ""; // its keys work now
    this.#offerNotifications();
    if (place) this.#restore(place);
    if (world.socket.connection.state === "open") this.refresh(); // else the welcome has it done
  }

  leave() {
    this.#left.abort();
    this.#reply?.leave();
    this.#pages.stop();
    clearTimeout(this.#soon);
  }

  get #isUnread() {
    return this.#root.dataset.inbox === "unread";
  }

  get #lines() {
    return part(this.#root, "inbox-list");
  }

  /** The line with the focus, or the first one in view. @returns {Place | null} */
  get place() {
    const { top } = this.#scroller.getBoundingClientRect();
    const lines = /** @type {HTMLElement[]} */ ([...this.#lines.children]);
    const line =
      lines.find((one) => one.contains(document.activeElement)) ??
      lines.find((one) => one.getBoundingClientRect().bottom > top);
    if (!line) return null;
    const offset = line.getBoundingClientRect().top - top;
    return { number: 0, key: line.dataset.key, offset };
  }

  /** @param {ServerEvent} event */
  hear({ type }) {
    if (!EVENTS[this.#root.dataset.inbox ?? ""]?.test(type)) return;
    this.#soon ??= setTimeout(() => this.refresh(), SOON_MS);
  }

  /** Once there is something to be told of. */
  #offerNotifications() {
    const { me } = this.#world;
    const line = this.#root.querySelector('[data-part="notification-offer"]');
    if (!(line instanceof HTMLElement) || !isOffered(me.id) || this.#rows.length === 0) return;
    import("../notifications/offering.js")
      .then(({ offerNotifications }) => offerNotifications(line, me.id))
      .catch(() => {});
  }

  /** Show what is true now. */
  async refresh() {
    clearTimeout(this.#soon);
    this.#soon = null;
    try {
      const main = await this.#fetch(location.href);
      if (!main) return;
      this.#gone.clear();
      this.#rows = rowsOf(part(main, "inbox-list"));
      const last = Number(this.#rows.at(-1)?.key);
      this.#older = this.#older.filter(({ key }) => Number(key) < last);
      this.#draw(main);
    } catch {
      // Not connected, or asked again meanwhile. The next welcome brings it.
    }
  }

  /** @param {string} address @returns {Promise<HTMLElement | null>} */
  async #fetch(address) {
    const page = await this.#pages.get(address);
    if (this.#left.signal.aborted) return null;
    return page?.main.querySelector("[data-inbox]") ?? null;
  }

  /** @param {HTMLElement} [fresh] the page as it is now */
  #draw(fresh) {
    const lines = this.#lines;
    const key = keyAt(document.activeElement);
    const rows = [...this.#rows, ...this.#older].filter((row) => !this.#gone.has(row.key));
    const next = this.#after(key, new Set(rows.map((row) => row.key)));
    keepFocus(
      this.#root,
      () => {
        this.#list.draw(rows);
        if (fresh) this.#drawAround(fresh);
      },
      () => this.#linkOf(key),
      () => this.#linkOf(next),
    );
    drawTimes(this.#root);
    part(this.#root, "inbox-none").hidden = lines.childElementCount > 0;
    part(this.#root, "inbox-tools").hidden = lines.childElementCount === 0;
  }

  /** What isn't a line. @param {HTMLElement} fresh */
  #drawAround(fresh) {
    for (const node of this.#root.querySelectorAll("[data-fresh]")) {
      const { fresh: name } = /** @type {HTMLElement} */ (node).dataset;
      const isOlder = name === "more" && this.#older.length > 0; // it leads on from there
      const other = fresh.querySelector(`[data-fresh="${name}"]`);
      if (other && !isOlder) node.replaceWith(other);
    }
  }

  /** The next line that stays. @param {string} key @param {Set<string>} stays */
  #after(key, stays) {
    const keys = /** @type {HTMLElement[]} */ ([...this.#lines.children]).map(
      (line) => line.dataset.key ?? "",
    );
    const at = keys.indexOf(key);
    const around = [...keys.slice(at + 1), ...keys.slice(0, Math.max(at, 0)).reverse()];
    return around.find((one) => stays.has(one)) ?? "";
  }

  /** @param {string} key */
  #linkOf(key) {
    return /** @type {HTMLElement | null | undefined} */ (
      this.#list.nodeOf(key)?.querySelector("[data-row]")
    );
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("button");
    const more = /** @type {HTMLAnchorElement | null} */ (target.closest("a[data-more]"));
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (more && isPlain) {
      event.preventDefault();
      this.#more(more);
    }
    if (button?.hasAttribute("data-replies")) this.#answer(keyAt(button));
    if (!button?.matches("[data-reads], [data-reads-all], [data-does]")) return;
    event.preventDefault(); // without scripts, it submits a form
    if (button.hasAttribute("data-reads")) this.#read(keyAt(button));
    if (button.hasAttribute("data-reads-all"))
      readAll(part(this.#root, "read-all-dialog"), this.#world, {
        changed: () => this.refresh(),
        signal: this.#left.signal,
      });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = event.target instanceof Element ? event.target : null;
    const isCommand = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (isCommand || isComposing(event) || target?.closest(`${FIELDS}, dialog, [popover]`)) return;
    const key = keyAt(target);
    const pressed = letterOf(event);
    if (pressed === "j" || (pressed === "ArrowDown" && key)) this.#go(key, 1);
    else if (pressed === "k" || (pressed === "ArrowUp" && key)) this.#go(key, -1);
    else if (key && (pressed === "e" || pressed === "Delete")) this.#read(key);
    else if (key && pressed === "r" && !this.#isUnread) this.#answer(key);
    else return;
    event.preventDefault();
  }

  /** @param {string} key @param {1 | -1} step */
  #go(key, step) {
    const lines = /** @type {HTMLElement[]} */ ([...this.#lines.children]);
    const at = lines.findIndex((line) => line.dataset.key === key);
    const goal = lines[at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + step))];
    const link = goal && this.#linkOf(goal.dataset.key ?? "");
    link?.focus({ preventScroll: true });
    goal?.scrollIntoView({ block: "nearest" });
  }

  /** Write a reply to the message of a line, without leaving the inbox. @param {string} key */
  async #answer(key) {
    const { drafts } = this.#world;
    await drafts.ready;
    const line = this.#list.nodeOf(key);
    if (!line || this.#left.signal.aborted) return;
    const isOpen = line.querySelector(":scope > form");
    if (isOpen) return this.#reply?.focus();
    this.#reply?.close();
    const form = cloneTemplate(this.#root, "reply");
    const { room = "", number } = line.dataset;
    const author = line.querySelector(".line__author")?.textContent ?? "";
    const to = { room, number: Number(number), author };
    this.#reply = new InboxReply(form, to, this.#world, (post) => {
      this.#reply = null;
      this.#linkOf(key)?.focus({ preventScroll: true });
      if (post) this.#answered(key, post);
    });
    line.append(form);
    this.#reply.focus();
  }

  /** @param {string} key @param {import('../lib/types.js').Post} post */
  #answered(key, { room, nonce }) {
    const { outbox, destinations, socket } = this.#world;
    if (this.#list.nodeOf(key)?.hasAttribute("data-unread")) this.#read(key);
    if (socket.connection.state !== "open")
      say(gettext("Your message is saved and will be sent when you're back online."));
    const forget = outbox.on("sent", ({ post }) => {
      if (post.nonce !== nonce) return;
      forget();
      say(gettext("Replied in %(room)s.", { room: destinations.nameOf(room) }));
    });
  }

  /** Mark a line as read. @param {string} key */
  async #read(key) {
    const node = this.#list.nodeOf(key);
    if (!node) return;
    if (this.#isUnread || this.#root.hasAttribute("data-only-unread")) this.#gone.add(key);
    node.removeAttribute("data-unread");
    this.#draw();
    try {
      if (this.#isUnread) await readRoom(node, this.#world, () => this.refresh());
      else {
        const command = { type: "inbox.read", ids: [key] };
        this.#world.unread.learnInbox((await this.#world.socket.request(command)).unread);
      }
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't mark as read. %(reason)s", { reason }));
      this.#gone.delete(key);
      this.refresh();
    }
  }

  /** Older lines below the others; or more of the rooms, in their places. @param {HTMLAnchorElement} link */
  async #more({ href, dataset }) {
    if (dataset.more === "same") {
      history.replaceState(history.state, "", href);
      return this.refresh();
    }
    try {
      const main = await this.#fetch(href);
      if (!main) return;
      const rows = rowsOf(part(main, "inbox-list"));
      this.#older.push(...rows);
      const more = this.#root.querySelector('[data-fresh="more"]');
      const other = main.querySelector('[data-fresh="more"]');
      if (other) more?.replaceWith(other);
      this.#draw();
      this.#linkOf(rows[0]?.key ?? "")?.focus({ preventScroll: true });
    } catch {
      say(gettext("This page isn't available offline."));
    }
  }

  /** @param {Place} place */
  async #restore({ key = "", offset }) {
    const { signal } = this.#left;
    for (let pages = 0; pages < MOST_PAGES && !this.#list.nodeOf(key); pages++) {
      const more = /** @type {HTMLAnchorElement | null} */ (
        this.#root.querySelector('a[data-more="older"]')
      );
      if (!more) break;
      await this.#more(more);
      if (signal.aborted) return;
    }
    const line = this.#list.nodeOf(key);
    if (!line) return;
    const { top } = this.#scroller.getBoundingClientRect();
    this.#scroller.scrollTop += line.getBoundingClientRect().top - top - offset;
    this.#linkOf(key)?.focus({ preventScroll: true });
  }

  get #scroller() {
    return /** @type {HTMLElement} */ (this.#main.querySelector(".app__scroll"));
  }
}
