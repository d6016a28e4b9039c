import { setText } from "./lib/dom.js";
import { later } from "./lib/later.js";
import { showColumns } from "./navigation/drawers.js";
import { drawBadge } from "./reading/badge.js";
import { isMuted, pageTitle } from "./reading/unread.js";
import { RoomView } from "./room/room-view.js";
import { SettingsPage } from "./settings-page.js";

/** @typedef {import('./lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('./navigation/scroll-places.js').Place} Place */
/** @typedef {import('./navigation/appearance.js').Appearance} Appearance */
/** @typedef {import('./navigation/arrangement.js').Arrangement} Arrangement */
/** @typedef {import('./navigation/recent-rooms.js').RecentRooms} RecentRooms */
/** @typedef {import('./navigation/search.js').Search} Search */
/** @typedef {import('./room/room-view.js').World & {me: import('./lib/types.js').User, search: Search, appearance: Appearance, arrangement: Arrangement, recent: RecentRooms}} World */

const CAN_WRITE_AT_ONCE = "(pointer: fine) and (width >= 60rem)"; // on a phone the keyboard would cover the room

/**
 * The page inside the frame, which is a room, the lobby, the inbox, the search or one of the settings, and what
 * the frame says of it: the title, the icon, the star.
 */
export class Screen {
  /** @type {import('./lobby.js').Lobby | null} */ lobby = null;
  /** @type {import('./inbox/inbox-page.js').InboxPage | null} */ inbox = null;
  /** @type {import('./search/search-page.js').SearchPage | null} */ #results = null;
  /** @type {RoomView | null} */ #view = null;
  /** @type {SettingsPage | null} */ #settings = null;
  /** Ends what belongs to the page inside the frame. */ #end = new AbortController();
  #title = document.title;
  #site = document.documentElement.dataset.site ?? "";
  #world;

  /** @param {World} world */
  constructor(world) {
    this.#world = world;
  }

  /** The visit to the room that is shown. */
  get session() {
    return this.#view?.session ?? null;
  }

  /** The slug of the room that is shown; null outside rooms. */
  get room() {
    return this.session?.room.slug ?? null;
  }

  /** Where the reader is in the page. */
  get place() {
    return this.#view?.place ?? this.inbox?.place ?? this.#results?.place ?? null;
  }

  /** @param {HTMLElement} main @param {Bootstrap} page @param {Place | null} place */
  enter(main, page, place) {
    const { banner, search } = this.#world;
    this.#end = new AbortController();
    const isOnTrail =
      main.querySelector("[data-search]") || search.trail.leadsTo(location.pathname);
    if (!isOnTrail) search.trail.end();
    // The banner comes along: what it says about the connection still holds.
    main.querySelector("chat-banner")?.replaceWith(banner);
    showColumns();
    if (main.querySelector(".settings")) {
      this.#settings = new SettingsPage(main, this.#world.appearance);
      return;
    }
    if (main.querySelector("[data-inbox]")) {
      this.#enterInbox(main, place);
      return;
    }
    if (main.querySelector("[data-search]")) {
      this.#enterSearch(main, page, place);
      return;
    }
    if (!page.room) {
      // An error page has the frame, too.
      if (main.querySelector('[data-part="lobby-list"]')) this.#enterLobby(main, page.urls.lobby);
      return;
    }
    const bar = this.#makeWayForHits(main);
    this.#view = new RoomView(main, { ...page, room: page.room }, this.#world, place);
    if (page.room.role) this.#world.recent.visit(page.room.slug);
    this.drawStar();
    this.drawBell();
    if (!bar) return;
    // Also where the hit is the first unread message, at which a visit begins without pointing at it.
    if (!place && search.trail.hit) this.#view.goTo(search.trail.hit.number);
    this.#showHits(bar, this.#view);
  }

