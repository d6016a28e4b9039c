import { withMine } from "./reactions.js";

/** @typedef {import('./lib/types.js').Message} Message */
/** @typedef {import('./lib/types.js').Page} Page */
/** @typedef {import('./lib/types.js').Post} Post */
/** @typedef {import('./lib/types.js').User} User */

/**
 * What a step did. `posted` are the messages that are new to the room (to count and announce),
 * `gap` asks for `room.open` with `since`.
 *
 * @typedef {{draw: boolean, gap: boolean, posted: Message[]}} Change
 */

const RECENT = 256; // more than can change while one page of history is on its way

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
 * A window on a room's history: messages without a hole between the first and the last, what was
 * changed about them, and my own posts that the server has yet to confirm. No DOM, no socket: events
 * and replies go in, changes to draw come out.
 *
 * Everything is told apart by two integers. The room's `revision` says which event is next: each is
 * applied once, an old one is ignored, and past a hole events are held until the hole is filled. A
 * message's own `revision` says which of two versions is newer, whatever road they came by.
 */
export class Timeline {
  /** @type {Message[]} ascending by number */
  messages = [];
  /** @type {Post[]} in the order in which they were written */
  posts = [];
  revision = 0;
  hasBefore = false;
  hasAfter = false;
  lastNumber = 0;
  /** @type {Map<number, {revision: number, message?: Message, [field: string]: any}>} */
  #held = new Map();
  /** @type {Map<number, Message>} */
  #recent = new Map();
  #catchingUp = false;
  #me;

  /** @param {{me: import('./reactions.js').Person, revision?: number, lastNumber?: number, page?: Page, posts?: Post[]}} start */
  constructor({ me, revision = 0, lastNumber = 0, page, posts = [] }) {
    this.#me = me;
    this.revision = revision;
    this.lastNumber = lastNumber;
    if (page) this.#replace(page);
    for (const post of posts) this.add(post);
  }

  /** @returns {(Message | Post)[]} what is shown, from the oldest to the newest */
  get items() {
    // At a distance from the end, my unconfirmed posts would stand among old messages.
    return this.hasAfter ? this.messages : [...this.messages, ...this.posts];
  }

