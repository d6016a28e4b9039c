import assert from "node:assert/strict";
import { test } from "node:test";
import { ScrollPlaces } from "../../static/js/navigation/scroll-places.js";
import { TestStorage } from "./clock.js";

const place = (number) => ({ number, offset: -3 });

test("a place is kept, also across a page load", () => {
  const storage = new TestStorage();
  const places = new ScrollPlaces(storage);
  const first = places.next();
  places.write(first, place(7));
  const second = places.next(first);
  assert.deepEqual(places.read(first), place(7));
  assert.equal(places.read(second), null);
  const reloaded = new ScrollPlaces(storage);
  assert.deepEqual(reloaded.read(first), place(7));
  assert.equal(reloaded.next(), second + 1);
});

test("going back and then to another room starts without the old places", () => {
  const places = new ScrollPlaces(new TestStorage());
  const first = places.next();
  const second = places.next(first);
  places.write(second, place(9));
  assert.equal(places.next(first), second);
  assert.equal(places.read(second), null);
});

test("a reader at the end stays at the end", () => {
  const places = new ScrollPlaces(new TestStorage());
  const index = places.next();
  places.write(index, place(7));
  places.write(index, null);
  assert.equal(places.read(index), null);
});

test("the oldest places are forgotten, and a broken store does no harm", () => {
  const places = new ScrollPlaces(new TestStorage());
  let index = places.next();
  const first = index;
  for (let n = 0; n < 60; n += 1) {
    places.write(index, place(n + 1));
    index = places.next(index);
  }
  assert.equal(places.read(first), null);
  assert.deepEqual(places.read(index - 1), place(60));
  const broken = new ScrollPlaces(Object.assign(new TestStorage(), { getItem: () => "{" }));
  assert.equal(broken.next(), 1);
});
