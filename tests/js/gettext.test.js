import assert from "node:assert/strict";
import { test } from "node:test";

// As on a page: its root names the language, and a script before the modules sets the texts.
globalThis.document = { documentElement: { lang: "he", dir: "rtl" } };
globalThis.catalogue = {
  Send: "שליחה",
  "%(name)s is typing…": "הקלדה: %(name)s…",
  "%(count)s new message": {
    one: "הודעה חדשה אחת",
    two: "שתי הודעות חדשות",
    other: "%(count)s הודעות חדשות",
  },
};
const { gettext, language, locale, ngettext } = await import("../../static/js/lib/gettext.js");

test("a text is in the page's language, or in English if it isn't translated", () => {
  assert.equal(language, "he");
  assert.equal(locale, "he");
  assert.equal(gettext("Send"), "שליחה");
  assert.equal(gettext("Never heard of"), "Never heard of");
});

test("a count uses the plural forms of the language", () => {
  const words = [1, 2, 1500].map((n) =>
    ngettext("%(count)s new message", "%(count)s new messages", n).replace(/[⁨⁩]/g, ""),
  );
  assert.deepEqual(words, ["הודעה חדשה אחת", "שתי הודעות חדשות", "1,500 הודעות חדשות"]);
  assert.equal(ngettext("one left", "many left", 2), "many left");
});

test("a name is isolated in right-to-left text", () => {
  assert.equal(gettext("%(name)s is typing…", { name: "Ben (2)" }), "הקלדה: \u2068Ben (2)\u2069…");
  assert.equal(gettext("%(unknown)s", {}), "%(unknown)s");
});
