import { MessageWindow } from "./message-window.js";
import { withMine } from "./reactions.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../lib/types.js').Page} Page */
/** @typedef {import('../lib/types.js').Post} Post */
/** @typedef {import('../lib/types.js').User} User */

/**
 * The outcome of a step. `posted` are the messages new to the room (to count and announce); `gap`
 * asks for `room.open` with `since`.
 *
 * @typedef {{draw: boolean, gap: boolean, posted: Message[]}} Change
 */

const RECENT = 256; // more than can change while a page of history is being loaded

/** @returns {Change} */
const nothing = () => ({ draw: false, gap: false, posted: [] });

/** @param {Message} message @param {User} person @returns {Message} */
export function renamed(message, person) {
  const author = message.author.id === person.id ? person : message.author;
  const reactions = message.reactions.map((reaction) => ({
    ...reaction,
    users: reaction.users.map((user) => (user.id === person.id ? person : user)),
  }));
  return { ...message, author, reactions };
}

/**
 * A window on a room's history: consecutive messages without a hole, what changed about them, and
 * my own posts that the server has yet to confirm. No DOM, no socket: events and replies go in,
 * changes to draw come out.
 *
 * Two integers order everything. The room's `revision` says which event is next: each is applied
 * once, an old one is ignored, and events past a hole are held until it is filled. A message's own
 * `revision` says which of two versions is newer, whichever way they arrived.
 */
export class Timeline extends MessageWindow {
  /** @type {Post[]} in the order they were written */
  posts = [];
  revision = 0;
  lastNumber = 0;
  /** @type {Map<number, {revision: number, message?: Message, [field: string]: any}>} */
  #held = new Map();
  /** @type {Map<number, Message>} */
  #recent = new Map();
  #catchingUp = false;
  #me;

  /** @param {{me: import('./reactions.js').Person, revision?: number, lastNumber?: number, page?: Page, posts?: Post[]}} start */
  constructor({ me, revision = 0, lastNumber = 0, page, posts = [] }) {
    super();
    this.#me = me;
    this.revision = revision;
    this.lastNumber = lastNumber;
    if (page) this.#replace(page);
    for (const post of posts) this.add(post);
  }

  /**
   * What is shown, oldest first. A post that failed would stay below whatever others say: it is
   * shown with the composer.
   *
   * @returns {(Message | Post)[]}
   */
  get items() {
    // Away from the end, my unconfirmed posts would appear among old messages.
    if (this.hasAfter) return this.messages;
    return [...this.messages, ...this.posts.filter(({ state }) => state !== "failed")];
  }

  /** My posts that the server refused. */
  get refused() {
    return this.posts.filter(({ state }) => state === "failed");
  }

  /** A message in the window, or one that changed recently. @param {number} number */
  find(number) {
    return super.find(number) ?? this.#recent.get(number);
  }

  /** @param {string} nonce */
  findPost(nonce) {
    return this.posts.find((post) => post.nonce === nonce);
  }

  // Events and replies

