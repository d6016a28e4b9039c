import assert from "node:assert/strict";
import { test } from "node:test";
import { bannedWords, roomWords, signedOutWords } from "../../static/js/connection/farewells.js";

test("the reason why a room is no longer mine comes from the code, and in a moderator's words", () => {
  assert.equal(roomWords({ code: "left" }), "You left this room.");
  assert.equal(
    roomWords({ code: "removed", reason: "Enough." }),
    "You were removed from the room. Enough.",
  );
  assert.equal(roomWords({ code: "archived" }), "This room was archived.");
  assert.equal(roomWords({ code: "not yet known" }), "You are no longer in this room.");
  // A sentence written by a moderator is never mistaken for ours.
  const reason = "You were removed from the room.";
  assert.equal(roomWords({ code: "banned", reason }), `You were banned from the room. ${reason}`);
});

test("the reason why a session ended comes from the code", () => {
  const told = ["signed_out", "password", "deactivated", "expired"].map((code) =>
    signedOutWords({ code, reason: "…" }),
  );
  assert.equal(new Set(told).size, 4);
  assert.equal(signedOutWords(), "You have been signed out.");
  assert.equal(bannedWords({ code: "banned", reason: "" }), "You have been banned from this site.");
  assert.match(bannedWords({ code: "banned", reason: "Adverts" }), /: Adverts$/);
});
