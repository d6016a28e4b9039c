import { isDeserted } from "../lib/partners.js";

/** @typedef {import('../lib/types.js').Muted} Muted */
/** @typedef {import('../lib/types.js').Room} Room */
/** @typedef {import('./site-standing.js').SiteStanding} SiteStanding */

/**
 * Why I can't write in a room, or can't send just now. `until` is in milliseconds of this device's
 * clock; null: unknown. `everywhere`: not just in this room.
 *
 * @typedef {object} Obstacle
 * @property {'ended' | 'outside' | 'archived' | 'deserted' | 'muted' | 'announcement' | 'slow'}
 *   kind
 * @property {number | null} until
 * @property {string} reason
 * @property {boolean} everywhere
 */

/**
 * What keeps me from writing in a room. Of several reasons, the one I could change comes first,
 * then the one that lasts longest.
 *
 * @param {Room} room
 * @param {{siteStanding: SiteStanding, now: number}} world
 * @returns {Obstacle | null}
 */
export function obstacleOf(room, { siteStanding, now }) {
  if (room.role === null) return obstacle("outside");
  if (room.archived) return obstacle("archived");
  if (isDeserted(room)) return obstacle("deserted");
  const mute = longest(room.muted, siteStanding, now);
  if (mute) return mute;
  if (siteStanding.moderates(room)) return null;
  if (room.announcement) return obstacle("announcement");
  const until = room.next_post_at ? siteStanding.timeOf(room.next_post_at) : 0;
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

/** @param {Muted | null | undefined} here @param {SiteStanding} siteStanding @param {number} now */
function longest(here, siteStanding, now) {
  const held = [
    { mute: here, everywhere: false },
    { mute: siteStanding.muted, everywhere: true },
  ].flatMap(({ mute, everywhere }) => {
    if (!mute) return [];
    const until = mute.until ? siteStanding.timeOf(mute.until) : null;
    return [obstacle("muted", { until, reason: mute.reason, everywhere })];
  });
  const end = (/** @type {Obstacle} */ one) => one.until ?? Number.POSITIVE_INFINITY;
  const lasting = held.filter((one) => end(one) > now);
  return lasting.sort((a, b) => end(b) - end(a))[0] ?? null;
}

/**
 * When I may write again in a room with slow mode, after a message of mine.
 *
 * @param {Pick<Room, 'slow_mode'>} room
 * @param {string} postedAt
 * @returns {string | null}
 */
export function pausedAfter({ slow_mode }, postedAt) {
  if (!slow_mode) return null;
  return new Date(Date.parse(postedAt) + slow_mode * 1000).toISOString();
}
