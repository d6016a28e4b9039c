const MOST = 300; // steps that one command takes back

/** @typedef {{room: string, before: number, number: number, read_revision: number}} Step */

/**
 * Everything is read. The way back leads to where each cursor was, except where one has read on.
 *
 * @param {object} world
 * @param {import('./socket.js').ChatSocket} world.socket
 * @param {import('./unread.js').Unread} world.unread
 * @returns {Promise<{count: number, undo: () => Promise<void>}>} in how many rooms something was unread
 */
export async function readAll({ socket, unread }) {
  // A cursor is moved past tombstones, too; and the event may come before the reply.
  const mine = [...unread.rooms.values()];
  const empty = new Set(mine.filter((room) => room.unread === 0).map(({ slug }) => slug));
  /** @type {Step[]} */
  const steps = (await socket.request({ type: "rooms.read" })).rooms;
  const count = steps.filter(({ room }) => !empty.has(room)).length;
  for (const step of steps) {
    const { number, before: _, ...rest } = step;
    unread.read({ ...rest, number, last_number: number, unread: 0, mentions: 0 });
  }

  async function undo() {
    for (let at = 0; at < steps.length; at += MOST) {
      const command = { type: "rooms.unread", rooms: steps.slice(at, at + MOST) };
      const { rooms } = await socket.request(command, { keep: true });
      for (const reading of rooms) unread.read(reading);
    }
  }
  return { count, undo };
}
