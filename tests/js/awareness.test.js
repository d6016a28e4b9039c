import assert from "node:assert/strict";
import { test } from "node:test";
import { Seen } from "../../static/js/seen.js";
import { TypingSignal, Typists, typingSentence } from "../../static/js/typing.js";
import { pageTitle, Unread } from "../../static/js/unread.js";
import { TestClock } from "./clock.js";

const ana = { id: 1, username: "ana", name: "Ana", avatar: null };
const ben = { id: 2, username: "ben", name: "Ben", avatar: null };
const cleo = { id: 3, username: "cleo", name: "Cleo", avatar: null };

test("the typing line names one or two and counts no further", () => {
  assert.equal(typingSentence([]), "");
  assert.equal(typingSentence([ana]), "Ana is typing…");
  assert.equal(typingSentence([ana, ben]), "Ana and Ben are typing…");
  assert.equal(typingSentence([ana, ben, cleo]), "Several people are typing…");
});

test("somebody who says no more is forgotten after 6 s, and each start counts anew", async () => {
  const clock = new TestClock();
  const typists = new Typists(clock);
  typists.start(ana);
  await clock.pass(4);
  typists.start(ana);
  await clock.pass(4);
  assert.deepEqual(typists.users, [ana]);
  await clock.pass(2.1);
  assert.deepEqual(typists.users, []);
});

test("I say that I type at most every 3 s, and that I stopped once", async () => {
  const clock = new TestClock();
  const told = [];
  const signal = new TypingSignal((type) => told.push(type), clock);
  for (let i = 0; i < 40; i += 1) {
    signal.key();
    await clock.pass(0.1);
  }
  assert.deepEqual(told, ["typing.start", "typing.start"]);
  await clock.pass(6);
  signal.stop();
  assert.deepEqual(told.slice(2), ["typing.stop"]);
});

test("a sent message says it all: no stop follows", async () => {
  const clock = new TestClock();
  const told = [];
  const signal = new TypingSignal((type) => told.push(type), clock);
  signal.key();
  signal.sent();
  await clock.pass(10);
  assert.deepEqual(told, ["typing.start"]);
});

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

test("read means on the screen of a page that is looked at, said a few times only", async () => {
  const clock = new TestClock();
  const told = [];
  const seen = new Seen({ read: 5, tell: (number) => told.push(number), clock });
  seen.onScreen(9);
  await clock.pass(5);
  assert.deepEqual(told, [], "nobody looks");
  seen.setActive(true);
  seen.onScreen(10);
  seen.onScreen(11);
  await clock.pass(1);
  assert.deepEqual(told, [11]);
  seen.onScreen(7);
  await clock.pass(1);
  seen.readElsewhere(20);
  seen.onScreen(15);
  await clock.pass(1);
  assert.deepEqual(told, [11]);
});

test("a room that begins anew with lower numbers is read anew", async () => {
  const clock = new TestClock();
  const told = [];
  const seen = new Seen({ read: 500, tell: (number) => told.push(number), clock });
  seen.setActive(true);
  seen.onScreen(501);
  await clock.pass(1);
  seen.restart(20);
  seen.onScreen(22);
  await clock.pass(1);
  assert.deepEqual(told, [501, 22]);
});

test("a page that goes away says at once what was read, and only once", async () => {
  const clock = new TestClock();
  const told = [];
  const seen = new Seen({ read: 5, tell: (number) => told.push(number), clock });
  seen.setActive(true);
  seen.onScreen(9);
  seen.flush();
  assert.deepEqual(told, [9]);
  seen.flush();
  await clock.pass(5);
  assert.deepEqual(told, [9]);
  seen.onScreen(10);
  await clock.pass(1);
  assert.deepEqual(told, [9, 10], "it may have been put aside only, and come back");
});

test("what is marked as unread stays so while it is on the screen, and until one reads on", async () => {
  const clock = new TestClock();
  const told = [];
  const seen = new Seen({ read: 5, tell: (number) => told.push(number), clock });
  seen.setActive(true);
  seen.onScreen(10);
  seen.hold(6);
  await clock.pass(5);
  assert.deepEqual(told, [], "nor is what was seen before said late");
  seen.setActive(false);
  seen.setActive(true);
  seen.onScreen(11); // it came while the end was on the screen
  seen.onScreen(9, { moved: true });
  seen.onScreen(11, { moved: true });
  seen.flush();
  await clock.pass(5);
  assert.deepEqual(told, []);
  seen.onScreen(12, { moved: true });
  await clock.pass(1);
  assert.deepEqual(told, [12]);
});

test("what could not be marked as unread is read as ever", async () => {
  const clock = new TestClock();
  const told = [];
  const seen = new Seen({ read: 5, tell: (number) => told.push(number), clock });
  seen.setActive(true);
  seen.onScreen(10);
  seen.hold(6);
  seen.release();
  await clock.pass(1);
  assert.deepEqual(told, [10]);
});

test("what is read elsewhere, to the end of what is on the screen, is held no longer", async () => {
  const clock = new TestClock();
  const told = [];
  const seen = new Seen({ read: 5, tell: (number) => told.push(number), clock });
  seen.setActive(true);
  seen.onScreen(10);
  seen.hold(6);
  seen.readElsewhere(8);
  seen.onScreen(11);
  await clock.pass(1);
  assert.deepEqual(told, []);
  seen.readElsewhere(11);
  seen.onScreen(12);
  await clock.pass(1);
  assert.deepEqual(told, [12]);
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
