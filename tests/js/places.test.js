import assert from "node:assert/strict";
import { test } from "node:test";
import { Places } from "../../static/js/places.js";
import { TestStorage } from "./clock.js";

const place = (number) => ({ number, offset: -3 });

test("a place is where it was left, also after the page was loaded anew", () => {
  const storage = new TestStorage();
  const places = new Places(storage);
  const first = places.next();
  places.write(first, place(7));
  const second = places.next(first);
  assert.deepEqual(places.read(first), place(7));
  assert.equal(places.read(second), null);
  const reloaded = new Places(storage);
  assert.deepEqual(reloaded.read(first), place(7));
  assert.equal(reloaded.next(), second + 1);
});

test("whoever went back and on to another room has no places from before in what is new", () => {
  const places = new Places(new TestStorage());
  const first = places.next();
  const second = places.next(first);
  places.write(second, place(9));
  assert.equal(places.next(first), second);
  assert.equal(places.read(second), null);
});

test("at the end one stays at the end", () => {
  const places = new Places(new TestStorage());
  const index = places.next();
  places.write(index, place(7));
  places.write(index, null);
  assert.equal(places.read(index), null);
});

test("the oldest are forgotten, and none of it is needed", () => {
  const places = new Places(new TestStorage());
  let index = places.next();
  const first = index;
  for (let n = 0; n < 60; n += 1) {
    places.write(index, place(n + 1));
    index = places.next(index);
  }
  assert.equal(places.read(first), null);
  assert.deepEqual(places.read(index - 1), place(60));
  const broken = new Places(Object.assign(new TestStorage(), { getItem: () => "{" }));
  assert.equal(broken.next(), 1);
});
