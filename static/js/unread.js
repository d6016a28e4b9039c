import { Cursor } from "./cursor.js";
import { Emitter } from "./lib/emitter.js";
import { formatNumber } from "./lib/gettext.js";
import { withPerson } from "./partners.js";

/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Reading} Reading */
/** @typedef {import('./lib/types.js').RoomSummary} RoomSummary */
/** @typedef {import('./lib/types.js').User} User */

/**
 * @typedef {object} Partly what is known as long as not all rooms are
 * @property {Set<string>} known those that were told of since the welcome
 * @property {number} unread in the others
 * @property {Map<string, (() => void)[]>} early what happened in the others since
 * @property {Set<string>} gone those that I have left since
 * @property {User[]} people who are called otherwise since
 */

/**
 * My rooms, and how much of each I have not read: the messages after the last that I read, without
 * those that were deleted and those by people whom I ignore. What is said twice, late or by two roads
 * (an open room hears of messages, the others of activity) counts once. The welcome begins anew; of
 * somebody in very many rooms it tells of some, and the others are learnt after it.
 *
 * @extends {Emitter<{change: Unread}>}
 */
export class Unread extends Emitter {
  /** @type {Map<string, RoomSummary>} */
  rooms = new Map();
  /** @type {Map<string, Cursor>} */
  #cursors = new Map();
  /** Those of which the server was asked to say once more how much is unread. @type {Set<string>} */
  #asked = new Set();
  /** Until all rooms are known. @type {Partly | null} */
  #partly = null;
  #me;
  #ask;
  #isIgnored;

  /**
   * @param {object} start
   * @param {{id: number}} start.me
   * @param {RoomSummary[]} start.rooms
   * @param {number | null} [start.all] as for `reset`
   * @param {import('./ignored.js').Ignored} [start.ignored]
   * @param {(command: {type: string, [field: string]: any}) => Promise<any>} [start.ask]
   */
  constructor({ me, rooms, all = null, ignored, ask = () => Promise.reject({ code: "offline" }) }) {
    super();
    this.#me = me.id;
    this.#ask = ask;
    this.#isIgnored = (/** @type {number} */ author) => ignored?.has(author) === true;
    ignored?.on("change", () => this.#recount());
    this.reset(rooms, { all });
  }

  get total() {
    const partly = this.#partly;
    let sum = partly?.unread ?? 0;
    for (const { slug, unread } of this.rooms.values())
      if (!partly || partly.known.has(slug)) sum += unread;
    return sum;
  }

  /**
   * @param {RoomSummary[]} rooms
   * @param {{all?: number | null}} [how] `all`: these aren't all of my rooms, and so much is unread in
   *   all of them; what was known of the others before holds until `learnMore` says more
   */
  reset(rooms, { all = null } = {}) {
    const before = all === null ? [] : [...this.rooms];
    const cursors = this.#cursors;
    this.rooms = new Map();
    this.#cursors = new Map();
    for (const room of rooms) this.#set(room);
    for (const [slug, room] of before) {
      const cursor = cursors.get(slug);
      if (this.rooms.has(slug) || !cursor) continue;
      this.rooms.set(slug, room);
      this.#cursors.set(slug, cursor);
    }
    const told = rooms.reduce((sum, { unread }) => sum + unread, 0);
    const known = new Set(rooms.map(({ slug }) => slug));
    this.#partly =
      all === null
        ? null
        : { known, unread: Math.max(0, all - told), early: new Map(), gone: new Set(), people: [] };
    this.emit("change", this);
  }

  /**
   * More of my rooms, as they were a moment ago: what happened there since the welcome comes on top.
   *
   * @param {RoomSummary[]} rooms
   * @param {{isLast: boolean}} how
   */
  learnMore(rooms, { isLast }) {
    const partly = this.#partly;
    if (!partly) return;
    for (const room of rooms) {
      partly.unread = Math.max(0, partly.unread - room.unread);
      if (partly.gone.has(room.slug)) continue;
      if (partly.known.has(room.slug)) this.learn(room);
      else {
        partly.known.add(room.slug);
        this.#set(partly.people.reduce(withPerson, room));
        for (const again of partly.early.get(room.slug) ?? []) again();
        partly.early.delete(room.slug);
      }
    }
    if (isLast) {
      // Whatever is left is of before the welcome, and no room of mine any more.
      for (const slug of this.rooms.keys()) if (!partly.known.has(slug)) this.#drop(slug);
      this.#partly = null;
    }
    this.emit("change", this);
  }

  /** @param {RoomSummary} room */
  #set(room) {
    this.rooms.set(room.slug, { ...room });
    this.#cursors.set(room.slug, new Cursor(room, this.#isIgnored));
  }

