import { Emitter } from "../lib/emitter.js";
import { formatCount } from "../lib/gettext.js";
import { withPerson } from "../lib/partners.js";
import { PartialRooms } from "./partial-rooms.js";
import { ReadCursor } from "./read-cursor.js";

const MOST_MS = 2 ** 31 - 1;

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Reading} Reading */
/** @typedef {import('../lib/types.js').RoomSummary} RoomSummary */
/** @typedef {import('../lib/types.js').User} User */

/**
 * My rooms, and how much I haven't read in each: the messages after the last one I read, without
 * deleted ones and those of people I ignore. News that arrives twice, late or by two routes (an
 * open room hears of messages, the others of activity) counts once. The welcome starts over; for
 * someone in very many rooms it includes only some, and the others follow.
 *
 * @extends {Emitter<{change: Unread}>}
 */
export class Unread extends Emitter {
  /** @type {Map<string, RoomSummary>} */
  rooms = new Map();
  /** How much is unread in my inbox. */
  inbox = 0;
  /** @type {Map<string, ReadCursor>} */
  #cursors = new Map();
  /** Rooms that the server was asked to count again. @type {Set<string>} */
  #asked = new Set();
  /** Until all rooms are known. @type {PartialRooms | null} */
  #partly = null;
  #me;
  #ask;
  #isIgnored;

  /**
   * @param {object} start
   * @param {{id: number}} start.me
   * @param {RoomSummary[]} start.rooms
   * @param {number | null} [start.all] as for `reset`
   * @param {import('../people/ignored.js').Ignored} [start.ignored]
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

  /** What counts as unread in all rooms. */
  get total() {
    const partly = this.#partly;
    let sum = partly?.unread ?? 0;
    for (const room of this.rooms.values())
      if (!partly || partly.knows(room.slug)) sum += counted(room);
    return sum;
  }

  /** @param {number} count */
  learnInbox(count) {
    this.inbox = count;
    this.emit("change", this);
  }

  /**
   * @param {RoomSummary[]} rooms
   * @param {{all?: number | null}} [how] `all`: these aren't all of my rooms, and this many messages are unread in all of them; what was known of the others holds until `learnMore` says more
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
    this.#partly = all === null ? null : new PartialRooms(rooms, all);
    this.emit("change", this);
  }

  /**
   * More of my rooms, as they were a moment ago: what happened there since the welcome is applied
   * on top.
   *
   * @param {RoomSummary[]} rooms
   * @param {{isLast: boolean}} how
   */
  learnMore(rooms, { isLast }) {
    const partly = this.#partly;
    if (!partly) return;
    for (const room of rooms) {
      partly.unread = Math.max(0, partly.unread - room.unread);
      if (partly.hasLeft(room.slug)) continue;
      if (partly.knows(room.slug)) this.learn(room);
      else {
        this.#set(partly.learn(room));
        partly.replay(room.slug);
      }
    }
    if (isLast) {
      // Whatever is left is from before the welcome, and no longer a room of mine.
      for (const slug of this.rooms.keys()) if (!partly.knows(slug)) this.#drop(slug);
      this.#partly = null;
    }
    this.emit("change", this);
  }

  /** @param {RoomSummary} room */
  #set(room) {
    const mine = { ...room };
    const cursor = new ReadCursor(room, this.#isIgnored);
    count(mine, cursor);
    this.#awaitEnd(room.notify);
    this.rooms.set(room.slug, mine);
    this.#cursors.set(room.slug, cursor);
  }

