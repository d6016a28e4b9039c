import { Emitter } from "./lib/emitter.js";
import { isDeserted } from "./partners.js";

/** @typedef {import('./lib/types.js').Muted} Muted */
/** @typedef {import('./lib/types.js').Room} Room */

/**
 * Why I can't write in a room, or can't send just now. `until` is in milliseconds of this device's
 * clock; null: nobody knows. `everywhere`: not in this room only.
 *
 * @typedef {object} Obstacle
 * @property {'ended' | 'outside' | 'archived' | 'deserted' | 'muted' | 'announcement' | 'slow'} kind
 * @property {number | null} until
 * @property {string} reason
 * @property {boolean} everywhere
 */

/**
 * What is true of me on the whole site: whether I may write at all, and whether I moderate it; and
 * by how much the server's clock is ahead of this one, since it says until when by its own.
 *
 * @extends {Emitter<{change: null}>}
 */
export class SiteVoice extends Emitter {
  /** @type {Muted | null} */ muted;
  staff;
  ahead = 0;

  /** @param {{muted?: Muted | null, staff?: boolean}} [start] */
  constructor({ muted = null, staff = false } = {}) {
    super();
    this.muted = muted;
    this.staff = staff;
  }

  /**
   * @param {{muted?: Muted | null, server_time?: string, waiting?: number | null}} welcome `waiting` is null for everybody who doesn't moderate the site
   * @param {number} [now]
   */
  learn({ muted = null, server_time, waiting }, now = Date.now()) {
    this.ahead = server_time ? Date.parse(server_time) - now : this.ahead;
    this.muted = muted;
    if (waiting !== undefined) this.staff = waiting !== null;
    this.emit("change", null);
  }

  /** I was appointed, or dismissed, perhaps. @param {number | null} waiting */
  appoint(waiting) {
    const staff = waiting !== null;
    if (staff === this.staff) return;
    this.staff = staff;
    this.emit("change", null);
  }

  /** The server's time, in milliseconds, for posts: its messages are dated by it. @param {number} [now] */
  serverTime(now = Date.now()) {
    return now + this.ahead;
  }

  /** When something of the server's is, by this device's clock. @param {string} iso */
  timeOf(iso) {
    return Date.parse(iso) - this.ahead;
  }

  /** @param {Pick<Room, 'role'>} room */
  moderates({ role }) {
    return this.staff || role === "owner" || role === "moderator";
  }
}

/**
 * What keeps me from writing there; of several, what I could change first, and what lasts longest.
 *
 * @param {Room} room
 * @param {{voice: SiteVoice, now: number}} world
 * @returns {Obstacle | null}
 */
export function obstacleOf(room, { voice, now }) {
  if (room.role === null) return obstacle("outside");
  if (room.archived) return obstacle("archived");
  if (isDeserted(room)) return obstacle("deserted");
  const mute = longest(room.muted, voice, now);
  if (mute) return mute;
  if (voice.moderates(room)) return null;
  if (room.announcement) return obstacle("announcement");
  const until = room.next_post_at ? voice.timeOf(room.next_post_at) : 0;
  return until > now ? obstacle("slow", { until }) : null;
}

/**
 * @param {Obstacle['kind']} kind
 * @param {Partial<Obstacle>} [more]
 * @returns {Obstacle}
 */
export const obstacle = (kind, more) => ({
  kind,
  until: null,
  reason: "",
  everywhere: false,
  ...more,
});

/** @param {Muted | null | undefined} here @param {SiteVoice} voice @param {number} now */
function longest(here, voice, now) {
  const held = [
    { mute: here, everywhere: false },
    { mute: voice.muted, everywhere: true },
  ].flatMap(({ mute, everywhere }) => {
    if (!mute) return [];
    const until = mute.until ? voice.timeOf(mute.until) : null;
    return [obstacle("muted", { until, reason: mute.reason, everywhere })];
  });
  const end = (/** @type {Obstacle} */ one) => one.until ?? Number.POSITIVE_INFINITY;
  const lasting = held.filter((one) => end(one) > now);
  return lasting.sort((a, b) => end(b) - end(a))[0] ?? null;
}

/**
 * When I may write again in a room in slow mode, after a message of mine.
 *
 * @param {Pick<Room, 'slow_mode'>} room
 * @param {string} postedAt
 * @returns {string | null}
 */
export function pausedAfter({ slow_mode }, postedAt) {
  if (!slow_mode) return null;
  return new Date(Date.parse(postedAt) + slow_mode * 1000).toISOString();
}
