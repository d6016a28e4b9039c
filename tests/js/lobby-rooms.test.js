import assert from "node:assert/strict";
import { test } from "node:test";
import { LobbyRooms } from "../../static/js/navigation/lobby-rooms.js";

const room = (slug, rest = {}) => ({
  slug,
  name: slug,
  topic: "",
  members: 1,
  joined: false,
  ...rest,
});

function listed(...rooms) {
  const known = new LobbyRooms();
  known.reset(
    rooms.map((one) => (typeof one === "string" ? room(one) : one)),
    false,
  );
  return known;
}

const slugs = (rooms, query = "") => rooms.matching(query).map(({ slug }) => slug);
const changed = (slug, rest = {}) => ({
  type: "lobby.changed",
  room: slug,
  name: slug,
  topic: "",
  archived: false,
  members: 1,
  ...rest,
});

test("each word is found in the name, the topic or the address, however it is written", () => {
  const rooms = listed(
    room("a", { name: "Café Müller", topic: "Tea and talk" }),
    room("b", { name: "Tearoom" }),
    room("coffee", { name: "C" }),
  );
  assert.deepEqual(slugs(rooms, "CAFE"), ["a"]);
  assert.deepEqual(slugs(rooms, " tea "), ["a", "b"]);
  assert.deepEqual(slugs(rooms, "tea muller"), ["a"]);
  assert.deepEqual(slugs(rooms, "coff"), ["coffee"]);
  assert.deepEqual(slugs(rooms, "\u0301"), [], "nothing but an accent");
  assert.deepEqual(slugs(rooms, "nowhere"), []);
});

test("a typing error is forgiven if nothing else is found", () => {
  const rooms = listed(room("garden", { name: "The garden" }), room("guard", { name: "Guarden" }));
  assert.deepEqual(slugs(rooms, "gardne"), ["garden"]);
  assert.deepEqual(slugs(rooms, "garden"), ["garden"], "not what is only near");
  assert.deepEqual(slugs(rooms, "gradne"), []);
});

test("new, renamed and archived rooms take their places in the server's order", () => {
  const rooms = listed("beta", "delta");
  assert.ok(rooms.hear(changed("Charlie", { name: "Charlie" })));
  assert.deepEqual(slugs(rooms), ["beta", "Charlie", "delta"]);
  rooms.hear(changed("beta", { name: "Zulu" }));
  assert.deepEqual(slugs(rooms), ["Charlie", "delta", "beta"]);
  rooms.hear(changed("delta", { archived: true }));
  assert.deepEqual(slugs(rooms), ["Charlie", "beta"]);
  assert.equal(rooms.hear(changed("delta", { archived: true })), false);
  assert.equal(rooms.hear({ type: "lobby.changed", room: "x" }), false, "from an older server");
});

test("a new size moves nothing, even where the server sorts differently", () => {
  const rooms = listed("b", "a", "c");
  rooms.hear(changed("b", { members: 7 }));
  assert.deepEqual(slugs(rooms), ["b", "a", "c"]);
  assert.equal(rooms.get("b").members, 7);
});

test("which rooms are mine follows, in whatever order the news arrives", () => {
  const rooms = listed("a", room("b", { joined: true }));
  rooms.hear({ type: "room.added", room: { slug: "new" } });
  rooms.hear(changed("new"));
  rooms.hear({ type: "room.added", room: { slug: "a" } });
  rooms.hear({ type: "room.removed", room: "b" });
  rooms.hear(changed("b", { members: 0 }));
  assert.deepEqual(
    rooms.matching("").map(({ slug, joined }) => [slug, joined]),
    [
      ["a", true],
      ["b", false],
      ["new", true],
    ],
  );
});
