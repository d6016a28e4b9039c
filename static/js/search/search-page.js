import { cloneTemplate, part, setText, touch } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { formatNumber, gettext, ngettext } from "../lib/gettext.js";
import { FIELDS, isComposing, letterOf, TYPING_PAUSE_MS } from "../lib/keyboard.js";
import { refusal } from "../lib/labels.js";
import { ROOM_SIGNS } from "../lib/room-signs.js";
import { local } from "../lib/storage.js";
import { dayOf, formatDate } from "../lib/time.js";
import { Choices } from "./choices.js";
import { FoundNames } from "./found-names.js";
import { HitList } from "./hit-list.js";
import { wordsOf } from "./query.js";
import { RecentSearches } from "./recent-searches.js";
import { Results } from "./results.js";
import { SearchField } from "./search-field.js";

/** @typedef {import('../lib/types.js').Bootstrap} Bootstrap */
/** @typedef {import('../navigation/scroll-places.js').Place} Place */
/** @typedef {import('./results.js').Asked} Asked */

/**
 * @typedef {object} World
 * @property {import('../lib/types.js').User} me
 * @property {import('../connection/socket.js').ChatSocket} socket
 * @property {import('../reading/unread.js').Unread} unread
 * @property {import('../people/ignored.js').Ignored} ignored
 * @property {import('../navigation/destinations.js').Destinations} destinations
 * @property {import('../navigation/search.js').Search} search
 */

const BUSY_MS = 300; // a quick answer doesn't make the page flicker
const AHEAD = "0px 0px 800px"; // of the view, in which the next page is asked for

/** The page of the search: what is found as one types, rooms and people above messages. */
export class SearchPage {
  /** @type {Results | null} */ #results = null;
  /** Why nothing is shown, in words. */ #problem = "";
  #isAsking = false;
  /** @type {any} */ #soon = null;
  /** @type {any} */ #busy = null;
  #left = new AbortController();
  #root;
  #scroller;
  #world;
  #field;
  #choices;
  #names;
  #hits;
  #recent;

