import { gettext, locale, ngettext } from "./gettext.js";

/** What the server's refusals mean to the person who reads them. */
const REFUSALS = /** @type {Record<string, string>} */ ({
  invalid: gettext("The server could not use this message."),
  not_found: gettext("This no longer exists."),
  forbidden: gettext("You may not do this here."),
  not_member: gettext("You are not a member of this room."),
  muted: gettext("You are muted in this room."),
  slow_mode: gettext("This room is in slow mode."),
  rate_limited: gettext("You are sending too fast."),
  too_large: gettext("This is too long to send."),
  conflict: gettext("Somebody else changed this at the same time."),
  unavailable: gettext("The server cannot store messages right now."),
  offline: gettext("There is no connection to the server."),
  timeout: gettext("The server did not answer."),
});

/** @param {{code?: string, detail?: string}} error */
export function refusal(error) {
  const words = REFUSALS[error.code ?? ""] ?? gettext("That did not work.");
  // The server's own sentence is more exact, when there is one and it is a sentence.
  return error.detail && /\s/.test(error.detail) ? error.detail : words;
}

const names = new Intl.ListFormat(locale, { type: "conjunction" });

/**
 * 'A', 'A and B', 'A, B and C', 'A, B and 4 others'.
 *
 * @param {string[]} all
 * @param {number} [most]
 * @param {number} [count] how many there are, where not all of them are known by name
 */
export function listOf(all, most = 10, count = all.length) {
  const shown = all.slice(0, most);
  const more = count - shown.length;
  if (more > 0) shown.push(ngettext("%(count)s other", "%(count)s others", more));
  return names.format(shown);
}

const ROLES = /** @type {Record<string, string>} */ ({
  owner: gettext("owner"),
  moderator: gettext("moderator"),
});

/** @param {string} role */
export const roleName = (role) => ROLES[role] ?? role;

const STATES = {
  connecting: gettext("Connecting"),
  open: gettext("Connected"),
  closed: gettext("Not connected"),
};

/** How the line is. @param {import('../socket.js').Connection} connection */
export const lineName = ({ state, doubtful = false }) =>
  doubtful ? gettext("Waiting for the server to answer") : STATES[state];

/** One or two letters that stand for a person without a picture. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0] ?? "").join("") || "?";
}

/** @type {Map<string, string>} What the server stores in place of a name. */
const NAMELESS = new Map([["Deleted account", gettext("Deleted account")]]);

/** What a person is called on the page: who deleted their account, in the reader's language. @param {string} name */
export const called = (name) => NAMELESS.get(name) ?? name;
