import assert from "node:assert/strict";
import { test } from "node:test";
import {
  filterOf,
  isDay,
  openFilter,
  queryOf,
  takeFilters,
  tokensOf,
  wordsOf,
} from "../../static/js/search/query.js";

/** @param {string} text */
const one = (text) => filterOf(tokensOf(text)[0]);

test("a filter has a name that is known and a value that fits it", () => {
  assert.deepEqual(one("from:@Bob"), { name: "from", value: "Bob", negated: false });
  assert.deepEqual(one("-IN:#general"), { name: "in", value: "general", negated: true });
  assert.deepEqual(one("on:2026-02-28"), { name: "on", value: "2026-02-28", negated: false });
  assert.equal(one("has:Link")?.value, "Link");
  for (const word of ["form:bob", "on:2026-02-31", "has:cheese", "from:", "https://a.b", '"in:x"'])
    assert.equal(one(word), null, word);
});

test("only days of the calendar are days", () => {
  assert.ok(isDay("2028-02-29"));
  for (const day of ["2026-02-29", "2026-2-1", "today", ""]) assert.ok(!isDay(day), day);
});

test("a finished filter is taken out of the text, an unfinished one stays", () => {
  const typed = "tea from:bob cake in:gen";
  const taken = takeFilters(typed, typed.length);
  assert.deepEqual(
    taken.filters.map(({ value }) => value),
    ["bob"],
  );
  assert.equal(taken.text, "tea cake in:gen");
  assert.equal(taken.caret, taken.text.length);
  assert.equal(takeFilters(typed).filters.length, 2);
});

test("the caret stays where it was typed", () => {
  const { text, caret } = takeFilters("from:bob tea", 2); // before the end of the filter
  assert.equal(text, "tea");
  assert.equal(caret, 2);
  assert.deepEqual(takeFilters("tea from:bob x", 1), {
    filters: [{ name: "from", value: "bob", negated: false }],
    text: "tea x",
    caret: 1,
  });
});

test("a filter that is being typed isn't searched for yet", () => {
  const typed = "tea in:gen";
  assert.equal(queryOf([], typed, typed.length), "tea");
  assert.equal(queryOf([], typed, 3), typed);
  const chips = [{ name: "from", value: "bob", negated: true }];
  assert.equal(queryOf(chips, "  two   words "), "-from:bob two words");
  assert.equal(openFilter("-from:bo", 8)?.value, "bo");
  assert.equal(openFilter("http:", 5), null);
  assert.equal(openFilter("constructor:x", 13), null);
});

test("a phrase is one word, in whatever quotes, and may lack its end", () => {
  assert.deepEqual(
    tokensOf('a "b c" -“d e” "f g').map(({ text }) => text),
    ["a", '"b c"', "-“d e”", '"f g'],
  );
});

test("a name is found by the words, without what is excluded and without filters", () => {
  assert.equal(wordsOf('"proj 17" -old from:bob room'), "proj 17 room");
});
