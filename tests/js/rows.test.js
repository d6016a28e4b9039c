import assert from "node:assert/strict";
import { test } from "node:test";
import { initials, listOf } from "../../static/js/lib/labels.js";
import { dayOf, formatDay } from "../../static/js/lib/time.js";
import { firstUnread, rowsOf } from "../../static/js/timeline/rows.js";

const me = { id: 1, username: "ana", name: "Ana", avatar: null };
const ben = { id: 2, username: "ben", name: "Ben", avatar: null };

const at = (day, hour, minute) => new Date(2026, 10, day, hour, minute).toISOString();
const message = (number, author, created_at, more = {}) => ({
  number,
  nonce: `n${number}`,
  author,
  created_at,
  reply_to: null,
  ...more,
});
const shape = (rows) => rows.map((row) => (row.kind === "message" ? row.grouped : row.kind));

test("one author within five minutes is one group; a day, a reply and the divider break it", () => {
  const items = [
    message(1, ben, at(22, 23, 56)),
    message(2, ben, at(22, 23, 59)),
    message(3, ben, at(23, 0, 1)),
    message(4, ben, at(23, 0, 2), { reply_to: 1 }),
    message(5, ben, at(23, 0, 3)),
    message(6, me, at(23, 0, 3)),
    message(7, ben, at(23, 0, 4)),
    message(8, ben, at(23, 0, 5)),
    message(9, ben, at(23, 0, 11)),
  ];
  assert.deepEqual(shape(rowsOf(items, { me, unreadFrom: 8 })), [
    "day",
    false,
    true,
    "day",
    false,
    false,
    true,
    false,
    false,
    "unread",
    false,
    false,
  ]);
});

test("a line says from where on outsiders can read along", () => {
  const items = [1, 2, 3].map((number) => message(number, ben, at(22, 9, number)));
  const kinds = (/** @type {number | null} */ webAfter, list = items) =>
    rowsOf(list, { me, webAfter }).map(({ kind }) => kind);
  assert.deepEqual(kinds(null), ["day", "message", "message", "message"]);
  assert.deepEqual(kinds(0), ["day", "web", "message", "message", "message"]);
  assert.deepEqual(kinds(2), ["day", "message", "message", "web", "message"]);
  assert.deepEqual(kinds(3), ["day", "message", "message", "message", "web"]);
  assert.deepEqual(kinds(1, items.slice(2)), ["day", "message"]);
  assert.deepEqual(kinds(0, []), ["web"]);
  const post = { nonce: "x", room: "r", body: "", created_at: at(22, 9, 4), state: "pending" };
  assert.deepEqual(kinds(3, [...items, post]).slice(-2), ["web", "message"]);
});

test("a post has the key of the message that it becomes", () => {
  const post = {
    nonce: "x",
    room: "general",
    body: "",
    created_at: at(23, 1, 0),
    state: "pending",
  };
  const [, before] = rowsOf([post], { me });
  const [, after] = rowsOf([{ ...message(9, me, at(23, 1, 0)), nonce: "x" }], { me });
  assert.equal(before.key, after.key);
});

test("two authors with the same nonce are two rows", () => {
  const items = [message(1, ben, at(23, 1, 0)), { ...message(2, me, at(23, 1, 0)), nonce: "n1" }];
  assert.equal(new Set(rowsOf(items, { me }).map(({ key }) => key)).size, 3);
});

test("the divider is before somebody else's first unread message, if that is loaded", () => {
  const visit = { read: 4, last: 7, me, hasBefore: true };
  const loaded = [4, 5, 6, 7].map((n) => message(n, n === 5 ? me : ben, at(23, 1, n)));
  assert.equal(firstUnread(loaded, visit), 6);
  assert.equal(firstUnread(loaded, { ...visit, read: 7 }), null);
  assert.equal(firstUnread(loaded.slice(2), visit), null);
  assert.equal(firstUnread(loaded.slice(2), { ...visit, hasBefore: false }), 6);
});

test("the divider is never before a tombstone or a message by someone I ignore", () => {
  const visit = { read: 1, last: 4, me, hasBefore: false, ignored: new Set([7]) };
  const loaded = [
    message(1, ben, at(23, 1, 1)),
    { ...message(2, ben, at(23, 1, 2)), deleted: true },
    message(3, { ...ben, id: 7 }, at(23, 1, 3)),
    message(4, ben, at(23, 1, 4)),
  ];
  assert.equal(firstUnread(loaded, visit), 4);
  assert.equal(firstUnread(loaded.slice(0, 3), visit), null);
});

test("days have the names that people use", () => {
  const now = new Date(2026, 10, 23, 0, 30);
  assert.equal(formatDay(dayOf(now), now).toLowerCase(), "today");
  assert.equal(formatDay("2026-11-22", now).toLowerCase(), "yesterday");
  assert.match(formatDay("2026-11-20", now), /20/);
  assert.match(formatDay("2024-11-20", now), /2024/);
});

test("words", () => {
  assert.equal(initials("Ana Maria Lindqvist"), "AL");
  assert.equal(initials("émile"), "é");
  assert.equal(initials("  "), "?");
  assert.equal(listOf(["A", "B", "C"]), "A, B and C");
  assert.equal(listOf(["A", "B", "C", "D"], 2), "A, B and 2 others");
});

test("a clock set back over midnight starts no day twice", () => {
  const items = [message(1, ben, at(22, 23, 58)), message(2, me, at(23, 0, 1))];
  items.push(message(3, ben, at(22, 23, 59)), message(4, me, at(23, 0, 2)));
  const keys = rowsOf(items, { me }).map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  assert.deepEqual(
    keys.filter((key) => key.startsWith("day/")),
    ["day/2026-11-22", "day/2026-11-23"],
  );
});
