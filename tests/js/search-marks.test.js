import assert from "node:assert/strict";
import { test } from "node:test";
import { rangesShown } from "../../static/js/search/marks.js";

/**
 * What is marked of a text, if these parts of the typed one were found.
 *
 * @param {string} body
 * @param {[number, number][]} ranges
 * @param {string} shown
 */
const marked = (body, ranges, shown) =>
  rangesShown(body, ranges, shown).map(([start, end]) => `${start}:${shown.slice(start, end)}`);

test("what was found is marked where it was found, and not where it merely occurs", () => {
  assert.deepEqual(marked("cargo, go", [[7, 9]], "cargo, go"), ["7:go"]);
});

test("marks of the typed text move the found words, but don't hide them", () => {
  const body = "a **fig** and _config_";
  assert.deepEqual(marked(body, [[4, 7], [18, 21]], "a fig and config"), ["2:fig", "13:fig"]); // biome-ignore format: pairs
});

test("words in an address that a link hides aren't marked anywhere else", () => {
  const body = "[see](https://tea.example/) tea, steam";
  assert.deepEqual(marked(body, [[14, 17], [28, 31]], "see tea, steam"), ["4:tea"]); // biome-ignore format: pairs
});

test("adjacent parts are one mark, and an emoji stays whole", () => {
  assert.deepEqual(marked("😀 teatime", [[3, 6], [6, 10]], "😀 teatime"), ["3:teatime"]); // biome-ignore format: pairs
});
