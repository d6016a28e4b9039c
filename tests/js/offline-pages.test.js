import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { OfflinePages, readerOf } from "../../static/js/reading/offline-pages.js";
import { settled, TestClock, TestStorage } from "./clock.js";
import { TestStore } from "./tabs.js";

const person = (id) => ({ id, username: `p${id}`, name: `P ${id}`, avatar: "/media/p.webp" });
const [ana, ben] = [person(1), person(2)];

let clock;
let store;
let storage;

beforeEach(() => {
  clock = new TestClock();
  store = new TestStore();
  storage = new TestStorage();
});

async function open(me = ana) {
  const offlinePages = new OfflinePages({ me, store, storage, clock });
  await offlinePages.begin();
  return offlinePages;
}

const messages = (count) =>
  Array.from({ length: count }, (_, n) => ({ number: n + 1, author: ben, reactions: [] }));
const room = (slug) => ({ slug, name: slug.toUpperCase() });
const kept = () => [...store.readings.values()];
const slugs = () =>
  kept()
    .map(({ room }) => room)
    .sort();

async function keep(offlinePages, slug, count = 1) {
  offlinePages.keep(room(slug), messages(count));
  await clock.pass(1);
}

test("the last 50 messages of the last 20 rooms are kept, also across a reload", async () => {
  const offlinePages = await open();
  await keep(offlinePages, "r0", 80);
  const [{ name, messages: lines }] = kept();
  assert.equal(name, "R0");
  assert.deepEqual([lines.length, lines[0].number, lines.at(-1).number], [50, 31, 80]);
  assert.equal(lines[0].author.avatar, null, "pictures need the server");
  for (let n = 1; n < 15; n += 1) await keep(offlinePages, `r${n}`);
  const again = await open();
  await keep(again, "r0");
  for (let n = 15; n < 25; n += 1) await keep(again, `r${n}`);
  assert.equal(kept().length, 20);
  assert.ok(slugs().includes("r0"));
  assert.ok(!slugs().includes("r1"));
});

test("the next person to sign in sees nothing of it, and a tab of the first stores nothing more", async () => {
  const first = await open(ana);
  await keep(first, "general");
  const second = await open(ben);
  await settled();
  assert.deepEqual(kept(), []);
  assert.equal(readerOf(storage), ben.id);
  await keep(first, "secret");
  first.end();
  await keep(second, "general");
  assert.deepEqual(
    kept().map(({ user, room }) => [user, room]),
    [[ben.id, "general"]],
  );
});

test("signing out leaves nothing behind", async () => {
  const offlinePages = await open();
  await keep(offlinePages, "general");
  offlinePages.end();
  await keep(offlinePages, "general");
  assert.deepEqual(kept(), []);
  assert.equal(readerOf(storage), null);
});

test("nothing is left of a room I am no longer in, whether or not the page was open then", async () => {
  const offlinePages = await open();
  for (const slug of ["here", "left", "ended"]) await keep(offlinePages, slug);
  offlinePages.forget("left");
  await settled();
  const again = await open();
  again.retain(["here", "new"]);
  await settled();
  assert.deepEqual(slugs(), ["here"]);
});

test("a browser that can't store whose it is stores nothing to read, and goes on", async () => {
  storage.setItem = () => {
    throw new Error("full");
  };
  const offlinePages = await open();
  await keep(offlinePages, "a");
  assert.deepEqual(slugs(), []);
});
