import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../../static/js/timeline/timeline.js";

const me = { id: 1 };
const message = (number) => ({ number, revision: number, nonce: `n${number}`, author: { id: 2 } });
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => message(from + at));
const page = (from, to, last) => ({
  messages: range(from, to),
  has_before: from > 1,
  has_after: to < last,
});
const windowOf = ({ messages }) => [messages[0].number, messages.at(-1).number];

test("the window keeps what is near the reader and drops the far end", () => {
  const timeline = new Timeline({ me, lastNumber: 900, page: page(301, 600, 900) });
  timeline.trim(330, 250);
  assert.deepEqual(windowOf(timeline), [301, 550]);
  timeline.trim(450, 100);
  assert.deepEqual(windowOf(timeline), [400, 499]);
  timeline.trim(499, 50);
  assert.deepEqual(windowOf(timeline), [450, 499]);
  timeline.trim(460, 50);
  assert.deepEqual(windowOf(timeline), [450, 499], "there is nothing to drop");
});

test("dropped messages are history, and a new message isn't appended across the hole", () => {
  const timeline = new Timeline({ me, lastNumber: 300, revision: 300, page: page(1, 300, 300) });
  assert.equal(timeline.hasAfter, false);
  timeline.trim(40, 250);
  assert.deepEqual([timeline.hasBefore, timeline.hasAfter], [false, true]);
  timeline.apply({ type: "message.posted", revision: 301, message: message(301) });
  assert.deepEqual(windowOf(timeline), [1, 250]);
  assert.equal(timeline.lastNumber, 301);
  timeline.extend("after", 250, page(251, 301, 301));
  assert.deepEqual([windowOf(timeline), timeline.hasAfter], [[1, 301], false]);
});

test("a reader who follows the end keeps the end", () => {
  const timeline = new Timeline({ me, lastNumber: 300, page: page(1, 300, 300) });
  timeline.trim(Number.POSITIVE_INFINITY, 250);
  assert.deepEqual(windowOf(timeline), [51, 300]);
  assert.deepEqual([timeline.hasBefore, timeline.hasAfter], [true, false]);
  assert.deepEqual(
    [50, 51, 300, 301].map((number) => timeline.holds(number)),
    [false, true, true, false],
  );
});
