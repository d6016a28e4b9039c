import { locale } from "./gettext.js";

const UNITS = ["kilobyte", "megabyte", "gigabyte"];

/** '340 kB', '1.2 MB': the size of a file. @param {number} bytes */
export function formatSize(bytes) {
  let size = bytes / 1000;
  let at = 0;
  for (; size >= 999.5 && at < UNITS.length - 1; at += 1) size /= 1000;
  const maximumFractionDigits = size < 10 ? 1 : 0;
  const format = { style: /** @type {const} */ ("unit"), unit: UNITS[at], maximumFractionDigits };
  return new Intl.NumberFormat(locale, format).format(Math.max(size, 0.1));
}
