import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Deletions } from "../../static/js/timeline/deletions.js";
import { settled, TestClock } from "./clock.js";
import { TestStore } from "./tabs.js";

let clock;
let store;
let holders;
let asked;
let said;

beforeEach(() => {
  clock = new TestClock();
  store = new TestStore();
  holders = new Map();
  asked = [];
  said = [];
});

/** What Locks promises: one holder at a time, in the order of the requests. */
const locks = {
  take(what) {
    const queue = holders.get(what) ?? [];
    holders.set(what, queue);
    let place;
    const held = new Promise((resolve) => {
      place = { resolve };
    });
    queue.push(place);
    if (queue[0] === place) place.resolve();
    const release = () => {
      const isFirst = queue[0] === place;
      if (queue.includes(place)) queue.splice(queue.indexOf(place), 1);
      if (isFirst) queue[0]?.resolve();
    };
    return { held, release };
  },
};

/** The page that holds it dies. */
function killFirst(what) {
  const [, next] = holders.get(what);
  holders.get(what).shift();
  next.resolve();
  return settled();
}

/** The deletions of a page that was just loaded. */
async function open(user = 1) {
  const request = (command) =>
    new Promise((resolve, reject) => asked.push({ command, resolve, reject }));
  const deletions = new Deletions({ user, request, store, locks, clock });
  deletions.on("failed", ({ number, error }) => said.push([number, error.code]));
  await deletions.start();
  await settled();
  return deletions;
}

const one = { room: "general", number: 7 };
const askedFor = () => asked.map(({ command }) => `${command.room}/${command.number}`);

async function ask(deletions, deletion = one) {
  deletions.ask(deletion);
  await settled();
}

async function answer(at, { error } = {}) {
  if (error) at.reject(error);
  else at.resolve({ message: { number: at.command.number, deleted: true } });
  await settled();
}

test("a deletion is sent by the next page if the first is closed before its time is over", async () => {
  await ask(await open());
  const other = await open();
  assert.deepEqual(askedFor(), [], "the page that can undo it is still open");
  assert.deepEqual(other.of("general"), []);
  await killFirst("1/general/7");
  assert.deepEqual(askedFor(), ["general/7"]);
  assert.deepEqual(other.of("general"), [7], "it doesn't show again until then");
  await answer(asked[0]);
  await open();
  assert.deepEqual(askedFor(), ["general/7"], "once");
  assert.equal(store.deletions.size, 0);
});

test("a deletion undone in one tab isn't sent by another", async () => {
  const left = await open();
  await ask(left);
  await open();
  left.undo(one);
  await settled();
  assert.deepEqual(askedFor(), []);
  assert.equal(store.deletions.size, 0);
});

test("a closing page hands over its pending deletions", async () => {
  const left = await open();
  await ask(left);
  left.send(one);
  left.leave();
  await open();
  assert.deepEqual(askedFor(), ["general/7", "general/7"], "deleting it again changes nothing");
  await answer(asked[1]);
  assert.equal(store.deletions.size, 0);
});

test("a deletion is retried while the site can't store it, and its failure is reported", async () => {
  const deletions = await open();
  await ask(deletions);
  deletions.send(one);
  await answer(asked[0], { error: { code: "unavailable", retryAfter: 1 } });
  await clock.pass(30);
  assert.equal(asked.length, 2);
  assert.deepEqual(deletions.of("general"), [7]);
  await answer(asked[1], { error: { code: "forbidden" } });
  assert.deepEqual(said, [[7, "forbidden"]]);
  assert.deepEqual(deletions.of("general"), []);
  await open();
  assert.equal(asked.length, 2, "a refused deletion isn't sent again");
});

test("each person has their own deletions", async () => {
  await ask(await open());
  holders.clear();
  await open(2);
  assert.deepEqual(askedFor(), []);
});

test("a moderator's reason is sent along, also by the next page", async () => {
  await ask(await open(), { ...one, reason: "spam" });
  await open();
  await killFirst("1/general/7");
  const command = { type: "message.delete", ...one, reason: "spam" };
  assert.deepEqual(asked[0].command, command);
});
