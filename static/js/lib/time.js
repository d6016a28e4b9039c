import { locale } from "./gettext.js";

/** Times in the reader's own time zone and language, on the clock that they chose. */

const { documentElement: root } = globalThis.document ?? {};

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat(locale, options);
const hourCycle = () =>
  /** @type {Record<string, "h12" | "h23">} */ ({ 12: "h12", 24: "h23" })[
    root?.dataset.hours ?? ""
  ];
const formats = () => ({
  hours: hourCycle(),
  timeOfDay: format({ timeStyle: "short", hourCycle: hourCycle() }),
  fullDate: format({ dateStyle: "full", timeStyle: "short", hourCycle: hourCycle() }),
  dayName: format({ weekday: "long", day: "numeric", month: "long" }),
  dayAndYear: format({ dateStyle: "full" }),
  brief: format({ dateStyle: "medium", timeStyle: "short", hourCycle: hourCycle() }),
  date: format({ dateStyle: "medium" }),
});
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
let inUse = formats();

/** Those for the clock that is chosen now. */
function formatters() {
  if (inUse.hours !== hourCycle()) inUse = formats();
  return inUse;
}

/**
 * Follow the reader to another time zone: a formatter keeps the zone it was created in.
 *
 * @returns {boolean} whether the zone changed
 */
export function followZone() {
  const { timeZone } = format({}).resolvedOptions();
  if (timeZone === inUse.timeOfDay.resolvedOptions().timeZone) return false;
  inUse = formats();
  return true;
}

/** @param {string} iso */
export const formatTime = (iso) => formatters().timeOfDay.format(new Date(iso));

/**
 * Without AM and PM: for the margin, since the head of the group has the full time.
 *
 * @param {string} iso
 */
export function formatShort(iso) {
  const parts = formatters().timeOfDay.formatToParts(new Date(iso));
  const until = parts.findIndex(({ type }) => type === "minute");
  const from = parts.findIndex(({ type }) => type === "hour");
  const shown = parts.slice(from, until + 1);
  return shown.map(({ value }) => value).join("");
}

/** @param {string} iso */
export const formatFull = (iso) => formatters().fullDate.format(new Date(iso));

/** '19 Nov 2026, 10:00'. @param {string} iso */
export const formatBrief = (iso) => formatters().brief.format(new Date(iso));

/** '19 Nov 2026'. @param {string} day as of dayOf */
export const formatDate = (day) => formatters().date.format(new Date(`${day}T12:00`));

/**
 * The reader's calendar day, such as 2026-11-23.
 *
 * @param {string | number | Date} when
 */
export function dayOf(when) {
  const date = new Date(when);
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/**
 * 'Today', 'Yesterday', 'Thursday, 19 November', and for another year with the year.
 *
 * @param {string} day as of dayOf
 * @param {Date} [now]
 */
export function formatDay(day, now = new Date()) {
  const date = new Date(`${day}T12:00`);
  const noon = new Date(`${dayOf(now)}T12:00`);
  // Noon to noon, rounded: a day with a clock change has 23 or 25 hours.
  const days = Math.round((date.getTime() - noon.getTime()) / 86_400_000);
  if (days === 0 || days === -1) return capital(relative.format(days, "day"));
  const { dayName, dayAndYear } = inUse;
  return (date.getFullYear() === noon.getFullYear() ? dayName : dayAndYear).format(date);
}

/**
 * The moment until which something lasts: on the same day, the time is enough.
 *
 * @param {number} when in milliseconds
 * @param {number} [now]
 */
export function formatUntil(when, now = Date.now()) {
  const iso = new Date(when).toISOString();
  return dayOf(when) === dayOf(now) ? formatTime(iso) : formatFull(iso);
}

/**
 * The time somewhere else, with the day of the week if it isn't the reader's.
 *
 * @param {number} when in milliseconds
 * @param {string} timeZone an IANA name
 * @returns {string} empty if this browser doesn't know the zone
 */
export function formatZoned(when, timeZone) {
  try {
    const dayIn = (/** @type {string | undefined} */ zone) =>
      new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone: zone }).format(when);
    const isOtherDay = dayIn(timeZone) !== dayIn(undefined);
    const time = /** @type {const} */ ({ hour: "numeric", minute: "2-digit" });
    return format({ ...time, timeZone, ...(isOtherDay && { weekday: "short" }) }).format(when);
  } catch {
    return "";
  }
}

/** @type {[number, string][]} below how many seconds which unit is used */
const UNITS = [
  [120, "second"],
  [7200, "minute"],
  [172_800, "hour"],
];

/** '30 seconds', '5 minutes', '3 days': a duration. @param {number} seconds */
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

/** '0:09', '1:05:00', or '3 days' if it takes days. @param {number} ms left */
export function formatCountdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds >= 172_800 ? formatDuration(seconds) : formatClock(seconds);
}

/** '0:09', '1:05:00': a place in a recording, or its length. @param {number} seconds */
export function formatClock(seconds) {
  const whole = Math.floor(seconds);
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const clock = `${hours ? pad(minutes) : minutes}:${pad(whole % 60)}`;
  return hours ? `${hours}:${clock}` : clock;
}

/** When a calendar day starts for the reader, in milliseconds. @param {string} day as of dayOf */
export const startOfDay = (day) => new Date(`${day}T00:00`).getTime();

const MINUTE_MS = 60_000;
const MORNING = 8; // o'clock, when 'until tomorrow' is over

/**
 * When something ends: after as many minutes, `today`, this `week` (on Sunday), or `tomorrow` in
 * the morning; null: never.
 *
 * @param {string} choice
 * @param {Date} [now]
 */
export function endOf(choice, now = new Date()) {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const ends = {
    today: () => new Date(year, month, day + 1),
    week: () => new Date(year, month, day + ((8 - now.getDay()) % 7 || 7)),
    tomorrow: () => new Date(year, month, day + 1, MORNING),
  }[choice];
  if (ends) return ends().toISOString();
  return choice ? new Date(now.getTime() + Number(choice) * MINUTE_MS).toISOString() : null;
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
