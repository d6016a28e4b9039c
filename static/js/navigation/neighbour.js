import { counted } from "../reading/unread.js";

/**
 * The room before or after this one, wrapping around.
 *
 * @template {import('../lib/types.js').RoomSummary} Room
 * @param {Room[]} rooms in display order
 * @param {string | null} current
 * @param {{step: 1 | -1, unread?: boolean}} how
 * @returns {Room | undefined} undefined: there is no other
 */
export function neighbour(rooms, current, { step, unread = false }) {
  const at = rooms.findIndex(({ slug }) => slug === current);
  const from = at < 0 && step < 0 ? rooms.length : at;
  const after = rooms.map((_, n) => rooms.at((from + step * (n + 1)) % rooms.length));
  return after.find((room) => room && room.slug !== current && (!unread || counted(room) > 0));
}
