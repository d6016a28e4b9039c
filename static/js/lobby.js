import { cloneTemplate, part, setText } from "./lib/dom.js";
import { keepFocus } from "./lib/focus.js";
import { gettext, ngettext } from "./lib/gettext.js";
import { KeyedList } from "./lib/keyed.js";
import { refusal } from "./lib/labels.js";
import { say } from "./lib/toast.js";
import { slugOf } from "./navigation/destinations.js";
import { LobbyRooms } from "./navigation/lobby-rooms.js";

/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('./navigation/lobby-rooms.js').Line} Line */

const PAUSE_MS = 200; // after the last key, before the server is asked and the address changes
const AT_ONCE = 100; // rows: the rest is behind a button

/**
 * The list of public rooms on the screen: filtered by what is typed, and following changes to the
 * rooms, their sizes, and which of them are mine. The first rows are those that the server rendered.
 */
export class Lobby {
  #rooms = new LobbyRooms();
  #most = AT_ONCE;
  /** The pointer is over the list: a row must not move away from under it. */
  #held = false;
  /** The rows on the screen. @type {Line[]} */ #shown = [];
  #left = new AbortController();
  /** @type {any} */ #soon = null;
  /** Counts the questions: only the last answer counts. */ #turn = 0;
  /** @type {KeyedList<Line>} */ #list;
  #main;
  #field;
  #socket;
  #root;

