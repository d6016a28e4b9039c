import assert from "node:assert/strict";
import { test } from "node:test";
import { Ignored } from "../../static/js/ignored.js";
import { pageTitle, Unread } from "../../static/js/unread.js";

const ana = { id: 1, username: "ana", name: "Ana", avatar: null };
const room = { slug: "general", name: "General", kind: "public", archived: false };
const start = { ...room, last_number: 10, read_number: 8, unread: 2, mentions: 1 };
const unreadRoom = () => new Unread({ me: ana, rooms: [start] });
const count = (unread) => unread.rooms.get("general").unread;

test("each message of somebody else counts once, by whichever road it comes", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 2 });
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(count(unread), 3);
  unread.activity({ room: "general", number: 9, author: 2 });
  assert.equal(count(unread), 3);
});

test("rooms that are not mine do not count", () => {
  const unread = unreadRoom();
  unread.activity({ room: "elsewhere", number: 1, author: 2 });
  assert.equal(unread.total, 2);
});

test("who posts, here or elsewhere, has read the room", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 1 });
  assert.equal(unread.total, 0);
  assert.equal(unread.rooms.get("general").mentions, 0);
  unread.activity({ room: "general", number: 12, author: 2 });
  assert.equal(unread.total, 1);
});

test("what comes late is counted once: the answer had counted it already", () => {
  const unread = unreadRoom();
  // Read up to 12 of 15, before the activity of 11 to 15 has come.
  unread.read({ room: "general", number: 12, unread: 3, mentions: 0 });
  for (const number of [11, 12, 13, 14, 15]) {
    unread.activity({ room: "general", number, author: 2 });
  }
  assert.equal(count(unread), 3);
  unread.activity({ room: "general", number: 16, author: 2 });
  assert.equal(count(unread), 4);
});

test("an older answer takes nothing away that came after it", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 2 });
  unread.read({ room: "general", number: 10, unread: 0, mentions: 0 });
  assert.equal(count(unread), 1);
  unread.read({ room: "general", number: 9, unread: 1, mentions: 0 });
  assert.equal(count(unread), 1);
});

test("a read.changed that was missed is made good by the next look at the room", () => {
  const unread = unreadRoom();
  unread.learn({ ...start, read_number: 10, unread: 0 });
  assert.equal(unread.total, 0);
  unread.reset([{ ...start, last_number: 4, read_number: 1, unread: 3 }]);
  assert.equal(unread.total, 3, "a welcome is the truth, also after a restored backup");
});

test("the server's count is the truth", () => {
  const unread = unreadRoom();
  unread.read({ room: "general", number: 10, unread: 0, mentions: 0 });
  assert.equal(unread.total, 0);
  unread.activity({ room: "general", number: 10, author: 2 });
  assert.equal(unread.total, 0);
});

test("the title counts", () => {
  assert.equal(pageTitle(0, "General", "Chatsite"), "General – Chatsite");
  assert.equal(pageTitle(3, "General", "Chatsite"), "(3) General – Chatsite");
  assert.equal(pageTitle(120, "General", "Chatsite"), "(99+) General – Chatsite");
});

test("a room that is told of again, and late, counts as it did", () => {
  const unread = unreadRoom();
  unread.add({ ...start, name: "Gen", last_number: 0, read_number: 0, unread: 0, mentions: 0 });
  assert.equal(count(unread), 2);
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(count(unread), 3);
  unread.remove("general");
  unread.add({ ...start, last_number: 12, read_number: 12, unread: 0 });
  assert.equal(count(unread), 0);
});

test("what a moderator has let through says nothing of how far its author has read", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 2 });
  unread.hear({ type: "room.activity", room: "general", number: 12, author: 1, approved: true });
  assert.equal(count(unread), 4);
  unread.hear({ type: "room.activity", room: "general", number: 13, author: 1 });
  assert.equal(count(unread), 0);
});

test("a deletion counts once, told aside or by the message, and so does its undoing", () => {
  const unread = new Unread({ me: ana, rooms: [{ ...start, revision: 20 }] });
  const author = { id: 2, username: "ben", name: "Ben", avatar: null };
  const changed = {
    type: "activity.changed",
    room: "general",
    revision: 21,
    gone: [[9, 2]],
    back: [],
  };
  const deleted = { number: 9, revision: 21, author, deleted: true };
  unread.hear(changed);
  unread.hear({ type: "message.deleted", room: "general", revision: 21, message: deleted });
  unread.hear({ ...changed, gone: [[3, 2]] });
  assert.equal(count(unread), 1, "what was read before counts for nothing");
  unread.hear({ type: "message.deleted", room: "general", revision: 22, message: deleted });
  assert.equal(count(unread), 1, "a hole is filled with what was known");
  const restored = { ...deleted, revision: 24, deleted: false, restored: 23 };
  unread.hear({ type: "message.edited", room: "general", revision: 24, message: restored });
  assert.equal(count(unread), 2);
  unread.hear({ ...changed, revision: 20, gone: [[10, 2]] });
  assert.equal(count(unread), 2, "the welcome had counted it");
});

