import { Emitter } from "../lib/emitter.js";

/** @typedef {import('./scroll-places.js').Place} Place */
/** @typedef {import('./shell.js').ShellPage} ShellPage */

const INTENT_MS = 65; // a pointer that rests on a link this long mostly clicks it

/**
 * Navigation from page to page without reloading the frame. A visit fetches the page, then emits
 * `leave` and `enter` in one go: until then the old page stays in use. Only the last visit asked
 * for counts. What can't be visited (another site, an error, another version of the site) is left
 * to the browser.
 *
 * @extends {Emitter<{begin: URL, leave: null, enter: {page: ShellPage, place: Place | null}, end: null, failed: URL}>}
 */
export class Visits extends Emitter {
  #pages;
  #places;
  #shell;
  #place;
  #root;
  #settings;
  #index;
  /** The page that is shown. */
  #shown;
  /** Counts the requests, so that an answer can tell whether it is still wanted. */
  #turn = 0;
  /** @type {any} */ #intent = null;

  /**
   * @param {object} world
   * @param {import('./pages.js').Pages<ShellPage>} world.pages
   * @param {import('./scroll-places.js').ScrollPlaces} world.places
   * @param {import('./shell.js').Shell} world.shell
   * @param {() => Place | null} world.place where the reader is now
   * @param {string} world.root the path of the lobby, below which the rooms are
   * @param {string[]} world.settings the paths below which the settings, the inbox and the search are
   */
  constructor({ pages, places, shell, place, root, settings }) {
    super();
    this.#pages = pages;
    this.#places = places;
    this.#shell = shell;
    this.#place = place;
    this.#root = root;
    this.#settings = settings;
    this.#shown = pathOf(new URL(location.href));
    this.#index = indexOf(history.state) ?? places.next();
    history.replaceState({ index: this.#index }, "");
  }

  start() {
    document.addEventListener("click", (event) => this.#click(event));
    document.addEventListener("focusin", ({ target }) => this.#consider(target, INTENT_MS));
    document.addEventListener("pointerover", (event) => this.#point(event, INTENT_MS));
    document.addEventListener("pointerdown", (event) => this.#point(event, 0));
    addEventListener("popstate", ({ state }) => this.#pop(indexOf(state)));
    addEventListener("pagehide", () => this.#remember());
  }

  /** The reader's place in the page that was just loaded, if they came back to it. */
  get placeBefore() {
    const [entry] = performance.getEntriesByType("navigation");
    const { type = "" } = /** @type {Partial<PerformanceNavigationTiming>} */ (entry ?? {});
    return type === "back_forward" ? this.#places.read(this.#index) : null;
  }

  /**
   * Go to a page of this site. Resolves when it is shown, or when it won't be.
   *
   * @param {string | URL} address
   * @param {{replaces?: boolean}} [how] replaces: Back leads to where it led before
   */
  async visit(address, { replaces = false } = {}) {
    const url = new URL(address, location.href);
    if (!isShell(url.pathname, this.#root, this.#settings)) return location.assign(url);
    const page = await this.#fetch(url, url.href);
    if (!page) return;
    this.#remember();
    // A step back may have been under way: then the entry isn't the one of the page that is shown.
    const entry = indexOf(history.state) ?? this.#index;
    const isNew = !replaces && pathOf(page.url) !== pathOf(location);
    this.#index = isNew ? this.#places.next(entry) : entry;
    const write = isNew ? "pushState" : "replaceState";
    history[write]({ index: this.#index }, "", page.url);
    this.#show(page, null);
  }

  /** Whether this tab has a page of the site to go back to. */
  get hasBefore() {
    return this.#index > 1;
  }

  /** The page that is shown has another address now. @param {string} address */
  rename(address) {
    const url = new URL(address, location.href);
    history.replaceState({ index: this.#index }, "", url);
    this.#shown = pathOf(url);
  }

  /** Back or forward: the address has already changed. @param {number | null} index */
  async #pop(index) {
    const url = new URL(location.href);
    // An anchor on the same page: the browser made this entry.
    if (index === null && pathOf(url) === this.#shown)
      return history.replaceState({ index: this.#index }, "");
    if (index === null) return location.reload();
    if (index === this.#index) return this.#stop();
    const place = this.#places.read(index);
    const page = await this.#fetch(url, around(url, this.#root, place), () =>
      history.go(this.#index - index),
    );
    if (!page) return;
    this.#remember();
    this.#index = index;
    if (place) page.bootstrap.around = null; // the place is more precise
    this.#show({ ...page, url }, place);
  }

  /**
   * @param {URL} url
   * @param {string} address to fetch it from
   * @param {() => void} [undo]
   * @returns {Promise<ShellPage | null>} null: nothing to show, or no longer wanted
   */
  async #fetch(url, address, undo) {
    this.#turn += 1;
    const turn = this.#turn;
    const isOld = () => turn !== this.#turn;
    this.emit("begin", url);
    try {
      const page = await this.#pages.get(address);
      if (isOld()) return null;
      if (page && this.#shell.fits(page)) return page;
      location.assign(url);
    } catch {
      if (isOld()) return null;
      undo?.();
      this.emit("failed", url);
      this.emit("end", null);
    }
    return null;
  }

  /** @param {ShellPage} page @param {Place | null} place */
  #show(page, place) {
    this.emit("leave", null);
    this.#shown = pathOf(page.url);
    this.#shell.show(page);
    this.emit("enter", { page, place });
    this.emit("end", null);
  }

  /** Back to where we are: cancel the visit that was under way. */
  #stop() {
    this.#turn += 1;
    this.#pages.stop();
    this.emit("end", null);
  }

  #remember() {
    this.#places.write(this.#index, this.#place());
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const own = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey;
    const link = this.#linkAt(event.target);
    if (!link || own || event.altKey || event.defaultPrevented) return;
    event.preventDefault();
    this.visit(link.href);
  }

  /** A finger on a link may be about to scroll. @param {PointerEvent} event @param {number} ms */
  #point({ pointerType, target }, ms) {
    if (pointerType === "mouse") this.#consider(target, ms);
  }

  /** @param {EventTarget | null} target @param {number} ms of rest that show intent */
  #consider(target, ms) {
    clearTimeout(this.#intent);
    const link = this.#linkAt(target);
    // Links in messages aren't fetched just because a mouse passes over them.
    if (!link || pathOf(link) === this.#shown || link.closest("article")) return;
    this.#intent = setTimeout(() => this.#pages.prefetch(link.href), ms);
  }

  /** @param {EventTarget | null} target */
  #linkAt(target) {
    const link = target instanceof Element ? target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return null;
    if (link.hasAttribute("download") || !["", "_self"].includes(link.target)) return null;
    const isPart = link.hash !== "" && pathOf(link) === this.#shown;
    return isShell(link.pathname, this.#root, this.#settings) && !isPart ? link : null;
  }
}

/**
 * Whether a page has the frame: the lobby, a room, a room at a message, the inbox, or one of the
 * settings.
 *
 * @param {string} path
 * @param {string} root
 * @param {string[]} settings
 */
export function isShell(path, root, settings) {
  if (settings.some((one) => path.startsWith(one))) return true;
  return path.startsWith(root) && /^([^/]+\/([0-9]+\/)?)?$/.test(path.slice(root.length));
}

/**
 * The address of the page that includes the messages around a place.
 *
 * @param {URL} url
 * @param {string} root
 * @param {Place | null} place
 */
export function around(url, root, place) {
  const [slug] = url.pathname.startsWith(root) ? url.pathname.slice(root.length).split("/") : [];
  return place && slug ? new URL(`${root}${slug}/${place.number}/`, url).href : url.href;
}

/** The page of an address, without the anchor. @param {{pathname: string, search: string}} url */
const pathOf = ({ pathname, search }) => pathname + search;

/** @param {any} state */
const indexOf = (state) => (typeof state?.index === "number" ? state.index : null);
