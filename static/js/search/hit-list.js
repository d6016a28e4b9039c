import { cloneTemplate, part } from "../lib/dom.js";
import { KeyedList } from "../lib/keyed.js";
import { refusal } from "../lib/labels.js";
import { learnNamed } from "../lib/named.js";
import { say } from "../lib/toast.js";
import { drawHit } from "./hit-view.js";

/** @typedef {import('./results.js').Hit} Hit */
/** @typedef {import('./hit-view.js').HitRow} HitRow */
/** @typedef {import('./hit-view.js').Context} Context */

const AROUND = 2; // messages before and after a hit

/** The messages that were found, with what was said around those of which the reader wants to know. */
export class HitList {
  /** How many are shown. */ count = 0;
  /** How many aren't, since the reader muted their authors. */ hidden = 0;
  /** @type {Map<string, Context>} */ #contexts = new Map();
  /** @type {Set<string>} hits that are shown with what is around them */ #open = new Set();
  /** @type {readonly Hit[]} */ #all = [];
  /** @type {KeyedList<HitRow>} */ #list;
  #showsIgnored = false;
  #node;
  #world;

  /**
   * @param {HTMLElement} root
   * @param {object} world
   * @param {{id: number}} world.me
   * @param {{has: (id: number) => boolean}} world.ignored
   * @param {import('../navigation/destinations.js').Destinations} world.destinations
   * @param {(command: any) => Promise<any>} world.ask
   * @param {(slug: string) => string} world.roomName
   */
  constructor(root, world) {
    this.#world = world;
    this.#node = part(root, "hits");
    const page = { templates: root, me: world.me, destinations: world.destinations };
    this.#list = new KeyedList(
      this.#node,
      ({ key }) => {
        const node = cloneTemplate(root, "hit");
        node.dataset.key = key;
        return node;
      },
      (node, row, before) => isSame(row, before) || drawHit(node, row, page),
    );
  }

  /** @returns {HTMLElement[]} */
  get lines() {
    return /** @type {HTMLElement[]} */ ([...this.#node.children]);
  }

  /** @param {string | undefined} key */
  linkOf(key) {
    const node = key === undefined ? undefined : this.#list.nodeOf(key);
    return node && part(node, "hit-link");
  }

  /** Another search was answered. */
  begin() {
    this.#open.clear();
    this.#showsIgnored = false;
  }

  showIgnored() {
    this.#showsIgnored = true;
  }

  /** @param {readonly Hit[]} hits */
  draw(hits) {
    this.#all = hits;
    const { ignored, roomName } = this.#world;
    const shown = hits.filter(
      ({ message }) => this.#showsIgnored || !ignored.has(message.author.id),
    );
    this.count = shown.length;
    this.hidden = hits.length - shown.length;
    this.#list.draw(
      shown.map((hit) => ({
        ...hit,
        roomName: roomName(hit.room),
        isOpen: this.#open.has(hit.key),
        context: this.#contexts.get(hit.key) ?? null,
      })),
    );
  }

  /** Show what was said before and after a hit, or hide it. @param {string} key */
  async toggle(key) {
    const isOpen = this.#open.delete(key);
    if (!isOpen) this.#open.add(key);
    this.draw(this.#all);
    const hit = this.#list.rowOf(key);
    if (isOpen || !hit || this.#contexts.has(key)) return;
    try {
      this.#contexts.set(key, await this.#contextOf(hit));
    } catch (error) {
      this.#open.delete(key);
      say(refusal(/** @type {any} */ (error)));
    }
    this.draw(this.#all);
  }

  /** @param {Hit} hit @returns {Promise<Context>} */
  async #contextOf({ room, message: { number } }) {
    const limit = 2 * AROUND + 1;
    const reply = await this.#world.ask({ type: "history", room, around: number, limit });
    learnNamed(reply.people);
    const messages = /** @type {import('../lib/types.js').Message[]} */ (reply.messages);
    return {
      before: messages.filter((one) => one.number < number).slice(-AROUND),
      after: messages.filter((one) => one.number > number).slice(0, AROUND),
    };
  }
}

/** @param {HitRow} row @param {HitRow | null} before */
const isSame = (row, before) =>
  before !== null &&
  before.message === row.message &&
  before.ranges === row.ranges &&
  before.context === row.context &&
  before.isOpen === row.isOpen &&
  before.roomName === row.roomName;
