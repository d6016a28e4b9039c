import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { Arrangement } from "../../static/js/navigation/arrangement.js";
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

test("favourites are in my order, the others by name, each room once", () => {
  const arrangement = arranged({ favourites: ["z", "gone", "b"] });
  const { favourites, rooms: others, direct } = arrangement.sections(rooms);
  assert.deepEqual([slugs(favourites), slugs(others), slugs(direct)], ["zb", "aé", ""]);
});

test("my change shows at once, and then is what the server says", async () => {
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
  assert.deepEqual(arrangement.favourites, ["z", "a"], "a late reply is from before");
});

test("of other tabs' changes the latest counts, in whatever order they arrive", () => {
  const arrangement = arranged({ favourites: ["a"], folded: [], revision: 1 });
  arrangement.learn({ favourites: ["b", "a"], folded: ["direct"], revision: 3 });
  arrangement.learn({ favourites: [], folded: [], revision: 2 });
  assert.deepEqual(arrangement.favourites, ["b", "a"]);
  assert.equal(arrangement.folded.has("direct"), true);
  arrangement.reset({ favourites: ["c"], folded: [], revision: 0 });
  assert.deepEqual(arrangement.favourites, ["c"], "a welcome is the truth, also after a backup");
});

test("a room is where I put it, and in one place", async () => {
  const own = [
    { id: "1", name: "Work", rooms: ["a"], folded: false },
    { id: "0", name: "Play", rooms: ["gone", "é"], folded: true },
  ];
  const arrangement = arranged({ favourites: ["z", "é"], sections: own });
  assert.deepEqual(arrangement.order, ["favourites", "1", "0", "rooms", "direct"]);
  assert.deepEqual([...arrangement.folded], ["0"]);
  const lines = () => arrangement.order.map((name) => slugs(arrangement.sections(rooms)[name]));
  assert.deepEqual(lines(), ["zé", "a", "", "", "b"], "starred by an older version");
  arrangement.place("z", "1", "a");
  arrangement.place("b", "favourites", "é");
  arrangement.place("é", null);
  assert.deepEqual(lines(), ["b", "za", "", "é", ""]);
  arrangement.move("0", "1");
  arrangement.rename("0", "Fun");
  assert.deepEqual(
    arrangement.own.map(({ name }) => name),
    ["Fun", "Work"],
  );
  arrangement.remove("1");
  assert.deepEqual(lines(), ["b", "", "aéz", ""]);
  assert.deepEqual(
    asked.map(({ command }) => command.type),
    ["room.place", "room.star", "room.place", "section.move", "section.rename", "section.delete"],
  );
});

test("a server that knows no sections leaves them as they are", async () => {
  const own = [{ id: "1", name: "Work", rooms: ["a"], folded: true }];
  const arrangement = arranged({ favourites: [], folded: [], revision: 1, sections: own });
  arrangement.learn({ favourites: ["z"], folded: [], revision: 2 });
  assert.deepEqual([arrangement.own, [...arrangement.folded]], [own, ["1"]]);
  arrangement.learn({ favourites: ["z"], folded: [], revision: 3, sections: [] });
  assert.deepEqual(arrangement.own, []);
});

test("the server renders the sections as they are drawn later", () => {
  const path = new URL("../tables/sections.json", import.meta.url);
  for (const { sidebar, rooms: listed, sections } of JSON.parse(readFileSync(path, "utf8"))) {
    const arrangement = arranged(sidebar);
    const drawn = arrangement.sections(listed);
    assert.deepEqual(
      arrangement.order.map((id) => [id, drawn[id].map(({ slug }) => slug)]),
      sections,
    );
  }
});

test("a refused change is reverted", async () => {
  const arrangement = arranged({ favourites: ["a"], folded: [], revision: 1 });
  const starring = arrangement.star("z");
  asked[0].reject({ code: "not_member" });
  await assert.rejects(starring, { code: "not_member" });
  assert.deepEqual(arrangement.favourites, ["a"]);
});
