import { roomWords } from "./farewells.js";
import { MOST, RoomHistory } from "./history.js";
import { Ignored } from "./ignored.js";
import { backoffSeconds } from "./lib/backoff.js";
import { clock as realClock } from "./lib/clock.js";
import { Emitter } from "./lib/emitter.js";
import { gettext } from "./lib/gettext.js";
import { Moderation } from "./moderation.js";
import { withPerson } from "./partners.js";
import { Presence } from "./presence.js";
import { Quotes } from "./quotes.js";
import { isMine, Reactors, toggled } from "./reactions.js";
import { Reader } from "./reader.js";
import { firstUnread, isReadable } from "./rows.js";
import { Standing } from "./standing.js";
import { Timeline } from "./timeline.js";
import { Typists } from "./typing.js";
import { SiteVoice } from "./voice.js";

/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Page} Page */
/** @typedef {import('./lib/types.js').Reading} Reading */
/** @typedef {import('./lib/types.js').Room} Room */
/** @typedef {import('./lib/types.js').Member} Member */
/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('./lib/types.js').User} User */

const GONE = new Set(["not_found", "not_member", "forbidden"]);

/**
 * One visit to one room: what is known of it, and everything that a reader can do in it. Elements
 * draw it and call it; it knows the socket and no element. `away` says when the room is asked for
 * again while the server can't read it (in milliseconds), then null.
 *
 * @extends {Emitter<{draw: null, posted: Message[], room: Room, opened: Room, counted: Room, ignored: null, turned: {number: number, step: 1 | -1}, read: Reading, unread: number, member: {member: Member, left: boolean}, person: User, missed: null, ended: string, away: number | null}>}
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
  /** Messages by which their author hasn't read the room: held until a moderator let them through. @type {Set<number>} */
  #approved = new Set();
  /** Another history: what is known of this one counts for nothing. */
  #stale = false;
  #attempts = 0;
  /** @type {any} */ #again = null;
  #forget;

  /**
   * @param {object} world
   * @param {import('./socket.js').ChatSocket} world.socket
   * @param {import('./outbox.js').Outbox} world.outbox
   * @param {User} world.me
   * @param {SiteVoice} [world.voice]
   * @param {Ignored} [world.ignored]
   * @param {import('./lib/clock.js').Clock} [world.clock]
   * @param {Room} room
   * @param {Page & {around?: number | null}} page
   */
  constructor(
    { socket, outbox, me, voice = new SiteVoice(), ignored = new Ignored(), clock = realClock },
    room,
    page,
  ) {
    super();
    this.#clock = clock;
    this.voice = voice;
    this.ignored = ignored;
    this.typists = new Typists(clock);
    this.#socket = socket;
    this.#outbox = outbox;
    this.me = me;
    this.standing = new Standing(room, { me, voice, clock });
    this.standing.on("change", (now) => this.emit("room", now));
    this.timeline = new Timeline({
      me,
      revision: room.revision,
      lastNumber: room.last_number,
      page,
      posts: outbox.of(room.slug),
    });
    this.history = new RoomHistory({
      timeline: this.timeline,
      ask: (...command) => this.#ask(...command),
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
          ignored,
        })
      : null;
    // The server also names the first unread message, to send its surroundings: there the divider is.
    const unread = page.around === room.read_number + 1 && this.unreadFrom !== null;
    this.around = unread ? null : (page.around ?? null);
    this.reader = new Reader(room, {
      ask: (...command) => this.#ask(...command),
      isMember: () => this.room.role !== null,
      clock,
    });
    this.reader.on("read", (reading) => this.emit("read", { ...reading, room: room.slug }));
    this.reader.on("back", (number) => {
      this.unreadFrom = number;
      this.emit("unread", number);
      this.#draw();
    });
    this.quotes = new Quotes(
      (number) => this.timeline.find(number),
      async (number) => {
        const { messages } = await this.#ask({ type: "history", around: number, limit: 1 });
        return messages.find((/** @type {Message} */ message) => message.number === number);
      },
    );
    this.quotes.on("change", () => this.#draw());
    this.moderation = new Moderation(
      (command) => this.#ask(command, { keep: true }),
      () => this.#clock.now() + voice.ahead,
    );
    this.#forget = ignored.on("change", () => this.#ignoredChanged());
  }

  get room() {
    return this.standing.room;
  }

  get seen() {
    return this.reader.seen;
  }

  get items() {
    return this.timeline.items;
  }

  /**
   * How many messages there are to read from one number to another; null where not all of them are
   * in the window.
   *
   * @param {number} first
   * @param {number} last
   */
  readable(first, last) {
    return this.timeline.count(first, last, (message) => isReadable(message, this.ignored));
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
    // Of a membership that goes on, this answer may be older than what came before it.
    const goesOn = this.room.role !== null && !this.#stale;
    if (goesOn) this.reader.learn({ ...reply.room, number: reply.room.read_number });
    else if (this.#stale) {
      this.reader.restart(reply.room);
      this.unreadFrom = null;
    } else this.reader.revision = reply.room.read_revision;
    if (reply.room.members !== this.room.members) this.emit("missed", null);
    this.standing.enter(reply.room);
    // Before what is new is counted: of mine, it says how far I have read by it.
    this.emit("counted", this.room);
    this.presence.reset(reply.online);
    const change = this.timeline.opened({ ...reply, reset: reply.reset || this.#stale });
    this.#stale = false;
    const { last_number, read_number } = reply.room;
    for (const { number } of change.posted)
      if (read_number < number && number <= last_number) this.#approved.add(number);
    this.#changed({ ...change, gap: false });
    if (change.gap) this.gaps += 1;
    // A server that knows less than it told already is not asked again and again at once.
    if (change.gap) this.#openLater();
    else this.#attempts = 0;
    this.emit("away", null);
    this.emit("opened", this.room);
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
        this.#end(gettext("You are no longer in this room."));
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
      this.#turned(event.revision, event.message);
      if (event.approved) this.#approved.add(event.message.number);
      this.#changed(this.timeline.apply(event));
    } else if (event.type === "presence.changed") {
      this.presence.apply(/** @type {any} */ (event));
    } else if (event.type === "typing.started") {
      if (!this.ignored.has(event.user.id)) this.typists.start(event.user);
    } else if (event.type === "typing.stopped") {
      this.typists.stop(event.user.id);
    } else if (event.type === "room.updated") {
      const { type, room, ...told } = event;
      const facts = { ...told, name: told.name || this.room.name }; // a direct room has none
      const mine = (/** @type {Message} */ { author }) => author.id === this.me.id;
      this.standing.updated(facts, this.timeline.messages.findLast(mine));
    } else if (event.type === "room.stale") {
      this.open();
    } else if (event.type === "mute.changed") {
      this.standing.learn({ muted: event.muted });
    } else if (event.type === "person.changed") {
      this.#rename(event.person);
    } else if (event.type.startsWith("member.")) {
      this.#member(event);
    } else if (event.type === "read.changed") {
      this.reader.learn(/** @type {any} */ (event));
    } else if (event.type === "room.removed") {
      this.#end(roomWords(/** @type {any} */ (event)), { role: null });
    }
  }

  /** @param {User} person as they are called now */
  #rename(person) {
    this.quotes.rename(person);
    this.presence.rename(person);
    this.typists.rename(person);
    this.standing.learn(withPerson(this.room, person));
    this.emit("person", person);
    this.#changed(this.timeline.rename(person));
  }

  /** Tells whether a change was a deletion or restoration. @param {number | undefined} revision @param {Message} message */
  #turned(revision, message) {
    const { number, author, deleted } = message;
    if (this.ignored.has(author.id)) return;
    if (deleted && message.revision === revision) this.emit("turned", { number, step: -1 });
    else if (!deleted && message.restored === revision) this.emit("turned", { number, step: 1 });
  }

  #ignoredChanged() {
    for (const { id } of this.typists.users) if (this.ignored.has(id)) this.typists.stop(id);
    this.emit("ignored", null);
    this.#draw();
  }

  /** @param {string} words why I am no longer in the room @param {Partial<Room>} [facts] */
  #end(words, facts) {
    this.standing.end(facts);
    this.emit("ended", words);
  }

  /** @param {ServerEvent} event */
  #member(event) {
    const role = event.member.id === this.me.id ? event.member.role : this.room.role;
    this.emit("member", { member: event.member, left: event.type === "member.left" });
    this.standing.learn({ role, members: event.members ?? this.room.members });
  }

  /** The visit is over. What was seen is said; what comes for this room concerns nobody here. */
  leave() {
    this.reader.leave();
    this.#left = true;
    this.standing.leave();
    this.#forget();
    this.#clock.cancel(this.#again);
    this.history.leave();
    this.typists.clear();
    this.#ask({ type: "room.close" }).catch(() => {});
  }

  // Saying something

  /** @param {{body: string, reply_to: number | null}} draft */
  post(draft) {
    const post = this.#outbox.post({ room: this.room.slug, ...draft });
    this.timeline.add(post);
    this.standing.posting();
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

  /** Everybody who has put this on a message. @param {Message} message @param {import('./lib/types.js').Reaction} reaction */
  reactors({ number }, reaction) {
    return new Reactors(reaction, (emoji, after) =>
      this.#ask({ type: "reactions", number, emoji, after }),
    );
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

  /** @param {number} number */
  markUnread(number) {
    return this.reader.markUnread(number);
  }

  /** It was refused, or is held: it has not been said. @param {{code: string}} error */
  postFailed({ code }) {
    this.standing.refused();
    // The event that told so was lost, or is still to come.
    if (code === "muted" && this.standing.obstacle?.kind !== "muted") this.open();
  }

  // Internal

  /** @param {import('./timeline.js').Change} change */
  #changed(change) {
    if (change.gap) this.gaps += 1;
    if (this.#left) return;
    const mine = change.posted.findLast(
      ({ number, author }) => author.id === this.me.id && !this.#approved.has(number),
    );
    // Who posts has read the room, and reads on.
    if (mine) {
      this.seen.readElsewhere(mine.number);
      this.seen.release();
      this.standing.posted(mine.created_at);
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
