import { Emitter } from "./lib/emitter.js";

/** @typedef {import('./lib/types.js').RoomSummary} RoomSummary */

/**
 * My rooms, and how much of each I have not read: what lies between the last message and the last
 * that I read. Both numbers only grow, so what is said twice, late or by two roads (an open room
 * hears `message.posted`, the others `room.activity`) counts once. The welcome begins anew.
 *
 * @extends {Emitter<{change: Unread}>}
 */
export class Unread extends Emitter {
  /** @type {Map<string, RoomSummary>} */
  rooms = new Map();
  #me;

  /** @param {{me: {id: number}, rooms: RoomSummary[]}} start */
  constructor({ me, rooms }) {
    super();
    this.#me = me.id;
    this.reset(rooms);
  }

  get total() {
    return [...this.rooms.values()].reduce((sum, room) => sum + room.unread, 0);
  }

  /** @param {RoomSummary[]} rooms */
  reset(rooms) {
    this.rooms = new Map(rooms.map((room) => [room.slug, { ...room }]));
    this.emit("change", this);
  }

  /** @param {{room: string, number: number, author: number}} activity */
  activity({ room, number, author }) {
    // Who posts has read the room.
    this.#grow(room, { last: number, read: author === this.#me ? number : 0 });
  }

  /** Somebody spoke to me. @param {{room: string, number: number, reason: string}} notification */
  notified({ room: slug, number, reason }) {
    const room = this.rooms.get(slug);
    if (!room || number <= room.read_number || reason !== "mention") return;
    room.mentions += 1;
    this.emit("change", this);
  }

  /** @param {{room: string, number: number, unread: number, mentions: number}} read */
  read({ room, number, unread, mentions }) {
    this.#grow(room, { last: number + unread, read: number, mentions });
  }

  /** What the server says of an open room. @param {RoomSummary} room */
  learn({ slug, last_number, read_number, mentions }) {
    this.#grow(slug, { last: last_number, read: read_number, mentions });
  }

  /** @param {RoomSummary} room */
  add(room) {
    this.rooms.set(room.slug, { ...this.rooms.get(room.slug), ...room });
    this.emit("change", this);
  }

  /** @param {string} slug @param {Partial<RoomSummary>} facts */
  update(slug, facts) {
    const room = this.rooms.get(slug);
    if (!room) return;
    const { name = room.name, archived = room.archived } = facts;
    Object.assign(room, { name, archived });
    this.emit("change", this);
  }

  /** @param {string} slug */
  remove(slug) {
    if (this.rooms.delete(slug)) this.emit("change", this);
  }

  /** @param {string} slug @param {{last: number, read: number, mentions?: number}} numbers */
  #grow(slug, { last, read, mentions = 0 }) {
    const room = this.rooms.get(slug);
    if (!room || (last <= room.last_number && read <= room.read_number)) return;
    if (read > room.read_number) room.mentions = mentions;
    room.last_number = Math.max(room.last_number, last);
    room.read_number = Math.max(room.read_number, read);
    room.unread = Math.max(0, room.last_number - room.read_number);
    this.emit("change", this);
  }
}

/**
 * '(3) general – Chatsite'
 *
 * @param {number} unread
 * @param {string} page
 * @param {string} site
 */
export function pageTitle(unread, page, site) {
  const count = unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : "";
  return `${count}${page} – ${site}`;
}
