// Replays tests/timelines/*.json. Each file is one story:
//   title  what it shows
//   start  { me, revision, lastNumber, page: {messages, has_before, has_after}, posts }
//   log    steps in order, each of them one of
//            { event }                     a server event          → timeline.apply
//            { opening: true }             room.open is under way → timeline.awaitOpen
//            { opened }                    its reply               → timeline.opened
//            { history, edge, page }       a page                  → timeline.extend
//            { post } / { discard }        my own, by nonce        → timeline.add / discard
//            { presume, patch }            shown before it is confirmed → timeline.presume
//          and `gap` / `posted` (numbers), if the step must report them
//   end    { revision, messages: [[number, body, revision]…], posts: [nonce…], hasBefore, hasAfter }
// Messages are abbreviated: [number, revision, body, author = 1, nonce = "n<number>"].
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Timeline } from "../../static/js/timeline/timeline.js";

const folder = new URL("../timelines/", import.meta.url);

for (const file of readdirSync(folder).sort()) {
  const story = JSON.parse(readFileSync(new URL(file, folder), "utf8"), whole);
  test(`${file}: ${story.title}`, () => {
    const timeline = new Timeline(story.start);
    for (const step of story.log) {
      const change = play(timeline, step);
      if ("gap" in step) assert.equal(change.gap, step.gap, `gap after ${JSON.stringify(step)}`);
      if ("posted" in step) {
        assert.deepEqual(
          change.posted.map(({ number }) => number),
          step.posted,
        );
      }
    }
    assert.deepEqual(summary(timeline, story.end), story.end);
  });
}

function play(timeline, step) {
  if (step.event) return timeline.apply(step.event);
  if (step.opening) return timeline.awaitOpen();
  if (step.opened) return timeline.opened(step.opened);
  if (step.history) return timeline.extend(step.history, step.edge, step.page);
  if (step.post) return timeline.add(step.post);
  if (step.discard) return timeline.discard(step.discard);
  if (step.presume) return timeline.presume(step.presume, step.patch);
  throw new Error(`No such step: ${JSON.stringify(step)}`);
}

function summary(timeline, wanted) {
  const { revision, hasBefore, hasAfter } = timeline;
  const messages = timeline.messages.map((m) => [m.number, m.deleted ? null : m.body, m.revision]);
  const posts = timeline.posts.map(({ nonce }) => nonce);
  const all = { revision, messages, posts, hasBefore, hasAfter };
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, all[key]]));
}

/** A JSON reviver: the short form of a message (under "message" or in "messages") expanded. */
function whole(key, value) {
  if (key === "message") return message(value);
  const isPage = key === "messages" && Array.isArray(value) && typeof value[0]?.[1] === "number";
  return isPage ? value.map(message) : value;
}

function message([number, revision, body, author = 1, nonce = `n${number}`]) {
  const person = { id: author, username: `u${author}`, name: `U${author}`, avatar: null };
  const created_at = new Date(Date.UTC(2026, 10, 23, 12, number)).toISOString();
  const deleted = body === null;
  return {
    number,
    revision,
    nonce,
    author: person,
    created_at,
    deleted,
    edited_at: null,
    reply_to: null,
    reactions: [],
    mentions: [],
    ...(deleted ? {} : { body, html: `<p>${body}</p>` }),
  };
}