  /**
   * @param {HTMLElement} main
   * @param {World} world
   * @param {Bootstrap} page
   * @param {Place | null} place
   */
  constructor(main, world, page, place) {
    this.#world = world;
    this.#root = /** @type {HTMLElement} */ (main.querySelector("[data-search]"));
    this.#scroller = /** @type {HTMLElement} */ (main.querySelector(".app__scroll"));
    const { me, ignored, socket, destinations } = world;
    this.#root.querySelector('[data-part="plain"]')?.remove();
    this.#recent = new RecentSearches({ user: me.id, storage: local });
    this.#choices = new Choices(world, page.urls.people);
    this.#names = new FoundNames(part(this.#root, "names"), this.#root, destinations);
    this.#hits = new HitList(this.#root, {
      me,
      ignored,
      destinations,
      ask: (command) => socket.request(command),
      roomName: (slug) => this.#choices.nameOf({ name: "in", value: slug, negated: false }),
    });
    this.#field = new SearchField(part(this.#root, "form"), this.#choices, () => this.#typed());
    this.#hear();
    this.#begin(page, place);
    this.#root.dataset.live = ""; // its keys work now
  }

  leave() {
    this.#left.abort();
    this.#names.stop();
    clearTimeout(this.#soon);
    clearTimeout(this.#busy);
  }

  /** The result with the focus, or the first one in view. @returns {Place | null} */
  get place() {
    const { top } = this.#scroller.getBoundingClientRect();
    const line =
      this.#hits.lines.find((one) => one.contains(document.activeElement)) ??
      this.#hits.lines.find((one) => one.getBoundingClientRect().bottom > top);
    if (!line) return null;
    const offset = line.getBoundingClientRect().top - top;
    return { number: 0, key: line.dataset.key, offset };
  }

  #hear() {
    const how = { signal: this.#left.signal };
    const { socket, unread, ignored, search } = this.#world;
    this.#root.addEventListener("click", (event) => this.#click(event), how);
    this.#root.addEventListener("submit", (event) => this.#submit(event), how);
    document.addEventListener("keydown", (event) => this.#key(event), how);
    document.addEventListener("appearance", () => this.#draw(), how);
    const forget = [
      socket.on("change", ({ state }) => state === "open" && this.#again()),
      unread.on("change", () => this.#names.draw()),
      ignored.on("change", () => this.#draw()),
    ];
    for (const end of forget) how.signal.addEventListener("abort", end, { once: true });
    const observer = new IntersectionObserver(
      (entries) => entries.some(({ isIntersecting }) => isIntersecting) && this.#seesEnd(),
      { root: this.#scroller, rootMargin: AHEAD },
    );
    observer.observe(part(this.#root, "more-hits"));
    how.signal.addEventListener("abort", () => observer.disconnect(), { once: true });
    if (search.origin) this.#offerOrigin(search.origin);
  }

  /** @param {Bootstrap} page @param {Place | null} place */
  #begin(page, place) {
    const asked = this.#asked;
    const { search } = this.#world;
    const { found, before, query } = page.search ?? {};
    const kept = /** @type {Results | null} */ (search.results);
    const isAnswered = found && !before && query === asked.query;
    if (isAnswered) this.#choices.learnRooms(found.rooms ?? []);
    if (place && isAnswered && kept?.answers(asked)) {
      kept.refresh(found);
      this.#results = kept;
      this.#draw();
      this.#restore(place);
    } else if (isAnswered) {
      const results = new Results(asked, (command) => this.#ask(command));
      results.begin(found);
      this.#show(results);
      if (place) this.#restore(place);
    } else this.#search();
    this.#names.find(this.#nameQuery);
  }

  /** What is searched for, as the page shows it. @returns {Asked} */
  get #asked() {
    const isPressed = (/** @type {string} */ name) =>
      part(this.#root, name).getAttribute("aria-pressed") === "true";
    return {
      query: this.#field.query,
      order: isPressed("best") ? "best" : "newest",
      isPublic: isPressed("public"),
    };
  }

  /** @param {any} command */
  async #ask(command) {
    const reply = await this.#world.socket.request(command);
    this.#choices.learnRooms(reply.rooms ?? []);
    return reply;
  }

  // Searching

  #typed() {
    clearTimeout(this.#soon);
    this.#drawRecent();
    this.#names.find(this.#nameQuery);
    this.#soon = setTimeout(() => this.#search(), TYPING_PAUSE_MS);
  }

  /** Names are found by words alone. */
  get #nameQuery() {
    return this.#field.filters.length > 0 ? "" : wordsOf(this.#field.text);
  }

  /** Offline until now, or the answer was lost. */
  #again() {
    if (this.#problem) this.#search();
  }

  /** One at a time: what is typed meanwhile is searched for afterwards. */
  async #search() {
    clearTimeout(this.#soon);
    const asked = this.#asked;
    if (this.#isAsking || (!this.#problem && this.#results?.answers(asked))) return;
    this.#rename(asked);
    if (!asked.query) return this.#show(null);
    const results = new Results(asked, (command) => this.#ask(command));
    this.#isAsking = true;
    this.#showBusy(true);
    try {
      await results.more();
      if (this.#asked.query) this.#show(results);
    } catch (error) {
      this.#failed(/** @type {any} */ (error));
      if (/** @type {any} */ (error).code === "rate_limited") return;
    } finally {
      this.#isAsking = false;
    }
    if (!this.#left.signal.aborted && !results.answers(this.#asked)) this.#search();
  }

  /** @param {Asked} asked */
  #rename({ query, order, isPublic }) {
    this.#world.search.rename({
      ...(query && { q: query }),
      ...(order === "best" && { order }),
      ...(isPublic && { public: "1" }),
    });
  }

  /** @param {Results | null} results */
  #show(results) {
    if (this.#left.signal.aborted) return;
    this.#problem = "";
    this.#results = results;
    this.#world.search.results = results;
    this.#hits.begin();
    this.#showBusy(false);
    this.#draw();
    this.#scroller.scrollTop = 0;
  }

  /** @param {{code: string, detail?: string, retryAfter?: number}} error */
  #failed(error) {
    if (this.#left.signal.aborted) return;
    if (error.code === "rate_limited") {
      this.#soon = setTimeout(() => this.#search(), 1000 * (error.retryAfter ?? 1));
      return; // what was found last stays until then
    }
    this.#showBusy(false);
    this.#problem = refusal(error);
    this.#results = null;
    this.#draw();
  }

  /** @param {boolean} isBusy */
  #showBusy(isBusy) {
    clearTimeout(this.#busy);
    const set = () => this.#root.toggleAttribute("data-busy", isBusy);
    if (isBusy) this.#busy = setTimeout(set, BUSY_MS);
    else set();
  }

  #seesEnd() {
    const { next = null, searchedTo = null, hits = [] } = this.#results ?? {};
    // Where it was cut off, going on is up to the reader.
    if (next !== null && searchedTo === null && hits.length > 0) this.#more();
  }

  async #more() {
    const results = this.#results;
    if (!results) return;
    const known = results.hits.length;
    this.#showBusy(true);
    try {
      await results.more();
    } catch (error) {
      if (this.#left.signal.aborted || results !== this.#results) return;
      setText(part(this.#root, "found-status"), refusal(/** @type {any} */ (error)));
      return;
    } finally {
      this.#showBusy(false);
    }
    if (this.#left.signal.aborted || results !== this.#results) return;
    const button = part(this.#root, "more-hits");
    keepFocus(
      button,
      () => this.#draw(),
      () => this.#hits.linkOf(results.hits[known]?.key),
    );
  }

  // Drawing

  #draw() {
    if (this.#left.signal.aborted) return;
    const results = this.#results;
    this.#hits.draw(results?.hits ?? []);
    this.#field.redraw();
    this.#drawRecent();
    this.#drawNotes();
    const { count, hidden } = this.#hits;
    const isEmpty = count === 0 && hidden === 0;
    part(this.#root, "tools").hidden = !results && !this.#problem;
    part(this.#root, "none").hidden = !results || !isEmpty || results.next !== null;
    part(this.#root, "anywhere").hidden = !this.#asked.query.includes("in:");
    part(this.#root, "more-hits").hidden = !results?.next;
    setText(part(this.#root, "more-hits"), this.#moreWords);
    const cut = part(this.#root, "cut");
    cut.hidden = !results?.searchedTo;
    if (results?.searchedTo) setText(cut, cutWords(results.searchedTo, isEmpty));
    setText(part(this.#root, "found-status"), this.#problem || (results ? this.#countWords : ""));
  }

  get #moreWords() {
    return this.#results?.searchedTo ? gettext("Search further back") : gettext("Show more");
  }

  get #countWords() {
    const { count } = this.#hits;
    if (!this.#results?.next) return ngettext("%(count)s message", "%(count)s messages", count);
    return gettext("%(count)s messages and more", { count: formatNumber(count) });
  }

  #drawNotes() {
    const unknown = this.#results?.unknown ?? [];
    const line = part(this.#root, "unknown");
    line.hidden = unknown.length === 0;
    const words = unknown.map((word) => `“${word}”`).join(", ");
    const said = ngettext(
      "%(words)s isn’t a filter, so it is searched for as text.",
      "%(words)s aren’t filters, so they are searched for as text.",
      unknown.length,
      { words },
    );
    setText(line, unknown.length > 0 ? said : "");
    const { hidden } = this.#hits;
    part(this.#root, "ignored").hidden = hidden === 0;
    setText(
      part(this.#root, "ignored-words"),
      ngettext(
        "%(count)s message of people you muted is hidden.",
        "%(count)s messages of people you muted are hidden.",
        hidden,
      ),
    );
  }

  #drawRecent() {
    const all = this.#recent.all;
    const section = part(this.#root, "recent");
    const isShown = this.#field.isEmpty && all.length > 0;
    part(this.#root, "hints").hidden = !this.#field.isEmpty;
    section.hidden = !isShown;
    const list = part(section, "recent-list");
    const lines = all.map((query) => {
      const line = cloneTemplate(this.#root, "recent-search");
      setText(part(line, "recent-query"), query);
      const words = gettext("Forget “%(query)s”", { query });
      part(line, "forget").setAttribute("aria-label", words);
      line.dataset.query = query;
      return line;
    });
    keepFocus(list, () => list.replaceChildren(...lines));
  }

  /** Where the search began. @param {string} slug */
  #offerOrigin(slug) {
    const room = this.#world.unread.rooms.get(slug);
    const button = part(this.#root, "origin");
    if (!room) return;
    button.hidden = false;
    const name = `${ROOM_SIGNS[room.kind] ?? "#"}${room.name}`;
    setText(button, gettext("Only in %(room)s", { room: name }));
    button.dataset.room = slug;
  }

  /** @param {Place} place */
  #restore({ key = "", offset }) {
    const line = this.#hits.lines.find((one) => one.dataset.key === key);
    if (!line) return;
    const { top } = this.#scroller.getBoundingClientRect();
    this.#scroller.scrollTop += line.getBoundingClientRect().top - top - offset;
    this.#hits.linkOf(key)?.focus({ preventScroll: true });
  }

  // Doing

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    const button = target.closest("button");
    const line = /** @type {HTMLElement | null} */ (target.closest("[data-query]"));
    const hit = /** @type {HTMLElement | null} */ (target.closest(".hit"));
    const name = button?.dataset.part ?? "";
    const does = /** @type {Record<string, () => void>} */ ({
      best: () => this.#arrange("best"),
      newest: () => this.#arrange("newest"),
      public: () => this.#toggle(part(this.#root, "public")),
      origin: () => this.#narrow(button?.dataset.room ?? ""),
      anywhere: () => this.#widen(),
      "more-hits": () => this.#more(),
      "show-ignored": () => this.#showIgnored(),
      "hit-context": () => hit && this.#hits.toggle(hit.dataset.key ?? ""),
      "recent-query": () => this.#repeat(line?.dataset.query ?? ""),
      forget: () => this.#forget(line?.dataset.query ?? ""),
      "forget-all": () => this.#forgetAll(),
      clear: () => this.#clear(),
    })[name];
    if (does) return does();
    if (hit && target.closest("a")) this.#opened(hit.dataset.key ?? "");
    if (target.closest('[data-part="names"]')) this.#recent.add(this.#field.query);
  }

  /** Its link leads there. @param {string} key */
  #opened(key) {
    if (!this.#results) return;
    this.#recent.add(this.#results.asked.query);
    this.#world.search.trail.begin(this.#results, key);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    this.#field.finish();
    this.#recent.add(this.#field.query);
    this.#search();
    if (touch.matches) /** @type {HTMLElement} */ (document.activeElement)?.blur();
  }

  /** @param {'newest' | 'best'} order */
  #arrange(order) {
    for (const one of ["newest", "best"])
      part(this.#root, one).setAttribute("aria-pressed", String(one === order));
    this.#search();
  }

  /** @param {HTMLElement} button */
  #toggle(button) {
    const isPressed = button.getAttribute("aria-pressed") === "true";
    button.setAttribute("aria-pressed", String(!isPressed));
    this.#search();
  }

  /** @param {string} room */
  #narrow(room) {
    this.#field.add({ name: "in", value: room, negated: false });
    this.#field.focus();
  }

  #widen() {
    const others = this.#field.filters.filter(({ name }) => name !== "in");
    this.#field.query = [...others.map((one) => `${one.name}:${one.value}`), this.#field.text].join(
      " ",
    );
    this.#typed();
    this.#field.focus();
  }

  #showIgnored() {
    const known = this.#hits.count;
    this.#hits.showIgnored();
    this.#draw();
    this.#hits.lines
      .at(Math.min(known, this.#hits.count - 1))
      ?.querySelector("a")
      ?.focus();
  }

  /** @param {string} query */
  #repeat(query) {
    this.#field.query = query;
    this.#field.focus();
    this.#typed();
  }

  /** @param {string} query */
  #forget(query) {
    this.#recent.remove(query);
    this.#drawRecent();
    if (this.#recent.all.length === 0) this.#field.focus();
  }

  #forgetAll() {
    this.#recent.clear();
    this.#drawRecent();
    this.#field.focus();
  }

  #clear() {
    this.#field.query = "";
    this.#field.focus();
    this.#typed();
  }

  // The keyboard

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, shiftKey, target } = event;
    if (event.defaultPrevented || isComposing(event)) return;
    if (document.querySelector("dialog[open], :popover-open, [data-drawer]")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = target instanceof Element ? target : document.body;
    const isField = this.#field.hasFocus;
    if (at.closest(FIELDS) && !isField) return;
    if (!this.#root.contains(at) && at !== document.body && at.id !== "main") return;
    if (key === "Escape") this.#world.search.leave();
    else if (key === "ArrowDown" || key === "ArrowUp") this.#step(at, key === "ArrowDown" ? 1 : -1);
    else if (!isField && letterOf(event) === "c" && !shiftKey && this.#isHit(at))
      this.#toggleAt(at);
    else if (!isField && [...key].length === 1 && key !== " ")
      return this.#field.focus(); // it types
    else return;
    event.preventDefault();
  }

  /** @param {Element} at */
  #isHit(at) {
    return at.closest(".hit") !== null;
  }

  /** @param {Element} at */
  #toggleAt(at) {
    const hit = /** @type {HTMLElement} */ (at.closest(".hit"));
    this.#hits.toggle(hit.dataset.key ?? "");
  }

  /** From the field down through everything that was found, and back. @param {Element} at @param {1 | -1} step */
  #step(at, step) {
    const all = /** @type {HTMLElement[]} */ ([...this.#root.querySelectorAll("[data-row]")]);
    const rows = all.filter((row) => row.getClientRects().length > 0);
    const line = at.closest("li")?.querySelector("[data-row]");
    const here = rows.findIndex((row) => row === at || row === line);
    if (here < 0 && step < 0) return;
    const to = here + step;
    if (to < 0) return this.#field.focus();
    const goal = rows[Math.min(to, rows.length - 1)];
    goal?.focus({ preventScroll: true });
    (goal?.closest("li") ?? goal)?.scrollIntoView({ block: "nearest" });
  }
}

/** @param {string} time @param {boolean} isEmpty */
function cutWords(time, isEmpty) {
  const day = formatDate(dayOf(time));
  return isEmpty
    ? gettext("Nothing found so far. Searched back to %(day)s.", { day })
    : gettext("Searched back to %(day)s.", { day });
}
