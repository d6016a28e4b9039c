import assert from "node:assert/strict";
import { test } from "node:test";
import { Ignored } from "../../static/js/people/ignored.js";
import { pageTitle, Unread } from "../../static/js/reading/unread.js";

const ana = { id: 1, username: "ana", name: "Ana", avatar: null };
const room = { slug: "general", name: "General", kind: "public", archived: false };
const start = { ...room, last_number: 10, read_number: 8, unread: 2, mentions: 1 };
const unreadRoom = () => new Unread({ me: ana, rooms: [start] });
const count = (unread) => unread.rooms.get("general").unread;

test("each message by others counts once, whichever way it arrives", () => {
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

test("posting, here or elsewhere, reads the room", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 1 });
  assert.equal(unread.total, 0);
  assert.equal(unread.rooms.get("general").mentions, 0);
  unread.activity({ room: "general", number: 12, author: 2 });
  assert.equal(unread.total, 1);
});

test("late news counts once: the reply already included it", () => {
  const unread = unreadRoom();
  // Read up to 12 of 15, before the activity of 11 to 15 arrives.
  unread.read({ room: "general", number: 12, unread: 3, mentions: 0 });
  for (const number of [11, 12, 13, 14, 15]) {
    unread.activity({ room: "general", number, author: 2 });
  }
  assert.equal(count(unread), 3);
  unread.activity({ room: "general", number: 16, author: 2 });
  assert.equal(count(unread), 4);
});

test("an older reply doesn't undo what came after it", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 2 });
  unread.read({ room: "general", number: 10, unread: 0, mentions: 0 });
  assert.equal(count(unread), 1);
  unread.read({ room: "general", number: 9, unread: 1, mentions: 0 });
  assert.equal(count(unread), 1);
});

