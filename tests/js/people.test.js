import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { People } from "../../static/js/composer/people.js";
import { Emitter } from "../../static/js/lib/emitter.js";
import { best } from "../../static/js/lib/suggestions.js";
import { quickest } from "./clock.js";

const person = (id, username) => ({ id, username, name: username.toUpperCase(), avatar: null });
const me = person(1, "me");
const urls = { members: "/members/", people: "/people/" };

class Session extends Emitter {
  me = me;
  room = { kind: "public" };
  timeline = { messages: [] };
  mentions = { addressesRoom: true, learn() {} };
}

let session;
let people;
let asked;
let answers;
const fetchBefore = globalThis.fetch;

beforeEach(() => {
  session = new Session();
  people = new People({ session, urls });
  asked = [];
  answers = { "/members/": { members: [], next: null } };
  globalThis.fetch = async (address) => {
    asked.push(address);
    const answer = answers[address];
    return { ok: Boolean(answer), status: answer ? 200 : 500, json: async () => answer };
  };
});

afterEach(() => {
  globalThis.fetch = fetchBefore;
});

const says = (number, author) => session.timeline.messages.push({ number, author });
const known = () => people.candidates.map(({ person }) => person.username).sort();
const outside = () => people.candidates.filter((one) => one.outside).map((one) => one.person.id);

test("people who spoke are known before anything is loaded, and never oneself", () => {
  says(1, person(2, "ana"));
  says(2, me);
  says(3, person(2, "ana"));
  assert.deepEqual(known(), ["ana"]);
  assert.equal(people.candidates[0].lately, 3);
  assert.deepEqual(asked, []);
});

test("all members are asked for once, page by page", async () => {
  answers = {
    "/members/": { members: [me, person(2, "ana")], next: "/members/?2" },
    "/members/?2": { members: [person(3, "ben")], next: null },
  };
  await Promise.all([people.load(), people.load()]);
  await people.load();
  assert.deepEqual(asked, ["/members/", "/members/?2"]);
  assert.deepEqual(known(), ["ana", "ben"]);
});

test("a very large room loads the first thousand, and calls nobody an outsider", async () => {
  for (let page = 0; page < 9; page++) {
    const address = page ? `/members/?${page}` : "/members/";
    answers[address] = { members: [person(10 + page, `p${page}`)], next: `/members/?${page + 1}` };
  }
  await people.load();
  assert.equal(asked.length, 5);
  assert.equal(people.isComplete, false);
});

test("a list that failed to load is loaded again", async () => {
  const before = answers;
  answers = {};
  await people.load();
  assert.deepEqual(known(), []);
  answers = before;
  answers["/members/"].members = [person(2, "ana")];
  await people.load();
  assert.deepEqual(known(), ["ana"]);
});

test("someone found on the site who isn't a member is outside until they join", async () => {
  answers["/people/?q=b"] = { people: [person(3, "ben")] };
  await people.load();
  await people.find("b", new AbortController().signal);
  assert.deepEqual(outside(), [3]);
  session.emit("member", { member: person(3, "ben"), left: false });
  assert.deepEqual(outside(), []);
  session.emit("member", { member: person(3, "ben"), left: true });
  assert.deepEqual(outside(), [3]);
});

test("a direct room doesn't search the site for people", async () => {
  session.room = { kind: "direct" };
  await people.find("b", new AbortController().signal);
  assert.deepEqual(asked, []);
});

test("with a thousand members, a key is answered within a frame", async () => {
  const members = Array.from({ length: 1000 }, (_, n) => person(n + 2, `member_${n * 7919}`));
  answers["/members/"] = { members, next: null };
  await people.load();
  for (let n = 0; n < 200; n++) says(n + 1, members[n * 3]);
  for (const query of ["", "m", "member_1", "79", "x"]) {
    assert.ok((await quickest(() => best(people.candidates, query, 8))) < 16, query);
  }
});
