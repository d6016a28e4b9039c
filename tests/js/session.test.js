import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Emitter } from "../../static/js/lib/emitter.js";
import { Ignored } from "../../static/js/people/ignored.js";
import { RoomSession } from "../../static/js/room/session.js";
import { settled, TestClock } from "./clock.js";

const me = { id: 1, username: "ana", name: "Ana", avatar: null };
const ben = { id: 2, username: "ben", name: "Ben", avatar: null };
const cleo = { id: 3, username: "cleo", name: "Cleo", avatar: null };

let clock;
let asked;
let connection;
let outbox;
beforeEach(() => {
  clock = new TestClock();
  asked = [];
  connection = { state: "open" };
});

const message = (number, revision = number, rest = {}) => ({
  number,
  revision,
  nonce: `nonce-${number}`,
  author: ben,
  body: `${number}`,
  created_at: "2026-01-01T00:00:00Z",
  reactions: [],
  mentions: [],
  ...rest,
});

const room = (last, rest = {}) => ({
  slug: "general",
  name: "General",
  role: "member",
  members: 3,
  last_number: last,
  read_number: last,
  read_revision: 0,
  unread: 0,
  mentions: 0,
  revision: last,
  ...rest,
});

const pageOf = (...messages) => ({ messages, has_before: false, has_after: false });

function visit(last = 2, posts = [], more = {}) {
  const request = (command) =>
    new Promise((resolve, reject) => asked.push({ command, resolve, reject }));
  outbox = Object.assign(new Emitter(), { of: () => posts, confirm: () => {} });
  const world = { socket: { request, connection }, outbox, me, clock, ...more };
  const messages = Array.from({ length: last }, (_, index) => message(index + 1));
  return new RoomSession(world, room(last), pageOf(...messages));
}

const opened = (last, messages, rest = {}) => ({
  room: room(last),
  revision: last,
  online: [],
  reset: false,
  ...pageOf(...messages),
  ...rest,
});

const numbers = (session) => session.timeline.messages.map(({ number }) => number);

test("a connection lost before the reply doesn't forget a restored backup: no `since` is sent", async () => {
  const session = visit(2);
  session.open({ fresh: true });
  asked[0].reject({ code: "offline" });
  await settled();
  session.open();
  assert.equal("since" in asked[1].command, false);
  asked[1].resolve(opened(1, [message(1, 1, { body: "of the backup" })]));
  await settled();
  assert.deepEqual(
    session.timeline.messages.map(({ body }) => body),
    ["of the backup"],
  );
  session.open();
  assert.equal(asked.at(-1).command.since, 1);
});

test("events of the old history are not part of the restored one", async () => {
  const session = visit(2);
  session.open();
  session.hear({ type: "message.posted", room: "general", revision: 3, message: message(3) });
  asked[0].reject({ code: "offline" });
  await settled();
  session.open({ fresh: true });
  asked[1].resolve(opened(2, [message(1), message(2)]));
  await settled();
  assert.deepEqual(numbers(session), [1, 2]);
});

test("a room that can't be read is requested again with growing pauses, and says when", async () => {
  const session = visit(2);
  const told = [];
  session.on("away", (retryAt) => told.push(retryAt));
  session.open();
  for (let n = 0; n < 8; n += 1) {
    const before = asked.length;
    asked.at(-1).reject({ code: "unavailable" });
    await settled();
    assert.ok(told.at(-1) >= clock.now() + 1000, "never at once");
    await clock.pass(32);
    assert.equal(asked.length, before + 1);
  }
  asked.at(-1).resolve(opened(3, [message(3)]));
  await settled();
  assert.equal(told.at(-1), null);
  assert.deepEqual(numbers(session), [1, 2, 3]);
});

test("a server that knows less than it announced isn't asked in a tight loop", async () => {
  const session = visit(1);
  session.hear({ type: "message.posted", room: "general", revision: 4, message: message(4) });
  for (let n = 0; n < 3; n += 1) {
    const before = asked.length;
    asked.at(-1).resolve(opened(2, [message(2)]));
    await settled();
    assert.equal(asked.length, before);
    await clock.pass(6);
    assert.equal(asked.length, before + 1);
  }
  asked.at(-1).resolve(opened(4, [message(3), message(4)]));
  await settled();
  assert.deepEqual(numbers(session), [1, 2, 3, 4]);
});

test("each reply replaces the people present instead of merging them", async () => {
  const session = visit(2);
  session.open();
  asked[0].resolve(opened(2, [], { online: [me, ben] }));
  await settled();
  session.open();
  asked[1].resolve(opened(2, [], { online: [me, cleo] }));
  await settled();
  assert.deepEqual([...session.presence.users.keys()], [1, 3]);
  assert.equal(session.presence.count, 2);
});

