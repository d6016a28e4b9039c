import { gettext } from "../lib/gettext.js";

/** Why a room is no longer mine, by the code of `room.removed`. */
const ROOM = new Map([
  ["left", gettext("You left this room.")],
  ["removed", gettext("You were removed from the room.")],
  ["banned", gettext("You were banned from the room.")],
  ["archived", gettext("This room was archived.")],
  ["deleted", gettext("This room was deleted.")],
]);

/** Why a session ended, by the code of `session.ended`. */
const SESSION = new Map([
  ["password", gettext("Your password was changed. Log in with the new one.")],
  ["deactivated", gettext("This account was deactivated.")],
  ["expired", gettext("Your session has ended. Log in again.")],
]);

/**
 * @typedef {{code?: string, reason?: string}} Farewell `reason` is a moderator's, in `room.removed` and after a ban
 */

/** @param {Farewell} event `room.removed`; an older server sends no code */
export function roomWords({ code = "left", reason }) {
  const words = ROOM.get(code) ?? gettext("You are no longer in this room.");
  return reason ? `${words} ${reason}` : words;
}

/** @param {Farewell} [event] `session.ended`, if there was one */
export function signedOutWords({ code = "" } = {}) {
  return SESSION.get(code) ?? gettext("You have been signed out.");
}

/** @param {Farewell} [event] */
export function bannedWords({ reason } = {}) {
  return reason
    ? gettext("You have been banned from this site: %(reason)s", { reason })
    : gettext("You have been banned from this site.");
}
