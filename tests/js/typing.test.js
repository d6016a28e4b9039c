import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { TypingSignal, Typists, typingSentence } from "../../static/js/composer/typing.js";
import { TestClock } from "./clock.js";

const ana = { id: 1, username: "ana", name: "Ana", avatar: null };
const ben = { id: 2, username: "ben", name: "Ben", avatar: null };
const cleo = { id: 3, username: "cleo", name: "Cleo", avatar: null };

let clock;
let told;
let typists;
let signal;
beforeEach(() => {
  clock = new TestClock();
  told = [];
  typists = new Typists(clock);
  signal = new TypingSignal((type) => told.push(type), clock);
});

test("the typing line names one or two people, and then says several", () => {
  assert.equal(typingSentence([]), "");
  assert.equal(typingSentence([ana]), "Ana is typing…");
  assert.equal(typingSentence([ana, ben]), "Ana and Ben are typing…");
  assert.equal(typingSentence([ana, ben, cleo]), "Several people are typing…");
});

test("someone who sends nothing more is forgotten after 6 s, and each start counts again", async () => {
  typists.start(ana);
  await clock.pass(4);
  typists.start(ana);
  await clock.pass(4);
  assert.deepEqual(typists.users, [ana]);
  await clock.pass(2.1);
  assert.deepEqual(typists.users, []);
});

test("I say that I type at most every 3 s, and that I stopped once", async () => {
  for (let i = 0; i < 40; i += 1) {
    signal.key();
    await clock.pass(0.1);
  }
  assert.deepEqual(told, ["typing.start", "typing.start"]);
  await clock.pass(6);
  signal.stop();
  assert.deepEqual(told.slice(2), ["typing.stop"]);
});

test("no stop follows a sent message", async () => {
  signal.key();
  signal.sent();
  await clock.pass(10);
  assert.deepEqual(told, ["typing.start"]);
});
