import { Typists } from "../composer/typing.js";
import { roomWords } from "../connection/farewells.js";
import { clock as realClock } from "../lib/clock.js";
import { Emitter } from "../lib/emitter.js";
import { gettext } from "../lib/gettext.js";
import { learnHere, learnNamed, renameNamed } from "../lib/named.js";
import { withPerson } from "../lib/partners.js";
import { Ignored } from "../people/ignored.js";
import { Moderation } from "../people/moderation.js";
import { Presence } from "../people/presence.js";
import { SiteStanding } from "../people/site-standing.js";
import { Standing } from "../people/standing.js";
import { MAX_PAGE } from "../protocol.js";
import { RoomHistory } from "../timeline/history.js";
import { LinkedMessages } from "../timeline/linked-messages.js";
import { Quotes } from "../timeline/quotes.js";
import { isReadable } from "../timeline/rows.js";
import { Timeline } from "../timeline/timeline.js";
import { RoomMentions } from "./room-mentions.js";
import { RoomOpening } from "./room-opening.js";
import { RoomPosts } from "./room-posts.js";
import { RoomReactions } from "./room-reactions.js";
import { RoomReading } from "./room-reading.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Page} Page */
/** @typedef {import('../lib/types.js').Reading} Reading */
/** @typedef {import('../lib/types.js').Room} Room */
/** @typedef {import('../lib/types.js').Member} Member */
/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('../lib/types.js').User} User */

/**
 * One visit to one room: its state, and everything a reader can do in it. Elements draw it and call
 * it; it knows the socket and no element. `away` says when the room is asked for again while the
 * server can't read it (in milliseconds), then null.
 *
 * @extends {Emitter<{draw: null, posted: Message[], room: Room, opened: Room, counted: Room, ignored: null, turned: {number: number, step: 1 | -1}, read: Reading, unread: number, member: {member: Member, left: boolean}, person: User, missed: null, ended: string, away: number | null}>}
 */
export class RoomSession extends Emitter {
  presence = new Presence();
  /** How many gaps in the events were found and filled. */
  gaps = 0;
  #socket;
  #outbox;
  #opening;
  #left = false;
  #forget;

