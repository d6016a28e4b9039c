import assert from "node:assert/strict";
import { test } from "node:test";
import { Unseen } from "../../static/js/unseen.js";

test("unread messages lie above only while their first was passed over", () => {
  const unseen = new Unseen({ read: 10, last: 100 });
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
  const unseen = new Unseen({ read: 50, last: 100 });
  unseen.look({ first: 3, last: 12 });
  assert.equal(unseen.above, 0);
  unseen.look({ first: 91, last: 100 });
  assert.equal(unseen.above, 40);
  unseen.dismiss();
  assert.equal(unseen.above, 0);
});

test("what is below counts from the last message seen or read, wherever it was read", () => {
  const unseen = new Unseen({ read: 50, last: 100 });
  unseen.look({ first: 3, last: 12 });
  assert.equal(unseen.below(100), 50);
  unseen.look({ first: 70, last: 80 });
  unseen.look({ first: 60, last: 70 });
  assert.equal(unseen.below(101), 21);
  unseen.readElsewhere(101);
  assert.equal(unseen.below(101), 0);
});

test("what comes while nobody looks is a new beginning for who had read everything", () => {
  const unseen = new Unseen({ read: 50, last: 50 });
  unseen.look({ first: 41, last: 50 });
  assert.equal(unseen.came(51), true);
  assert.equal(unseen.came(52), false, "the first of them is where it begins");
  unseen.look({ first: 61, last: 70 });
  assert.equal(unseen.above, 10);
});

test("a room that begins anew has lower numbers, and they are new", () => {
  const unseen = new Unseen({ read: 50, last: 60 });
  unseen.restart(20);
  assert.equal(unseen.from, null);
  assert.equal(unseen.below(22), 2);
});
