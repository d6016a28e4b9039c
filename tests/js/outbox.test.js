import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Outbox } from "../../static/js/outbox.js";
import { settled, TestClock, TestStorage } from "./clock.js";

let clock;
let storage;
let asked;

beforeEach(() => {
  clock = new TestClock();
  storage = new TestStorage();
  asked = [];
});

function outbox(user = 1) {
  const request = (command) =>
    new Promise((resolve, reject) => asked.push({ command, resolve, reject }));
  return new Outbox({ user, request, storage, clock });
}

const say = (box, body, room = "general") => box.post({ room, body, reply_to: null });

test("posts of one room go one after another, rooms do not wait for each other", async () => {
  const box = outbox();
  say(box, "a");
  say(box, "b");
  say(box, "c", "other");
  assert.deepEqual(
    asked.map(({ command }) => command.body),
    ["a", "c"],
  );
  asked[0].resolve({ message: { number: 1 } });
  await settled();
  assert.equal(asked[2].command.body, "b");
});

test("a reload sends what was not confirmed, with the nonce that it had", async () => {
  const before = say(outbox(), "unsure");
  asked = [];
  const box = outbox();
  box.start();
  assert.equal(asked[0].command.nonce, before.nonce);
  asked[0].resolve({ message: { number: 1 } });
  await settled();
  assert.equal(outbox().of("general").length, 0);
});

test("the next person on this computer sees and sends none of it", () => {
  say(outbox(1), "mine");
  asked = [];
  const other = outbox(2);
  other.start();
  assert.deepEqual(other.of("general"), []);
  assert.deepEqual(asked, []);
  assert.equal(outbox(1).of("general").length, 1, "mine would have been found");
});

test("a refused post fails with words, survives a reload, and is sent again on Retry only", async () => {
  const box = outbox();
  const { nonce } = say(box, "no");
  asked[0].reject({ code: "forbidden" });
  await settled();
  const [failed] = outbox().of("general");
  assert.equal(failed.state, "failed");
  assert.match(failed.note, /may not/);
  outbox().start();
  assert.equal(asked.length, 1);
  box.retry(nonce);
  box.retry(nonce);
  assert.equal(asked.length, 2);
  assert.equal(asked[1].command.nonce, nonce);
});

test("the next post goes on after one that failed", async () => {
  const box = outbox();
  say(box, "no");
  say(box, "yes");
  asked[0].reject({ code: "too_large" });
  await settled();
  assert.equal(asked[1].command.body, "yes");
});

test("slow mode waits as long as it says and goes on by itself, in order", async () => {
  const box = outbox();
  say(box, "first");
  say(box, "second");
  asked[0].reject({ code: "slow_mode", retryAfter: 4 });
  await settled();
  assert.match(box.of("general")[0].note, /4 s/);
  await clock.pass(3.9);
  assert.equal(asked.length, 1);
  await clock.pass(0.2);
  assert.equal(asked[1].command.body, "first");
});

test("unavailable storage is tried again", async () => {
  const box = outbox();
  say(box, "keep me");
  asked[0].reject({ code: "unavailable" });
  await settled();
  await clock.pass(5);
  assert.equal(asked.length, 2);
  assert.equal(box.of("general")[0].state, "pending");
});

test("while the storage is away the page is told when it is tried again, and when it is over", async () => {
  const box = outbox();
  const told = [];
  box.on("away", (retryAt) => told.push(retryAt));
  say(box, "keep me");
  asked[0].reject({ code: "unavailable", retryAfter: 2 });
  await settled();
  assert.ok(told[0] >= clock.now() + 2000, "nobody comes sooner than the server said");
  assert.ok(told[0] <= clock.now() + 3000);
  assert.match(box.of("general")[0].note, /kept/);
  await clock.pass(4);
  assert.equal(asked.length, 2);
  assert.equal(told.length, 1, "an attempt that is on its way is no good news yet");
  asked[1].resolve({ message: { number: 1 } });
  await settled();
  assert.deepEqual(told.slice(1), [null]);
});

test("no two pages come back to the storage at the same moment", async () => {
  const moments = new Set();
  for (let i = 0; i < 8; i += 1) {
    const box = outbox(10 + i);
    box.on("away", (retryAt) => moments.add(retryAt));
    say(box, "keep me");
    asked.at(-1).reject({ code: "unavailable", retryAfter: 1 });
    await settled();
  }
  assert.ok(moments.size > 4, [...moments].join(" "));
});

test("the storage is back for one post: none of the others waits on", async () => {
  const box = outbox();
  say(box, "one", "here");
  say(box, "two", "there");
  for (const { reject } of [...asked]) reject({ code: "unavailable", retryAfter: 9 });
  await settled();
  asked = [];
  box.wake();
  assert.equal(asked.length, 2);
  asked[1].reject({ code: "unavailable", retryAfter: 9 });
  await settled();
  asked[0].resolve({ message: { number: 1 } });
  await settled();
  assert.equal(asked[2].command.body, "two");
});

test("a post that the server can't take does not hold up the next for ever: it can be given up", async () => {
  const box = outbox();
  const told = [];
  box.on("away", (retryAt) => told.push(retryAt));
  const { nonce } = say(box, "poison");
  say(box, "next");
  asked[0].reject({ code: "unavailable" });
  await settled();
  box.discard(nonce);
  assert.equal(asked[1].command.body, "next");
  asked[1].resolve({ message: { number: 1 } });
  await settled();
  assert.equal(told.at(-1), null);
});

test("giving a refused post up cuts no slow mode short", async () => {
  const box = outbox();
  const { nonce } = say(box, "no");
  asked[0].reject({ code: "forbidden" });
  await settled();
  say(box, "too fast");
  asked[1].reject({ code: "slow_mode", retryAfter: 4 });
  await settled();
  box.discard(nonce);
  assert.equal(asked.length, 2);
  await clock.pass(4.1);
  assert.equal(asked[2].command.body, "too fast");
});

test("another tab stored it: nothing is said to be away any more", async () => {
  const box = outbox();
  const told = [];
  box.on("away", (retryAt) => told.push(retryAt));
  const { nonce } = say(box, "twice");
  asked[0].reject({ code: "unavailable" });
  await settled();
  box.confirm(nonce);
  assert.equal(told.at(-1), null);
});

test("a reload keeps the order of writing, whatever the clock did", () => {
  const box = outbox();
  const bodies = ["a", "b", "c", "d"];
  for (const body of bodies) say(box, body);
  clock.now = () => 5;
  say(box, "e");
  const reversed = new TestStorage();
  for (let i = storage.length - 1; i >= 0; i -= 1) {
    reversed.setItem(storage.key(i), storage.getItem(storage.key(i)));
  }
  storage = reversed;
  const written = () =>
    outbox()
      .of("general")
      .map(({ body }) => body);
  assert.deepEqual(written(), [...bodies, "e"]);
  say(outbox(), "after the reload");
  assert.deepEqual(written(), [...bodies, "e", "after the reload"]);
});

test("an entry that can't be read keeps nobody from the others", () => {
  say(outbox(), "whole");
  storage.setItem("chatsite:post:1:x", "{not json");
  storage.setItem("chatsite:post:1:y", '{"nonce": "y"}');
  const posts = outbox().of("general");
  assert.deepEqual(
    posts.map(({ body }) => body),
    ["whole"],
  );
});

test("a discarded post is gone for good, also when its refusal comes later", async () => {
  const box = outbox();
  const { nonce } = say(box, "oops");
  box.discard(nonce);
  asked[0].reject({ code: "forbidden" });
  await settled();
  assert.deepEqual(outbox().of("general"), []);
});
