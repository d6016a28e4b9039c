import assert from "node:assert/strict";
import { test } from "node:test";
import { NewMessages } from "../../static/js/reading/new-messages.js";

/** No message of the room is loaded. */
const nowhere = () => null;
const newMessagesOf = ({ read, last, unread = last - read, readable = nowhere }) =>
  new NewMessages({ read, last, unread, readable });

/** A window between two numbers, with some messages deleted. */
const windowOf = (from, to, gone) => (first, last) => {
  if (last < first) return 0;
  if (first < from || last > to) return null;
  return last - first + 1 - gone.filter((number) => first <= number && number <= last).length;
};

test("unread messages are above only while the first of them was skipped", () => {
  const newMessages = newMessagesOf({ read: 10, last: 100 });
  assert.equal(newMessages.above, 0, "nothing has been on the screen yet");
  newMessages.look({ first: 91, last: 100 });
  assert.equal(newMessages.above, 80);
  newMessages.look({ first: 51, last: 60 });
  assert.equal(newMessages.above, 40);
  newMessages.look({ first: 5, last: 14 });
  assert.equal(newMessages.above, 0);
  newMessages.look({ first: 91, last: 100 });
  assert.equal(newMessages.above, 0, "the reader was there");
});

test("a reader above the unread messages has none above, and hasn't reached them yet", () => {
  const newMessages = newMessagesOf({ read: 50, last: 100 });
  newMessages.look({ first: 3, last: 12 });
  assert.equal(newMessages.above, 0);
  newMessages.look({ first: 91, last: 100 });
  assert.equal(newMessages.above, 40);
  newMessages.dismiss();
  assert.equal(newMessages.above, 0);
});

test("what is below counts from the last message seen or read, wherever it was read", () => {
  const newMessages = newMessagesOf({ read: 50, last: 100 });
  newMessages.look({ first: 3, last: 12 });
  assert.equal(newMessages.below(100), 50);
  newMessages.look({ first: 70, last: 80 });
  newMessages.look({ first: 60, last: 70 });
  assert.equal(newMessages.below(101), 21);
  newMessages.readElsewhere(101);
  assert.equal(newMessages.below(101), 0);
});

test("messages that arrive while nobody looks start the unread over for a reader who had read everything", () => {
  const newMessages = newMessagesOf({ read: 50, last: 50 });
  newMessages.look({ first: 41, last: 50 });
  assert.equal(newMessages.came(51, 51), true);
  assert.equal(newMessages.came(52, 52), false, "it begins at the first of them");
  newMessages.look({ first: 61, last: 70 });
  assert.equal(newMessages.above, 10);
});

test("a room that starts over has lower numbers, and they are new", () => {
  const newMessages = newMessagesOf({ read: 50, last: 60 });
  newMessages.restart(20);
  assert.equal(newMessages.from, null);
  assert.equal(newMessages.below(22), 2);
});

test("only readable messages are unread: tombstones are skipped", () => {
  const gone = [11, 12, 13, 14, 15];
  const newMessages = newMessagesOf({
    read: 10,
    last: 20,
    unread: 5,
    readable: windowOf(1, 20, gone),
  });
  assert.equal(newMessages.below(20), 5);
  newMessages.look({ first: 18, last: 20 });
  assert.equal(newMessages.above, 2);
  assert.equal(
    newMessagesOf({ read: 10, last: 20, unread: 0 }).from,
    null,
    "all of it was deleted",
  );
});

test("when the start of the unread isn't loaded, the number above is the total minus what follows", () => {
  let here = windowOf(80, 100, [95]);
  const readable = (...numbers) => here(...numbers);
  const newMessages = newMessagesOf({ read: 10, last: 100, unread: 50, readable });
  newMessages.look({ first: 91, last: 100 });
  assert.equal(newMessages.above, 50 - 9);
  newMessages.turned({ number: 30, step: -1 });
  assert.equal(newMessages.above, 50 - 9 - 1);
  newMessages.turned({ number: 30, step: 1 });
  newMessages.turned({ number: 101, step: -1 });
  assert.equal(newMessages.above, 50 - 9, "later messages don't belong to it");
  here = windowOf(90, 110, [95, 105]);
  newMessages.look({ first: 106, last: 110 });
  assert.equal(newMessages.above, 50 + 4);
});

test("beyond the window, the number below is the room list's count minus what was seen", () => {
  const newMessages = newMessagesOf({
    read: 10,
    last: 500,
    unread: 200,
    readable: windowOf(1, 60, [20]),
  });
  newMessages.look({ first: 15, last: 30 });
  assert.equal(newMessages.below(500, { read_number: 10, unread: 200 }), 200 - 19);
  assert.equal(newMessages.below(500, { read_number: 30, unread: 181 }), 181);
  assert.equal(newMessages.below(500), 470, "a room without a count has none");
});

test("after nothing but tombstones, the unread starts over for a reader who had read everything", () => {
  const newMessages = newMessagesOf({
    read: 50,
    last: 52,
    unread: 0,
    readable: windowOf(1, 53, [51, 52]),
  });
  assert.equal(newMessages.came(53, 53), true);
  const other = newMessagesOf({ read: 50, last: 52, unread: 1, readable: windowOf(1, 53, [51]) });
  assert.equal(other.came(53, 53), false);
});