  /** @param {HTMLElement} main @param {Bootstrap} page @param {Place | null} place */
  async #enterSearch(main, page, place) {
    const loaded = await later(() => import("./search/search-page.js"), this.#end.signal)();
    if (loaded) this.#results = new loaded.SearchPage(main, this.#world, page, place);
  }

  /**
   * If a search led here, the line with its other hits, which takes its place before the conversation
   * is drawn.
   *
   * @param {HTMLElement} main
   */
  #makeWayForHits(main) {
    const { trail } = this.#world.search;
    const bar = /** @type {HTMLElement | null} */ (main.querySelector('[data-part="hit-bar"]'));
    if (!bar || !trail.hit) return null;
    bar.hidden = false;
    return bar;
  }

  /** @param {HTMLElement} bar @param {RoomView} view */
  async #showHits(bar, view) {
    const { signal } = this.#end;
    const loaded = await later(() => import("./search/hit-bar.js"), signal)();
    if (loaded) new loaded.HitBar(bar, this.#world.search, view, signal);
  }

  /** @param {HTMLElement} main @param {Place | null} place */
  async #enterInbox(main, place) {
    const loaded = await later(() => import("./inbox/inbox-page.js"), this.#end.signal)();
    if (loaded) this.inbox = new loaded.InboxPage(main, this.#world, place);
  }

  /** @param {HTMLElement} main @param {string} root */
  async #enterLobby(main, root) {
    const { socket } = this.#world;
    const lobby = later(async () => {
      const { Lobby } = await import("./lobby.js");
      return new Lobby(main, socket, root);
    }, this.#end.signal);
    const loaded = await lobby();
    if (!loaded) return;
    this.lobby = loaded;
    if (socket.connection.state === "open") loaded.open();
  }

  leave() {
    this.#end.abort();
    this.#view?.leave();
    this.lobby?.leave();
    this.inbox?.leave();
    this.#results?.leave();
    this.#settings?.leave();
    this.#view = this.lobby = this.inbox = this.#results = this.#settings = null;
  }

  /**
   * The page in the frame changed: say so, and put the focus into it.
   *
   * @param {HTMLElement} main
   * @param {string} title
   * @param {Place | null} place
   */
  announce(main, title, place) {
    const goesOn = !place && this.#world.search.handOver(main);
    if (!goesOn) this.#focus(main);
    const spoken = document.getElementById("status");
    if (spoken) setText(spoken, this.#withoutSite(title));
  }

  /** Report what was read and deleted before the page is closed. */
  flush() {
    this.#view?.flush();
  }

  /** @param {string} title of the page */
  setTitle(title) {
    this.#title = title;
    this.drawTitle();
  }

  drawTitle() {
    const { unread } = this.#world;
    const name = this.session?.room.name ?? this.#withoutSite(this.#title);
    document.title = pageTitle(unread.total, name, this.#site);
    drawBadge(unread, { icon: document.querySelector('link[rel="icon"]') });
  }

  /** @param {string} name */
  renameSite(name) {
    if (name === this.#site) return;
    this.#title = `${this.#withoutSite(this.#title)} – ${name}`;
    this.#site = document.documentElement.dataset.site = name;
    this.drawTitle();
  }

  drawStar() {
    const star = document.getElementById("room-star");
    if (star && this.room)
      star.ariaPressed = String(this.#world.arrangement.isFavourite(this.room));
  }

  /** Whether the room is muted, in its header. */
  drawBell() {
    const room = this.#world.unread.rooms.get(this.room ?? "");
    document.getElementById("room-notify")?.toggleAttribute("data-muted", !!room && isMuted(room));
  }

  /** @param {string} title */
  #withoutSite(title) {
    return title.replace(` – ${this.#site}`, "");
  }

  /** @param {HTMLElement} main */
  #focus(main) {
    if (matchMedia(CAN_WRITE_AT_ONCE).matches) this.#view?.write();
    else main.focus({ preventScroll: true });
    if (!main.contains(document.activeElement)) main.focus({ preventScroll: true });
  }
}
