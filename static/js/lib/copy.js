import { gettext } from "./gettext.js";
import { say } from "./toast.js";

/** @param {string} text @param {string} done */
export async function copy(text, done) {
  try {
    // Missing on plain http:// other than localhost.
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    prompt(gettext("Copy this text:"), text);
  }
}
