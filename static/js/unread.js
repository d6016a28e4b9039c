import { Emitter } from "./lib/emitter.js";

/** @typedef {import('./lib/types.js').RoomSummary} RoomSummary */

/**
 * My rooms, and how much of each I have not read. The server counts when it is asked; between two
 * answers each new message of somebody else adds one. `last_number` makes an event count once, by
 * whichever road it comes (an open room hears `message.posted`, the others `room.activity`).
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
  activity({ room: slug, number, author }) {
    const room = this.rooms.get(slug);
    if (!room || number <= room.last_number) return;
    room.last_number = number;
    if (author !== this.#me && number > room.read_number) room.unread += 1;
    this.emit("change", this);
  }

  /** Somebody spoke to me. @param {{room: string, number: number, reason: string}} notification */
  notified({ room: slug, number, reason }) {
    const room = this.rooms.get(slug);
    if (!room || number <= room.read_number || reason !== "mention") return;
    room.mentions += 1;
    this.emit("change", this);
  }

  /** @param {{room: string, number: number, unread: number, mentions: number}} read */
  read({ room: slug, number, unread, mentions }) {
    const room = this.rooms.get(slug);
    if (!room) return;
    room.read_number = Math.max(room.read_number, number);
    room.last_number = Math.max(room.last_number, number);
    room.unread = unread;
    room.mentions = mentions;
    this.emit("change", this);
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