  /** @param {number} number */
  find(number) {
    const at = this.#position(number);
    return this.messages[at]?.number === number ? this.messages[at] : this.#recent.get(number);
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
   * A `room.open` is on its way: its reply, and not the next event, says where we are. It is `fresh`
   * when the history is another one, to which nothing belongs that was held before.
   *
   * @param {{fresh?: boolean}} [how]
   */
  awaitOpen({ fresh = false } = {}) {
    this.#catchingUp = true;
    if (fresh) this.#held.clear();
  }

  /**
   * The reply to `room.open`: what changed since our revision, or a fresh page.
   *
   * @param {Page & {revision: number, reset: boolean}} reply
   * @returns {Change}
   */
  opened(reply) {
    const change = nothing();
    this.#catchingUp = false;
    if (reply.reset) {
      // Another history, perhaps (a restored backup): nothing known of the old one holds.
      this.#recent.clear();
      this.lastNumber = 0;
      this.revision = reply.revision;
      this.#replace(reply);
      // The server has these, so they stand on a page that is not this one.
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
   * window has moved since it was asked for: glued on, it would leave a hole that nobody sees.
   *
   * @param {'before' | 'after'} direction
   * @param {number} edge the number that the page was asked for
   * @param {Page} page
   * @returns {Change}
   */
  extend(direction, edge, page) {
    const current = direction === "before" ? this.messages[0] : this.messages.at(-1);
    if (current?.number !== edge) return nothing();
    for (const message of page.messages) this.#put(this.#newest(message));
    if (direction === "before") this.hasBefore = page.has_before;
    else this.#setAfter(page.has_after);
    return { ...nothing(), draw: true };
  }

  /** Looks elsewhere: a page around some message, in place of what was shown. @param {Page} page */
  show(page) {
    this.#replace(page);
    return { ...nothing(), draw: true };
  }

  /**
   * Forgets what is farthest from the reader, so that a day in a busy room does not end in a page
   * of ten thousand nodes. It comes back as history.
   *
   * @param {number} number what is read now; Infinity keeps the end
   * @param {number} keep how many messages
   */
  trim(number, keep) {
    const surplus = this.messages.length - keep;
    if (surplus <= 0) return;
    const middle = this.#position(number) - Math.floor(keep / 2);
    const from = Math.min(Math.max(middle, 0), surplus);
    this.messages = this.messages.slice(from, from + keep);
    this.hasBefore ||= from > 0;
    this.hasAfter ||= from < surplus;
  }

  /** Whether a message stands in the window; if not, it is history. @param {number} number */
  holds(number) {
    const { messages } = this;
    return (
      messages.length > 0 &&
      messages[0].number <= number &&
      number <= (messages.at(-1)?.number ?? 0)
    );
  }

  /**
   * How many messages there are of a kind from one number to another; null where the window doesn't
   * hold them all.
   *
   * @param {number} first
   * @param {number} last
   * @param {(message: Message) => boolean} isOne
   */
  count(first, last, isOne) {
    if (last < first) return 0;
    if (!this.holds(first) || !this.holds(last)) return null;
    const [from, to] = [this.#position(first), this.#position(last)];
    return this.messages.slice(from, to + 1).filter(isOne).length;
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
   * The server has this post. Its event says where it stands; if that was long ago (the reply was
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
   * true version replaces it.
   *
   * @param {number} number
   * @param {Partial<Message>} patch
   */
  presume(number, patch) {
    const message = this.find(number);
    if (message) this.#put({ ...message, ...patch });
  }

  /**
   * Somebody is called otherwise in all that they wrote and put on messages. That changes no
   * revision: whoever comes later reads the name as it is then.
   *
   * @param {User} person
   */
  rename(person) {
    this.messages = this.messages.map((message) => renamed(message, person));
    for (const [number, message] of this.#recent)
      this.#recent.set(number, renamed(message, person));
    return { ...nothing(), draw: true };
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
    const beyond = message.number > (this.messages.at(-1)?.number ?? 0);
    const before = message.number < (this.messages[0]?.number ?? Number.POSITIVE_INFINITY);
    const reachable = beyond ? !this.hasAfter : !before || !this.hasBefore;
    if (reachable) this.#put(message);
    if (message.author.id === this.#me.id) this.discard(message.nonce);
    change.draw ||= reachable || posted;
  }

  /** @param {Message} message */
  #put(message) {
    const at = this.#position(message.number);
    const known = this.messages[at];
    if (known?.number !== message.number) this.messages = this.messages.toSpliced(at, 0, message);
    else if (message.revision >= known.revision) this.messages = this.messages.with(at, message);
    if (message.author.id === this.#me.id) this.discard(message.nonce);
  }

  /** @param {Page} page */
  #replace(page) {
    this.messages = [];
    for (const message of page.messages) this.#put(this.#newest(message));
    this.hasBefore = page.has_before;
    this.#setAfter(page.has_after);
  }

  /** @param {boolean} said */
  #setAfter(said) {
    const last = this.messages.at(-1)?.number ?? 0;
    // A page read before the latest event came does not know of it; without this the next
    // message would be glued on over the hole.
    this.hasAfter = said || (last < this.lastNumber && last > 0);
    if (!this.hasAfter) this.lastNumber = Math.max(this.lastNumber, last);
  }

  /** @param {Message} message */
  #remember(message) {
    this.#recent.delete(message.number);
    this.#recent.set(message.number, this.#newest(message));
    if (this.#recent.size > RECENT) this.#recent.delete([...this.#recent.keys()][0]);
  }

  /** The page or the event: whichever is later. @param {Message} message */
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

  /** The index of the first message that is not before this number. @param {number} number */
  #position(number) {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.messages[middle].number < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
