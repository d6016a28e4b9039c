import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Pages } from "../../static/js/navigation/pages.js";
import { around, isShell } from "../../static/js/navigation/visits.js";
import { settled, TestClock } from "./clock.js";

let clock;
let asked;
let pages;
beforeEach(() => {
  clock = new TestClock();
  asked = [];
  const fetch = (address, { signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      const answer = (text, ok = true) => resolve({ ok, url: address, text: async () => text });
      asked.push({ address, signal, answer, fail: () => reject(new TypeError("no line")) });
    });
  pages = new Pages({ parse: (text) => text, fetch, clock });
});

test("a prefetched page isn't requested again", async () => {
  pages.prefetch("/rooms/a/");
  asked[0].answer("a");
  assert.equal(await pages.get("/rooms/a/"), "a");
  assert.equal(asked.length, 1);
  pages.get("/rooms/a/");
  assert.equal(asked.length, 2, "a second visit fetches it again");
});

test("a page prefetched long ago is requested again", async () => {
  pages.prefetch("/rooms/a/");
  asked[0].answer("old");
  await clock.pass(11);
  const page = pages.get("/rooms/a/");
  asked[1].answer("new");
  assert.equal(await page, "new");
});

test("asking for another page cancels the one before", async () => {
  const first = pages.get("/rooms/a/");
  const second = pages.get("/rooms/b/");
  await assert.rejects(first);
  assert.equal(asked[0].signal.aborted, true);
  asked[1].answer("b");
  assert.equal(await second, "b");
});

test("hovering another link doesn't cancel the page asked for", async () => {
  const page = pages.get("/rooms/a/");
  pages.prefetch("/rooms/b/");
  pages.prefetch("/rooms/c/");
  assert.deepEqual(
    asked.map(({ signal }) => signal.aborted),
    [false, true, false],
  );
  asked[0].answer("a");
  assert.equal(await page, "a");
});

test("a failed prefetch is requested again when it is needed", async () => {
  pages.prefetch("/rooms/a/");
  asked[0].fail();
  await settled();
  const page = pages.get("/rooms/a/");
  asked[1].answer("a");
  assert.equal(await page, "a");
});

test("an error is left to the browser", async () => {
  const page = pages.get("/rooms/a/");
  asked[0].answer("There is nothing here", false);
  assert.equal(await page, null);
});

const SETTINGS = ["/accounts/", "/settings/"];

test("only the lobby, rooms and the settings are visited within the frame", () => {
  for (const path of ["/rooms/", "/rooms/general/", "/rooms/general/12/", "/rooms/k%C3%BCche/"])
    assert.equal(isShell(path, "/rooms/", SETTINGS), true, path);
  for (const path of [
    "/accounts/",
    "/accounts/profile/",
    "/accounts/factors/app/",
    "/settings/site/emoji/",
  ])
    assert.equal(isShell(path, "/rooms/", SETTINGS), true, path);
  for (const path of ["/", "/rooms/general/settings/", "/rights/", "/rooms/a/1/2/"])
    assert.equal(isShell(path, "/rooms/", SETTINGS), false, path);
});

test("a place is fetched with its surroundings, and the end as it is", () => {
  const url = new URL("http://chat.example/rooms/general/12/");
  const place = { number: 90, offset: 0 };
  assert.equal(around(url, "/rooms/", place), "http://chat.example/rooms/general/90/");
  assert.equal(around(url, "/rooms/", null), url.href);
});