  /** A room that is muted for a time shows it when it is over. @param {RoomSummary["notify"]} notify */
  #awaitEnd(notify) {
    const ms = Date.parse(notify?.until ?? "") - Date.now();
    // Longer ones than a browser can wait for end with another welcome.
    if (ms > 0 && ms < MOST_MS) setTimeout(() => this.emit("change", this), ms + 50);
  }

  /** @param {string} slug */
  #drop(slug) {
    this.#cursors.delete(slug);
    return this.rooms.delete(slug);
  }

  /**
   * Apply an event, as far as it affects what is unread.
   *
   * @param {import('../lib/types.js').ServerEvent} event
   */
  hear(event) {
    const { type, room, message, approved } = event;
    this.#handlers[type]?.(event);
    if (!message) return;
    this.shown(room, message);
    const { number, author, mentions, mentions_room } = message;
    if (type === "message.posted")
      this.activity({ room, number, author: author.id, approved, mentions, mentions_room });
  }

  /** By the type of the event. @type {Record<string, (event: any) => void>} */
  #handlers = {
    "room.activity": (event) => this.activity(event),
    "activity.changed": (event) => this.changed(event),
    "room.stale": ({ room }) => this.#doubt(room),
    "inbox.changed": (event) => this.learnInbox(event.unread),
    "notify.changed": ({ room, notify }) => this.update(room, { notify }),
    "read.changed": (event) => this.read(event),
    "reads.changed": ({ rooms }) => {
      for (const reading of rooms) this.read(reading);
    },
  };

  /**
   * @param {object} activity
   * @param {string} activity.room
   * @param {number} activity.number
   * @param {number} activity.author
   * @param {boolean} [activity.approved]
   * @param {number[]} [activity.mentions]
   * @param {string | null} [activity.mentions_room] of `@here` only the server knows whom it means
   */
  activity({ room, number, author, approved = false, mentions = [], mentions_room }) {
    // Posting means having read the room; a message approved by a moderator was posted earlier.
    const isMine = author === this.#me && !approved;
    const mention =
      author !== this.#me && (mentions.includes(this.#me) || mentions_room === "room");
    this.#move(room, (cursor) => cursor.posted(number, author, { isMine, mention }));
  }

  /**
   * Messages of a room that isn't open were deleted or restored.
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

  /** An event with a message of an open room. @param {string} room @param {Message} message */
  shown(room, { number, author, deleted, revision, restored }) {
    const turned = deleted ? revision : restored;
    if (turned === undefined) return;
    const turn = { revision: turned, isBack: !deleted };
    this.#move(room, (cursor) => cursor.turned(number, author.id, turn));
  }

  /** @param {Omit<Reading, 'revision'> & {revision?: number}} reading */
  read(reading) {
    this.#move(reading.room, (cursor) => cursor.learn(reading));
  }

  /** The server's facts about an open room. @param {RoomSummary} room */
  learn({ slug, read_number, ...counted }) {
    this.read({ ...counted, room: slug, number: read_number });
  }

  /** @param {RoomSummary} room */
  add(room) {
    this.#partly?.join(room.slug);
    // If it arrives late, it describes the room as of before the welcome.
    if (this.rooms.has(room.slug)) return this.learn(room);
    this.#set(room);
    this.emit("change", this);
  }

  /** @param {string} slug @param {Partial<RoomSummary>} facts */
  update(slug, facts) {
    this.#partly?.keep(slug, () => this.update(slug, facts));
    const room = this.rooms.get(slug);
    if (!room) return;
    // A direct room is named after its people, whatever happens.
    const name = facts.name || room.name;
    const { archived = room.archived, notify = room.notify } = facts;
    this.#awaitEnd(facts.notify);
    Object.assign(room, { name, archived, notify });
    this.emit("change", this);
  }

  /** Someone has a new name, and so do the direct rooms with them. @param {User} person */
  rename(person) {
    this.#partly?.rename(person);
    for (const [slug, room] of this.rooms) this.rooms.set(slug, withPerson(room, person));
    this.emit("change", this);
  }

  /** @param {string} slug */
  remove(slug) {
    this.#partly?.leave(slug);
    if (this.#drop(slug)) this.emit("change", this);
  }

  /** Someone was ignored, or no longer is; where that matters the server counts again. */
  #recount() {
    for (const [slug, cursor] of this.#cursors) {
      const room = this.rooms.get(slug);
      if (room) count(room, cursor);
    }
    this.emit("change", this);
  }

  /** Too much happened there to be reported. @param {string} slug */
  #doubt(slug) {
    const cursor = this.#cursors.get(slug);
    if (cursor) this.#countAgain(slug, cursor);
  }

  /** News arrived in an order that leaves doubt. @param {string} slug @param {ReadCursor} cursor */
  async #countAgain(slug, { read: number, revision: read_revision }) {
    if (this.#asked.has(slug)) return;
    this.#asked.add(slug);
    try {
      const command = { type: "room.read", room: slug, number, read_revision };
      this.read({ ...(await this.#ask(command)), room: slug });
    } catch {
      // The next welcome will say it.
    } finally {
      this.#asked.delete(slug);
    }
  }

  /** @param {string} slug @param {(cursor: ReadCursor) => void} move */
  #move(slug, move) {
    this.#partly?.keep(slug, () => this.#move(slug, move));
    const room = this.rooms.get(slug);
    const cursor = this.#cursors.get(slug);
    if (!room || !cursor) return;
    move(cursor);
    const before = JSON.stringify(room);
    room.last_number = cursor.last;
    room.read_number = cursor.read;
    room.read_revision = cursor.revision;
    count(room, cursor);
    if (cursor.isDoubtful) this.#countAgain(slug, cursor);
    if (JSON.stringify(room) !== before) this.emit("change", this);
  }
}

/** In a direct room everything is meant for me. @param {RoomSummary} room @param {ReadCursor} cursor */
function count(room, { unread, mentions }) {
  room.unread = unread;
  room.mentions = room.kind === "direct" ? unread : mentions;
}

/** Whether I want to be told nothing of a room, for now. @param {RoomSummary} room */
export const isMuted = ({ notify }) => notify?.level === "nothing" && !isOver(notify);

/** @param {{until?: string | null}} notify */
export const isOver = ({ until }) => Date.parse(until ?? "") <= Date.now();

/**
 * What counts as unread: in a muted room only mentions and, if chosen so, not even those.
 *
 * @param {RoomSummary} room
 */
export function counted(room) {
  if (!isMuted(room)) return room.unread;
  const { muted } = globalThis.document?.documentElement.dataset ?? {};
  return muted === "nothing" ? 0 : Math.min(room.unread, room.mentions);
}

/**
 * '(3) general – Chatsite'
 *
 * @param {number} unread
 * @param {string} page
 * @param {string} site
 */
export function pageTitle(unread, page, site) {
  const count = unread > 0 ? `(${formatCount(unread)}) ` : "";
  return `${count}${page} – ${site}`;
}
