import assert from "node:assert/strict";
import { test } from "node:test";
import { BrowserZone } from "../../static/js/people/browser-zone.js";

globalThis.matchMedia ??= () => ({ matches: false });
const { Conversations } = await import("../../static/js/navigation/conversations.js");

const person = (id) => ({ id, username: `p${id}`, name: `P${id}`, avatar: null });

test("people one has conversations with are each known once", () => {
  const rooms = [{}, { people: [person(2), person(3)] }, { people: [person(3)] }];
  const conversations = new Conversations({ ask: null, visit: null, rooms: () => rooms });
  assert.deepEqual(
    conversations.partners.map(({ id }) => id),
    [2, 3],
  );
});

test("a conversation is opened by its people, and a refusal goes to whoever asked", async () => {
  const ask = async ({ people }) => {
    if (people.includes("p9")) throw { code: "forbidden" };
    return { room: { slug: people.join("-") } };
  };
  const conversations = new Conversations({ ask, visit: null, rooms: () => [] });
  assert.equal(await conversations.of([person(2), person(3)]), "p2-p3");
  await assert.rejects(conversations.of([person(9)]), { code: "forbidden" });
});

test("the browser's zone is told once, and only if the server knows another", async () => {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const told = [];
  const ask = async (command) => told.push(command.zone);
  for (const known of [zone, undefined]) await new BrowserZone(known, ask).tell();
  assert.deepEqual(told, []);
  const other = new BrowserZone("", ask);
  await other.tell();
  await other.tell();
  assert.deepEqual(told, [zone]);
});