  /**
   * @param {HTMLElement} main
   * @param {import('./connection/socket.js').ChatSocket} socket
   * @param {string} root the lobby's path, below which the rooms are
   */
  constructor(main, socket, root) {
    this.#main = main;
    this.#socket = socket;
    this.#root = root;
    this.#field = /** @type {HTMLInputElement} */ (main.querySelector("#q"));
    const list = part(main, "lobby-list");
    const rendered = renderedRows(list, root);
    this.#rooms.reset(
      [...rendered].map(([slug, row]) => readRow(slug, row)),
      !part(main, "lobby-pages").hidden,
    );
    this.#list = new KeyedList(
      list,
      ({ slug }) => rendered.get(slug) ?? cloneTemplate(main, "lobby-room"),
      (node, room) => this.#drawRow(node, room),
    );
    const { signal } = this.#left;
    this.#field.addEventListener("input", () => this.#typed(), { signal });
    this.#field.form?.addEventListener("submit", (event) => this.#submit(event), { signal });
    part(main, "lobby-more").addEventListener("click", () => this.#showMore(), { signal });
    list.addEventListener("pointerover", ({ pointerType }) => this.#hold(pointerType === "mouse"), {
      signal,
    });
    list.addEventListener("pointerleave", () => this.#hold(false), { signal });
    list.addEventListener("click", (event) => this.#click(event), { signal });
    this.#draw();
  }

  /** The connection is open, perhaps again: list what there is, and follow it. */
  open() {
    return this.#ask("");
  }

  /** @param {ServerEvent} event */
  hear(event) {
    if (this.#rooms.hear(event)) this.#draw();
  }

  leave() {
    this.#left.abort();
    clearTimeout(this.#soon);
    this.#socket.request({ type: "lobby.close" }).catch(() => {});
  }

  get #query() {
    return this.#field.value.trim();
  }

  /**
   * Ask for all rooms or, where there are too many for one reply, for those that match.
   *
   * @param {string} query
   * @returns {Promise<void>}
   */
  async #ask(query) {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const { rooms, more } = await this.#socket.request({ type: "lobby.open", query });
      // An older server lists none.
      if (turn !== this.#turn || this.#left.signal.aborted || !rooms) return;
      this.#rooms.reset(rooms, more || query !== "");
      part(this.#main, "lobby-pages").hidden = true;
      if (more && !query && this.#query) return this.#ask(this.#query);
      this.#draw();
    } catch {
      // The connection was lost, and the next welcome tries again.
    }
  }

  #typed() {
    this.#most = AT_ONCE;
    this.#draw({ moves: true });
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#settle(), PAUSE_MS);
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    clearTimeout(this.#soon);
    this.#settle();
  }

  #settle() {
    const address = new URL(this.#root, location.href);
    if (this.#query) address.searchParams.set("q", this.#query);
    history.replaceState(history.state, "", address);
    const status = document.getElementById("status");
    const found = this.#rooms.matching(this.#query).length;
    if (status) setText(status, ngettext("%(count)s room", "%(count)s rooms", found));
    if (this.#rooms.more) this.#ask(this.#query);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = /** @type {Element} */ (event.target).closest("button");
    const row = button?.closest("li");
    if (!row) return;
    event.preventDefault(); // without scripts, it submits a form
    this.#join(/** @type {HTMLAnchorElement} */ (part(row, "lobby-name")));
  }

  /** Join, and go there. @param {HTMLAnchorElement} link */
  async #join(link) {
    const room = slugOf(link.pathname, this.#root);
    try {
      await this.#socket.request({ type: "room.join", room });
      link.click();
    } catch (error) {
      const reason = refusal(/** @type {any} */ (error));
      say(gettext("Couldn't join. %(reason)s", { reason }));
    }
  }

  #showMore() {
    const next = this.#shown.length;
    this.#most += AT_ONCE;
    this.#draw({ moves: true });
    part(this.#main, "lobby-list").children[next]?.querySelector("a")?.focus();
  }

  /** @param {boolean} held */
  #hold(held) {
    const before = this.#held;
    this.#held = held;
    if (before && !held) this.#draw();
  }

  /** @param {{moves?: boolean}} [how] whether rows may move although the pointer is over them */
  #draw({ moves = !this.#held } = {}) {
    const found = this.#rooms.matching(this.#query);
    const list = part(this.#main, "lobby-list");
    // Archived meanwhile, a room stays until the pointer is gone.
    this.#shown = moves
      ? found.slice(0, this.#most)
      : this.#shown.map((line) => this.#rooms.get(line.slug) ?? line);
    keepFocus(list, () => this.#list.draw(this.#shown), this.#field);
    part(this.#main, "lobby-more").hidden = found.length <= this.#shown.length;
    part(this.#main, "lobby-none").hidden = found.length > 0;
    part(this.#main, "lobby-no-match").hidden = this.#query === "";
    part(this.#main, "lobby-no-room").hidden = this.#query !== "";
    setText(part(this.#main, "lobby-query"), this.#query);
  }

  /** @param {HTMLElement} node @param {Line} room */
  #drawRow(node, { slug, name, topic, members, joined }) {
    const address = `${this.#root}${encodeURIComponent(slug)}/`;
    const link = /** @type {HTMLAnchorElement} */ (part(node, "lobby-name"));
    if (link.getAttribute("href") !== address) link.href = address;
    setText(link, name);
    setText(part(node, "lobby-topic"), topic);
    part(node, "lobby-topic").hidden = topic === "";
    setText(
      part(node, "lobby-members"),
      ngettext("%(count)s member", "%(count)s members", members),
    );
    node.toggleAttribute("data-joined", joined);
    part(node, "lobby-joined").hidden = !joined;
    const join = part(node, "lobby-join");
    join.hidden = joined;
    const button = /** @type {HTMLElement} */ (join.querySelector("button"));
    button.ariaLabel = gettext("Join %(room)s", { room: name });
  }
}

/** The server's rows by the slug of their room. @param {HTMLElement} list @param {string} root */
function renderedRows(list, root) {
  const rows = /** @type {HTMLElement[]} */ ([...list.children]);
  return new Map(
    rows.map((row) => [slugOf(part(row, "lobby-name").getAttribute("href") ?? "", root), row]),
  );
}

/** @param {string} slug @param {HTMLElement} row */
function readRow(slug, row) {
  return {
    slug,
    name: part(row, "lobby-name").textContent ?? "",
    topic: part(row, "lobby-topic").textContent ?? "",
    members: Number(part(row, "lobby-members").dataset.count),
    joined: row.hasAttribute("data-joined"),
  };
}
