import assert from "node:assert/strict";
import { test } from "node:test";
import { Roster } from "../../static/js/roster.js";

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
  const roster = new Roster({
    ask: async (command) => {
      asked.push(command.after);
      const answer = answers.shift();
      if (answer.code) throw answer;
      return answer;
    },
    learn: (rooms, { isLast }) => learnt.push([rooms, isLast]),
    clock,
  });
  return { roster, asked, learnt, timers };
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

test("the rest comes page by page", async () => {
  const { roster, asked, learnt } = world([
    { rooms: ["a"], next: "7" },
    { rooms: ["b"], next: null },
  ]);
  roster.begin("0");
  await settled();
  assert.deepEqual(asked, ["0", "7"]);
  assert.deepEqual(learnt, [
    [["a"], false],
    [["b"], true],
  ]);
});

test("whoever is told of all asks nothing", async () => {
  const { roster, asked } = world([]);
  roster.begin(null);
  await settled();
  assert.deepEqual(asked, []);
});

test("a refusal is waited for and asked again, a lost line is not", async () => {
  const { roster, asked, timers, learnt } = world([
    { code: "rate_limited", retryAfter: 3 },
    { rooms: ["a"], next: "7" },
    { code: "offline" },
  ]);
  roster.begin("0");
  await settled();
  assert.equal(timers.length, 1);
  assert.ok(timers[0].ms >= 3000);
  timers[0].act();
  await settled();
  assert.deepEqual(asked, ["0", "0", "7"]);
  assert.equal(timers.length, 1, "the next welcome begins anew");
  assert.equal(learnt.length, 1);
});

test("an answer to the welcome before is nobody's", async () => {
  const { roster, asked, learnt } = world([
    { rooms: ["old"], next: "7" },
    { rooms: ["new"], next: null },
  ]);
  roster.begin("0");
  roster.begin("0");
  await settled();
  assert.deepEqual(asked, ["0", "0"]);
  assert.deepEqual(learnt, [[["new"], true]]);
});
