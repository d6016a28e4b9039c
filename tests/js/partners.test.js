import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeserted, titleOf, withPerson } from "../../static/js/partners.js";
import { Unread } from "../../static/js/unread.js";
import { obstacleOf, SiteVoice } from "../../static/js/voice.js";

const anna = { id: 2, username: "anna", name: "anna", avatar: null };
const bert = { id: 3, username: "bert", name: "Bert", avatar: null };
const direct = { slug: "direct-1", kind: "direct", name: "anna, Bert", people: [bert, anna] };

test("a direct room is called by the others in it, as the server calls it", () => {
  assert.equal(titleOf([bert, anna]), "anna, Bert");
});

test("a new name of somebody is a new name of the direct rooms with them", () => {
  const carla = { ...anna, name: "Carla" };
  assert.equal(withPerson(direct, carla).name, "Bert, Carla");
  assert.equal(withPerson(direct, { ...anna, id: 9 }), direct, "others change nothing");
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

test("nobody writes where every other account is closed", () => {
  const closed = { ...anna, active: false };
  assert.equal(isDeserted({ people: [bert, closed] }), false);
  assert.equal(isDeserted({ people: [closed] }), true);
  assert.equal(isDeserted({}), false, "a room that isn't direct");
  const room = { ...direct, role: "member", people: [closed] };
  const world = { voice: new SiteVoice(), now: 0 };
  assert.equal(obstacleOf(room, world)?.kind, "deserted");
  assert.equal(obstacleOf(withPerson(room, anna), world), null, "until it is opened again");
});
