import { isRightToLeft, locale } from "./gettext.js";

const UNITS = ["kilobyte", "megabyte", "gigabyte"];

/**
 * '340 kB', '1.2 MB': the size of a file.
 *
 * @param {number} bytes
 * @param {{language?: string, rightToLeft?: boolean}} [how]
 */
export function formatSize(bytes, { language = locale, rightToLeft = isRightToLeft } = {}) {
  let size = bytes / 1000;
  let at = 0;
  for (; size >= 999.5 && at < UNITS.length - 1; at += 1) size /= 1000;
  const format = new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[at],
    maximumFractionDigits: size < 10 ? 1 : 0,
  });
  const shown = Math.max(size, 0.1);
  return rightToLeft ? numberFirst(format.formatToParts(shown)) : format.format(shown);
}

/**
 * Hebrew's formats place the unit by marks of direction that hold on a line of their own only, and
 * not the same way for 0.3 and 2.
 *
 * @param {Intl.NumberFormatPart[]} parts
 */
function numberFirst(parts) {
  const number = parts.filter(({ type }) => !["unit", "literal"].includes(type));
  const unit = parts.find(({ type }) => type === "unit")?.value ?? "";
  return `\u2068${number.map(({ value }) => value).join("")}\u00a0${unit}\u2069`;
}
