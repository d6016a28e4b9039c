import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeserted, titleOf, topicOf, withPerson } from "../../static/js/lib/partners.js";
import { obstacleOf } from "../../static/js/people/obstacles.js";
import { SiteStanding } from "../../static/js/people/site-standing.js";
import { Unread } from "../../static/js/reading/unread.js";

const anna = { id: 2, username: "anna", name: "anna", avatar: null };
const bert = { id: 3, username: "bert", name: "Bert", avatar: null };
const direct = { slug: "direct-1", kind: "direct", name: "anna, Bert", people: [bert, anna] };

test("a direct room is named after its other members, as on the server", () => {
  assert.equal(titleOf([bert, anna]), "anna, Bert");
});

test("a person's new name renames their direct rooms", () => {
  const carla = { ...anna, name: "Carla" };
  assert.equal(withPerson(direct, carla).name, "Bert, Carla");
  assert.equal(withPerson(direct, { ...anna, id: 9 }), direct, "other people change nothing");
  const general = { slug: "general", kind: "public", name: "General" };
  assert.equal(withPerson(general, carla), general);

  const unread = new Unread({ me: { id: 1 }, rooms: [direct, general] });
  let drawn = 0;
  unread.on("change", () => drawn++);
  unread.rename(carla);
  assert.deepEqual(
    [...unread.rooms.values()].map(({ name }) => name),
    ["Bert, Carla", "General"],
  );
  assert.equal(drawn, 1);
});

test("a direct room of two keeps its name when it is archived", () => {
  const unread = new Unread({ me: { id: 1 }, rooms: [direct] });
  unread.update("direct-1", { name: "", archived: true });
  assert.equal(unread.rooms.get("direct-1").name, "anna, Bert");
  assert.equal(unread.rooms.get("direct-1").archived, true);
});

test("nobody can write where every other account is closed", () => {
  const closed = { ...anna, active: false };
  assert.equal(isDeserted({ people: [bert, closed] }), false);
  assert.equal(isDeserted({ people: [closed] }), true);
  assert.equal(isDeserted({}), false, "a room that isn't direct");
  const room = { ...direct, role: "member", people: [closed] };
  const world = { siteStanding: new SiteStanding(), now: 0 };
  assert.equal(obstacleOf(room, world)?.kind, "deserted");
  assert.equal(obstacleOf(withPerson(room, anna), world), null, "until it is unarchived");
});

test("the header says whose account is closed", () => {
  const open = { id: 2, username: "bo", name: "Bo", avatar: null };
  const closed = { id: 3, username: "ann", name: "Ann", avatar: null, active: false };
  assert.equal(topicOf({ topic: "Tea" }), "Tea");
  assert.equal(topicOf({ topic: "", people: [open] }), "");
  assert.equal(topicOf({ topic: "", people: [closed] }), "This account is closed.");
  assert.equal(topicOf({ topic: "", people: [open, closed] }), "Closed accounts: Ann");
});