test("members who came or went unnoticed are found with the next reply", async () => {
  const session = visit(2);
  let missed = 0;
  session.on("missed", () => {
    missed += 1;
  });
  session.open();
  asked[0].resolve(opened(2, []));
  await settled();
  assert.equal(missed, 0);
  session.open();
  asked[1].resolve(opened(2, [], { room: room(2, { members: 4 }) }));
  await settled();
  assert.equal(missed, 1);
});

test("a refused reaction undoes nothing that others did meanwhile", async () => {
  const session = visit(2);
  const reacting = session.reactions.toggle(session.timeline.find(2), "👍");
  const theirs = [{ emoji: "🎉", count: 1, users: [{ id: 2, name: "Ben" }] }];
  const changed = message(2, 3, { reactions: theirs });
  session.hear({ type: "message.reacted", room: "general", revision: 3, message: changed });
  asked[0].reject({ code: "unavailable" });
  await assert.rejects(reacting, { code: "unavailable" });
  assert.deepEqual(session.timeline.find(2).reactions, theirs);
});

test("a file that is ready changes its message, which isn't new", () => {
  const session = visit(2);
  let posted = 0;
  session.on("posted", () => {
    posted += 1;
  });
  const attachments = [{ id: "a", kind: "image", ready: true }];
  const changed = message(2, 3, { attachments });
  session.hear({ type: "message.updated", room: "general", revision: 3, message: changed });
  assert.deepEqual(session.timeline.find(2).attachments, attachments);
  assert.deepEqual(numbers(session), [1, 2]);
  assert.equal(session.timeline.revision, 3);
  assert.equal(posted, 0);
});

test("a post that was stored long ago is in its place, not at the end", async () => {
  const post = { room: "general", nonce: "lost-reply", body: "1", state: "pending" };
  const session = visit(5, [post]);
  assert.equal(session.items.length, 6);
  outbox.emit("sent", { post, message: message(1, 1, { author: me, nonce: "lost-reply" }) });
  assert.deepEqual(numbers(session), [1, 2, 3, 4, 5]);
  assert.equal(session.items.length, 5);
});

test("a post whose event is still to come is at the end until then", () => {
  const post = { room: "general", nonce: "new", body: "3", state: "pending" };
  const session = visit(2, [post]);
  const stored = message(3, 3, { author: me, nonce: "new" });
  outbox.emit("sent", { post, message: stored });
  assert.deepEqual([session.items.length, session.items.at(-1).state], [3, "sent"]);
  session.hear({ type: "message.posted", room: "general", revision: 3, message: stored });
  assert.deepEqual(numbers(session), [1, 2, 3]);
  assert.equal(session.items.length, 3);
});

test("a fresh page far from what I sent does not keep it at the end", async () => {
  const post = { room: "general", nonce: "new", body: "3", state: "pending" };
  const session = visit(2, [post]);
  outbox.emit("sent", { post, message: message(3, 3, { author: me, nonce: "new" }) });
  session.open();
  const page = { ...pageOf(message(900)), has_before: true };
  asked[0].resolve(opened(900, [], { ...page, reset: true }));
  await settled();
  assert.deepEqual(
    session.items.map(({ nonce }) => nonce),
    ["nonce-900"],
  );
});

test("a refused page of history is requested again by itself, after a pause", async () => {
  const session = visit(2);
  session.timeline.hasBefore = true;
  session.on("draw", () => session.history.more("before"));
  session.history.more("before");
  asked[0].reject({ code: "unavailable" });
  await settled();
  assert.equal(asked.length, 1);
  await clock.pass(10);
  assert.equal(asked.length, 2);
});

test("what the server counts when I read is passed on", async () => {
  const session = visit(2);
  const heard = [];
  session.on("read", (read) => heard.push(read));
  session.hear({ type: "message.posted", room: "general", revision: 3, message: message(3) });
  session.reading.tracker.setActive(true);
  session.reading.tracker.onScreen(3);
  await clock.pass(1);
  const { number, read_revision } = asked[0].command;
  const reading = { number, read_revision, unread: 0, mentions: 0 };
  asked[0].resolve(reading);
  await settled();
  assert.deepEqual(heard, [{ ...reading, room: "general" }]);
});

