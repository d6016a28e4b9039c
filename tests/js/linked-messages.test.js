import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkedMessages, placesIn } from "../../static/js/timeline/linked-messages.js";

const ORIGIN = "https://chat.example";
globalThis.location = /** @type {any} */ ({ origin: ORIGIN });

/** @param {string[]} links @param {object} [fields] @returns {any} */
const message = (links, fields) => ({
  number: 9,
  deleted: false,
  html: links.map((href) => `<a href="${href}">x</a>`).join(" "),
  ...fields,
});
const at = (/** @type {string} */ path) => `${ORIGIN}/rooms/${path}`;
const found = (/** @type {any} */ one) => placesIn(one, "/rooms/").map(({ address }) => address);

test("links to messages of this site are found, each once and three at most", () => {
  const all = [at("lounge/1/"), at("lounge/1"), at("%C3%BCber/2/?a=1&amp;b=2#x"), at("a/3/")];
  assert.deepEqual(found(message([...all, at("b/4/")])), [
    "/rooms/lounge/1/",
    "/rooms/%C3%BCber/2/",
    "/rooms/a/3/",
  ]);
});

test("rooms, other pages, other sites and broken addresses are none", () => {
  const others = [
    at("lounge/"),
    at("lounge/0/"),
    at("lounge/members/"),
    at("lounge/1/2/"),
    at("%/1/"),
    "https://chat.example.evil.example/rooms/lounge/1/",
    "http://chat.example/rooms/lounge/1/",
    "https://x/rooms/[",
    `${ORIGIN}/`,
  ];
  assert.deepEqual(found(message(others)), []);
  assert.deepEqual(found(message([at("lounge/1/")], { deleted: true })), []);
  assert.deepEqual(found({ number: 1, deleted: false }), []);
});

/** @param {(command: any) => Promise<any>} ask @param {any[]} [here] */
const linked = (ask, here = []) =>
  new LinkedMessages({
    slug: "lounge",
    find: (number) => here.find((one) => one.number === number),
    ask,
  });

test("a message of another room is asked for once", async () => {
  const asked = /** @type {any[]} */ ([]);
  const there = { number: 2, deleted: false, html: "" };
  const room = { slug: "other", name: "Other", kind: "public" };
  const links = linked(async (command) => {
    asked.push(command);
    return { room, message: there };
  });
  const one = message([at("other/2/")]);
  assert.deepEqual(links.of(one, "/rooms/"), []);
  let changes = 0;
  links.on("change", () => {
    changes += 1;
  });
  const [place] = placesIn(one, "/rooms/");
  await Promise.all([links.load(place), links.load(place)]);
  await links.load(place);
  assert.deepEqual(asked, [{ type: "link.open", room: "other", number: 2 }]);
  assert.equal(changes, 1);
  const shown = links.of(one, "/rooms/");
  assert.deepEqual(shown, [{ address: "/rooms/other/2/", room, message: there }]);
  assert.equal(links.of(one, "/rooms/"), shown, "so that nothing is drawn again");
});

test("what isn't for me is asked for once, and what failed again", async () => {
  let tries = 0;
  /** @type {any} */
  let error = { code: "unavailable" };
  const links = linked(async () => {
    tries += 1;
    throw error;
  });
  const one = message([at("secret/2/")]);
  const [place] = placesIn(one, "/rooms/");
  await links.load(place);
  await links.load(place);
  assert.equal(tries, 2);
  error = { code: "not_found" };
  await links.load(place);
  await links.load(place);
  assert.equal(tries, 3);
  assert.deepEqual(links.of(one, "/rooms/"), []);
});

test("a message of the same room is the one in the window, as it is now", async () => {
  const here = [{ number: 2, deleted: false, html: "first" }];
  const links = linked(async () => assert.fail("asked"), here);
  const one = message([at("lounge/2/")]);
  await links.load(placesIn(one, "/rooms/")[0]);
  const before = links.of(one, "/rooms/");
  assert.equal(before[0].message, here[0]);
  assert.equal(before[0].room, null);
  here[0] = { ...here[0], html: "edited" };
  const after = links.of(one, "/rooms/");
  assert.notEqual(after, before);
  assert.equal(after[0].message, here[0]);
  here[0] = { ...here[0], deleted: true };
  assert.deepEqual(links.of(one, "/rooms/"), []);
});

test("messages without such links share one empty list", () => {
  const links = linked(async () => assert.fail("asked"));
  const first = links.of(message(["https://a.example/"]), "/rooms/");
  assert.equal(first, links.of(message([]), "/rooms/"));
});
