import { MOST, RoomHistory } from "./history.js";
import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";
import { gettext } from "./lib/gettext.js";
import { Presence } from "./presence.js";
import { Quotes } from "./quotes.js";
import { isMine, toggled } from "./reactions.js";
import { firstUnread } from "./rows.js";
import { Seen } from "./seen.js";
import { Timeline } from "./timeline.js";
import { Typists } from "./typing.js";

/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Page} Page */
/** @typedef {import('./lib/types.js').Reading} Reading */
/** @typedef {import('./lib/types.js').Room} Room */
/** @typedef {import('./lib/types.js').Member} Member */
/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('./lib/types.js').User} User */

/** The server's own reasons, which all tabs are told in the same bytes; a moderator's stay as they are. */
const REASONS = new Map([
  ["You were removed from the room.", gettext("You were removed from the room.")],
  ["You were banned from the room.", gettext("You were banned from the room.")],
]);
const GONE = new Set(["not_found", "not_member", "forbidden"]);

/**
 * One visit to one room: what is known of it, and everything that a reader can do in it. Elements
 * draw it and call it; it knows the socket and no element. `away` says when the room is asked for
 * again while the server can't read it (in milliseconds), then null.
 *
 * @extends {Emitter<{draw: null, posted: Message[], room: Room, opened: Room, read: Reading, unread: number, member: {member: Member, left: boolean}, missed: null, ended: string, away: number | null}>}
 */
export class RoomSession extends Emitter {
  presence = new Presence();
  /** @type {number | null} */
  unreadFrom;
  /** @type {number | null} */
  around;
  /** How often something was missed and asked for. */
  gaps = 0;
  #socket;
  #outbox;
  #clock;
  #left = false;
  /** Another history: what is known of this one counts for nothing. */
  #stale = false;
  #attempts = 0;
  /** @type {any} */ #again = null;

