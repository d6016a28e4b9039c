import { locale } from "./gettext.js";

/** Times as the reader's own clock and language write them. */

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(locale, options);
const formats = () => ({
  timeOfDay: format({ timeStyle: "short" }),
  fullDate: format({ dateStyle: "full", timeStyle: "short" }),
  dayName: format({ weekday: "long", day: "numeric", month: "long" }),
  dayAndYear: format({ dateStyle: "full" }),
});
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
let inUse = formats();

/** Somebody travels: a format keeps the zone that it was made in. @returns {boolean} whether it is another */
export function followZone() {
  const { timeZone } = format({}).resolvedOptions();
  if (timeZone === inUse.timeOfDay.resolvedOptions().timeZone) return false;
  inUse = formats();
  return true;
}

/** @param {string} iso */
export const formatTime = (iso) => inUse.timeOfDay.format(new Date(iso));

/** Without AM and PM: for the margin, where the head of the group has said it. @param {string} iso */
export function formatShort(iso) {
  const parts = inUse.timeOfDay.formatToParts(new Date(iso));
  const until = parts.findIndex(({ type }) => type === "minute");
  const from = parts.findIndex(({ type }) => type === "hour");
  const shown = parts.slice(from, until + 1);
  return shown.map(({ value }) => value).join("");
}

/** @param {string} iso */
export const formatFull = (iso) => inUse.fullDate.format(new Date(iso));

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
  const { dayName, dayAndYear } = inUse;
  return (date.getFullYear() === noon.getFullYear() ? dayName : dayAndYear).format(date);
}

/**
 * A moment that something lasts until: of today the time is enough.
 *
 * @param {number} when in milliseconds
 * @param {number} [now]
 */
export function formatUntil(when, now = Date.now()) {
  const iso = new Date(when).toISOString();
  return dayOf(when) === dayOf(now) ? formatTime(iso) : formatFull(iso);
}

/** @type {[number, string][]} up to how many seconds in which unit */
const UNITS = [
  [120, "second"],
  [7200, "minute"],
  [172_800, "hour"],
];

/** '30 seconds', '5 minutes', '3 days': how long something takes. @param {number} seconds */
export function formatDuration(seconds) {
  const unit = UNITS.find(([most]) => seconds < most)?.[1] ?? "day";
  const size = { second: 1, minute: 60, hour: 3600, day: 86_400 }[unit] ?? 1;
  const options = {
    style: /** @type {const} */ ("unit"),
    unit,
    unitDisplay: /** @type {const} */ ("long"),
  };
  return new Intl.NumberFormat(locale, options).format(Math.ceil(seconds / size));
}

/** '0:09', '1:05:00', and for what takes days '3 days'. @param {number} ms that are left */
export function formatCountdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds >= 172_800) return formatDuration(seconds);
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const clock = `${hours ? pad(minutes) : minutes}:${pad(seconds % 60)}`;
  return hours ? `${hours}:${clock}` : clock;
}

/** When a calendar day begins for the reader, in milliseconds. @param {string} day as of dayOf */
export const startOfDay = (day) => new Date(`${day}T00:00`).getTime();

/** @param {string} text */
const capital = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
