import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Arrangement } from "../../static/js/arrangement.js";
import { settled } from "./clock.js";

let asked;
beforeEach(() => {
  asked = [];
});

const arranged = (sidebar = {}) =>
  new Arrangement(
    sidebar,
    (command) => new Promise((resolve, reject) => asked.push({ command, resolve, reject })),
  );

const rooms = ["Zebra", "apes", "Élan", "bears"].map((name) => ({
  slug: name[0].toLowerCase(),
  name,
  kind: name === "bears" ? "direct" : "public",
}));
const slugs = (list) => list.map(({ slug }) => slug).join("");

test("favourites stand in my order, the others by name, each room once", () => {
  const arrangement = arranged({ favourites: ["z", "gone", "b"] });
  const { favourites, rooms: others, direct } = arrangement.sections(rooms);
  assert.deepEqual([slugs(favourites), slugs(others), slugs(direct)], ["zb", "aé", ""]);
});

test("what I do shows at once, and is what the server then says", async () => {
  const arrangement = arranged({ favourites: ["a", "b"], revision: 4 });
  arrangement.star("z", "b");
  assert.deepEqual(arrangement.favourites, ["a", "z", "b"]);
  assert.deepEqual(asked[0].command, { type: "room.star", room: "z", before: "b" });
  arrangement.star("a");
  assert.deepEqual(arrangement.favourites, ["z", "b", "a"]);
  arrangement.unstar("b");
  arrangement.fold("rooms", true);
  assert.deepEqual([...arrangement.folded], ["rooms"]);
  asked[3].resolve({ sidebar: { favourites: ["z", "a"], folded: ["rooms"], revision: 8 } });
  await settled();
  asked[0].resolve({ sidebar: { favourites: ["a", "z", "b"], folded: [], revision: 5 } });
  await settled();
  assert.deepEqual(arrangement.favourites, ["z", "a"], "an answer that comes late is of before");
});

test("of what another tab did, the later counts, in whatever order it comes", () => {
  const arrangement = arranged({ favourites: ["a"], folded: [], revision: 1 });
  arrangement.learn({ favourites: ["b", "a"], folded: ["direct"], revision: 3 });
  arrangement.learn({ favourites: [], folded: [], revision: 2 });
  assert.deepEqual(arrangement.favourites, ["b", "a"]);
  assert.equal(arrangement.folded.has("direct"), true);
  arrangement.reset({ favourites: ["c"], folded: [], revision: 0 });
  assert.deepEqual(arrangement.favourites, ["c"], "a welcome is the truth, also after a backup");
});

test("what the server refuses is taken back", async () => {
  const arrangement = arranged({ favourites: ["a"], folded: [], revision: 1 });
  const starring = arrangement.star("z");
  asked[0].reject({ code: "not_member" });
  await assert.rejects(starring, { code: "not_member" });
  assert.deepEqual(arrangement.favourites, ["a"]);
});
