import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Seen } from "../../static/js/seen.js";
import { TestClock } from "./clock.js";

let clock;
let told;
beforeEach(() => {
  clock = new TestClock();
  told = [];
});

const seenUpTo = (read) => new Seen({ read, tell: (number) => told.push(number), clock });

test("read means on the screen of a page that is looked at, said a few times only", async () => {
  const seen = seenUpTo(5);
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
  const seen = seenUpTo(500);
  seen.setActive(true);
  seen.onScreen(501);
  await clock.pass(1);
  seen.restart(20);
  seen.onScreen(22);
  await clock.pass(1);
  assert.deepEqual(told, [501, 22]);
});

test("a page that goes away says at once what was read, and only once", async () => {
  const seen = seenUpTo(5);
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
  const seen = seenUpTo(5);
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
  const seen = seenUpTo(5);
  seen.setActive(true);
  seen.onScreen(10);
  seen.hold(6);
  seen.release();
  await clock.pass(1);
  assert.deepEqual(told, [10]);
});

test("what is read elsewhere, to the end of what is on the screen, is held no longer", async () => {
  const seen = seenUpTo(5);
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