test("messages marked as unread here stay so, and the divider moves there", async () => {
  const session = visit(9);
  const heard = [];
  session.on("read", ({ unread }) => heard.push(unread));
  session.reading.tracker.setActive(true);
  session.reading.tracker.onScreen(9);
  session.reading.markUnread(4);
  assert.deepEqual(asked[0].command, { type: "room.unread", number: 4, room: "general" });
  assert.equal(session.reading.unreadFrom, 4, "at once");
  asked[0].resolve({ number: 3, read_revision: 1, unread: 6, mentions: 0 });
  await clock.pass(9);
  assert.deepEqual(heard, [6]);
  assert.equal(asked.length, 1, "nothing was reported as read");
  session.hear({ type: "message.posted", room: "general", revision: 10, message: message(10) });
  session.reading.tracker.onScreen(10);
  await clock.pass(9);
  assert.equal(asked.length, 1);
  session.reading.tracker.onScreen(11, { moved: true });
  await clock.pass(1);
  const read = { type: "room.read", number: 11, read_revision: 1, room: "general" };
  assert.deepEqual(asked[1].command, read, "by the cursor that was put back");
});

test("another tab that shows the room keeps them unread, and moves its divider too", async () => {
  const session = visit(9);
  session.reading.tracker.setActive(true);
  session.hear({ type: "read.changed", room: "general", number: 5, read_revision: 1 });
  session.reading.tracker.onScreen(9);
  await clock.pass(9);
  assert.equal(session.reading.unreadFrom, 6);
  assert.deepEqual(asked, []);
  // A reply from before, still under way.
  session.hear({ type: "read.changed", room: "general", number: 9, read_revision: 0 });
  assert.equal(session.reading.tracker.number, 5);
});

test("a tab that was offline during marking learns of it with the next reply", async () => {
  const session = visit(9);
  session.open();
  asked[0].resolve(opened(9, [], { room: room(9, { read_number: 2, read_revision: 3 }) }));
  await settled();
  session.reading.tracker.setActive(true);
  session.reading.tracker.onScreen(9);
  await clock.pass(9);
  assert.equal(session.reading.unreadFrom, 3);
  assert.equal(asked.length, 1);
});

test("if marking as unread fails, that is reported, and reading works as before", async () => {
  const session = visit(9);
  session.reading.tracker.setActive(true);
  session.reading.tracker.onScreen(9);
  const marking = session.reading.markUnread(4);
  asked[0].reject({ code: "rate_limited" });
  await assert.rejects(marking, { code: "rate_limited" });
  await clock.pass(1);
  assert.equal(asked[1].command.type, "room.read");
});

test("posting after marking something as unread reads the room", async () => {
  const session = visit(9);
  session.reading.tracker.setActive(true);
  session.reading.tracker.onScreen(9);
  session.reading.markUnread(4);
  const mine = message(10, 10, { author: me });
  session.hear({ type: "message.posted", room: "general", revision: 10, message: mine });
  session.hear({ type: "message.posted", room: "general", revision: 11, message: message(11) });
  session.reading.tracker.onScreen(11);
  await clock.pass(1);
  assert.equal(asked.at(-1).command.number, 11);
});

const slow = { slow_mode: 30, next_post_at: null };
const updated = (facts) => ({ type: "room.updated", room: "general", ...facts });
const hours = (n) => new Date(n * 3_600_000).toISOString();

test("in slow mode I wait after my own message, here or in another tab, and no longer", async () => {
  const session = visit(2);
  session.hear(updated(slow));
  assert.equal(session.standing.obstacle, null);
  const mine = message(3, 3, { author: me, created_at: new Date(clock.now()).toISOString() });
  session.hear({ type: "message.posted", room: "general", revision: 3, message: mine });
  assert.equal(session.standing.obstacle.kind, "slow");
  assert.equal(session.standing.mayWrite, true, "typing continues while waiting");
  let told = 0;
  session.on("room", () => {
    told += 1;
  });
  await clock.pass(29);
  assert.deepEqual([session.standing.obstacle?.kind, told], ["slow", 0]);
  await clock.pass(1);
  assert.deepEqual([session.standing.obstacle, told], [null, 1]);
});

test("a new pause counts from the same message, and slow mode off ends the wait", () => {
  const session = visit(2);
  const mine = message(3, 3, { author: me, created_at: new Date(clock.now()).toISOString() });
  session.hear({ type: "message.posted", room: "general", revision: 3, message: mine });
  session.hear(updated({ slow_mode: 60 }));
  assert.equal(
    session.standing.obstacle.until,
    clock.now() + 60_000,
    "the setting came after the message",
  );
  session.hear(updated({ slow_mode: 10 }));
  assert.equal(session.standing.obstacle.until, clock.now() + 10_000);
  session.hear(updated({ slow_mode: 0 }));
  assert.equal(session.standing.obstacle, null);
});

test("a message that was refused makes nobody wait", async () => {
  const session = visit(2);
  session.hear(updated(slow));
  const mine = message(3, 3, { author: me, created_at: new Date(clock.now()).toISOString() });
  session.hear({ type: "message.posted", room: "general", revision: 3, message: mine });
  outbox.emit("failed", { post: { room: "general" }, error: { code: "invalid" } });
  assert.equal(session.standing.obstacle, null);
});

