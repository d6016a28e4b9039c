import { findPeople } from "../lib/people-search.js";
import { ROOM_SIGNS } from "../lib/room-signs.js";
import { counted } from "../reading/unread.js";

/** @typedef {import('../lib/ranking.js').Destination} Destination */

/** Places to go to: my rooms, which are known, and what the server finds. */
export class Destinations {
  #unread;
  #recent;
  #urls;

  /**
   * @param {object} world
   * @param {import('../reading/unread.js').Unread} world.unread
   * @param {import('./recent-rooms.js').RecentRooms} world.recent
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

  /** The path below which the rooms are. */
  get root() {
    return this.#urls.room;
  }

  /** A room's name with its sign; empty: it isn't one of mine. @param {string} slug */
  nameOf(slug) {
    const room = this.#unread.rooms.get(slug);
    return room ? `${ROOM_SIGNS[room.kind] ?? "#"}${room.name}` : "";
  }

  /** @returns {Destination[]} */
  get mine() {
    const visited = new Map(this.#recent.rooms.map((slug, at) => [slug, at]));
    return [...this.#unread.rooms.values()].map((room) => ({
      ...this.#room(room.slug, room.name),
      kind: "mine",
      mark: ROOM_SIGNS[room.kind] ?? "#",
      unread: counted(room),
      mentions: Math.min(counted(room), room.mentions),
      archived: room.archived,
      visited: visited.get(room.slug),
    }));
  }

  /**
   * People and public rooms. A part that can't be loaded is left out.
   *
   * @param {string} query
   * @param {AbortSignal} signal
   * @returns {Promise<Destination[]>}
   */
  async search(query, signal) {
    const found = await Promise.allSettled([
      this.#people(query, signal),
      this.publicRooms(query, signal),
    ]);
    return found.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  }

  /** @param {string} query @param {AbortSignal} signal @returns {Promise<Destination[]>} */
  async #people(query, signal) {
    const people = await findPeople(this.#urls.people, query, signal);
    return people.map(({ id, name, username }) => ({
      key: `person/${id}`,
      kind: "person",
      name,
      username,
      mark: "@",
    }));
  }

  /**
   * Public rooms, as the lobby lists them.
   *
   * @param {string} query
   * @param {AbortSignal} signal
   * @returns {Promise<Destination[]>}
   */
  async publicRooms(query, signal) {
    const response = await this.#get(this.#urls.lobby, query, signal);
    const lobby = new DOMParser().parseFromString(await response.text(), "text/html");
    const links = [...lobby.querySelectorAll("a.lobby__name")];
    const slugs = links.map((link) => slugOf(link.getAttribute("href") ?? "", this.#urls.lobby));
    return links
      .map((link, at) => this.#room(slugs[at], link.textContent ?? ""))
      .filter((_, at) => !this.#unread.rooms.has(slugs[at]));
  }

  /** @param {string} slug @param {string} name @returns {Destination} */
  #room(slug, name) {
    return {
      key: slug,
      kind: "public",
      name,
      address: this.addressOf(slug),
      mark: ROOM_SIGNS.public,
    };
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
 * @returns {string} empty for the lobby, and for a path that can't be a room's
 */
export function slugOf(path, root) {
  if (!path.startsWith(root)) return "";
  try {
    return decodeURIComponent(path.slice(root.length).split("/")[0]);
  } catch {
    return ""; // a link with a stray '%'
  }
}