  /**
   * @param {{revision?: number, message?: Message, [field: string]: any}} event
   * @returns {Change}
   */
  apply(event) {
    const { revision } = event;
    if (revision === undefined || revision <= this.revision) return nothing();
    if (revision > this.revision + 1 || this.#catchingUp) {
      this.#held.set(revision, { ...event, revision });
      if (this.#catchingUp) return nothing();
      this.#catchingUp = true;
      return { ...nothing(), gap: true };
    }
    const change = nothing();
    this.revision = revision;
    if (event.message) {
      const known = this.find(event.message.number);
      this.#take(withMine(event.message, known, this.#me, event), change);
    }
    return change;
  }

  /**
   * A `room.open` is under way: its reply, not the next event, says where we are. `fresh`: the
   * history is another one, and held events don't belong to it.
   *
   * @param {{fresh?: boolean}} [how]
   */
  awaitOpen({ fresh = false } = {}) {
    this.#catchingUp = true;
    if (fresh) this.#held.clear();
  }

  /**
   * The reply to `room.open`: changes since our revision, or a fresh page.
   *
   * @param {Page & {revision: number, reset: boolean}} reply
   * @returns {Change}
   */
  opened(reply) {
    const change = nothing();
    this.#catchingUp = false;
    if (reply.reset) {
      // It may be another history (a restored backup): nothing known about the old one holds.
      this.#recent.clear();
      this.lastNumber = 0;
      this.revision = reply.revision;
      this.#replace(reply);
      // The server has these, so they are on a page other than this one.
      this.posts = this.posts.filter(({ state }) => state !== "sent");
      change.draw = true;
    } else {
      const changed = [...reply.messages].sort((a, b) => a.number - b.number);
      for (const message of changed) this.#take(message, change);
      this.revision = Math.max(this.revision, reply.revision);
    }
    const held = [...this.#held.values()].sort((a, b) => a.revision - b.revision);
    this.#held.clear();
    for (const event of held) {
      const step = this.apply(event);
      change.draw ||= step.draw;
      change.gap ||= step.gap;
      change.posted.push(...step.posted);
    }
    return change;
  }

  /**
   * A page of history, older than the first message or newer than the last. It is dropped if the
   * window has moved since it was requested: appending it would leave a hidden hole.
   *
   * @param {'before' | 'after'} direction
   * @param {number} edge the number for which the page was requested
   * @param {Page} page
   * @returns {Change}
   */
  extend(direction, edge, page) {
    const current = direction === "before" ? this.messages[0] : this.messages.at(-1);
    if (current?.number !== edge) return nothing();
    for (const message of page.messages) this.put(this.#newest(message));
    if (direction === "before") this.hasBefore = page.has_before;
    else this.#setAfter(page.has_after);
    return { ...nothing(), draw: true };
  }

  /** Replace the window with a page around some message. @param {Page} page */
  show(page) {
    this.#replace(page);
    return { ...nothing(), draw: true };
  }

  // My own posts

  /** @param {Post} post */
  add(post) {
    if (this.findPost(post.nonce) || this.#isKnown(post.nonce)) return;
    const before = (/** @type {Post} */ other) => other.created_at <= post.created_at;
    const at = this.posts.findLastIndex(before) + 1;
    this.posts = this.posts.toSpliced(at, 0, post);
  }

  /** @param {Post} post */
  update(post) {
    this.posts = this.posts.map((old) => (old.nonce === post.nonce ? post : old));
  }

  /**
   * The server has this post. Its event says where it goes; if that was long ago (the reply was
   * lost, the page was closed), no event follows.
   *
   * @param {Post} post
   * @param {Message} [message]
   */
  sent(post, message) {
    this.update({ ...post, state: "sent", note: undefined });
    if (message && message.revision <= this.revision) this.#take(message, nothing());
  }

  /** @param {string} nonce */
  discard(nonce) {
    this.posts = this.posts.filter((post) => post.nonce !== nonce);
  }

  /**
   * A change of mine that shows before the server has it. It keeps the old revision, so that any
   * real version replaces it.
   *
   * @param {number} number
   * @param {Partial<Message>} patch
   */
  presume(number, patch) {
    const message = this.find(number);
    if (message) this.put({ ...message, ...patch });
  }

  /**
   * Someone has a new name, in everything they wrote and reacted to. That changes no revision:
   * later pages have the new name anyway.
   *
   * @param {User} person
   */
  rename(person) {
    this.change((message) => renamed(message, person));
    for (const [number, message] of this.#recent)
      this.#recent.set(number, renamed(message, person));
    return { ...nothing(), draw: true };
  }

  /** A message takes the place of the post that it was. @param {Message} message */
  put(message) {
    super.put(message);
    if (message.author.id === this.#me.id) this.discard(message.nonce);
  }

  // Internal

  /**
   * @param {Message} message
   * @param {Change} change
   */
  #take(message, change) {
    this.#remember(message);
    const posted = message.number > this.lastNumber;
    if (posted) {
      this.lastNumber = message.number;
      change.posted.push(message);
    }
    const isReachable = this.reaches(message.number);
    if (isReachable) this.put(message);
    if (message.author.id === this.#me.id) this.discard(message.nonce);
    change.draw ||= isReachable || posted;
  }

  /** @param {Page} page */
  #replace(page) {
    this.clear();
    for (const message of page.messages) this.put(this.#newest(message));
    this.hasBefore = page.has_before;
    this.#setAfter(page.has_after);
  }

  /** @param {boolean} said */
  #setAfter(said) {
    const last = this.messages.at(-1)?.number ?? 0;
    // A page read before the latest event doesn't include it; otherwise the next message would be
    // appended across the hole.
    this.hasAfter = said || (last < this.lastNumber && last > 0);
    if (!this.hasAfter) this.lastNumber = Math.max(this.lastNumber, last);
  }

  /** @param {Message} message */
  #remember(message) {
    this.#recent.delete(message.number);
    this.#recent.set(message.number, this.#newest(message));
    if (this.#recent.size > RECENT) this.#recent.delete([...this.#recent.keys()][0]);
  }

  /** The page's version or the event's, whichever is newer. @param {Message} message */
  #newest(message) {
    const recent = this.#recent.get(message.number);
    return recent && recent.revision > message.revision ? recent : message;
  }

  /** @param {string} nonce */
  #isKnown(nonce) {
    return this.messages.some(
      (message) => message.author.id === this.#me.id && message.nonce === nonce,
    );
  }
}
