import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ReadTracker } from "../../static/js/reading/read-tracker.js";
import { TestClock } from "./clock.js";

let clock;
let told;
beforeEach(() => {
  clock = new TestClock();
  told = [];
});

const trackerAt = (read) => new ReadTracker({ read, tell: (number) => told.push(number), clock });

test("read means on the screen of a page in use, and is reported only a few times", async () => {
  const tracker = trackerAt(5);
  tracker.onScreen(9);
  await clock.pass(5);
  assert.deepEqual(told, [], "nobody is looking");
  tracker.setActive(true);
  tracker.onScreen(10);
  tracker.onScreen(11);
  await clock.pass(1);
  assert.deepEqual(told, [11]);
  tracker.onScreen(7);
  await clock.pass(1);
  tracker.readElsewhere(20);
  tracker.onScreen(15);
  await clock.pass(1);
  assert.deepEqual(told, [11]);
});

test("a room that starts over with lower numbers is read again", async () => {
  const tracker = trackerAt(500);
  tracker.setActive(true);
  tracker.onScreen(501);
  await clock.pass(1);
  tracker.restart(20);
  tracker.onScreen(22);
  await clock.pass(1);
  assert.deepEqual(told, [501, 22]);
});

test("a closing page reports at once what was read, and only once", async () => {
  const tracker = trackerAt(5);
  tracker.setActive(true);
  tracker.onScreen(9);
  tracker.flush();
  assert.deepEqual(told, [9]);
  tracker.flush();
  await clock.pass(5);
  assert.deepEqual(told, [9]);
  tracker.onScreen(10);
  await clock.pass(1);
  assert.deepEqual(told, [9, 10], "it may only be cached, and come back");
});

test("messages marked as unread stay unread on the screen, until the reader reads on", async () => {
  const tracker = trackerAt(5);
  tracker.setActive(true);
  tracker.onScreen(10);
  tracker.hold(6);
  await clock.pass(5);
  assert.deepEqual(told, [], "nothing seen before is reported late");
  tracker.setActive(false);
  tracker.setActive(true);
  tracker.onScreen(11); // it arrived while the end was on the screen
  tracker.onScreen(9, { moved: true });
  tracker.onScreen(11, { moved: true });
  tracker.flush();
  await clock.pass(5);
  assert.deepEqual(told, []);
  tracker.onScreen(12, { moved: true });
  await clock.pass(1);
  assert.deepEqual(told, [12]);
});

test("if marking as unread fails, reading works as before", async () => {
  const tracker = trackerAt(5);
  tracker.setActive(true);
  tracker.onScreen(10);
  tracker.hold(6);
  tracker.release();
  await clock.pass(1);
  assert.deepEqual(told, [10]);
});

test("reading in another tab to the end of the screen releases the hold", async () => {
  const tracker = trackerAt(5);
  tracker.setActive(true);
  tracker.onScreen(10);
  tracker.hold(6);
  tracker.readElsewhere(8);
  tracker.onScreen(11);
  await clock.pass(1);
  assert.deepEqual(told, []);
  tracker.readElsewhere(11);
  tracker.onScreen(12);
  await clock.pass(1);
  assert.deepEqual(told, [12]);
});
