import { Cursor } from "./cursor.js";
import { Emitter } from "./lib/emitter.js";
import { formatNumber } from "./lib/gettext.js";

/** @typedef {import('./lib/types.js').Reading} Reading */
/** @typedef {import('./lib/types.js').RoomSummary} RoomSummary */

/**
 * My rooms, and how much of each I have not read: what lies between the last message and the last
 * that I read. What is said twice, late or by two roads (an open room hears `message.posted`, the
 * others `room.activity`) counts once. The welcome begins anew.
 *
 * @extends {Emitter<{change: Unread}>}
 */
export class Unread extends Emitter {
  /** @type {Map<string, RoomSummary>} */
  rooms = new Map();
  /** @type {Map<string, Cursor>} */
  #cursors = new Map();
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
    this.#cursors = new Map(rooms.map((room) => [room.slug, new Cursor(room)]));
    this.emit("change", this);
  }

  /** @param {{room: string, number: number, author: number}} activity */
  activity({ room, number, author }) {
    // Who posts has read the room.
    this.#move(room, (cursor) => cursor.posted(number, author === this.#me));
  }

  /** Somebody spoke to me. @param {{room: string, number: number, reason: string}} notification */
  notified({ room: slug, number, reason }) {
    const room = this.rooms.get(slug);
    if (!room || number <= room.read_number || reason !== "mention") return;
    room.mentions += 1;
    this.emit("change", this);
  }

  /** @param {Reading} reading */
  read(reading) {
    this.#move(reading.room, (cursor) => cursor.learn(reading), reading.mentions);
  }

  /** What the server says of an open room. @param {RoomSummary} room */
  learn({ slug, last_number, read_number, read_revision, mentions }) {
    const unread = last_number - read_number;
    this.read({ room: slug, number: read_number, read_revision, unread, mentions });
  }

  /** @param {RoomSummary} room */
  add(room) {
    // Told late, it says how the room was before the welcome.
    if (this.rooms.has(room.slug)) return this.learn(room);
    this.rooms.set(room.slug, { ...room });
    this.#cursors.set(room.slug, new Cursor(room));
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
    this.#cursors.delete(slug);
    if (this.rooms.delete(slug)) this.emit("change", this);
  }

  /** @param {string} slug @param {(cursor: Cursor) => void} move @param {number} [mentions] after it */
  #move(slug, move, mentions = 0) {
    const room = this.rooms.get(slug);
    const cursor = this.#cursors.get(slug);
    if (!room || !cursor) return;
    move(cursor);
    const { last, read, revision, unread } = cursor;
    const isRead = read !== room.read_number || revision !== room.read_revision;
    if (!isRead && last === room.last_number) return;
    if (isRead) room.mentions = mentions;
    room.last_number = last;
    room.read_number = read;
    room.read_revision = revision;
    room.unread = unread;
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
  const count = unread > 0 ? `(${unread > 99 ? "99+" : formatNumber(unread)}) ` : "";
  return `${count}${page} – ${site}`;
}
