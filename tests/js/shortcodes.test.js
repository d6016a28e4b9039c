import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { tableOf } from "../../static/js/emoji/emoji.js";
import { codeAtEnd, spaced, spelledOut } from "../../static/js/emoji/shortcodes.js";

const DATA = "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json";
const byCode = new Map();
for (const { emoji, codes } of tableOf(JSON.parse(readFileSync(DATA, "utf8"))))
  for (const code of codes) byCode.set(code, emoji);
const shown = (text) => spelledOut(text, (code) => byCode.get(code));
/** The page omits the selector where it is redundant. */
const bare = (text) => text.replace(/(\p{Emoji_Presentation})\uFE0F/gu, "$1");

test("a text is read as the server reads it", () => {
  const { texts } = JSON.parse(readFileSync("tests/tables/shortcodes.json", "utf8"));
  for (const [typed, expected] of texts) assert.equal(shown(typed), bare(expected), typed);
});

test("code stays as it was typed", () => {
  assert.equal(shown("`:tada:` :tada:"), "`:tada:` 🎉");
  assert.equal(shown("```\n:tada:\n```\n:tada:"), "```\n:tada:\n```\n🎉");
});

test("a name is inserted apart from the words around it, an emoji as it is", () => {
  assert.equal(spaced("🎉", "so", "!"), "🎉");
  assert.equal(spaced(":parrot:", "", ""), ":parrot: ");
  assert.equal(spaced(":parrot:", "so", "!"), " :parrot: ");
  assert.equal(spaced(":parrot:", "so ", " and"), ":parrot:");
});

test("a code that was just completed is found wherever a text is shown with its emoji", () => {
  for (const text of [":tada:", "so :tada:", "(:tada:", "完成:tada:", "🎉:tada:"])
    assert.equal(codeAtEnd(text), ":tada:", text);
  for (const text of ["a:tada:", "10:30:", "::tada:", ":tada: ", ":ta da:"])
    assert.equal(codeAtEnd(text), "", text);
});
