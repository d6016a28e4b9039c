import assert from "node:assert/strict";
import { test } from "node:test";
import { moved } from "../../static/js/emoji/grid.js";

// 0 1 2 3 | 4 5 6   8 9 in another section
//   two rows, the second one short, then one row
const go = (at, key) => moved([7, 2], at, key, 4);

test("arrows move by one and by row", () => {
  assert.equal(go(0, "ArrowRight"), 1);
  assert.equal(go(4, "ArrowLeft"), 3);
  assert.equal(go(1, "ArrowDown"), 5);
  assert.equal(go(5, "ArrowUp"), 1);
});

test("moving into a short row from beyond its end lands on its last", () => {
  assert.equal(go(3, "ArrowDown"), 6);
  assert.equal(go(6, "ArrowDown"), 8);
  assert.equal(go(7, "ArrowUp"), 4);
});

test("at the edges the focus stays, or goes up to the search field", () => {
  assert.equal(go(0, "ArrowLeft"), 0);
  assert.equal(go(8, "ArrowRight"), 8);
  assert.equal(go(8, "ArrowDown"), 8);
  assert.equal(go(2, "ArrowUp"), -1);
  assert.equal(go(5, "Home"), 0);
  assert.equal(go(5, "End"), 8);
});

test("other keys are left alone", () => {
  assert.equal(go(0, "Tab"), null);
  assert.equal(go(0, "a"), null);
});
