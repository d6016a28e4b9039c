import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Pictures } from "../../static/js/timeline/pictures.js";

const PAGE = 100;

/** A room whose messages with these numbers have a picture with the number as its id. */
function roomOf(last, pictures) {
  const all = Array.from({ length: last }, (_, at) => messageOf(at + 1, pictures));
  const asked = [];
  const beside = async (direction, number, limit) => {
    asked.push([direction, number]);
    assert.equal(limit, PAGE);
    const isBefore = direction === "before";
    const messages = isBefore
      ? all.slice(Math.max(0, number - 1 - limit), number - 1)
      : all.slice(number, number + limit);
    return {
      messages,
      has_before: (messages[0]?.number ?? 1) > 1,
      has_after: (messages.at(-1)?.number ?? last) < last,
    };
  };
  const open = (from, to, isHidden = () => false) => {
    const messages = all.slice(from - 1, to);
    const timeline = { messages, hasBefore: from > 1, hasAfter: to < last };
    return new Pictures({ timeline, beside, isHidden });
  };
  return { all, asked, open };
}

function messageOf(number, pictures) {
  const attachments = pictures.includes(number)
    ? [{ id: `${number}`, kind: "image", ready: true }]
    : [{ id: `file ${number}`, kind: "file", ready: true }];
  return { number, author: { id: number % 2 }, deleted: false, attachments };
}

const ids = ({ all }) => all.map(({ picture }) => picture.id);

describe("the pictures of a conversation", () => {
  test("are those of the messages that the page shows, each with its place", () => {
    const { all, open } = roomOf(10, [2, 5]);
    all[4].attachments.push({ id: "5b", kind: "image" }, { id: "5c", kind: "image", ready: false });
    const pictures = open(1, 10);
    assert.deepEqual(
      pictures.all.map(({ picture, at, of }) => [picture.id, at, of]),
      [
        ["2", 1, 1],
        ["5", 1, 2],
        ["5b", 2, 2],
      ],
    );
    assert.equal(pictures.goesOn("before"), false);
    assert.equal(pictures.goesOn("after"), false);
  });

  test("go on in both directions to the ends of the room", async () => {
    const { open, asked } = roomOf(400, [1, 150, 200, 350]);
    const pictures = open(180, 230);
    assert.equal(await pictures.find("before"), true);
    assert.equal(await pictures.find("after"), true);
    assert.deepEqual(ids(pictures), ["150", "200", "350"]);
    assert.equal(await pictures.find("before"), true);
    assert.deepEqual(ids(pictures), ["1", "150", "200", "350"]);
    assert.equal(pictures.goesOn("before"), false);
    assert.equal(await pictures.find("after"), false);
    assert.equal(pictures.goesOn("after"), false);
    assert.deepEqual(asked, [
      ["before", 180],
      ["after", 230],
      ["after", 330],
      ["before", 80],
    ]);
  });

  test("are looked for in five pages for one step, and further with the next", async () => {
    const { open, asked } = roomOf(900, [1, 900]);
    const pictures = open(851, 900);
    assert.equal(await pictures.find("before"), false);
    assert.equal(asked.length, 5);
    assert.ok(pictures.goesOn("before"));
    assert.equal(await pictures.find("before"), true);
    assert.deepEqual(ids(pictures), ["1", "900"]);
  });

  test("stay what they were if the server can't be asked", async () => {
    const { open } = roomOf(300, [10, 300]);
    const pictures = open(251, 300);
    const offline = new Pictures({
      timeline: { messages: [messageOf(300, [300])], hasBefore: true, hasAfter: false },
      beside: () => Promise.reject(new Error("offline")),
      isHidden: () => false,
    });
    await assert.rejects(offline.find("before"), /offline/);
    assert.deepEqual(ids(offline), ids(pictures));
    assert.ok(offline.goesOn("before"));
  });

  test("aren't those of deleted and of hidden messages, wherever they are", async () => {
    const { all, open } = roomOf(120, [3, 5, 111, 112, 114]);
    all[110].deleted = true;
    all[4].deleted = true;
    const pictures = open(101, 120, ({ author }) => author.id === 1);
    await pictures.find("before");
    assert.deepEqual(ids(pictures), ["112", "114"]);
  });

  test("follow what becomes of the messages that are known", () => {
    const { open } = roomOf(10, [2, 5, 7]);
    const pictures = open(1, 10);
    const now = {
      2: { ...messageOf(2, [2]), attachments: [{ id: "2", kind: "image", alt: "A cat" }] },
      5: { ...messageOf(5, []), attachments: [] },
    };
    pictures.refresh((number) => now[number]);
    assert.deepEqual(ids(pictures), ["2", "7"]);
    assert.equal(pictures.all[0].picture.alt, "A cat");
    assert.equal(pictures.indexOf("7"), 1);
    assert.equal(pictures.indexOf("5"), -1);
  });
});
