import assert from "node:assert/strict";
import { test } from "node:test";
import { stayAboveKeyboard } from "../../static/js/lib/viewport.js";

/** A phone of 700 px. */
function phone() {
  const viewport = Object.assign(new EventTarget(), { height: 700, scale: 1 });
  /** @type {Map<string, string>} */
  const properties = new Map();
  const style = {
    setProperty: (/** @type {string} */ name, /** @type {string} */ value) =>
      properties.set(name, value),
    removeProperty: (/** @type {string} */ name) => properties.delete(name),
  };
  let top = 120; // where Safari scrolls when a field gets the focus
  const page = {
    innerHeight: 700,
    scrollTo: (/** @type {number} */ _left, /** @type {number} */ to) => {
      top = to;
    },
  };
  stayAboveKeyboard(/** @type {any} */ ({ viewport, style, page }));
  const becomes = (/** @type {object} */ state) => {
    Object.assign(viewport, state);
    viewport.dispatchEvent(new Event("resize"));
    return [properties.get("--visible"), top];
  };
  return becomes;
}

test("while the keyboard covers the page, the page is as high as what is left", () => {
  const becomes = phone();
  assert.deepEqual(becomes({ height: 380 }), ["380px", 0]);
  assert.deepEqual(becomes({ height: 700 }), [undefined, 0]);
});

test("neither a browser bar nor a zoomed page is a keyboard", () => {
  const becomes = phone();
  assert.deepEqual(becomes({ height: 650 }), [undefined, 120]);
  assert.deepEqual(becomes({ height: 350, scale: 2 }), [undefined, 120]);
});