  /** @param {string} slug */
  #drop(slug) {
    this.#cursors.delete(slug);
    return this.rooms.delete(slug);
  }

  /** Keeps what happens in a room that is still to be learnt of. @param {string} slug @param {() => void} again */
  #keep(slug, again) {
    const partly = this.#partly;
    if (!partly || partly.known.has(slug) || partly.gone.has(slug)) return;
    partly.early.set(slug, [...(partly.early.get(slug) ?? []), again]);
  }

  /** What the server tells, as far as it says what is unread. @param {import('./lib/types.js').ServerEvent} event */
  hear(event) {
    const { type, room, message, approved } = event;
    if (type === "room.activity") this.activity(/** @type {any} */ (event));
    else if (type === "activity.changed") this.changed(/** @type {any} */ (event));
    else if (type === "room.stale") this.#doubt(room);
    else if (type === "read.changed") this.read(/** @type {any} */ (event));
    else if (type === "reads.changed") for (const reading of event.rooms) this.read(reading);
    if (!message) return;
    this.shown(room, message);
    const { number, author } = message;
    if (type === "message.posted") this.activity({ room, number, author: author.id, approved });
  }

  /** @param {{room: string, number: number, author: number, approved?: boolean}} activity */
  activity({ room, number, author, approved = false }) {
    // Who posts has read the room; what a moderator has let through was posted before.
    const isMine = author === this.#me && !approved;
    this.#move(room, (cursor) => cursor.posted(number, author, isMine));
  }

  /**
   * Messages of a room that isn't open were deleted, or restored.
   *
   * @param {{room: string, revision: number, gone: [number, number][], back: [number, number][]}} changed
   */
  changed({ room, revision, gone, back }) {
    this.#move(room, (cursor) => {
      for (const [number, author] of gone)
        cursor.turned(number, author, { revision, isBack: false });
      for (const [number, author] of back)
        cursor.turned(number, author, { revision, isBack: true });
    });
  }

  /** What an event says of a message of an open room. @param {string} room @param {Message} message */
  shown(room, { number, author, deleted, revision, restored }) {
    const turned = deleted ? revision : restored;
    if (turned === undefined) return;
    const turn = { revision: turned, isBack: !deleted };
    this.#move(room, (cursor) => cursor.turned(number, author.id, turn));
  }

  /** Somebody spoke to me. @param {{room: string, number: number, reason: string}} notification */
  notified({ room: slug, number, reason }) {
    const room = this.rooms.get(slug);
    if (!room || number <= room.read_number || reason !== "mention") return;
    room.mentions += 1;
    this.emit("change", this);
  }

  /** @param {Omit<Reading, 'revision'> & {revision?: number}} reading */
  read(reading) {
    this.#move(reading.room, (cursor) => cursor.learn(reading), reading.mentions);
  }

  /** What the server says of an open room. @param {RoomSummary} room */
  learn({ slug, read_number, ...counted }) {
    this.read({ ...counted, room: slug, number: read_number });
  }

  /** @param {RoomSummary} room */
  add(room) {
    this.#partly?.gone.delete(room.slug);
    this.#partly?.known.add(room.slug);
    // Told late, it says how the room was before the welcome.
    if (this.rooms.has(room.slug)) return this.learn(room);
    this.#set(room);
    this.emit("change", this);
  }

  /** @param {string} slug @param {Partial<RoomSummary>} facts */
  update(slug, facts) {
    this.#keep(slug, () => this.update(slug, facts));
    const room = this.rooms.get(slug);
    if (!room) return;
    // A direct room is called by its people, whatever becomes of it.
    const name = facts.name || room.name;
    const { archived = room.archived } = facts;
    Object.assign(room, { name, archived });
    this.emit("change", this);
  }

  /** Somebody is called otherwise now: so are the direct rooms with them. @param {User} person */
  rename(person) {
    this.#partly?.people.push(person);
    for (const [slug, room] of this.rooms) this.rooms.set(slug, withPerson(room, person));
    this.emit("change", this);
  }

  /** @param {string} slug */
  remove(slug) {
    this.#partly?.gone.add(slug);
    this.#partly?.known.delete(slug);
    if (this.#drop(slug)) this.emit("change", this);
  }

  /** Somebody is ignored, or no longer; where that makes a difference the server counts anew. */
  #recount() {
    for (const [slug, cursor] of this.#cursors) {
      const room = this.rooms.get(slug);
      if (room) room.unread = cursor.unread;
    }
    this.emit("change", this);
  }

  /** Too much happened there to be told. @param {string} slug */
  #doubt(slug) {
    const cursor = this.#cursors.get(slug);
    if (cursor) this.#countAgain(slug, cursor);
  }

  /** Something was told in an order that leaves a doubt. @param {string} slug @param {Cursor} cursor */
  async #countAgain(slug, { read: number, revision: read_revision }) {
    if (this.#asked.has(slug)) return;
    this.#asked.add(slug);
    try {
      const command = { type: "room.read", room: slug, number, read_revision };
      this.read({ ...(await this.#ask(command)), room: slug });
    } catch {
      // The next welcome says it.
    } finally {
      this.#asked.delete(slug);
    }
  }

  /** @param {string} slug @param {(cursor: Cursor) => void} move @param {number} [mentions] after it */
  #move(slug, move, mentions = 0) {
    this.#keep(slug, () => this.#move(slug, move, mentions));
    const room = this.rooms.get(slug);
    const cursor = this.#cursors.get(slug);
    if (!room || !cursor) return;
    move(cursor);
    const { last, read, revision, unread } = cursor;
    const isRead = read !== room.read_number || revision !== room.read_revision;
    if (cursor.isDoubtful) this.#countAgain(slug, cursor);
    if (!isRead && last === room.last_number && unread === room.unread) return;
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
