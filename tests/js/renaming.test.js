import assert from "node:assert/strict";
import { test } from "node:test";
import { Quotes } from "../../static/js/timeline/quotes.js";
import { Timeline } from "../../static/js/timeline/timeline.js";

const bob = { id: 2, username: "bob", name: "Bob", avatar: "bob.webp" };
const alice = { id: 1, username: "alice", name: "Alice", avatar: null };
const nobody = { id: 2, username: "deleted-2", name: "Deleted account", avatar: null };

const message = (number, author, users = []) => ({
  number,
  revision: number,
  nonce: `n${number}`,
  author,
  body: "hi",
  reactions: users.length ? [{ emoji: "🎉", count: users.length, users }] : [],
});

test("a deleted account loses its name in messages and reactions", () => {
  const page = {
    messages: [message(1, bob), message(2, alice, [{ id: 2, name: "Bob" }, alice])],
    has_before: false,
    has_after: false,
  };
  const timeline = new Timeline({ me: alice, revision: 2, lastNumber: 2, page });
  timeline.apply({ revision: 3, message: message(3, bob) });
  assert.equal(timeline.rename(nobody).draw, true);
  assert.deepEqual(
    timeline.messages.map(({ author }) => author.name),
    ["Deleted account", "Alice", "Deleted account"],
  );
  assert.equal(timeline.find(3).author.username, "deleted-2");
  const [reaction] = timeline.messages[1].reactions;
  assert.deepEqual(
    reaction.users.map(({ name }) => name),
    ["Deleted account", "Alice"],
  );
  assert.equal(timeline.revision, 3, "the next event is applied as usual");
  assert.ok(!JSON.stringify(timeline.messages).includes("Bob"));
});

test("a deleted account loses its name in quotes from far above", async () => {
  const quotes = new Quotes(
    () => undefined,
    async () => message(1, bob),
  );
  quotes.get(1);
  await new Promise((done) => quotes.on("change", done));
  quotes.rename(nobody);
  assert.equal(quotes.get(1).author.name, "Deleted account");
});