test("opening the room makes up for a missed read.changed", () => {
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

test("the title shows the count", () => {
  assert.equal(pageTitle(0, "General", "Chatsite"), "General – Chatsite");
  assert.equal(pageTitle(3, "General", "Chatsite"), "(3) General – Chatsite");
  assert.equal(pageTitle(120, "General", "Chatsite"), "(99+) General – Chatsite");
});

test("a room reported again, and late, counts as before", () => {
  const unread = unreadRoom();
  unread.add({ ...start, name: "Gen", last_number: 0, read_number: 0, unread: 0, mentions: 0 });
  assert.equal(count(unread), 2);
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(count(unread), 3);
  unread.remove("general");
  unread.add({ ...start, last_number: 12, read_number: 12, unread: 0 });
  assert.equal(count(unread), 0);
});

test("an approved message doesn't say how far its author has read", () => {
  const unread = unreadRoom();
  unread.activity({ room: "general", number: 11, author: 2 });
  unread.hear({ type: "room.activity", room: "general", number: 12, author: 1, approved: true });
  assert.equal(count(unread), 4);
  unread.hear({ type: "room.activity", room: "general", number: 13, author: 1 });
  assert.equal(count(unread), 0);
});

test("a deletion counts once, whether reported alone or by the message, and so does its undo", () => {
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
  assert.equal(count(unread), 1, "what was read before doesn't count");
  unread.hear({ type: "message.deleted", room: "general", revision: 22, message: deleted });
  assert.equal(count(unread), 1, "a hole is filled with what was known");
  const restored = { ...deleted, revision: 24, deleted: false, restored: 23 };
  unread.hear({ type: "message.edited", room: "general", revision: 24, message: restored });
  assert.equal(count(unread), 2);
  unread.hear({ ...changed, revision: 20, gone: [[10, 2]] });
  assert.equal(count(unread), 2, "the welcome already counted it");
});

test("messages of an ignored person stop counting at once", () => {
  const ignored = new Ignored();
  const unread = new Unread({ me: ana, rooms: [start], ignored });
  unread.activity({ room: "general", number: 11, author: 7 });
  assert.equal(count(unread), 3);
  ignored.learn({ muted: [7] });
  assert.equal(count(unread), 2);
  unread.activity({ room: "general", number: 12, author: 7 });
  assert.equal(count(unread), 2);
});

test("a count older than what is known here is requested again", async () => {
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

test("a room that fills up unread is kept as a number", () => {
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

test("rooms that aren't known yet still count", () => {
  const unread = partly(12);
  assert.equal(unread.total, 12);
  unread.learnMore([other("more", 4), other("late", 3)], { isLast: false });
  assert.equal(unread.total, 12);
  unread.learnMore([other("last", 3)], { isLast: true });
  assert.equal(unread.total, 12);
  assert.deepEqual([...unread.rooms.keys()].sort(), ["general", "last", "late", "more"]);
});

test("what happens in a room before it is known is applied on top", () => {
  const unread = partly(9);
  unread.activity({ room: "more", number: 11, author: 2 });
  unread.activity({ room: "late", number: 10, author: 2 });
  unread.update("more", { name: "Renamed" });
  unread.learnMore([other("more", 4), other("late", 3)], { isLast: true });
  assert.equal(unread.rooms.get("more")?.unread, 5);
  assert.equal(unread.rooms.get("more")?.name, "Renamed");
  assert.equal(unread.rooms.get("late")?.unread, 3, "that one is already counted");
  assert.equal(unread.total, 10);
});

test("a room that was left meanwhile stays away, one that was joined is there", () => {
  const unread = partly(9);
  unread.remove("more");
  unread.add(other("new", 1));
  unread.learnMore([other("more", 4), other("new", 0)], { isLast: true });
  assert.deepEqual([...unread.rooms.keys()], ["general", "new"]);
});

test("a welcome keeps rooms that it doesn't include", () => {
  const unread = partly(5);
  assert.equal(unread.rooms.get("late")?.unread, 3);
  unread.learnMore([], { isLast: true });
  assert.equal(unread.rooms.has("late"), false);
});

test("too many changes to send are counted by the server", async () => {
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

test("what mentions me counts as such, by whatever way I hear of it", () => {
  const unread = unreadRoom();
  const mentions = () => unread.rooms.get("general").mentions;
  unread.hear({ type: "room.activity", room: "general", number: 11, author: 2, mentions: [1, 3] });
  assert.equal(mentions(), 2);
  unread.hear({ type: "room.activity", room: "general", number: 11, author: 2, mentions: [1, 3] });
  unread.hear({ type: "room.activity", room: "general", number: 12, author: 2, mentions: [3] });
  assert.equal(mentions(), 2);
  const all = { type: "room.activity", room: "general", number: 13, author: 2 };
  unread.hear({ ...all, mentions_room: "room" });
  assert.equal(mentions(), 3);
  unread.hear({ ...all, number: 14, mentions_room: "here" });
  assert.equal(mentions(), 3, "whether I was there, the server knows");
  const gone = {
    type: "activity.changed",
    room: "general",
    revision: 9,
    gone: [[13, 2]],
    back: [],
  };
  unread.hear(gone);
  assert.equal(mentions(), 2);
  unread.read({ room: "general", number: 8, last_number: 14, revision: 9, unread: 5, mentions: 4 });
  assert.equal(mentions(), 4, "as the server counts, also with an equal cursor");
  unread.hear({ type: "room.activity", room: "general", number: 15, author: 1 });
  assert.equal(mentions(), 0);
});

test("everything in a direct room is meant for me", () => {
  const unread = new Unread({ me: ana, rooms: [{ ...start, kind: "direct", mentions: 0 }] });
  unread.activity({ room: "general", number: 11, author: 2 });
  assert.equal(unread.rooms.get("general").mentions, 3);
});

test("a muted room counts only mentions, until it is over", () => {
  const muted = { ...start, notify: { level: "nothing", until: null } };
  const unread = new Unread({ me: ana, rooms: [muted] });
  assert.equal(unread.total, 1);
  unread.hear({ type: "notify.changed", room: "general", notify: { level: "all", until: null } });
  assert.equal(unread.total, 2);
  const over = { level: "nothing", until: "2020-01-01T00:00:00Z" };
  unread.hear({ type: "notify.changed", room: "general", notify: over });
  assert.equal(unread.total, 2);
});
