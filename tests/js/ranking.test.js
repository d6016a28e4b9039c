import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ranked, rankedPeople } from "../../static/js/lib/ranking.js";

const goal = (name, rest = {}) => ({ key: name, kind: "mine", name, mark: "#", ...rest });
const names = (destinations, query) => ranked(destinations, query).map(({ name }) => name);

test("a few letters, several words, initials and small typos find a room, the best fit first", () => {
  const { rooms, cases } = JSON.parse(readFileSync("tests/tables/ranking.json", "utf8"));
  const destinations = rooms.map((name) => goal(name));
  for (const [query, found] of cases) assert.deepEqual(names(destinations, query), found, query);
});

test("case, accents and the sign before a name don't matter", () => {
  assert.deepEqual(names([goal("Café Ångström")], "#CAFE ang"), ["Café Ångström"]);
  assert.deepEqual(names([goal("Straße")], "strass"), ["Straße"]);
  assert.deepEqual(names([goal("か")], "が"), []);
});

test("a person is found by name and by username, but not by what neither has", () => {
  const bob = goal("Robert Brown", { kind: "person", username: "bob" });
  for (const query of ["bob", "@bo", "brow", "robert b"])
    assert.deepEqual(names([bob], query), ["Robert Brown"], query);
  assert.deepEqual(names([bob], "ann"), []);
});

test("people are picked by several words, in any order, and with a typing error", () => {
  const people = [
    { name: "Émile Zola", username: "emile" },
    { name: "Emil Zander", username: "zander" },
    { name: "Ann", username: "ann_zola" },
  ];
  const found = (query) => rankedPeople(people, query).map(({ username }) => username);
  assert.deepEqual(found("zola em"), ["emile"]);
  assert.deepEqual(found("em z"), ["zander", "emile"]);
  assert.deepEqual(found("@zola"), ["ann_zola", "emile"]);
  assert.deepEqual(found("zoal"), ["ann_zola", "emile"]);
  assert.deepEqual(found("ola"), [], "not inside a word");
  assert.deepEqual(found("emilx"), ["zander", "emile"]);
  assert.deepEqual(found("emile"), ["emile"], "not who is only near");
  assert.deepEqual(found(" "), ["ann_zola", "zander", "emile"]);
});

test("my rooms come before others, rooms before people, and people before actions", () => {
  const destinations = [
    goal("Alp", { kind: "public" }),
    goal("Alps", { kind: "person", username: "x" }),
    goal("Alpine view", { kind: "action" }),
    goal("Alpine"),
    goal("Alpaca", { kind: "public" }),
  ];
  const found = ["Alpine", "Alpaca", "Alps", "Alpine view"];
  assert.deepEqual(names(destinations, "alp"), ["Alp", ...found], "an exact name is first");
});

test("an action is found by other words for it, and only if something was asked", () => {
  const dark = goal("Dark appearance", { kind: "action", also: "night mode theme" });
  for (const query of ["dark", "night", "theme", "dakr"])
    assert.deepEqual(names([dark], query), ["Dark appearance"], query);
  for (const query of ["", "ight"]) assert.deepEqual(names([dark], query), [], query);
});

test("a key takes less than a frame with 1,000 rooms and 500 people", () => {
  const words = ["Project", "Support", "Release", "Marketing", "Étage", "Größe", "Kitchen", "Team"];
  const name = (n) => `${words[n % 8]} ${words[(n * 5 + 3) % 8]} ${n}`;
  const rooms = Array.from({ length: 1000 }, (_, n) => goal(name(n), { visited: n }));
  const people = Array.from({ length: 500 }, (_, n) =>
    goal(`Person ${name(n)}`, { kind: "person", username: `person${n}` }),
  );
  ranked([...rooms, ...people], "p"); // folds the names, once
  for (const query of ["p", "proj 17", "ps", "porject", "xyzw abcd", "e"]) {
    let best = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 7; n += 1) {
      const begin = performance.now();
      ranked([...rooms, ...people], query);
      best = Math.min(best, performance.now() - begin);
    }
    assert.ok(best < 16, `${query}: ${best} ms`);
  }
});

test("without a query: mentions, then unread, then recent, then by name", () => {
  const destinations = [
    goal("b"),
    goal("a"),
    goal("older", { visited: 4 }),
    goal("latest", { visited: 0 }),
    goal("unread", { unread: 9 }),
    goal("mention", { unread: 1, mentions: 1 }),
    goal("over", { archived: true, unread: 2 }),
  ];
  assert.deepEqual(names(destinations, " "), ["mention", "unread", "latest", "older", "a", "b"]);
  assert.deepEqual(names(destinations, "ove"), ["over"], "but it is found");
});
