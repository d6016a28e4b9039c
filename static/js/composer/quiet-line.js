import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { formatUntil } from "../lib/time.js";

/** @typedef {import('../lib/types.js').User} User */

const NEAR_MS = 86_400_000; // beyond, nobody waits for the end

/**
 * The line above the composer in a conversation with someone who doesn't want to be disturbed.
 *
 * @param {HTMLElement} composer
 * @param {object} world
 * @param {import('../room/session.js').RoomSession} world.session
 * @param {import('../people/attendance.js').Attendance} world.attendance
 * @param {User[]} world.people the other members of a direct room
 * @returns {() => void} stops drawing
 */
export function wireQuietLine(composer, { session, attendance, people }) {
  const [other] = people;
  if (people.length !== 1 || !other) return () => {};
  const line = part(composer, "quiet");
  const draw = () => {
    const { quiet } = attendance.of(other.id);
    line.hidden = !quiet;
    if (quiet) setText(line, words(nameOf(session, other), session.siteStanding.timeOf(quiet)));
  };
  draw();
  session.on("room", draw);
  return attendance.on("change", draw);
}

/** @param {import('../room/session.js').RoomSession} session @param {User} other */
const nameOf = ({ room }, other) => (room.people?.[0] ?? other).name;

/** @param {string} name @param {number} end */
function words(name, end) {
  if (end - Date.now() > NEAR_MS)
    return gettext("%(name)s doesn't want to be disturbed.", { name });
  const time = formatUntil(end);
  return gettext("%(name)s doesn't want to be disturbed until %(time)s.", { name, time });
}
