import { Emitter } from "../lib/emitter.js";
import { slugOf } from "../navigation/destinations.js";

/** @typedef {import('../lib/types.js').Message} Message */
/** @typedef {import('../protocol.js').LinkedRoom} LinkedRoom */

/**
 * A message that another one links to; `room` is null for one of the same room.
 *
 * @typedef {{address: string, room: LinkedRoom | null, message: Message}} Linked
 * @typedef {{address: string, slug: string, number: number}} Place
 */

const MOST = 3; // of one message that are shown
const HREF = /<a href="([^"]*)"/g;

/** @type {readonly any[]} */
const NONE = Object.freeze([]);

/** @type {WeakMap<Message, readonly Place[]>} */
const places = new WeakMap();

/**
 * Where a message links to on this site.
 *
 * @param {Message} message
 * @param {string} root the path below which the rooms are
 * @param {string} [origin]
 * @returns {readonly Place[]}
 */
export function placesIn(message, root, origin = location.origin) {
  const { html = "" } = message;
  if (message.deleted || !html.includes(root)) return NONE;
  const known = places.get(message);
  if (known) return known;
  /** @type {Map<string, Place>} */
  const found = new Map();
  for (const [, href] of html.matchAll(HREF)) {
    const place = placeOf(href.replaceAll("&amp;", "&"), root, origin);
    if (place && found.size < MOST) found.set(`${place.slug}/${place.number}`, place);
  }
  places.set(message, [...found.values()]);
  return [...found.values()];
}

/** @param {string} href @param {string} root @param {string} origin @returns {Place | null} */
function placeOf(href, root, origin) {
  const url = urlOf(href);
  if (url?.origin !== origin) return null;
  const path = url.pathname;
  const number = /^[^/]+\/([1-9]\d{0,14})\/?$/.exec(path.slice(root.length))?.[1];
  const slug = slugOf(path, root);
  if (!slug || !number) return null;
  return { address: `${root}${encodeURIComponent(slug)}/${number}/`, slug, number: Number(number) };
}

/** @param {string} href */
function urlOf(href) {
  try {
    return new URL(href);
  } catch {
    return null;
  }
}

/**
 * The messages that those of a room link to. What isn't in the window is asked for once the link is
 * near the view; the server shows it to people who may read it, and tells everyone else that there is
 * no such message.
 *
 * @extends {Emitter<{change: null}>}
 */
export class LinkedMessages extends Emitter {
  /** @type {Map<string, {room: LinkedRoom, message: Message} | null>} null: not for this reader */
  #known = new Map();
  /** @type {Set<string>} */
  #asked = new Set();
  /** @type {WeakMap<Message, readonly Linked[]>} */
  #last = new WeakMap();
  /** What isn't known yet, by the node that shows it. @type {Map<Element, readonly Place[]>} */
  #waiting = new Map();
  /** @type {IntersectionObserver | null} */
  #observer = null;
  #slug;
  #find;
  #ask;

  /**
   * @param {object} world
   * @param {string} world.slug of the room
   * @param {(number: number) => Message | undefined} world.find in the room
   * @param {(command: any) => Promise<any>} world.ask
   */
  constructor({ slug, find, ask }) {
    super();
    this.#slug = slug;
    this.#find = find;
    this.#ask = ask;
  }

  /**
   * What is known of them. The same array as before, unless one of them is another now.
   *
   * @param {Message} message
   * @param {string} root
   * @returns {readonly Linked[]}
   */
  of(message, root) {
    const all = placesIn(message, root);
    if (all.length === 0) return NONE;
    const last = this.#last.get(message) ?? NONE;
    const now = all.flatMap((place) => this.#linked(place) ?? []).map((one) => same(last, one));
    const isSame = now.length === last.length && now.every((one, at) => one === last[at]);
    if (!isSame) this.#last.set(message, now);
    return isSame ? last : now;
  }

  /**
   * Ask for those that aren't known, once this part of the page is near the view.
   *
   * @param {Element} node
   * @param {Message} message
   * @param {string} root
   */
  watch(node, message, root) {
    const unknown = placesIn(message, root).filter((place) => this.#isUnknown(place));
    if (unknown.length === 0) return;
    this.#observer ??= new IntersectionObserver((entries) => this.#seen(entries), {
      rootMargin: "50% 0px",
    });
    this.#waiting.set(node, unknown);
    this.#observer.observe(node);
  }

  /** The connection is back: ask for what couldn't be asked for. */
  again() {
    for (const node of [...this.#waiting.keys()]) {
      this.#observer?.unobserve(node);
      if (node.isConnected) this.#observer?.observe(node);
      else this.#waiting.delete(node);
    }
  }

  leave() {
    this.#observer?.disconnect();
  }

  /** @param {Place} place */
  async load(place) {
    const key = keyOf(place);
    if (!this.#isUnknown(place)) return;
    this.#asked.add(key);
    const { slug: room, number } = place;
    try {
      const { room: where, message } = await this.#ask({ type: "link.open", room, number });
      this.#known.set(key, { room: where, message });
      this.emit("change", null);
    } catch (error) {
      // Otherwise offline, perhaps: then it is asked for again.
      if (/** @type {any} */ (error).code === "not_found") this.#known.set(key, null);
      this.#asked.delete(key);
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { target, isIntersecting } of entries) if (isIntersecting) this.#loadAll(target);
  }

  /** @param {Element} node */
  async #loadAll(node) {
    const all = this.#waiting.get(node) ?? [];
    await Promise.all(all.map((place) => this.load(place)));
    if (all.some((place) => this.#isUnknown(place))) return;
    this.#observer?.unobserve(node);
    this.#waiting.delete(node);
  }

  /** @param {Place} place */
  #isUnknown(place) {
    const key = keyOf(place);
    return !this.#inRoom(place) && !this.#known.has(key) && !this.#asked.has(key);
  }

  /** @param {Place} place */
  #inRoom({ slug, number }) {
    return slug === this.#slug ? this.#find(number) : undefined;
  }

  /** @param {Place} place @returns {Linked | null} */
  #linked(place) {
    const { address } = place;
    const here = this.#inRoom(place);
    if (here) return here.deleted ? null : { address, room: null, message: here };
    const found = this.#known.get(keyOf(place));
    if (!found) return null;
    return { address, ...found, room: place.slug === this.#slug ? null : found.room };
  }
}

/** @param {Place} place */
const keyOf = ({ slug, number }) => `${slug}/${number}`;

/** @param {readonly Linked[]} last @param {Linked} one @returns {Linked} */
const same = (last, one) =>
  last.find(({ address, message }) => address === one.address && message === one.message) ?? one;
