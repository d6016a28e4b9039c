import { isWanted, rings } from "./wishes.js";

/** @typedef {import('../lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('./notifications.js').World} World */

// Of several tabs, the one that looks at the message is asked first, then the one in front.
const IN_FRONT_MS = 50;
const BEHIND_MS = 200;
const READING_MS = 500; // for a message to be drawn and seen
const TAKEN_MS = 5000; // while no other tab shows the same

const waited = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** As `tag()` in rooms/actions/notifications/pushing.py. @param {string} room @param {number} number */
const tagOf = (room, number) => `${room}/${number}`;

/**
 * Notifications of the browser for what concerns me and isn't in view. They go through the service
 * worker, like pushes, so that one of the two replaces the other; without one, the page shows them.
 */
export class Desktop {
  #world;
  /**
   * By tag, the item that was withdrawn, or null if its message is gone: events may overtake each
   * other. @type {Map<string, string | null>}
   */
  #withdrawn = new Map();
  /** Shown by this page, where there is no service worker. @type {Set<Notification>} */
  #own = new Set();

  #locks;
  #worker;
  #pause;
  #isInFront;

  /**
   * @param {World} world
   * @param {{locks?: LockManager, worker?: () => Promise<any>, pause?: (ms: number) => Promise<any>, isInFront?: () => boolean}} [browser]
   */
  constructor(
    world,
    {
      locks = globalThis.navigator?.locks,
      worker = async () => navigator.serviceWorker?.getRegistration(),
      pause = waited,
      isInFront = () => document.hasFocus(),
    } = {},
  ) {
    this.#world = world;
    this.#locks = locks;
    this.#worker = worker;
    this.#pause = pause;
    this.#isInFront = isInFront;
  }

  /** @param {ServerEvent} event */
  hear(event) {
    const { type, id, room, number } = event;
    if (type === "notification") return this.#notified(/** @type {any} */ (event));
    if (type === "notification.withdrawn") return this.#withdraw(room, [number], id);
    if (type === "message.deleted") return this.#withdraw(room, [event.message?.number ?? 0]);
    if (type === "activity.changed") {
      const gone = /** @type {[number, number][]} */ (event.gone);
      return this.#withdraw(
        room,
        gone.map(([one]) => one),
      );
    }
    if (type === "read.changed")
      return this.#close((slug, shown) => slug === room && shown <= number);
    if (type === "ignored.changed") {
      const { muted, blocked } = event.ignored;
      return this.#close((_room, _number, by) => [...muted, ...blocked].includes(by));
    }
    // Of many rooms: they know by now what is read.
    return this.#close((slug, shown) => this.#isRead(slug, shown));
  }

  /** @param {{id: string | null, room: string, number: number, author: {id: number, name: string, avatar: string | null}, excerpt: string}} event */
  async #notified(event) {
    const { id, room, number } = event;
    const tag = tagOf(room, number);
    const isLooking = this.#world.isLooking(room);
    if (!isLooking) await this.#pause(this.#isInFront() ? IN_FRONT_MS : BEHIND_MS);
    if (!(await this.#take(`${tag} ${id}`))) return;
    if (isLooking) {
      await this.#pause(READING_MS);
      if (this.#world.hasSeen(room, number)) return;
    }
    const withdrawn = this.#withdrawn.get(tag);
    // An edit may name me again: that is another item.
    if (withdrawn === null || (id && withdrawn === id) || this.#isRead(room, number)) return;
    const { me } = this.#world;
    if (rings(me.id)) import("./sound.js").then(({ ring }) => ring()).catch(() => {});
    if (isWanted(me.id)) await this.#show(event, tag);
  }

  /** @param {string} room @param {number} number */
  #isRead(room, number) {
    return (this.#world.roomOf(room)?.read_number ?? 0) >= number;
  }

  /** @param {any} event @param {string} tag */
  async #show({ room, number, author, excerpt }, tag) {
    const { name = room, kind } = this.#world.roomOf(room) ?? {};
    const title =
      kind === "direct" ? author.name : `\u2068${author.name}\u2069 · \u2068${name}\u2069`;
    const navigate = this.#world.addressOf(room, number);
    // Silent: whoever wants a sound has chosen ours.
    const how = { body: excerpt, tag, silent: true, data: { navigate, by: author.id } };
    const icon = author.avatar ? { icon: author.avatar } : {};
    const worker = await this.#worker();
    if (worker) return worker.showNotification(title, { ...how, ...icon });
    const shown = new Notification(title, { ...how, ...icon });
    this.#own.add(shown);
    shown.onclose = () => this.#own.delete(shown);
    shown.onclick = () => {
      window.focus();
      this.#world.visit(navigate);
      shown.close();
    };
  }

  /** @param {string} room @param {number[]} numbers @param {string | null} [id] */
  #withdraw(room, numbers, id = null) {
    for (const number of numbers) this.#withdrawn.set(tagOf(room, number), id);
    return this.#close((slug, shown) => slug === room && numbers.includes(shown));
  }

  /** @param {(room: string, number: number, by?: number) => boolean} isOver */
  async #close(isOver) {
    const worker = await this.#worker();
    const shown = (await worker?.getNotifications()) ?? [];
    for (const one of [...shown, ...this.#own]) {
      const [, room, number] = one.tag.match(/^(.+)\/(\d+)$/) ?? [];
      if (room && isOver(room, Number(number), one.data?.by)) one.close();
    }
  }

  /** Whether this tab is the one that shows it. @param {string} what @returns {Promise<boolean>} */
  #take(what) {
    const locks = this.#locks;
    if (!locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      locks
        .request(`notification:${what}`, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock && this.#pause(TAKEN_MS);
        })
        .catch(() => resolve(true));
    });
  }
}
