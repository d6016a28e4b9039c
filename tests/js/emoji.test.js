import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { coded, customTable, found, GROUPS, tableOf, toned } from "../../static/js/emoji/emoji.js";
import { EmojiPreferences } from "../../static/js/emoji/emoji-preferences.js";
import { quickest, TestStorage } from "./clock.js";

const DATA = "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json";
const table = tableOf(JSON.parse(readFileSync(DATA, "utf8")));
const first = (query, how) => found(table, query, how)[0]?.emoji;

test("well-known shortcodes find the emoji that everyone means", () => {
  const known = { "+1": "👍", tada: "🎉", joy: "😂", heart: "❤️", eyes: "👀", rocket: "🚀" };
  for (const [code, emoji] of Object.entries(known)) {
    assert.equal(coded(table, code)?.emoji, emoji, code);
    assert.equal(first(code), emoji, code);
  }
  assert.equal(first("thumbsu"), "👍");
  assert.equal(first("white_check"), "✅");
});

test("an emoji is found by its tags, after those with that name", () => {
  assert.ok(found(table, "party").some(({ emoji }) => emoji === "🥳"));
  assert.equal(first("birthday cake"), "🎂");
  assert.deepEqual(found(table, "qqqq"), []);
  assert.deepEqual(found(table, " "), []);
});

test("the site's own are found by any word of their name, like the others", () => {
  const all = [...customTable([{ name: "party_parrot", picture: "/x.webp" }]), ...table];
  for (const query of ["party", "parrot", "party parrot", "PARTY_P"])
    assert.ok(
      found(all, query).some(({ emoji }) => emoji === ":party_parrot:"),
      query,
    );
  assert.equal(found(all, "party_parrot")[0].emoji, ":party_parrot:");
});

test("recently used emoji come first among equals, in any skin tone", () => {
  assert.notEqual(first("sm"), "😏");
  assert.equal(first("sm", { recent: ["😏"] }), "😏");
  assert.equal(first("wav", { recent: ["👋🏽"] }), "👋");
});

test("an emoji is the same as keyboards write it", () => {
  // ❤️ needs its selector, 👍 has none.
  for (const emoji of ["👍", "❤️", "😂", "🎉", "😮", "😢", "👀", "✅"])
    assert.ok(
      table.some((one) => one.emoji === emoji),
      emoji,
    );
  assert.equal(new Set(table.map(({ emoji }) => emoji)).size, table.length);
});

test("emoji with skin tones have five", () => {
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

test("every emoji is in a group", () => {
  const groups = new Set(GROUPS.map(({ group }) => group));
  assert.ok(table.every(({ group }) => groups.has(group)));
  assert.ok(table.length > 1700);
});

test("a key is answered in less than a frame", async () => {
  for (const query of ["a", "sm", "smi", "heart", "qq"]) {
    assert.ok((await quickest(() => found(table, query, { most: 8 }))) < 16, query);
  }
});

test("preferences are each person's own, and survive a broken store", () => {
  const storage = new TestStorage();
  const mine = new EmojiPreferences({ user: 1, storage });
  for (const emoji of ["👍", "🎉", "👍"]) mine.use(emoji);
  mine.tone = 3;
  assert.deepEqual(mine.recent, ["👍", "🎉"]);
  assert.equal(mine.tone, 3);
  assert.deepEqual(new EmojiPreferences({ user: 2, storage }).recent, []);
  for (const broken of ["{", "null", "[]", '{"recent": 1, "tone": "x"}']) {
    storage.setItem("chatsite:emoji:1", broken);
    assert.deepEqual(mine.recent, []);
    assert.equal(mine.tone, 0);
  }
});
