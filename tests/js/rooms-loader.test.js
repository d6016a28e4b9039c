import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomsLoader } from "../../static/js/reading/rooms-loader.js";

/** @param {any[]} answers replies, or errors to throw */
function world(answers) {
  /** @type {any[]} */ const asked = [];
  /** @type {any[]} */ const learnt = [];
  /** @type {{act: () => void, ms: number}[]} */ const timers = [];
  const clock = /** @type {any} */ ({
    after: (/** @type {() => void} */ act, /** @type {number} */ ms) => timers.push({ act, ms }),
    cancel: () => {},
    now: () => 0,
  });
  const roomsLoader = new RoomsLoader({
    ask: async (command) => {
      asked.push(command.after);
      const answer = answers.shift();
      if (answer.code) throw answer;
      return answer;
    },
    learn: (rooms, { isLast }) => learnt.push([rooms, isLast]),
    clock,
  });
  return { roomsLoader, asked, learnt, timers };
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

test("the remaining rooms are loaded page by page", async () => {
  const { roomsLoader, asked, learnt } = world([
    { rooms: ["a"], next: "7" },
    { rooms: ["b"], next: null },
  ]);
  roomsLoader.begin("0");
  await settled();
  assert.deepEqual(asked, ["0", "7"]);
  assert.deepEqual(learnt, [
    [["a"], false],
    [["b"], true],
  ]);
});

test("nothing is loaded if the welcome had all rooms", async () => {
  const { roomsLoader, asked } = world([]);
  roomsLoader.begin(null);
  await settled();
  assert.deepEqual(asked, []);
});

test("a refusal is retried after a pause, a lost connection isn't", async () => {
  const { roomsLoader, asked, timers, learnt } = world([
    { code: "rate_limited", retryAfter: 3 },
    { rooms: ["a"], next: "7" },
    { code: "offline" },
  ]);
  roomsLoader.begin("0");
  await settled();
  assert.equal(timers.length, 1);
  assert.ok(timers[0].ms >= 3000);
  timers[0].act();
  await settled();
  assert.deepEqual(asked, ["0", "0", "7"]);
  assert.equal(timers.length, 1, "the next welcome starts over");
  assert.equal(learnt.length, 1);
});

test("an answer for an earlier welcome is ignored", async () => {
  const { roomsLoader, asked, learnt } = world([
    { rooms: ["old"], next: "7" },
    { rooms: ["new"], next: null },
  ]);
  roomsLoader.begin("0");
  roomsLoader.begin("0");
  await settled();
  assert.deepEqual(asked, ["0", "0"]);
  assert.deepEqual(learnt, [[["new"], true]]);
});