  /**
   * @param {object} world
   * @param {import('../connection/socket.js').ChatSocket} world.socket
   * @param {import('../composer/outbox.js').Outbox} world.outbox
   * @param {User} world.me
   * @param {SiteStanding} [world.siteStanding]
   * @param {Ignored} [world.ignored]
   * @param {import('../lib/clock.js').Clock} [world.clock]
   * @param {Room} room
   * @param {Page & {around?: number | null, named?: User[]}} page
   */
  constructor(
    {
      socket,
      outbox,
      me,
      siteStanding = new SiteStanding(),
      ignored = new Ignored(),
      clock = realClock,
    },
    room,
    page,
  ) {
    super();
    this.siteStanding = siteStanding;
    this.ignored = ignored;
    this.typists = new Typists(clock);
    this.#socket = socket;
    this.#outbox = outbox;
    this.me = me;
    learnNamed(page.named);
    this.#learnHere(page);
    const ask = this.#ask.bind(this);
    const draw = () => this.#draw();
    this.standing = new Standing(room, { me, siteStanding, clock });
    this.standing.on("change", (now) => this.emit("room", now));
    const { slug, revision, last_number: lastNumber } = room;
    const timeline = new Timeline({ me, revision, lastNumber, page, posts: outbox.of(slug) });
    this.timeline = timeline;
    const changed = this.#changed.bind(this);
    this.history = new RoomHistory({ timeline, ask, changed, clock });
    this.history.on("draw", draw);
    const isMember = () => this.room.role !== null;
    this.reading = new RoomReading(room, page, { me, ignored, ask, isMember, clock });
    this.reading.on("read", (reading) => this.emit("read", reading));
    this.reading.on("unread", (number) => {
      this.emit("unread", number);
      draw();
    });
    this.quotes = new Quotes(timeline.find.bind(timeline), (number) => this.#fetch(number));
    this.quotes.on("change", draw);
    this.links = new LinkedMessages({
      slug,
      find: (number) => timeline.find(number),
      ask: (command) => socket.request(command),
    });
    this.links.on("change", draw);
    const now = () => clock.now() + siteStanding.ahead;
    this.moderation = new Moderation((command) => ask(command, { keep: true }), now);
    this.reactions = new RoomReactions({ me, timeline, ask, draw });
    const { standing } = this;
    this.posts = new RoomPosts({
      slug,
      outbox,
      timeline,
      standing,
      draw,
      reopen: () => this.open(),
    });
    const isConnected = () => socket.connection.state === "open";
    const mentioning = { me, standing, siteStanding, timeline, ask, isConnected };
    this.mentions = new RoomMentions(mentioning);
    this.#opening = new RoomOpening({ timeline, ask, isConnected, clock });
    this.#opening.on("opened", ({ reply, isStale }) => this.#opened(reply, isStale));
    this.#opening.on("gone", () => this.#gone());
    this.#opening.on("away", (retryAt) => this.emit("away", retryAt));
    this.#forget = ignored.on("change", () => this.#ignoredChanged());
  }

  get room() {
    return this.standing.room;
  }

  get items() {
    return this.timeline.items;
  }

  /**
   * How many messages between two numbers can be read; null if the window doesn't hold all of them.
   *
   * @param {number} first
   * @param {number} last
   */
  readable(first, last) {
    return this.timeline.count(first, last, (message) => isReadable(message, this.ignored));
  }

  // Staying up to date

  /**
   * Follow the room from where the page is, or from the start if the database is another one.
   *
   * @param {{fresh?: boolean}} [how]
   */
  open(how) {
    return this.#opening.open(how);
  }

  /** The reader's 'Try now' while the room can't be read. */
  wake() {
    this.#opening.wake();
  }

  /** An event that concerns this room. @param {ServerEvent} event */
  hear(event) {
    const { type, message, people } = event;
    if (message) learnNamed(people);
    if (type === "message.posted" && message?.mentions_room === "here") learnHere([message]);
    if (event.message) this.#messageChanged(event, event.message);
    else this.#handlers[event.type]?.(event);
  }

  /** What an event does, by its type; all that carry a message are handled alike. @type {Record<string, (event: any) => void>} */
  #handlers = {
    "presence.changed": (event) => this.presence.apply(event),
    "typing.started": ({ user }) => this.ignored.has(user.id) || this.typists.start(user),
    "typing.stopped": ({ user }) => this.typists.stop(user.id),
    "room.updated": (event) => this.#roomUpdated(event),
    "room.stale": () => this.open(),
    "room.removed": (event) => this.#end(roomWords(event), { role: null }),
    "mute.changed": ({ muted }) => this.standing.learn({ muted }),
    "person.changed": ({ person }) => this.#rename(person),
    "member.joined": (event) => this.#memberChanged(event),
    "member.left": (event) => this.#memberChanged(event),
    "member.updated": (event) => this.#memberChanged(event),
    "read.changed": (event) => this.reading.learn(event),
  };

  /** The visit is over: report what was read, and hear nothing more. */
  leave() {
    this.posts.leave();
    this.reading.leave();
    this.links.leave();
    this.#left = true;
    this.standing.leave();
    this.#forget();
    this.#opening.leave();
    this.history.leave();
    this.typists.clear();
    this.#ask({ type: "room.close" }).catch(() => {});
  }

  // Messages

  /** @param {number} number @param {string} body */
  async edit(number, body) {
    const { message } = await this.#ask({ type: "message.edit", number, body }, { keep: true });
    this.timeline.presume(number, message);
    this.#draw();
  }

  /** @param {number} number @param {string} url of the link */
  async removePreview(number, url) {
    const { message } = await this.#ask({ type: "preview.remove", number, url }, { keep: true });
    this.timeline.presume(number, { previews: message.previews });
    this.#draw();
  }

  // Internal

