/**
 * The room before or after this one, around the end.
 *
 * @template {{slug: string, unread: number}} Room
 * @param {Room[]} rooms as they stand in the list
 * @param {string | null} current
 * @param {{step: 1 | -1, unread?: boolean}} how
 * @returns {Room | undefined} none: there is no other
 */
export function neighbour(rooms, current, { step, unread = false }) {
  const at = rooms.findIndex(({ slug }) => slug === current);
  const from = at < 0 && step < 0 ? rooms.length : at;
  const after = rooms.map((_, n) => rooms.at((from + step * (n + 1)) % rooms.length));
  return after.find((room) => room && room.slug !== current && (!unread || room.unread > 0));
}
