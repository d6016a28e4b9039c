import assert from "node:assert/strict";
import { test } from "node:test";
import { Unread } from "../../static/js/reading/unread.js";

const ana = { id: 1, username: "ana", name: "Ana", avatar: null };
const MUTED = 3;
const start = {
  slug: "general",
  name: "General",
  kind: "public",
  archived: false,
  revision: 10,
  last_number: 10,
  read_number: 8,
  read_revision: 0,
  unread: 2,
  mentions: 0,
};
/** @type {any} */
const ignored = { has: (id) => id === MUTED, on: () => {} };
const unreadRoom = () => new Unread({ me: ana, rooms: [start], ignored });
const count = (unread) => unread.rooms.get("general").unread;
/** A room without tombstones or messages by ignored people. */
const reading = (number, read_revision, unread) => ({
  room: "general",
  number,
  last_number: number + unread,
  read_revision,
  unread,
  mentions: 0,
});

/** Numbers between 0 and 1, the same for the same seed (mulberry32). */
function chance(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a server does with one membership, and every event that it sends of it. */
function history(random) {
  let { last_number: last, read_number: read, read_revision, revision } = start;
  const messages = new Map();
  for (let number = 1; number <= last; number += 1) messages.set(number, { author: 2 });
  const events = [];
  const some = () => 1 + Math.floor(random() * last);
  const unread = () =>
    [...messages].filter(([n, one]) => n > read && !one.gone && one.author !== MUTED).length;
  const told = () => ({
    ...{ room: "general", number: read, last_number: last, revision, read_revision },
    ...{ unread: unread(), mentions: 0 },
  });
  const tell = (told) => events.push((client) => client.read(told));
  for (let step = 0; step < 16; step += 1) {
    const what = random();
    if (what < 0.3) {
      last += 1;
      revision += 1;
      const number = last;
      const author = [ana.id, 2, 2, MUTED][Math.floor(random() * 4)];
      messages.set(number, { author });
      if (author === ana.id) read = number;
      events.push((client) => client.activity({ room: "general", number, author }));
    } else if (what < 0.6) {
      revision += 1;
      const number = some();
      const message = messages.get(number);
      message.gone = !message.gone;
      const turn = [[number, message.author]];
      const [gone, back] = message.gone ? [turn, []] : [[], turn];
      const changed = { room: "general", revision, gone, back };
      events.push((client) => client.changed(changed));
    } else if (what < 0.8) {
      read = Math.max(read, Math.floor(random() * (last + 1)));
      tell(told());
    } else {
      read = some() - 1;
      read_revision += 1;
      tell(told());
    }
  }
  return { events, unread: unread(), read };
}

test("in whatever order news arrives, the count ends up as the server's", () => {
  for (let seed = 1; seed <= 3000; seed += 1) {
    const random = chance(seed);
    const { events, unread, read } = history(random);
    const client = unreadRoom();
    const twice = events.filter(() => random() < 0.3);
    const mixed = [...events, ...twice].map((event) => ({ event, at: random() }));
    mixed.sort((a, b) => a.at - b.at);
    for (const { event } of mixed) event(client);
    const room = client.rooms.get("general");
    assert.deepEqual([room.unread, room.read_number], [unread, read], `seed ${seed}`);
  }
});

test("messages marked as unread count again, and a late 'read' doesn't undo that", () => {
  const unread = unreadRoom();
  unread.read(reading(10, 0, 0));
  unread.read(reading(3, 1, 7));
  assert.equal(count(unread), 7);
  unread.read(reading(10, 0, 0));
  assert.equal(count(unread), 7);
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(count(unread), 8);
  unread.read(reading(11, 1, 0));
  assert.equal(count(unread), 0);
});

test("a room that I was let back into starts over", () => {
  const unread = unreadRoom();
  unread.read(reading(3, 5, 7));
  unread.remove("general");
  unread.add({ ...start, read_number: 10, unread: 0 });
  unread.read(reading(10, 0, 0));
  assert.equal(count(unread), 0);
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(count(unread), 1);
});
