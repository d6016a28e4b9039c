import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Drafts } from "../../static/js/composer/drafts.js";
import { UnloadStore } from "../../static/js/composer/unload-store.js";
import { settled, TestClock, TestStorage } from "./clock.js";
import { Browser, TestStore } from "./tabs.js";

let clock;
let store;
let browser;
let storage;

beforeEach(() => {
  clock = new TestClock();
  store = new TestStore();
  browser = new Browser();
  storage = new TestStorage();
});

async function open(user = 1) {
  const unloadStore = new UnloadStore({ user, storage });
  unloadStore.moveInto(store);
  const drafts = new Drafts({ user, store, tabs: browser.tab(), unloadStore, clock });
  await drafts.ready;
  return drafts;
}

/** Type key by key, as a field reports it. */
function type(drafts, text, room = "general") {
  for (let n = 1; n <= text.length; n += 1)
    drafts.write(room, { body: text.slice(0, n), reply_to: null });
}

const draft = (body, reply_to = null) => ({ body, reply_to });

test("a draft is stored within 0.3 s of its first character, however long typing continues", async () => {
  const drafts = await open();
  type(drafts, "a");
  await clock.pass(0.2);
  type(drafts, "ab");
  await clock.pass(0.1);
  assert.equal((await open()).read("general").body, "ab");
});

test("a draft's reply target is stored, even without any text", async () => {
  const drafts = await open();
  drafts.write("general", draft("", 7));
  drafts.save();
  assert.deepEqual((await open()).read("general"), draft("", 7));
});

test("an emptied draft is no draft", async () => {
  const drafts = await open();
  type(drafts, "never mind");
  drafts.save();
  drafts.write("general", draft(""));
  drafts.save();
  await settled();
  assert.equal(store.drafts.size, 0);
  assert.equal(drafts.has("general"), false);
});

test("drafts are separate for each room and each person", async () => {
  const drafts = await open();
  type(drafts, "here", "general");
  type(drafts, "there", "random");
  drafts.save();
  const again = await open();
  assert.equal(again.read("general").body, "here");
  assert.equal(again.read("random").body, "there");
  assert.equal((await open(2)).has("general"), false);
});

test("another tab of the room follows a draft, and sees that it was sent", async () => {
  const [left, right] = [await open(), await open()];
  for (const text of ["a", "ab", "abc"]) {
    type(left, text);
    left.save();
    assert.equal(right.read("general").body, text);
  }
  left.write("general", draft(""));
  left.save();
  assert.equal(right.has("general"), false);
});

test("typing in two tabs of a room at once loses nothing", async () => {
  const [left, right] = [await open(), await open()];
  type(left, "mine");
  type(right, "yours");
  left.save();
  right.save();
  type(right, "yours, too");
  right.save();
  assert.equal(left.read("general").body, "mine");
  assert.equal(right.read("general").body, "yours, too");
});

test("sending in one tab leaves another tab's draft on the screen and in the store", async () => {
  const [left, right] = [await open(), await open()];
  type(left, "mine");
  type(right, "yours");
  left.save();
  right.save();
  await store.write([{ store: "drafts", remove: [1, "general"] }]);
  left.write("general", draft(""));
  left.save();
  await clock.pass(1);
  assert.equal(right.read("general").body, "yours");
  assert.equal((await open()).read("general").body, "yours");
});

test("a browser that stores nothing keeps a draft as long as the page is open", async () => {
  store.broken = true;
  const drafts = await open();
  type(drafts, "still here");
  drafts.save();
  await drafts.restore();
  assert.equal(drafts.read("general").body, "still here");
});

test("a page that closes before its database has finished loses no draft", async () => {
  const drafts = await open();
  type(drafts, "just typed");
  store.broken = true; // it finishes nothing from now on
  drafts.leave();
  await settled();
  store.broken = false;
  const again = await open();
  assert.equal(again.read("general").body, "just typed");
  type(again, "just typed, and more");
  again.leave();
  await settled();
  assert.equal((await open()).read("general").body, "just typed, and more");
});

test("an older entry from unloading doesn't replace what was typed later", async () => {
  const drafts = await open();
  type(drafts, "old");
  store.broken = true;
  drafts.leave();
  await settled();
  store.broken = false;
  drafts.write("general", draft("new"));
  drafts.save();
  await settled();
  assert.equal((await open()).read("general").body, "new");
});

// Entries in localStorage

function earlier() {
  const post = { room: "general", nonce: "n", body: "unsent", state: "pending" };
  storage.setItem("chatsite:draft:1:general", JSON.stringify(draft("half a th", 3)));
  storage.setItem("chatsite:post:1:n", JSON.stringify(post));
  storage.setItem("chatsite:post:1:x", "{not json");
  storage.setItem("chatsite:draft:11:general", JSON.stringify(draft("of somebody else")));
  storage.setItem("chatsite:members", "yes");
}

test("drafts and posts of an earlier version are moved once, and only mine", async () => {
  earlier();
  assert.deepEqual((await open()).read("general"), draft("half a th", 3));
  assert.deepEqual(
    [...store.posts.values()].map(({ user, nonce, body }) => [user, nonce, body]),
    [[1, "n", "unsent"]],
  );
  assert.equal(storage.getItem("chatsite:post:1:n"), null);
  assert.equal(storage.getItem("chatsite:draft:1:general"), null);
  assert.notEqual(storage.getItem("chatsite:draft:11:general"), null);
  assert.equal(storage.getItem("chatsite:members"), "yes");
});

test("entries that couldn't be moved stay where they are", async () => {
  earlier();
  store.broken = true;
  await open();
  assert.notEqual(storage.getItem("chatsite:post:1:n"), null);
});
