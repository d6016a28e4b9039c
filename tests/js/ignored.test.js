import assert from "node:assert/strict";
import { test } from "node:test";
import { Ignored } from "../../static/js/people/ignored.js";
import { rowsOf } from "../../static/js/timeline/rows.js";

const me = { id: 1, username: "ana", name: "Ana", avatar: null };
const [ben, cleo, dora] = [2, 3, 4].map((id) => ({ id, username: `u${id}`, name: `N${id}` }));
const message = (number, author, rest = {}) => ({
  number,
  author,
  nonce: `nonce-${number}`,
  created_at: "2026-01-01T12:00:00Z",
  ...rest,
});

/** 'd' is a day, '(2)' a fold with its numbers, '[' an open fold, a number its message. */
function drawn(items, { muted = [], open = [], ...rest } = {}) {
  const isFolded = ({ number }) => !open.includes(number);
  const rows = rowsOf(items, { me, ignored: new Ignored({ muted }), isFolded, ...rest });
  const sign = { day: () => "d", unread: () => "u", message: ({ item }) => `${item.number}` };
  const fold = ({ numbers, open }) => (open ? "[" : `(${numbers})`);
  return rows.map((row) => (sign[row.kind] ?? fold)(row)).join(" ");
}

const talk = [
  message(1, ben),
  message(2, cleo),
  message(3, dora),
  message(4, ben),
  message(5, cleo),
];

test("consecutive messages of muted people are one line", () => {
  assert.equal(drawn(talk), "d 1 2 3 4 5");
  assert.equal(drawn(talk, { muted: [2] }), "d (1) 2 3 (4) 5");
  assert.equal(drawn(talk, { muted: [3, 4] }), "d 1 (2,3) 4 (5)");
});

test("unfolded messages are below their line, and so are later ones", () => {
  assert.equal(drawn(talk, { muted: [3, 4], open: [2, 3] }), "d 1 [ 2 3 4 (5)");
  assert.equal(drawn(talk, { muted: [2, 3, 4], open: [3] }), "d (1,2) [ 3 4 5");
});

test("a day separator and the divider split folded messages", () => {
  const muted = [2, 3, 4];
  assert.equal(drawn(talk, { muted, unreadFrom: 4 }), "d (1,2,3) u (4,5)");
  const later = message(6, ben, { created_at: "2026-01-03T12:00:00Z" });
  assert.equal(drawn([...talk, later], { muted }), "d (1,2,3,4,5) d (6)");
});

test("a line keeps its place in the page while it grows", () => {
  const keys = (items) =>
    rowsOf(items, { me, ignored: new Ignored({ blocked: [2] }), isFolded: () => true })
      .filter(({ kind }) => kind === "fold")
      .map(({ key }) => key);
  assert.deepEqual(keys([message(1, ben)]), keys([message(1, ben), message(2, ben)]));
});

test("a quotation of a muted person doesn't say what is folded", () => {
  const quote = () => message(1, ben);
  const [, row] = rowsOf([message(2, cleo, { reply_to: 1 })], {
    me,
    ignored: new Ignored({ muted: [2] }),
    quote,
  });
  assert.equal(row.veiled, true);
});

test("blocking includes muting, and all tabs know both as the server does", async () => {
  const asked = [];
  const request = async (command) => {
    asked.push(command);
    return { ignored: command.kind ? { blocked: [2] } : {} };
  };
  const ignored = new Ignored({ muted: [2] }, request);
  let changes = 0;
  ignored.on("change", () => {
    changes += 1;
  });
  assert.deepEqual([ignored.has(2), ignored.isBlocked(2)], [true, false]);
  await ignored.ignore(ben, "block");
  assert.deepEqual([ignored.has(2), ignored.isBlocked(2)], [true, true]);
  await ignored.unignore(ben);
  assert.deepEqual([ignored.has(2), changes], [false, 2]);
  ignored.learn({});
  assert.equal(changes, 2, "a welcome that repeats it changes nothing");
  assert.deepEqual(asked, [
    { type: "person.ignore", user: "u2", kind: "block" },
    { type: "person.unignore", user: "u2" },
  ]);
});
