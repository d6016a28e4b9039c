/**
 * What pages count as unread that were told this: a list of recordings as JSON on the standard
 * input, and for each the counts at its checkpoints on the standard output. For
 * tests/integration/test_convergence.py.
 */

import { readFileSync } from "node:fs";
import { Ignored } from "../../static/js/ignored.js";
import { Unread } from "../../static/js/unread.js";

/** @param {any[]} frames of one socket, with the command that each reply answers */
function countsOf([welcome, ...frames]) {
  const ignored = new Ignored(welcome.ignored);
  const unread = new Unread({ me: welcome.user, rooms: welcome.rooms, ignored });
  const counts = [];
  for (const { command, ...frame } of frames) {
    if (frame.type === "checkpoint") {
      counts.push(Object.fromEntries([...unread.rooms].map(([slug, room]) => [slug, room.unread])));
    } else if (frame.type === "ignored.changed") ignored.learn(frame.ignored);
    else if (!command) unread.hear(frame);
    else if (frame.type === "ok") answered(unread, command, frame);
  }
  return counts;
}

/** As the page does: it learns of what it asked for by the reply, and not only by the event. */
function answered(unread, { type, room }, reply) {
  if (type === "room.open") unread.learn(reply.room);
  if (type === "room.read" || type === "room.unread") unread.read({ ...reply, room });
  if (type === "rooms.unread") for (const reading of reply.rooms) unread.read(reading);
  if (type !== "rooms.read") return;
  for (const { number, read_revision, room: slug } of reply.rooms)
    unread.read({ room: slug, number, last_number: number, read_revision, unread: 0, mentions: 0 });
}

const recordings = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(recordings.map(countsOf)));
