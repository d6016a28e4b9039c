import assert from "node:assert/strict";
import { test } from "node:test";
import { Unseen } from "../../static/js/unseen.js";

/** Nothing of the room is in the window. */
const nowhere = () => null;
const unseenOf = ({ read, last, unread = last - read, readable = nowhere }) =>
  new Unseen({ read, last, unread, readable });

/** A window from one number to another, in which these were deleted. */
const windowOf = (from, to, gone) => (first, last) => {
  if (last < first) return 0;
  if (first < from || last > to) return null;
  return last - first + 1 - gone.filter((number) => first <= number && number <= last).length;
};

test("unread messages lie above only while their first was passed over", () => {
  const unseen = unseenOf({ read: 10, last: 100 });
  assert.equal(unseen.above, 0, "nothing has been on the screen yet");
  unseen.look({ first: 91, last: 100 });
  assert.equal(unseen.above, 80);
  unseen.look({ first: 51, last: 60 });
  assert.equal(unseen.above, 40);
  unseen.look({ first: 5, last: 14 });
  assert.equal(unseen.above, 0);
  unseen.look({ first: 91, last: 100 });
  assert.equal(unseen.above, 0, "the reader has been there");
});

test("who stands above the unread has none above, and still has not met it", () => {
  const unseen = unseenOf({ read: 50, last: 100 });
  unseen.look({ first: 3, last: 12 });
  assert.equal(unseen.above, 0);
  unseen.look({ first: 91, last: 100 });
  assert.equal(unseen.above, 40);
  unseen.dismiss();
  assert.equal(unseen.above, 0);
});

test("what is below counts from the last message seen or read, wherever it was read", () => {
  const unseen = unseenOf({ read: 50, last: 100 });
  unseen.look({ first: 3, last: 12 });
  assert.equal(unseen.below(100), 50);
  unseen.look({ first: 70, last: 80 });
  unseen.look({ first: 60, last: 70 });
  assert.equal(unseen.below(101), 21);
  unseen.readElsewhere(101);
  assert.equal(unseen.below(101), 0);
});

test("what comes while nobody looks is a new beginning for who had read everything", () => {
  const unseen = unseenOf({ read: 50, last: 50 });
  unseen.look({ first: 41, last: 50 });
  assert.equal(unseen.came(51, 51), true);
  assert.equal(unseen.came(52, 52), false, "the first of them is where it begins");
  unseen.look({ first: 61, last: 70 });
  assert.equal(unseen.above, 10);
});

test("a room that begins anew has lower numbers, and they are new", () => {
  const unseen = unseenOf({ read: 50, last: 60 });
  unseen.restart(20);
  assert.equal(unseen.from, null);
  assert.equal(unseen.below(22), 2);
});

test("only what can be read is unread: tombstones are passed over", () => {
  const gone = [11, 12, 13, 14, 15];
  const unseen = unseenOf({ read: 10, last: 20, unread: 5, readable: windowOf(1, 20, gone) });
  assert.equal(unseen.below(20), 5);
  unseen.look({ first: 18, last: 20 });
  assert.equal(unseen.above, 2);
  assert.equal(unseenOf({ read: 10, last: 20, unread: 0 }).from, null, "all of it was deleted");
});

test("where the unread began is not in the window: what is above is all less what follows", () => {
  let here = windowOf(80, 100, [95]);
  const readable = (...numbers) => here(...numbers);
  const unseen = unseenOf({ read: 10, last: 100, unread: 50, readable });
  unseen.look({ first: 91, last: 100 });
  assert.equal(unseen.above, 50 - 9);
  unseen.turned({ number: 30, step: -1 });
  assert.equal(unseen.above, 50 - 9 - 1);
  unseen.turned({ number: 30, step: 1 });
  unseen.turned({ number: 101, step: -1 });
  assert.equal(unseen.above, 50 - 9, "what came later is none of it");
  here = windowOf(90, 110, [95, 105]);
  unseen.look({ first: 106, last: 110 });
  assert.equal(unseen.above, 50 + 4);
});

test("what is below beyond the window is what the list of rooms counts, less what was seen", () => {
  const unseen = unseenOf({ read: 10, last: 500, unread: 200, readable: windowOf(1, 60, [20]) });
  unseen.look({ first: 15, last: 30 });
  assert.equal(unseen.below(500, { read_number: 10, unread: 200 }), 200 - 19);
  assert.equal(unseen.below(500, { read_number: 30, unread: 181 }), 181);
  assert.equal(unseen.below(500), 470, "nobody's room counts nothing");
});

test("after tombstones alone whoever had read everything is a new arrival", () => {
  const unseen = unseenOf({ read: 50, last: 52, unread: 0, readable: windowOf(1, 53, [51, 52]) });
  assert.equal(unseen.came(53, 53), true);
  const other = unseenOf({ read: 50, last: 52, unread: 1, readable: windowOf(1, 53, [51]) });
  assert.equal(other.came(53, 53), false);
});