test("a mute ends by itself, and an indefinite one when a moderator lifts it", async () => {
  const session = visit(2);
  const until = new Date(clock.now() + 300_000).toISOString();
  session.hear({ type: "mute.changed", room: "general", muted: { until, reason: "Adverts" } });
  assert.deepEqual(
    [session.standing.obstacle.kind, session.standing.obstacle.reason],
    ["muted", "Adverts"],
  );
  assert.deepEqual([session.standing.mayWrite, session.standing.mayReact], [false, false]);
  await clock.pass(300);
  assert.equal(session.standing.obstacle, null);
  session.hear({ type: "mute.changed", room: "general", muted: { until: null, reason: "" } });
  await clock.pass(3600 * 24 * 60);
  assert.equal(session.standing.obstacle.kind, "muted");
  session.hear({ type: "mute.changed", room: "general", muted: null });
  assert.equal(session.standing.obstacle, null);
});

test("a missed mute is known with the next reply, and so is its end", async () => {
  const session = visit(2);
  session.open();
  const muted = { until: hours(1_000_000), reason: "" };
  asked[0].resolve(opened(2, [], { room: room(2, { muted }) }));
  await settled();
  assert.equal(session.standing.obstacle.kind, "muted");
  await clock.pass(3600 * 24 * 40); // longer than a browser's timer can be
  assert.equal(session.standing.obstacle.kind, "muted");
  session.open();
  asked.at(-1).resolve(opened(2, [], { room: room(2, { muted: null }) }));
  await settled();
  assert.equal(session.standing.obstacle, null);
});

test("a removed member can't write, and can again after coming back", async () => {
  const session = visit(2);
  const ended = [];
  session.on("ended", (words) => ended.push(words));
  session.hear({ type: "room.removed", room: "general", code: "banned", reason: "Enough." });
  assert.deepEqual(ended, ["You were banned from the room. Enough."]);
  assert.deepEqual([session.standing.obstacle.kind, session.standing.mayWrite], ["ended", false]);
  session.open();
  asked[0].resolve(opened(2, []));
  await settled();
  assert.equal(session.standing.obstacle, null);
});

test("in an announcement room, members can react and delete their own messages", () => {
  const session = visit(2);
  session.hear(updated({ announcement: true }));
  assert.equal(session.standing.obstacle.kind, "announcement");
  const mine = message(1, 1, { author: me });
  assert.deepEqual(
    [
      session.standing.mayWrite,
      session.standing.mayReact,
      session.standing.mayEdit(mine),
      session.standing.mayDelete(mine),
    ],
    [false, true, false, true],
  );
  assert.equal(session.standing.mayDelete(message(2)), false);
});

test("learning of a mute by a refusal asks the server for its length", async () => {
  const session = visit(2);
  outbox.emit("failed", { post: { room: "general" }, error: { code: "muted" } });
  assert.equal(asked[0].command.type, "room.open");
  const muted = { until: null, reason: "Enough" };
  asked[0].resolve(opened(2, [], { room: room(2, { muted }) }));
  await settled();
  assert.equal(session.standing.obstacle.reason, "Enough");
  outbox.emit("failed", { post: { room: "general" }, error: { code: "muted" } });
  assert.equal(asked.length, 1, "it is known");
});

test("a newly ignored person stops typing, and a visit that is over isn't told", () => {
  const ignored = new Ignored();
  const session = visit(2, [], { ignored });
  session.hear({ type: "typing.started", room: "general", user: ben });
  assert.equal(session.typists.users.length, 1);
  let told = 0;
  session.on("ignored", () => {
    told += 1;
  });
  ignored.learn({ muted: [ben.id] });
  session.hear({ type: "typing.started", room: "general", user: ben });
  assert.deepEqual([session.typists.users.length, told], [0, 1]);
  session.leave();
  ignored.learn({});
  assert.equal(told, 1);
});

test("a new name shows wherever the room shows the person", () => {
  const session = visit(1);
  session.presence.reset([ben]);
  session.hear({ type: "typing.started", room: "general", user: ben });
  const told = [];
  session.on("person", (person) => told.push(person.name));
  const robert = { ...ben, name: "Robert" };
  session.hear({ type: "person.changed", room: null, person: robert });
  assert.equal(session.presence.users.get(ben.id).name, "Robert");
  assert.deepEqual(session.typists.users, [robert]);
  assert.equal(session.timeline.messages[0].author.name, "Robert");
  assert.deepEqual(told, ["Robert"]);
});

test("too many changes to send are requested from the page's revision on", () => {
  const session = visit(2);
  session.hear({ type: "room.stale", room: "general" });
  assert.deepEqual(asked[0].command, { type: "room.open", since: 2, room: session.room.slug });
});
