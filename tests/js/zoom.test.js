import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Zoom } from "../../static/js/timeline/zoom.js";

const VIEW = { width: 1000, height: 500 };

function zoomOf(width = 2000, height = 1000) {
  const zoom = new Zoom();
  zoom.show(VIEW, { width, height });
  return zoom;
}

describe("the zoom", () => {
  test("begins with the whole picture, never larger than it is", () => {
    assert.deepEqual(zoomOf(2000, 1000).fitted, { width: 1000, height: 500 });
    assert.deepEqual(zoomOf(1000, 1000).fitted, { width: 500, height: 500 });
    assert.deepEqual(zoomOf(30, 20).fitted, { width: 30, height: 20 });
  });

  test("keeps what is under the pointer there", () => {
    const zoom = zoomOf();
    const at = { x: 200, y: -100 };
    zoom.by(2, at);
    // The picture's own point: (200, -100) before, doubled, and moved.
    assert.deepEqual({ x: 200 * 2 + zoom.x, y: -100 * 2 + zoom.y }, at);
  });

  test("neither moves an edge into the view nor loses the picture", () => {
    const zoom = zoomOf();
    zoom.by(2);
    zoom.move(9999, -9999);
    assert.deepEqual([zoom.x, zoom.y], [500, -250]);
    zoom.by(0.5);
    assert.deepEqual([zoom.scale, zoom.x, zoom.y], [1, 0, 0]);
  });

  test("can't be moved while the whole is shown", () => {
    const zoom = zoomOf();
    zoom.move(50, 50);
    assert.deepEqual([zoom.x, zoom.y], [0, 0]);
  });

  test("has an end in both directions", () => {
    const zoom = zoomOf();
    for (let n = 0; n < 50; n += 1) zoom.by(2);
    assert.equal(zoom.scale, zoom.most);
    for (let n = 0; n < 50; n += 1) zoom.by(0.5);
    assert.ok(zoom.isWhole);
  });

  test("reaches twice the pixels of a large picture", () => {
    const zoom = zoomOf(10_000, 5000);
    zoom.by(1000);
    assert.equal(zoom.share, 2);
  });

  test("says how large a pixel is", () => assert.equal(zoomOf().share, 0.5));
});
