import assert from "node:assert/strict";
import { test } from "node:test";
import { Unread } from "../../static/js/unread.js";

const ana = { id: 1, username: "ana", name: "Ana", avatar: null };
const start = {
  slug: "general",
  name: "General",
  kind: "public",
  archived: false,
  last_number: 10,
  read_number: 8,
  read_revision: 0,
  unread: 2,
  mentions: 0,
};
const unreadRoom = () => new Unread({ me: ana, rooms: [start] });
const count = (unread) => unread.rooms.get("general").unread;
const reading = (number, read_revision, unread) => ({
  room: "general",
  number,
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
  let { last_number: last, read_number: read, read_revision: revision } = start;
  const events = [];
  const tell = (unread) => events.push((client) => client.read(unread));
  for (let step = 0; step < 12; step += 1) {
    const what = random();
    if (what < 0.4) {
      const number = last + 1;
      const author = random() < 0.4 ? ana.id : 2;
      last = number;
      if (author === ana.id) read = number;
      events.push((client) => client.activity({ room: "general", number, author }));
    } else if (what < 0.7) {
      read = Math.max(read, Math.floor(random() * (last + 1)));
      tell(reading(read, revision, last - read));
    } else {
      read = Math.floor(random() * last);
      revision += 1;
      tell(reading(read, revision, last - read));
    }
  }
  return { events, unread: last - read, read };
}

test("in whatever order it comes, the count is the server's in the end", () => {
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

test("what is marked as unread counts again, and a late 'read' takes nothing of it away", () => {
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

test("a room that one was let into again begins anew", () => {
  const unread = unreadRoom();
  unread.read(reading(3, 5, 7));
  unread.remove("general");
  unread.add({ ...start, read_number: 10, unread: 0 });
  unread.read(reading(10, 0, 0));
  assert.equal(count(unread), 0);
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(count(unread), 1);
});
