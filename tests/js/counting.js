/**
 * What a page counts as unread: reads a list of recordings as JSON from standard input and writes
 * the counts at the checkpoints of each to standard output. For
 * tests/integration/test_convergence.py.
 */

import { readFileSync } from "node:fs";
import { Ignored } from "../../static/js/people/ignored.js";
import { Unread } from "../../static/js/reading/unread.js";

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

/** Like the page, it learns of its own requests by the reply, not only by the event. */
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
