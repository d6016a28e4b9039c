import assert from "node:assert/strict";
import test from "node:test";
import { isMine, Reactors, withMine } from "../../static/js/timeline/reactions.js";
import { Timeline } from "../../static/js/timeline/timeline.js";

const me = { id: 7, name: "Me" };
const crowd = (/** @type {number} */ count, from = 100) =>
  Array.from({ length: count }, (_, index) => ({ id: from + index, name: `P${from + index}` }));
const reaction = (/** @type {number} */ count, users = crowd(20)) => ({
  emoji: "👍",
  count,
  users,
});
const message = (/** @type {any[]} */ ...reactions) =>
  /** @type {any} */ ({ number: 1, revision: 1, nonce: "n", author: { id: 1 }, reactions });

test("an event that names only the first people leaves my reaction as it was", () => {
  const known = message(reaction(30, [me, ...crowd(19)]));
  const after = withMine(message(reaction(31)), known, me, {
    actor: { id: 3 },
    emoji: "👍",
    added: true,
  });
  assert.equal(isMine(after, "👍", me), true);
  assert.equal(after.reactions[0].users.length, 20);
  assert.equal(after.reactions[0].count, 31);
  const never = withMine(message(reaction(31)), message(reaction(30)), me, { actor: { id: 3 } });
  assert.equal(isMine(never, "👍", me), false);
});

test("an event says what I did, perhaps in another tab", () => {
  const event = (/** @type {boolean} */ added) => ({ actor: { id: 7 }, emoji: "👍", added });
  const added = withMine(message(reaction(31)), message(reaction(30)), me, event(true));
  assert.equal(isMine(added, "👍", me), true);
  const known = message(reaction(31, [me, ...crowd(19)]));
  const gone = withMine(message(reaction(30)), known, me, event(false));
  assert.equal(isMine(gone, "👍", me), false);
});

test("if everyone is named, the names are the truth", () => {
  const known = message(reaction(3, [me, ...crowd(2)]));
  const after = message(reaction(2, crowd(2)));
  assert.equal(withMine(after, known, me), after);
});

test("a timeline keeps my reactions across the events of others", () => {
  const page = {
    messages: [message(reaction(30, [me, ...crowd(19)]))],
    has_before: false,
    has_after: false,
  };
  const timeline = new Timeline({ me, revision: 1, lastNumber: 1, page });
  const told = { ...message(reaction(31)), revision: 2 };
  timeline.apply({ revision: 2, message: told, actor: { id: 3 }, emoji: "👍", added: true });
  assert.equal(isMine(timeline.messages[0], "👍", me), true);
  timeline.apply({ revision: 3, message: { ...told, revision: 3, body: "edited" } });
  assert.equal(isMine(timeline.messages[0], "👍", me), true);
  const gone = { ...message(reaction(30)), revision: 4 };
  timeline.apply({ revision: 4, message: gone, actor: { id: 7 }, emoji: "👍", added: false });
  assert.equal(isMine(timeline.messages[0], "👍", me), false);
});

test("everyone who reacted is loaded page by page", async () => {
  const all = crowd(150);
  /** @type {(string | null)[]} */
  const asked = [];
  const reactors = new Reactors(reaction(150, all.slice(0, 20)), async (emoji, after) => {
    assert.equal(emoji, "👍");
    asked.push(after);
    const from = Number(after ?? 0);
    const users = all.slice(from, from + 100);
    return { users, next: from + 100 < all.length ? String(from + 100) : null };
  });
  assert.equal(reactors.people.length, 20);
  while (reactors.hasMore) await reactors.more();
  assert.deepEqual(reactors.people, all);
  assert.deepEqual(asked, [null, "100"]);
});

test("if everyone is named, there is nothing to load", () => {
  const never = async () => assert.fail();
  assert.equal(new Reactors(reaction(20), /** @type {any} */ (never)).hasMore, false);
});
