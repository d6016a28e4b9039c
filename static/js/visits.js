import { Emitter } from "./lib/emitter.js";

/** @typedef {import('./places.js').Place} Place */
/** @typedef {import('./shell.js').ShellPage} ShellPage */

const INTENT_MS = 65; // a pointer that rests on a link for so long mostly clicks it

/**
 * Going from page to page without loading the frame anew. A visit fetches the page, and when it is
 * there `leave` and `enter` follow each other at once: until then the page before stays in use. The
 * last one that is asked for is the only one that counts. What can't be visited (another site, an
 * error, another version of the site) is left to the browser.
 *
 * @extends {Emitter<{begin: URL, leave: null, enter: {page: ShellPage, place: Place | null}, end: null, failed: URL}>}
 */
export class Visits extends Emitter {
  #pages;
  #places;
  #shell;
  #place;
  #root;
  #index;
  /** The page that is shown. */
  #shown;
  /** Counts what was asked for: who waits looks whether it is still what is wanted. */
  #turn = 0;
  /** @type {any} */ #intent = null;

  /**
   * @param {object} world
   * @param {import('./pages.js').Pages<ShellPage>} world.pages
   * @param {import('./places.js').Places} world.places
   * @param {import('./shell.js').Shell} world.shell
   * @param {() => Place | null} world.place where the reader stands now
   * @param {string} world.root the path of the lobby, under which the rooms are
   */
  constructor({ pages, places, shell, place, root }) {
    super();
    this.#pages = pages;
    this.#places = places;
    this.#shell = shell;
    this.#place = place;
    this.#root = root;
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

  /** Where the reader stood in the page that was just loaded, if they came back to it. */
  get placeBefore() {
    const [entry] = performance.getEntriesByType("navigation");
    const { type = "" } = /** @type {Partial<PerformanceNavigationTiming>} */ (entry ?? {});
    return type === "back_forward" ? this.#places.read(this.#index) : null;
  }

  /**
   * Goes to a page of this site. Resolves when it is shown, or when it will not be.
   *
   * @param {string | URL} address
   */
  async visit(address) {
    const url = new URL(address, location.href);
    if (!isShell(url.pathname, this.#root)) return location.assign(url);
    const page = await this.#fetch(url, url.href);
    if (!page) return;
    this.#remember();
    // Going back may have been under way: then the entry is another one than that of what is shown.
    const entry = indexOf(history.state) ?? this.#index;
    const isNew = pathOf(page.url) !== pathOf(location);
    this.#index = isNew ? this.#places.next(entry) : entry;
    const write = isNew ? "pushState" : "replaceState";
    history[write]({ index: this.#index }, "", page.url);
    this.#show(page, null);
  }

  /** Back or forward: the address has changed already. @param {number | null} index */
  async #pop(index) {
    const url = new URL(location.href);
    // Another part of the page that is shown: an entry that the browser made.
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
    if (place) page.bootstrap.around = null; // the place is more exact
    this.#show({ ...page, url }, place);
  }

  /**
   * @param {URL} url
   * @param {string} address where to get it
   * @param {() => void} [undo]
   * @returns {Promise<ShellPage | null>} null: there is nothing to show, or no longer
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

  /** Back where we are: a visit that was under way is called off. */
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

  /** A finger on a link may as well begin to scroll. @param {PointerEvent} event @param {number} ms */
  #point({ pointerType, target }, ms) {
    if (pointerType === "mouse") this.#consider(target, ms);
  }

  /** @param {EventTarget | null} target @param {number} ms of rest that show the intent */
  #consider(target, ms) {
    clearTimeout(this.#intent);
    const link = this.#linkAt(target);
    // What people wrote is not fetched because somebody's mouse passes over it.
    if (!link || pathOf(link) === this.#shown || link.closest("article")) return;
    this.#intent = setTimeout(() => this.#pages.prefetch(link.href), ms);
  }

  /** @param {EventTarget | null} target */
  #linkAt(target) {
    const link = target instanceof Element ? target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin) return null;
    if (link.hasAttribute("download") || !["", "_self"].includes(link.target)) return null;
    const isPart = link.hash !== "" && pathOf(link) === this.#shown;
    return isShell(link.pathname, this.#root) && !isPart ? link : null;
  }
}

/** The pages that have the frame: the lobby, a room, a room at a message. @param {string} path @param {string} root */
export function isShell(path, root) {
  return path.startsWith(root) && /^([^/]+\/([0-9]+\/)?)?$/.test(path.slice(root.length));
}

/**
 * The address that has the messages around a place in it.
 *
 * @param {URL} url
 * @param {string} root
 * @param {Place | null} place
 */
export function around(url, root, place) {
  const [slug] = url.pathname.slice(root.length).split("/");
  return place && slug ? new URL(`${root}${slug}/${place.number}/`, url).href : url.href;
}

/** Which page it is, and not which part of it. @param {{pathname: string, search: string}} url */
const pathOf = ({ pathname, search }) => pathname + search;

/** @param {any} state */
const indexOf = (state) => (typeof state?.index === "number" ? state.index : null);
