import { hearOfCustomEmoji } from "./emoji/custom-emoji.js";
import { drawMe } from "./navigation/me.js";
import { drawSite } from "./navigation/site.js";
import { drawModerationLink } from "./people/moderation-link.js";

/** @typedef {import('./lib/types.js').Reading} Reading */
/** @typedef {import('./lib/types.js').ServerEvent} ServerEvent */
/** @typedef {import('./lib/types.js').User} User */

/**
 * @typedef {object} World
 * @property {User} me
 * @property {import('./connection/socket.js').ChatSocket} socket
 * @property {import('./screen.js').Screen} screen
 * @property {import('./navigation/appearance.js').Appearance} appearance
 * @property {import('./navigation/arrangement.js').Arrangement} arrangement
 * @property {import('./navigation/chat-sidebar.js').ChatSidebar | null} sidebar
 * @property {import('./composer/outbox.js').Outbox} outbox
 * @property {import('./people/attendance.js').Attendance} attendance
 * @property {import('./people/ignored.js').Ignored} ignored
 * @property {import('./people/site-standing.js').SiteStanding} siteStanding
 * @property {import('./reading/offline-pages.js').OfflinePages} offlinePages
 * @property {import('./reading/rooms-loader.js').RoomsLoader} roomsLoader
 * @property {import('./reading/unread.js').Unread} unread
 */

/** What the page does with each event from the server. */
export class ServerEvents {
  /** Of the database: another one after a restored backup. */
  epoch;
  #world;

  /** @param {World} world @param {string} epoch */
  constructor(world, epoch) {
    this.#world = world;
    this.epoch = epoch;
  }

  /** @param {ServerEvent} event */
  hear(event) {
    const { screen, unread } = this.#world;
    this.#handlers[event.type]?.(event);
    unread.hear(event);
    screen.lobby?.hear(event);
    screen.inbox?.hear(event);
    if (event.room === screen.room || isEverywhere(event)) screen.session?.hear(event);
  }

  /** By the type of the event. @type {Record<string, (event: any) => void>} */
  #handlers = {
    welcome: (event) => this.#welcome(event),
    "ignored.changed": ({ ignored }) => this.#world.ignored.learn(ignored),
    "reads.changed": ({ rooms }) => this.#readElsewhere(rooms),
    "sidebar.changed": ({ sidebar }) => this.#world.arrangement.learn(sidebar),
    "emoji.changed": ({ revision }) => hearOfCustomEmoji(revision),
    "appearance.changed": (event) => this.#world.appearance.learn(event.appearance),
    "mute.changed": (event) => event.room === null && this.#world.siteStanding.learn(event),
    "waiting.changed": ({ waiting }) => this.#waitingChanged(waiting),
    "site.changed": ({ site }) => this.#siteChanged(site),
    "message.refused": (event) => this.#world.outbox.refuse(event),
    "room.added": ({ room }) => this.#roomAdded(room),
    "room.hidden": ({ room }) => this.#world.unread.remove(room),
    "room.removed": ({ room }) => this.#roomRemoved(room),
    "room.updated": (event) => this.#world.unread.update(event.room, event),
    "person.changed": ({ person }) => this.#rename(person),
    "people.changed": (event) => this.#world.attendance.learn(event),
  };

  /** @param {ServerEvent} event */
  #welcome(event) {
    const { me, socket, siteStanding, sidebar, ignored, screen, appearance, attendance } =
      this.#world;
    // Somebody else signed in since, in another tab: nothing of mine is sent in their name.
    if (event.user.id !== me.id) {
      socket.close();
      return location.reload();
    }
    siteStanding.learn(/** @type {any} */ (event));
    attendance.open();
    this.#drawSite();
    this.#rename(event.user);
    drawModerationLink(sidebar, event.waiting);
    ignored.learn(event.ignored ?? {}); // an older server doesn't send it
    appearance.reset(event.appearance);
    this.#learnRooms(event);
    this.#world.unread.learnInbox(event.inbox?.unread ?? 0); // likewise
    hearOfCustomEmoji(event.emoji ?? 0); // likewise
    screen.session?.open({ fresh: event.epoch !== this.epoch });
    screen.lobby?.open();
    screen.inbox?.refresh();
    this.epoch = event.epoch;
  }

  /** @param {ServerEvent} event */
  #learnRooms({ rooms, rooms_next = null, unread_total, sidebar = {} }) {
    const { unread, arrangement, offlinePages, roomsLoader } = this.#world;
    // An older server sends all rooms at once, and no arrangement of them.
    unread.reset(rooms, { all: rooms_next ? unread_total : null });
    arrangement.reset(sidebar);
    if (!rooms_next) offlinePages.retain([...unread.rooms.keys()]);
    roomsLoader.begin(rooms_next);
  }

  /** @param {Reading[]} readings */
  #readElsewhere(readings) {
    const { screen } = this.#world;
    for (const reading of readings)
      if (screen.room === reading.room) screen.session?.hear({ type: "read.changed", ...reading });
  }

  /** @param {number | null} waiting null for anyone who doesn't moderate the site */
  #waitingChanged(waiting) {
    drawModerationLink(this.#world.sidebar, waiting);
    this.#world.siteStanding.appoint(waiting);
    this.#drawSite();
  }

  /** @param {import('./protocol.js').Site} site */
  #siteChanged(site) {
    this.#world.siteStanding.learnSite(site);
    this.#drawSite();
  }

  #drawSite() {
    const { screen, siteStanding } = this.#world;
    if (!siteStanding.site) return; // an older server doesn't send it
    drawSite(siteStanding.site, siteStanding.makesRooms);
    screen.renameSite(siteStanding.site.name);
  }

  /** @param {import('./lib/types.js').Room} room */
  #roomAdded(room) {
    const { screen, unread } = this.#world;
    unread.add(room);
    // Removed and let back in: the page follows the room again.
    if (screen.room === room.slug) screen.session?.open();
  }

  /** @param {string} room */
  #roomRemoved(room) {
    this.#world.unread.remove(room);
    this.#world.offlinePages.forget(room);
  }

  /** Somebody has another name or picture, perhaps I do. @param {User} person */
  #rename(person) {
    const { me, sidebar, unread } = this.#world;
    unread.rename(person);
    if (person.id !== me.id) return;
    Object.assign(me, person);
    drawMe(sidebar, person);
  }
}

/** A person is the same in every room. @param {ServerEvent} event */
function isEverywhere({ type, room }) {
  return type === "person.changed" && room === null;
}
