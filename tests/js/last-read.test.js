import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { LastRead, readerOf } from "../../static/js/last-read.js";
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
  const lastRead = new LastRead({ me, store, storage, clock });
  await lastRead.begin();
  return lastRead;
}

const messages = (count) =>
  Array.from({ length: count }, (_, n) => ({ number: n + 1, author: ben, reactions: [] }));
const room = (slug) => ({ slug, name: slug.toUpperCase() });
const kept = () => [...store.readings.values()];
const slugs = () =>
  kept()
    .map(({ room }) => room)
    .sort();

async function keep(lastRead, slug, count = 1) {
  lastRead.keep(room(slug), messages(count));
  await clock.pass(1);
}

test("the last 50 messages of the last 20 rooms are kept, over a reload as well", async () => {
  const lastRead = await open();
  await keep(lastRead, "r0", 80);
  const [{ name, messages: lines }] = kept();
  assert.equal(name, "R0");
  assert.deepEqual([lines.length, lines[0].number, lines.at(-1).number], [50, 31, 80]);
  assert.equal(lines[0].author.avatar, null, "a picture can't be had without the server");
  for (let n = 1; n < 15; n += 1) await keep(lastRead, `r${n}`);
  const again = await open();
  await keep(again, "r0");
  for (let n = 15; n < 25; n += 1) await keep(again, `r${n}`);
  assert.equal(kept().length, 20);
  assert.ok(slugs().includes("r0"));
  assert.ok(!slugs().includes("r1"));
});

test("whoever signs in next sees nothing of it, and a tab of the first keeps nothing more", async () => {
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

test("who is signed out leaves nothing behind", async () => {
  const lastRead = await open();
  await keep(lastRead, "general");
  lastRead.end();
  await keep(lastRead, "general");
  assert.deepEqual(kept(), []);
  assert.equal(readerOf(storage), null);
});

test("of a room that I am no longer in nothing is left, whether I was there when it ended or not", async () => {
  const lastRead = await open();
  for (const slug of ["here", "left", "ended"]) await keep(lastRead, slug);
  lastRead.forget("left");
  await settled();
  const again = await open();
  again.retain(["here", "new"]);
  await settled();
  assert.deepEqual(slugs(), ["here"]);
});

test("a browser that keeps no names keeps nothing to read, and goes on", async () => {
  storage.setItem = () => {
    throw new Error("full");
  };
  const lastRead = await open();
  await keep(lastRead, "a");
  assert.deepEqual(slugs(), []);
});