test("of somebody who is ignored nothing counts, as soon as that is known", () => {
  const ignored = new Ignored();
  const unread = new Unread({ me: ana, rooms: [start], ignored });
  unread.activity({ room: "general", number: 11, author: 7 });
  assert.equal(count(unread), 3);
  ignored.learn({ muted: [7] });
  assert.equal(count(unread), 2);
  unread.activity({ room: "general", number: 12, author: 7 });
  assert.equal(count(unread), 2);
});

test("a count of before what was told here is asked for once more", async () => {
  const asked = [];
  const now = {
    number: 2,
    last_number: 10,
    revision: 30,
    read_revision: 1,
    unread: 5,
    mentions: 0,
  };
  const ask = async (command) => {
    asked.push(command);
    return now;
  };
  const unread = new Unread({ me: ana, rooms: [{ ...start, revision: 30 }], ask });
  unread.read({ ...now, room: "general", revision: 25, unread: 8 });
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(asked, [{ type: "room.read", room: "general", number: 2, read_revision: 1 }]);
  assert.equal(count(unread), 5);
});

test("a room that fills up while nobody reads it is kept as a number", () => {
  const unread = new Unread({ me: ana, rooms: [{ ...start, revision: 10 }] });
  for (let number = 11; number <= 2010; number += 1)
    unread.activity({ room: "general", number, author: 2 });
  assert.equal(count(unread), 2002);
  unread.hear({
    type: "activity.changed",
    room: "general",
    revision: 2011,
    gone: [[9, 2]],
    back: [],
  });
  unread.activity({ room: "general", number: 700, author: 2 });
  assert.equal(count(unread), 2001);
});

const other = (/** @type {string} */ slug, unread = 0) => ({
  ...room,
  slug,
  name: slug,
  last_number: 10,
  read_number: 10 - unread,
  unread,
  mentions: 0,
});
const partly = (/** @type {number} */ all) => {
  const unread = new Unread({ me: ana, rooms: [start, other("late", 3)] });
  unread.reset([start], { all });
  return unread;
};

test("what isn't known yet is counted all the same", () => {
  const unread = partly(12);
  assert.equal(unread.total, 12);
  unread.learnMore([other("more", 4), other("late", 3)], { isLast: false });
  assert.equal(unread.total, 12);
  unread.learnMore([other("last", 3)], { isLast: true });
  assert.equal(unread.total, 12);
  assert.deepEqual([...unread.rooms.keys()].sort(), ["general", "last", "late", "more"]);
});

test("what happens in a room before it is told of comes on top", () => {
  const unread = partly(9);
  unread.activity({ room: "more", number: 11, author: 2 });
  unread.activity({ room: "late", number: 10, author: 2 });
  unread.update("more", { name: "Renamed" });
  unread.learnMore([other("more", 4), other("late", 3)], { isLast: true });
  assert.equal(unread.rooms.get("more")?.unread, 5);
  assert.equal(unread.rooms.get("more")?.name, "Renamed");
  assert.equal(unread.rooms.get("late")?.unread, 3, "that one was counted");
  assert.equal(unread.total, 10);
});

test("a room that was left meanwhile stays away, one that was joined is there", () => {
  const unread = partly(9);
  unread.remove("more");
  unread.add(other("new", 1));
  unread.learnMore([other("more", 4), other("new", 0)], { isLast: true });
  assert.deepEqual([...unread.rooms.keys()], ["general", "new"]);
});

test("a welcome blanks no room that it doesn't tell of", () => {
  const unread = partly(5);
  assert.equal(unread.rooms.get("late")?.unread, 3);
  unread.learnMore([], { isLast: true });
  assert.equal(unread.rooms.has("late"), false);
});

test("what is too much to be told is counted by the server", async () => {
  /** @type {any[]} */
  const asked = [];
  const unread = new Unread({
    me: ana,
    rooms: [{ ...start, read_revision: 4 }],
    ask: async (command) => {
      asked.push(command);
      return {
        number: 8,
        last_number: 1900,
        revision: 1900,
        read_revision: 4,
        unread: 1892,
        mentions: 0,
      };
    },
  });
  unread.hear({ type: "room.stale", room: "general" });
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(asked, [{ type: "room.read", room: "general", number: 8, read_revision: 4 }]);
  assert.equal(count(unread), 1892);
});
