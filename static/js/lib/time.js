/** Times as the reader's own clock and language write them. */

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const dayName = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const dayAndYear = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** @param {string} iso */
export const formatTime = (iso) => timeOfDay.format(new Date(iso));

/** Without AM and PM: for the margin, where the head of the group has said it. @param {string} iso */
export function formatShort(iso) {
  const parts = timeOfDay.formatToParts(new Date(iso));
  const until = parts.findIndex(({ type }) => type === "minute");
  const from = parts.findIndex(({ type }) => type === "hour");
  const shown = parts.slice(from, until + 1);
  return shown.map(({ value }) => value).join("");
}

/** @param {string} iso */
export const formatFull = (iso) => fullDate.format(new Date(iso));

/**
 * The reader's calendar day: 2026-11-23.
 *
 * @param {string | number | Date} when
 */
export function dayOf(when) {
  const date = new Date(when);
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/**
 * 'Today', 'Yesterday', 'Thursday, 19 November' and, in another year, with the year.
 *
 * @param {string} day as of dayOf
 * @param {Date} [now]
 */
export function formatDay(day, now = new Date()) {
  const date = new Date(`${day}T12:00`);
  const noon = new Date(`${dayOf(now)}T12:00`);
  // Noon to noon, rounded: a day on which the clocks change has 23 or 25 hours.
  const days = Math.round((date.getTime() - noon.getTime()) / 86_400_000);
  if (days === 0 || days === -1) return capital(relative.format(days, "day"));
  return (date.getFullYear() === noon.getFullYear() ? dayName : dayAndYear).format(date);
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);
