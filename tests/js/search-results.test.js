import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage } from "../../static/js/lib/storage.js";
import { HitTrail } from "../../static/js/navigation/hit-trail.js";
import { RecentSearches } from "../../static/js/search/recent-searches.js";
import { Results } from "../../static/js/search/results.js";

const ASKED = { query: "tea", order: /** @type {const} */ ("newest"), isPublic: false };

/** @param {number} number */
const hit = (number) => ({
  room: "lounge",
  ranges: [],
  message: { number, created_at: new Date(number * 1000).toISOString() },
});

/** A server with these hits, newest first, two on a page. @param {number[]} numbers */
function serving(numbers) {
  const asked = /** @type {any[]} */ ([]);
  const ask = async (/** @type {any} */ command) => {
    asked.push(command);
    const left = numbers.filter((number) => !command.before || number < Number(command.before));
    const page = left.slice(0, 2);
    const next = left.length > 2 ? String(page.at(-1)) : null;
    return { hits: page.map(hit), next, searched_to: null };
  };
  return { asked, ask };
}

/** @param {Results} results */
const numbersOf = ({ hits }) => hits.map(({ message }) => message.number);

test("pages follow each other, and one is asked for at a time", async () => {
  const { asked, ask } = serving([5, 4, 3, 2, 1]);
  const results = new Results(ASKED, ask);
  await Promise.all([results.more(), results.more()]);
  assert.deepEqual(numbersOf(results), [5, 4]);
  await results.more();
  assert.deepEqual(numbersOf(results), [5, 4, 3, 2]);
  assert.deepEqual(
    asked.map(({ before }) => before),
    [undefined, "4"],
  );
  await results.more();
  assert.equal(results.next, null);
});

test("whoever comes back sees what is new, and not what was deleted", async () => {
  const numbers = [5, 4, 3, 2, 1];
  const { ask } = serving(numbers);
  const results = new Results(ASKED, ask);
  await results.more();
  await results.more();
  numbers.splice(0, 2, 6); // 5 and 4 were deleted, 6 was posted
  results.refresh(await ask({}));
  assert.deepEqual(numbersOf(results), [6, 3, 2]);
  numbers.splice(0, numbers.length);
  results.refresh(await ask({}));
  assert.deepEqual(numbersOf(results), []);
});

test("the hits are walked through, from page to page and back", async () => {
  const { ask } = serving([3, 2, 1]);
  const results = new Results(ASKED, ask);
  await results.more();
  const trail = new HitTrail((room) => `/rooms/${room}/`);
  assert.equal(trail.hit, null);
  assert.equal(await trail.go(1), false);
  trail.begin(/** @type {any} */ (results), "lounge/3");
  assert.equal(await trail.go(-1), false);
  assert.ok(trail.leadsTo("/rooms/lounge/3/"));
  assert.ok(await trail.go(1));
  assert.deepEqual(trail.size, { count: 2, hasMore: true });
  assert.ok(await trail.go(1));
  assert.equal(trail.hit?.address, "/rooms/lounge/1/");
  assert.equal(await trail.go(1), false);
  trail.end();
  assert.equal(trail.leadsTo("/rooms/lounge/1/"), false);
});

test("recent searches are each there once, latest first, and each person has their own", () => {
  const storage = new MemoryStorage();
  const recent = new RecentSearches({ user: 1, storage });
  for (const query of ["tea", "cake", "tea", ""]) recent.add(query);
  assert.deepEqual(recent.all, ["tea", "cake"]);
  assert.deepEqual(new RecentSearches({ user: 2, storage }).all, []);
  recent.remove("tea");
  assert.deepEqual(recent.all, ["cake"]);
  storage.setItem("chatsite:searches:1", "{");
  assert.deepEqual(recent.all, []);
});
