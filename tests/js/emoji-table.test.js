import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

// Compares the server's table (rooms/text/emoji_table.py) with the engine's and the picker's data.
const table = readFileSync(new URL("../../rooms/text/emoji_table.py", import.meta.url), "utf8");
const words = (/** @type {string} */ name) => {
  const [, text] = new RegExp(`^${name} = """([^"]*)"""`, "m").exec(table) ?? [];
  return (text ?? "").trim().split(/\s+/);
};
const codes = (/** @type {string} */ name) =>
  new Set(
    words(name).flatMap((range) => {
      const [first, last = first] = range.split("-").map((code) => Number.parseInt(code, 16));
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    }),
  );
/** @param {(character: string) => boolean} fits */
function all(fits) {
  const found = new Set();
  for (let code = 0; code < 0x110000; code++) {
    const half = code >= 0xd800 && code < 0xe000;
    if (!half && fits(String.fromCodePoint(code))) found.add(code);
  }
  return found;
}

const [, version] = /by Unicode ([0-9.]+)/.exec(table) ?? [];
const same = process.versions.unicode === version;

test("the characters are those of Unicode", { skip: !same && "another Unicode" }, () => {
  const part = /^[#*0-9\u{1F1E6}-\u{1F1FF}]$/u;
  assert.deepEqual(
    codes("EMOJI"),
    all((c) => /^\p{Emoji}$/u.test(c) && !part.test(c)),
  );
  assert.deepEqual(
    codes("PRESENTATION"),
    all((c) => /^\p{Emoji_Presentation}$/u.test(c) && !part.test(c)),
  );
  assert.deepEqual(
    codes("TONED"),
    all((c) => /^\p{Emoji_Modifier_Base}$/u.test(c)),
  );
  assert.deepEqual(
    codes("RESERVED"),
    all((c) => /^\p{Extended_Pictographic}$/u.test(c) && /^\p{Cn}$/u.test(c)),
  );
});

test("the sequences are those of the picker's data", () => {
  const data = new URL(
    "../../static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json",
    import.meta.url,
  );
  /** @type {{emoji: string, skins?: {emoji: string}[]}[]} */
  const published = JSON.parse(readFileSync(data, "utf8"));
  const joined = published
    .flatMap(({ emoji, skins = [] }) => [emoji, ...skins.map((skin) => skin.emoji)])
    .filter((emoji) => emoji.includes("\u200d"))
    .map((emoji) => emoji.replaceAll(/[\u{1F3FB}-\u{1F3FF}\uFE0F]/gu, "").split("\u200d"))
    .map((parts) => parts.map((part) => part.codePointAt(0)?.toString(16)).join("+"));
  assert.deepEqual(new Set(words("JOINED")), new Set(joined));
});
