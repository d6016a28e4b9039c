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

test("a discarded post is gone for good, also when its refusal comes later", async () => {
  const box = outbox();
  const { nonce } = say(box, "oops");
  box.discard(nonce);
  asked[0].reject({ code: "forbidden" });
  await settled();
  assert.deepEqual(outbox().of("general"), []);
});
