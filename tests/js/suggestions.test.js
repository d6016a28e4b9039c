import assert from "node:assert/strict";
import { test } from "node:test";
import { fold } from "../../static/js/lib/fold.js";
import { best } from "../../static/js/lib/suggestions.js";
import { quickest } from "./clock.js";

const person = (username, name = username, rest = {}) => ({
  username,
  names: [username, fold(name)],
  ...rest,
});
const order = (people, query, most = 8) =>
  best(people, query, most).map(({ username }) => username);

test("the latest speakers come first, then other members, then outsiders", () => {
  const people = [
    person("ann", "Ann", { outside: true }),
    person("anna"),
    person("andy", "Andy", { lately: 3 }),
    person("anton", "Anton", { lately: 9 }),
  ];
  assert.deepEqual(order(people, "an"), ["anton", "andy", "anna", "ann"]);
  assert.deepEqual(order(people, ""), ["anton", "andy", "anna", "ann"]);
});

test("an exact name comes first", () => {
  const people = [person("anna", "Anna", { lately: 9 }), person("ann")];
  assert.deepEqual(order(people, "ann"), ["ann", "anna"]);
});

test("the start of a name beats a later word; a part of a word doesn't count", () => {
  const people = [person("lee_smith"), person("smithers"), person("blacksmith")];
  assert.deepEqual(order(people, "smi"), ["smithers", "lee_smith"]);
});

test("accents and case don't matter", () => {
  assert.deepEqual(order([person("x1", "Zoë Ångström")], "ANGS"), ["x1"]);
  assert.deepEqual(order([person("x1", "Zoë Ångström")], "zoe"), ["x1"]);
});

test("a thousand members are ranked in less than a frame", async () => {
  const syllables = ["an", "be", "cor", "di", "el", "fa", "go", "hu"];
  const people = Array.from({ length: 1000 }, (_, n) => {
    const name = [n, n >> 3, n >> 6].map((bits) => syllables[bits & 7]).join("");
    return person(`${name}${n}`, `${name} Mc ${name}`, { lately: n % 3 ? undefined : n });
  });
  for (const query of ["", "a", "an", "anb", "anbe", "x"]) {
    assert.ok((await quickest(() => best(people, query, 8))) < 16, query);
  }
});
