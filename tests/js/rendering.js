// Renders the texts of standard input, a JSON array, as the page does: tests/unit/test_local_echo.py
// compares the result with the server's.
import { readFileSync } from "node:fs";
import { spellingsOf } from "../../static/js/emoji/emoji.js";
import { pictureOf } from "../../static/js/markup/pictures.js";
import { rendered } from "../../static/js/markup/rendered.js";
import { htmlOf } from "../../static/js/markup/tree.js";

const DATA = "static/vendor/emoji-picker-element-data-1.8.0/en/emojibase/data.json";
const spellings = new Map(spellingsOf(JSON.parse(readFileSync(DATA, "utf8"))));

const still = `/media/emoji/${"a".repeat(32)}-still.webp`;
const custom = [
  { name: "parrot", picture: `/media/emoji/${"a".repeat(32)}.webp`, still },
  { name: "logo", picture: `/media/emoji/${"b".repeat(32)}.webp` },
];
const pictures = new Map(custom.map((one) => [one.name, pictureOf(one)]));

/** As in tests/unit/test_mentions.py. @type {Record<string, number | boolean>} */
const people = { ann: 17, bob: 2, ann_: 3, _x_: 5, room: true, here: true };

/** @param {string} text */
export function shown(text) {
  const found = rendered(
    text,
    (code) => spellings.get(code) ?? pictures.get(code),
    (name) => people[name],
  );
  return found && { html: htmlOf(found.leaves), isExact: found.isExact };
}

if (process.argv.includes("--read"))
  process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(shown)));
