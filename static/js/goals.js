import { MARKS } from "./lib/marks.js";

/** @typedef {import('./ranking.js').Goal} Goal */

/**
 * Where one can go: rooms of mine, which are known, and what the server finds.
 */
export class Goals {
  #unread;
  #recent;
  #urls;

  /**
   * @param {object} world
   * @param {import('./unread.js').Unread} world.unread
   * @param {import('./recent.js').Recent} world.recent
   * @param {Record<string, string>} world.urls
   */
  constructor({ unread, recent, urls }) {
    this.#unread = unread;
    this.#recent = recent;
    this.#urls = urls;
  }

  /** @param {string} slug */
  addressOf(slug) {
    return `${this.#urls.room}${encodeURIComponent(slug)}/`;
  }

  /** @returns {Goal[]} */
  get mine() {
    const visited = new Map(this.#recent.rooms.map((slug, at) => [slug, at]));
    return [...this.#unread.rooms.values()].map((room) => ({
      ...this.#room(room.slug, room.name),
      kind: "mine",
      mark: MARKS[room.kind] ?? "#",
      unread: room.unread,
      mentions: room.kind === "direct" ? room.unread : room.mentions,
      archived: room.archived,
      visited: visited.get(room.slug),
    }));
  }

  /**
   * People and public rooms. Whatever of it can't be had is not there.
   *
   * @param {string} query
   * @param {AbortSignal} signal
   * @returns {Promise<Goal[]>}
   */
  async search(query, signal) {
    const found = await Promise.allSettled([
      this.#people(query, signal),
      this.publicRooms(query, signal),
    ]);
    return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  }

  /** @param {string} query @param {AbortSignal} signal @returns {Promise<Goal[]>} */
  async #people(query, signal) {
    const response = await this.#get(this.#urls.people, query, signal);
    /** @type {{people: import('./lib/types.js').User[]}} */
    const { people } = await response.json();
    return people.map(({ id, name, username }) => ({
      key: `person/${id}`,
      kind: "person",
      name,
      username,
      mark: "@",
    }));
  }

  /** The lobby is where they are listed. @param {string} query @param {AbortSignal} signal @returns {Promise<Goal[]>} */
  async publicRooms(query, signal) {
    const response = await this.#get(this.#urls.lobby, query, signal);
    const lobby = new DOMParser().parseFromString(await response.text(), "text/html");
    const links = [...lobby.querySelectorAll("a.lobby__name")];
    const slugs = links.map((link) => slugOf(link.getAttribute("href") ?? "", this.#urls.lobby));
    return links
      .map((link, at) => this.#room(slugs[at], link.textContent ?? ""))
      .filter((_, at) => !this.#unread.rooms.has(slugs[at]));
  }

  /** @param {string} slug @param {string} name @returns {Goal} */
  #room(slug, name) {
    return { key: slug, kind: "public", name, address: this.addressOf(slug), mark: MARKS.public };
  }

  /** @param {string} address @param {string} query @param {AbortSignal} signal */
  async #get(address, query, signal) {
    const response = await fetch(`${address}?${new URLSearchParams({ q: query })}`, { signal });
    if (!response.ok || response.redirected) throw new Error(String(response.status));
    return response;
  }
}

/**
 * @param {string} path
 * @param {string} root of the rooms
 * @returns {string} empty for the lobby, and for what can be no room's
 */
export function slugOf(path, root) {
  try {
    return decodeURIComponent(path.slice(root.length).split("/")[0]);
  } catch {
    return ""; // somebody wrote a link with a '%' too many
  }
}
