import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coded, found, GROUPS, tableOf, toned } from "../../static/js/emoji.js";
import { Habits } from "../../static/js/habits.js";
import { quickest, TestStorage } from "./clock.js";

const DATA = "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json";
const table = tableOf(JSON.parse(readFileSync(DATA, "utf8")));
const first = (query, how) => found(table, query, how)[0]?.emoji;

test("the codes that everybody knows lead to what everybody means", () => {
  const known = { "+1": "👍", tada: "🎉", joy: "😂", heart: "❤️", eyes: "👀", rocket: "🚀" };
  for (const [code, emoji] of Object.entries(known)) {
    assert.equal(coded(table, code)?.emoji, emoji, code);
    assert.equal(first(code), emoji, code);
  }
  assert.equal(first("thumbsu"), "👍");
  assert.equal(first("white_check"), "✅");
});

test("it is found by other words for it, and after those with that name", () => {
  assert.ok(found(table, "party").some(({ emoji }) => emoji === "🥳"));
  assert.equal(first("birthday cake"), "🎂");
  assert.deepEqual(found(table, "qqqq"), []);
  assert.deepEqual(found(table, " "), []);
});

test("what was used lately stands first among its like, in whatever colour", () => {
  assert.notEqual(first("sm"), "😏");
  assert.equal(first("sm", { recent: ["😏"] }), "😏");
  assert.equal(first("wav", { recent: ["👋🏽"] }), "👋");
});

test("an emoji is the same that keyboards write", () => {
  // ❤️ needs its selector, 👍 has none.
  for (const emoji of ["👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "✅"])
    assert.ok(
      table.some((one) => one.emoji === emoji),
      emoji,
    );
  assert.equal(new Set(table.map(({ emoji }) => emoji)).size, table.length);
});

test("those that have colours of skin have five", () => {
  const wave = coded(table, "wave");
  assert.ok(wave);
  assert.deepEqual(
    [0, 1, 5].map((tone) => toned(wave, tone)),
    ["👋", "👋🏻", "👋🏿"],
  );
  assert.ok(table.every(({ tones }) => tones.length === 0 || tones.length === 5));
  const rocket = coded(table, "rocket");
  assert.equal(rocket && toned(rocket, 3), "🚀");
});

test("every one stands in a group", () => {
  const groups = new Set(GROUPS.map(({ group }) => group));
  assert.ok(table.every(({ group }) => groups.has(group)));
  assert.ok(table.length > 1700);
});

test("a key is answered in less than a frame", async () => {
  for (const query of ["a", "sm", "smi", "heart", "qq"]) {
    assert.ok((await quickest(() => found(table, query, { most: 8 }))) < 16, query);
  }
});

test("habits are each person's own, and survive what was written by hand", () => {
  const storage = new TestStorage();
  const mine = new Habits({ user: 1, storage });
  for (const emoji of ["👍", "🎉", "👍"]) mine.use(emoji);
  mine.tone = 3;
  assert.deepEqual(mine.recent, ["👍", "🎉"]);
  assert.equal(mine.tone, 3);
  assert.deepEqual(new Habits({ user: 2, storage }).recent, []);
  for (const broken of ["{", "null", "[]", '{"recent": 1, "tone": "x"}']) {
    storage.setItem("chatsite:emoji:1", broken);
    assert.deepEqual(mine.recent, []);
    assert.equal(mine.tone, 0);
  }
});
