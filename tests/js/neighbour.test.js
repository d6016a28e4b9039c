import assert from "node:assert/strict";
import { test } from "node:test";
import { neighbour } from "../../static/js/navigation/neighbour.js";

const rooms = [0, 3, 0, 5].map((unread, n) => ({ slug: "abcd"[n], unread }));
const beside = (current, step, unread) => neighbour(rooms, current, { step, unread })?.slug;

test("the previous and next room, wrapping around", () => {
  assert.equal(beside("b", 1), "c");
  assert.equal(beside("b", -1), "a");
  assert.equal(beside("d", 1), "a");
  assert.equal(beside("a", -1), "d");
});

test("from the lobby it is the first room, or the last", () => {
  assert.equal(beside(null, 1), "a");
  assert.equal(beside(null, -1), "d");
});

test("the next unread room is never the one that is shown", () => {
  assert.equal(beside("b", 1, true), "d");
  assert.equal(beside("d", 1, true), "b");
  assert.equal(beside("a", -1, true), "d");
  assert.equal(neighbour([rooms[1]], "b", { step: 1, unread: true }), undefined);
  assert.equal(neighbour([], null, { step: 1 }), undefined);
});
