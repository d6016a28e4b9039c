/** What the server's refusals mean to the person who reads them. */
const REFUSALS = /** @type {Record<string, string>} */ ({
  invalid: "The server could not use this message.",
  not_found: "This no longer exists.",
  forbidden: "You may not do this here.",
  not_member: "You are not a member of this room.",
  muted: "You are muted in this room.",
  slow_mode: "This room is in slow mode.",
  rate_limited: "You are sending too fast.",
  too_large: "This is too long to send.",
  conflict: "Somebody else changed this at the same time.",
  unavailable: "The server cannot store messages right now.",
  offline: "There is no connection to the server.",
  timeout: "The server did not answer.",
});

/** @param {{code?: string, detail?: string}} error */
export function refusal(error) {
  const words = REFUSALS[error.code ?? ""] ?? "That did not work.";
  // The server's own sentence is more exact, when there is one and it is a sentence.
  return error.detail && /\s/.test(error.detail) ? error.detail : words;
}

/**
 * @param {number} count
 * @param {string} one
 * @param {string} many
 */
export function plural(count, one, many) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/**
 * 'A', 'A and B', 'A, B and C', 'A, B and 4 others'.
 *
 * @param {string[]} names
 * @param {number} [most]
 */
export function listOf(names, most = 10) {
  const shown = names.slice(0, most);
  const more = names.length - shown.length;
  if (more > 0) shown.push(plural(more, "other", "others"));
  const last = shown.pop() ?? "";
  return shown.length ? `${shown.join(", ")} and ${last}` : last;
}

/** One or two letters that stand for a person without a picture. @param {string} name */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return letters.map((word) => [...word][0] ?? "").join("") || "?";
}