  /** @param {import('../lib/types.js').RoomOpened} reply @param {boolean} isStale */
  #opened(reply, isStale) {
    this.reading.opened(reply.room, { isStale, wasMember: this.room.role !== null });
    if (reply.room.members !== this.room.members) this.emit("missed", null);
    this.standing.enter(reply.room);
    // Before new messages are counted: for mine, the reply says how far I have read.
    this.emit("counted", this.room);
    this.presence.reset(reply.online);
    const change = this.timeline.opened({ ...reply, reset: reply.reset || isStale });
    const { last_number, read_number } = reply.room;
    for (const { number } of change.posted)
      if (read_number < number && number <= last_number) this.reading.approve(number);
    this.#changed({ ...change, gap: false });
    if (change.gap) this.gaps += 1;
    this.#opening.settle(change);
    this.emit("opened", this.room);
    this.reading.tracker.again();
    this.links.again();
    this.#reachEnd();
    // Whatever couldn't be fetched while the line was down (a quoted message) is asked for again.
    this.#draw();
  }

  /** A visit that begins at the first unread message is mostly near the end: then load all of it. */
  #reachEnd() {
    const { hasAfter, lastNumber, messages } = this.timeline;
    if (hasAfter && lastNumber - (messages.at(-1)?.number ?? 0) <= MAX_PAGE)
      this.history.more("after", MAX_PAGE);
  }

  #gone() {
    // A public room can be viewed from outside, as it could when the page was made.
    if (this.room.role !== null) this.#end(gettext("You are no longer in this room."));
  }

  /** @param {string} words why I am no longer in the room @param {Partial<Room>} [facts] */
  #end(words, facts) {
    this.standing.end(facts);
    this.emit("ended", words);
  }

  /** @param {ServerEvent} event @param {Message} message */
  #messageChanged(event, message) {
    if (event.type === "message.posted") this.typists.stop(message.author.id);
    if (message.author.id === this.me.id) this.#outbox.confirm(message.nonce);
    this.quotes.apply(message);
    this.#turned(event.revision, message);
    if (event.approved) this.reading.approve(message.number);
    this.#changed(this.timeline.apply(event));
  }

  /** Report that a message was deleted or restored. @param {number | undefined} revision @param {Message} message */
  #turned(revision, message) {
    const { number, author, deleted } = message;
    if (this.ignored.has(author.id)) return;
    if (deleted && message.revision === revision) this.emit("turned", { number, step: -1 });
    else if (!deleted && message.restored === revision) this.emit("turned", { number, step: 1 });
  }

  /** @param {ServerEvent} event */
  #roomUpdated({ type, room, ...told }) {
    const facts = { ...told, name: told.name || this.room.name }; // a direct room has none
    const isMine = (/** @type {Message} */ { author }) => author.id === this.me.id;
    this.standing.updated(facts, this.timeline.messages.findLast(isMine));
  }

  /** @param {ServerEvent} event */
  #memberChanged({ type, member, members }) {
    const role = member.id === this.me.id ? member.role : this.room.role;
    if (type === "member.left") this.mentions.forget(member);
    else this.mentions.learn([member]);
    this.emit("member", { member, left: type === "member.left" });
    this.standing.learn({ role, members: members ?? this.room.members });
  }

  /** @param {User} person with their new name */
  #rename(person) {
    renameNamed(person);
    this.quotes.rename(person);
    this.presence.rename(person);
    this.typists.rename(person);
    this.standing.learn(withPerson(this.room, person));
    this.emit("person", person);
    this.#changed(this.timeline.rename(person));
  }

  #ignoredChanged() {
    for (const { id } of this.typists.users) if (this.ignored.has(id)) this.typists.stop(id);
    this.emit("ignored", null);
    this.#draw();
  }

  /** @param {number} number @returns {Promise<Message | undefined>} */
  async #fetch(number) {
    const { messages } = await this.#ask({ type: "history", around: number, limit: 1 });
    return messages.find((/** @type {Message} */ message) => message.number === number);
  }

  /** @param {import('../timeline/timeline.js').Change} change */
  #changed(change) {
    if (change.gap) this.gaps += 1;
    if (this.#left) return;
    const mine = this.reading.posted(change.posted, this.me);
    if (mine) this.standing.posted(mine.created_at);
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
  async #ask(command, how) {
    const reply = await this.#socket.request({ ...command, room: this.room.slug }, how);
    learnNamed(reply?.people);
    this.#learnHere(reply);
    return reply;
  }

  /** @param {{messages?: Message[], here?: number[]} | undefined} page */
  #learnHere({ messages = [], here = [] } = {}) {
    if (here.length) learnHere(messages.filter(({ number }) => here.includes(number)));
  }
}
