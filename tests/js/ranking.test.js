import assert from "node:assert/strict";
import { test } from "node:test";
import { ranked } from "../../static/js/ranking.js";

const goal = (name, rest = {}) => ({ key: name, kind: "mine", name, mark: "#", ...rest });
const names = (goals, query) => ranked(goals, query).map(({ name }) => name);

test("what begins so comes before a word in it, and that before a part of a word", () => {
  const goals = ["Regal", "The gallery", "Garden", "Gallery"].map((name) => goal(name));
  assert.deepEqual(names(goals, "gal"), ["Gallery", "The gallery", "Regal"]);
});

test("neither case nor accents nor the mark before a name matter", () => {
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

test("rooms of mine stand before people, and people before rooms of others", () => {
  const goals = [
    goal("Alp", { kind: "public" }),
    goal("Alps", { kind: "person", username: "x" }),
    goal("Alpine"),
  ];
  assert.deepEqual(names(goals, "alp"), ["Alpine", "Alps", "Alp"]);
});

test("with nothing asked for: mentions, then unread, then the latest, then by name", () => {
  const goals = [
    goal("b"),
    goal("a"),
    goal("older", { visited: 4 }),
    goal("latest", { visited: 0 }),
    goal("unread", { unread: 9 }),
    goal("mention", { unread: 1, mentions: 1 }),
    goal("over", { archived: true, unread: 2 }),
  ];
  assert.deepEqual(names(goals, " "), ["mention", "unread", "latest", "older", "a", "b"]);
  assert.deepEqual(names(goals, "ove"), ["over"], "but it is found");
});
