import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fold } from "../../static/js/lib/fold.js";
import { ranked } from "../../static/js/lib/ranking.js";
import { best } from "../../static/js/lib/suggestions.js";
import { quickest } from "./clock.js";

const { texts } = JSON.parse(readFileSync("tests/tables/fold.json", "utf8"));

test("a name is found however it is spelled, as on the server", () => {
  for (const [text, folded] of texts)
    for (const form of ["NFC", "NFD"]) assert.equal(fold(text.normalize(form)), folded, text);
});

test("the switcher and the completion find by it", () => {
  const names = {
    иван: "ИВАН",
    emile: "Émile",
    "e\u0301mile": "Emile",
    strasse: "Straße",
    が: "か\u3099",
  };
  for (const [query, name] of Object.entries(names)) {
    const goal = { key: name, kind: "mine", name, mark: "#" };
    assert.deepEqual(ranked([goal], `#${query}`), [goal], query);
    const item = { names: [fold(name)] };
    assert.deepEqual(best([item], query, 8), [item], query);
  }
  assert.deepEqual(best([{ names: [fold("が")] }], "か", 8), []);
});

test("ten thousand names are folded without a noticeable wait", async () => {
  const names = Array.from({ length: 10_000 }, (_, n) => `Ёлка Ångström ${n}`);
  assert.ok((await quickest(() => names.map(fold))) < 200);
});
