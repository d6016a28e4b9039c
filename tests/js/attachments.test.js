// What files are called, how large pictures are shown, and what recordings are made of.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatSize } from "../../static/js/lib/size.js";
import { formatClock } from "../../static/js/lib/time.js";
import { describable, extensionOf, iconOf, wordsOf } from "../../static/js/media/kinds.js";
import { fileName, formatFor, levelOf, peaksOf } from "../../static/js/media/recording.js";
import { pathOf, thinned, widthOf } from "../../static/js/media/waveform.js";
import { boxOf } from "../../static/js/timeline/picture-box.js";

/** @param {Partial<import('../../static/js/protocol.js').Attachment>} facts @returns {any} */
const attachment = (facts) => ({ id: "a", name: "a.bin", alt: "", duration: null, ...facts });

describe("in words", () => {
  test("a picture is what its description says", () => {
    assert.equal(wordsOf([attachment({ kind: "image", alt: "a cat" })]), "Picture: a cat");
    assert.equal(wordsOf([attachment({ kind: "image" })]), "Picture");
  });

  test("pictures are counted, and other files named", () => {
    const image = attachment({ kind: "image", alt: "a cat" });
    const file = attachment({ kind: "file", name: "report.pdf" });
    assert.equal(wordsOf([image, file, image]), "2 pictures and report.pdf");
  });

  test("a voice message says how long it is, if that is known", () => {
    assert.equal(wordsOf([attachment({ kind: "voice", duration: 72.8 })]), "Voice message, 1:12");
    assert.equal(wordsOf([attachment({ kind: "voice" })]), "Voice message");
  });

  test("no file, no words", () => assert.equal(wordsOf([]), ""));

  test("sizes are short", () => {
    assert.equal(formatSize(12), "0.1 kB");
    assert.equal(formatSize(1234), "1.2 kB");
    assert.equal(formatSize(999_700), "1 MB");
    assert.equal(formatSize(5_000_000_000), "5 GB");
    const hebrew = { language: "he", rightToLeft: true };
    assert.equal(formatSize(300, hebrew), "\u20680.3\u00a0kB\u2069");
    assert.equal(formatSize(2_000_000, hebrew), "\u20682\u00a0MB\u2069");
  });

  test("a place in a recording is a time", () => {
    assert.equal(formatClock(9.9), "0:09");
    assert.equal(formatClock(3909), "1:05:09");
  });

  test("only what isn't text by itself can be described", () => {
    const attachments = ["image", "video", "audio", "voice", "file"].map((kind) =>
      attachment({ kind: /** @type {any} */ (kind) }),
    );
    const kinds = describable(/** @type {any} */ ({ attachments })).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["image", "video", "voice"]);
    assert.deepEqual(describable(/** @type {any} */ ({})), []);
  });
});

describe("icons", () => {
  for (const [name, icon] of [
    ["notes.PDF", "text"],
    ["backup.tar.gz", "archive"],
    ["sums.xlsx", "table"],
    ["talk.odp", "slides"],
    ["index.html", "code"],
    ["README", "other"],
    [".gitignore", "other"],
    ["archive.zip.", "other"],
  ])
    test(name, () => assert.equal(iconOf(name), icon));

  test("the end of a name is a few plain letters", () => {
    assert.equal(extensionOf("a.txt"), "txt");
    assert.equal(extensionOf("a.‮gpj"), "");
    assert.equal(extensionOf("a.somethinglong"), "");
  });
});

describe("the box of a picture", () => {
  test("keeps the picture's ratio", () => {
    for (const [width, height] of [
      [4000, 3000],
      [3000, 4000],
      [640, 480],
      [1000, 250],
    ])
      assert.ok(Math.abs(boxOf(width, height).ratio - width / height) < 0.001);
  });

  test("is no larger than the picture, or than a picture may be", () => {
    assert.deepEqual(boxOf(160, 160), { width: 10, ratio: 1 });
    assert.equal(boxOf(4000, 3000).width, 26);
    assert.ok(boxOf(3000, 4000).width < 20);
  });

  test("can be pressed, however small or narrow the picture is", () => {
    for (const [width, height] of [
      [1, 1],
      [1, 10_000],
      [10_000, 1],
    ]) {
      const box = boxOf(width, height);
      assert.ok(box.width >= 6);
      assert.ok(box.width / box.ratio >= 6 - 0.01);
    }
  });
});

describe("a waveform", () => {
  test("has a bar for each peak, and a line for silence", () => {
    assert.equal(pathOf([0, 100]).match(/M/g)?.length, 2);
    assert.equal(widthOf([0, 100]), 20);
    assert.match(pathOf([0]), /v8$/);
  });

  test("never leaves its drawing, whatever the server sends", () => {
    assert.equal(pathOf([5000]), pathOf([100]));
    assert.equal(pathOf([-5]), pathOf([0]));
  });

  test("keeps the loudest moments when it is thinned", () => {
    const peaks = Array.from({ length: 100 }, (_, at) => (at === 57 ? 100 : 3));
    const bars = thinned(peaks, 48);
    assert.equal(bars.length, 48);
    assert.equal(bars.filter((bar) => bar === 100).length, 1);
    assert.deepEqual(thinned([1, 2], 48), [1, 2]);
  });
});

describe("a recording", () => {
  test("has at most a hundred peaks up to a hundred", () => {
    const levels = Array.from({ length: 6000 }, (_, at) => Math.abs(Math.sin(at / 50)) / 2);
    const peaks = peaksOf(levels);
    assert.equal(peaks.length, 100);
    assert.ok(peaks.every((peak) => Number.isInteger(peak) && 0 <= peak && peak <= 100));
    assert.equal(Math.max(...peaks), 100);
  });

  test("of silence stays flat instead of showing its noise as speech", () => {
    assert.ok(peaksOf([0.001, 0.002, 0.001]).every((peak) => peak < 5));
    assert.deepEqual(peaksOf([]), []);
  });

  test("is as loud as its samples", () => {
    assert.equal(levelOf([0.5, -0.5]), 0.5);
    assert.equal(levelOf([]), 0);
  });

  test("is in a format of the browser", () => {
    assert.equal(formatFor((type) => type.includes("mp4"))?.extension, "m4a");
    assert.equal(formatFor(() => true)?.extension, "webm");
    assert.equal(
      formatFor(() => false),
      null,
    );
  });

  test("is named after the moment", () => {
    assert.equal(fileName(new Date(2026, 0, 5, 9, 7), "webm"), "voice-2026-01-05-09-07.webm");
  });
});
