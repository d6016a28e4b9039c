import { gettext, locale, ngettext } from "./gettext.js";

/** The server's refusals, in words for the reader. */
const REFUSALS = /** @type {Record<string, string>} */ ({
  invalid: gettext("The server couldn't process this."),
  not_found: gettext("This no longer exists."),
  forbidden: gettext("You don't have permission to do this."),
  not_member: gettext("You aren't a member of this room."),
  muted: gettext("You are muted in this room."),
  slow_mode: gettext("This room is in slow mode."),
  rate_limited: gettext("You're doing that too fast."),
  too_large: gettext("This is too long to send."),
  conflict: gettext("Someone else changed this at the same time."),
  unavailable: gettext("The server can't save messages right now."),
  offline: gettext("You aren't connected to the server."),
  timeout: gettext("The server didn't answer."),
});

/** @param {{code?: string, detail?: string}} error */
export function refusal(error) {
  const words = REFUSALS[error.code ?? ""] ?? gettext("Something went wrong.");
  // The server's own sentence is more precise, if it sent one and it is a sentence.
  return error.detail && /\s/.test(error.detail) ? error.detail : words;
}

const names = new Intl.ListFormat(locale, { type: "conjunction" });

/**
 * 'A', 'A and B', 'A, B and C', 'A, B and 4 others'.
 *
 * @param {string[]} all
 * @param {number} [most]
 * @param {number} [count] the total, if not everyone's name is known
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

/**
 * The state of the connection in words.
 *
 * @param {import('../connection/socket.js').Connection} connection
 */
export const connectionLabel = ({ state, doubtful = false }) =>
  doubtful ? gettext("Waiting for the server to answer") : STATES[state];

/** One or two letters for a person without a picture. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0] ?? "").join("") || "?";
}

/** @type {Map<string, string>} The names that the server stores for people without one. */
const NAMELESS = new Map([["Deleted account", gettext("Deleted account")]]);

/**
 * A person's name for display, with a deleted account in the reader's language.
 *
 * @param {string} name
 */
export const displayName = (name) => NAMELESS.get(name) ?? name;