  /**
   * @param {object} world
   * @param {import('./socket.js').ChatSocket} world.socket
   * @param {import('./outbox.js').Outbox} world.outbox
   * @param {User} world.me
   * @param {import('./lib/clock.js').Clock} [world.clock]
   * @param {Room} room
   * @param {Page & {around?: number | null}} page
   */
  constructor({ socket, outbox, me, clock = realClock }, room, page) {
    super();
    this.#clock = clock;
    this.typists = new Typists(clock);
    this.#socket = socket;
    this.#outbox = outbox;
    this.me = me;
    this.room = room;
    this.timeline = new Timeline({
      me,
      revision: room.revision,
      lastNumber: room.last_number,
      page,
      posts: outbox.of(room.slug),
    });
    this.history = new RoomHistory({
      timeline: this.timeline,
      ask: (command) => this.#ask(command),
      changed: (change) => this.#changed(change),
      clock,
    });
    this.history.on("draw", () => this.#draw());
    this.unreadFrom = room.role
      ? firstUnread(page.messages, {
          read: room.read_number,
          last: room.last_number,
          me,
          hasBefore: page.has_before,
        })
      : null;
    // The server also names the first unread message, to send its surroundings: there the divider is.
    const unread = page.around === room.read_number + 1 && this.unreadFrom !== null;
    this.around = unread ? null : (page.around ?? null);
    this.seen = new Seen({ read: room.read_number, tell: (number) => this.#read(number), clock });
    this.quotes = new Quotes(
      (number) => this.timeline.find(number),
      async (number) => {
        const { messages } = await this.#ask({ type: "history", around: number, limit: 1 });
        return messages.find((/** @type {Message} */ message) => message.number === number);
      },
    );
    this.quotes.on("change", () => this.#draw());
  }

  get items() {
    return this.timeline.items;
  }

  /** @param {Message} message */
  mayEdit(message) {
    return message.author.id === this.me.id && !message.deleted && this.mayWrite;
  }

  /** @param {Message} message */
  mayDelete(message) {
    const moderates = this.room.role === "owner" || this.room.role === "moderator";
    const mine = message.author.id === this.me.id && this.mayWrite;
    return !message.deleted && (moderates || mine);
  }

  get mayWrite() {
    return this.room.role !== null && !this.room.archived;
  }

  // Staying up to date

  /**
   * Follows the room from where we are, or from nothing when the database is another one.
   *
   * @param {{fresh?: boolean}} [how]
   */
  async open({ fresh = false } = {}) {
    if (this.#left) return;
    this.#clock.cancel(this.#again);
    // Until a reply comes, and not only this time: the line may be lost before.
    this.#stale ||= fresh;
    const since = this.#stale ? {} : { since: this.timeline.revision };
    this.timeline.awaitOpen({ fresh });
    let reply;
    try {
      reply = await this.#ask({ type: "room.open", ...since });
    } catch (error) {
      if (!this.#left) this.#openRefused(/** @type {any} */ (error));
      return;
    }
    if (!this.#left) this.#opened(reply);
  }

  /** The reader's 'Try now', while the room can't be read. */
  wake() {
    if (this.#attempts > 0) this.open();
  }

  /** @param {import('./lib/types.js').RoomOpened} reply */
  #opened(reply) {
    if (this.#stale) {
      this.seen.restart(reply.room.read_number);
      this.unreadFrom = null;
    }
    if (reply.room.members !== this.room.members) this.emit("missed", null);
    const { role, read_revision } = this.room;
    this.room = { ...this.room, ...reply.room };
    // Of a membership that goes on, this answer may be older than what came before it.
    if (role !== null && !this.#stale) {
      this.room.read_revision = read_revision;
      this.#learn({ ...reply.room, number: reply.room.read_number });
    }
    this.presence.reset(reply.online);
    const change = this.timeline.opened({ ...reply, reset: reply.reset || this.#stale });
    this.#stale = false;
    this.#changed({ ...change, gap: false });
    if (change.gap) this.gaps += 1;
    // A server that knows less than it told already is not asked again and again at once.
    if (change.gap) this.#openLater();
    else this.#attempts = 0;
    this.emit("away", null);
    this.emit("opened", this.room);
    this.emit("room", this.room);
    this.seen.again();
    this.#reachEnd();
    // What could not be had while the line was down (a quoted message) is asked for again.
    this.#draw();
  }

  /** A visit that begins at the first unread message mostly ends near the end: then all of it is here. */
  #reachEnd() {
    const { hasAfter, lastNumber, messages } = this.timeline;
    if (hasAfter && lastNumber - (messages.at(-1)?.number ?? 0) <= MOST)
      this.history.more("after", MOST);
  }

  /** @param {{code: string, retryAfter?: number}} error */
  #openRefused({ code, retryAfter = 1 }) {
    if (GONE.has(code) || code === "offline") {
      this.emit("away", null);
      // A public room may be looked at from outside, as it was when the page was made.
      if (code !== "offline" && this.room.role !== null)
        this.emit("ended", gettext("You are no longer in this room."));
      return; // without a line, the next welcome opens the room again
    }
    this.emit("away", this.#openLater(retryAfter));
  }

  /** @returns {number} when, in milliseconds */
  #openLater(atLeast = 1) {
    this.#attempts += 1;
    const ms = 1000 * (atLeast + backoffSeconds(this.#attempts));
    this.#clock.cancel(this.#again);
    this.#again = this.#clock.after(() => {
      if (this.#socket.connection.state === "open") this.open();
    }, ms);
    return this.#clock.now() + ms;
  }

  /** @param {ServerEvent} event one that concerns this room */
  hear(event) {
    if (event.message) {
      if (event.type === "message.posted") this.typists.stop(event.message.author.id);
      if (event.message.author.id === this.me.id) this.#outbox.confirm(event.message.nonce);
      this.quotes.apply(event.message);
      this.#changed(this.timeline.apply(event));
    } else if (event.type === "presence.changed") {
      this.presence.apply(/** @type {any} */ (event));
    } else if (event.type === "typing.started") {
      this.typists.start(event.user);
    } else if (event.type === "typing.stopped") {
      this.typists.stop(event.user.id);
    } else if (event.type === "room.updated") {
      const {
        name = this.room.name,
        topic = this.room.topic,
        archived = this.room.archived,
      } = event;
      this.room = { ...this.room, name, topic, archived };
      this.emit("room", this.room);
    } else if (event.type.startsWith("member.")) {
      this.#member(event);
    } else if (event.type === "read.changed") {
      this.#learn(/** @type {any} */ (event));
    } else if (event.type === "room.removed") {
      this.room = { ...this.room, role: null };
      this.emit(
        "ended",
        REASONS.get(event.reason) ?? event.reason ?? gettext("You left this room."),
      );
    }
  }

  /** @param {ServerEvent} event */
  #member(event) {
    const role = event.member.id === this.me.id ? event.member.role : this.room.role;
    this.room = { ...this.room, role, members: event.members ?? this.room.members };
    this.emit("member", { member: event.member, left: event.type === "member.left" });
    this.emit("room", this.room);
  }

  /** The visit is over. What was seen is said; what comes for this room concerns nobody here. */
  leave() {
    this.seen.setActive(false);
    this.seen.flush();
    this.#left = true;
    this.#clock.cancel(this.#again);
    this.history.leave();
    this.typists.clear();
    this.#ask({ type: "room.close" }).catch(() => {});
  }

  // Saying something

  /** @param {{body: string, reply_to: number | null}} draft */
  post(draft) {
    this.timeline.add(this.#outbox.post({ room: this.room.slug, ...draft }));
    this.#draw();
  }

  /** @param {number} number @param {string} body */
  async edit(number, body) {
    const { message } = await this.#ask({ type: "message.edit", number, body }, { keep: true });
    this.timeline.presume(number, message);
    this.#draw();
  }

  /**
   * Puts my emoji on a message or takes it back; it shows at once.
   *
   * @param {Message} message
   * @param {string} emoji
   */
  async react(message, emoji) {
    const mine = isMine(message, emoji, this.me);
    this.timeline.presume(message.number, { reactions: toggled(message, emoji, this.me) });
    this.#draw();
    const type = mine ? "reaction.remove" : "reaction.add";
    try {
      await this.#ask({ type, number: message.number, emoji }, { keep: true });
    } catch (error) {
      // A later version came with its own reactions, and those are true.
      if (this.timeline.find(message.number)?.revision === message.revision)
        this.timeline.presume(message.number, { reactions: message.reactions });
      this.#draw();
      throw error;
    }
  }

  /** @param {import('./lib/types.js').Post} post */
  postChanged(post) {
    // It may come from storage, or from another tab.
    this.timeline.add(post);
    this.timeline.update(post);
    this.#draw();
  }

  /** @param {import('./lib/types.js').Post} post @param {Message} [message] */
  postSent(post, message) {
    this.timeline.sent(post, message);
    this.#draw();
  }

  /** @param {string} nonce */
  postGone(nonce) {
    this.timeline.discard(nonce);
    this.#draw();
  }

  /**
   * Everything from a message on is unread again, and stays so while one looks at it.
   *
   * @param {number} number
   */
  async markUnread(number) {
    // At once: what was seen until now must not be said any more.
    this.#putBack(number - 1);
    try {
      this.#told(await this.#ask({ type: "room.unread", number }, { keep: true }));
    } catch (error) {
      this.seen.release();
      throw error;
    }
  }

  // Internal

  /** @param {number} number */
  async #read(number) {
    if (this.room.role === null) return;
    const { read_revision } = this.room;
    try {
      this.#told(await this.#ask({ type: "room.read", number, read_revision }, { keep: true }));
    } catch {
      if (!this.#left) this.seen.untold(number);
    }
  }

  /** @param {Omit<Reading, 'room'>} reading the server's answer */
  #told(reading) {
    this.#learn(reading);
    this.emit("read", { ...reading, room: this.room.slug });
  }

  /** @param {{number: number, read_revision?: number}} reading */
  #learn({ number, read_revision = 0 }) {
    if (read_revision > this.room.read_revision) {
      this.room = { ...this.room, read_revision };
      this.#putBack(number);
    } else if (read_revision === this.room.read_revision) this.seen.readElsewhere(number);
  }

  /** @param {number} read */
  #putBack(read) {
    this.seen.hold(read);
    this.unreadFrom = read + 1;
    this.emit("unread", read + 1);
    this.#draw();
  }

  /** @param {import('./timeline.js').Change} change */
  #changed(change) {
    if (change.gap) this.gaps += 1;
    if (this.#left) return;
    const mine = change.posted.findLast(({ author }) => author.id === this.me.id);
    // Who posts has read the room, and reads on.
    if (mine) {
      this.seen.readElsewhere(mine.number);
      this.seen.release();
    }
    if (change.posted.length) this.emit("posted", change.posted);
    if (change.draw) this.#draw();
    if (change.gap) this.open();
  }

  #draw() {
    if (!this.#left) this.emit("draw", null);
  }

  /**
   * @param {{type: string, [field: string]: any}} command
   * @param {{keep?: boolean}} [how]
   */
  #ask(command, how) {
    return this.#socket.request({ ...command, room: this.room.slug }, how);
  }
}
