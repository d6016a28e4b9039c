import assert from "node:assert/strict";
import { test } from "node:test";
import { firstSince } from "../../static/js/dates.js";

/** Times that stand still now and then, as in a room where several write in one moment. */
const written = (number) => Math.floor(number / 3) * 10;

test("the first message since a time is found, wherever it is", async () => {
  for (const last of [0, 1, 2, 5, 40]) {
    for (let time = -10; time < 160; time += 5) {
      const all = Array.from({ length: last }, (_, at) => at + 1);
      const wanted = all.find((number) => written(number) >= time) ?? last + 1;
      assert.equal(
        await firstSince(time, last, async (n) => written(n)),
        wanted,
        `${time}/${last}`,
      );
    }
  }
});

test("a room of 100,000 takes nine rounds, three questions at a time, and shows how far it is", async () => {
  let asked = 0;
  const shares = [];
  const timeOf = async (number) => {
    asked += 1;
    return number;
  };
  const found = await firstSince(77_777, 100_000, timeOf, (share) => shares.push(share));
  assert.equal(found, 77_777);
  assert.ok(shares.length <= 9, `${shares.length} rounds`);
  assert.ok(asked <= 27, `${asked} questions`);
  assert.deepEqual(
    [...shares].sort((a, b) => a - b),
    shares,
  );
  assert.equal(shares.at(-1), 1);
});
