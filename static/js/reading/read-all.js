import { MAX_STEPS } from "../protocol.js";

/** @typedef {{room: string, before: number, number: number, read_revision: number}} Step */

/**
 * Mark everything as read. Undo puts each cursor back, except where I have read on.
 *
 * @param {object} world
 * @param {import('../connection/socket.js').ChatSocket} world.socket
 * @param {import('./unread.js').Unread} world.unread
 * @returns {Promise<{count: number, undo: () => Promise<void>}>} how many rooms had unread messages
 */
export async function readAll({ socket, unread }) {
  // A cursor also moves past tombstones, and the event may arrive before the reply.
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
    for (let at = 0; at < steps.length; at += MAX_STEPS) {
      const command = { type: "rooms.unread", rooms: steps.slice(at, at + MAX_STEPS) };
      const { rooms } = await socket.request(command, { keep: true });
      for (const reading of rooms) unread.read(reading);
    }
  }
  return { count, undo };
}
