/**
 * Where an arrow key leads in rows of `columns`. Each section starts a new row, and its last row
 * may be short.
 *
 * @param {number[]} sizes how many there are in each section
 * @param {number} at index across all sections
 * @param {string} key
 * @param {number} columns
 * @returns {number | null} null: the key does nothing; -1: up, out of the grid
 */
export function moved(sizes, at, key, columns) {
  const last = sizes.reduce((sum, size) => sum + size, 0) - 1;
  const steps = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
  const to = steps[/** @type {keyof typeof steps} */ (key)];
  if (to !== undefined) return Math.min(Math.max(to, 0), last);
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const rows = rowsOf(sizes, columns);
  const row = rows.findIndex(({ start, end }) => at >= start && at < end);
  const next = rows[row + (key === "ArrowUp" ? -1 : 1)];
  if (!next) return key === "ArrowUp" ? -1 : at;
  return Math.min(next.start + at - rows[row].start, next.end - 1);
}

/** @param {number[]} sizes @param {number} columns */
function rowsOf(sizes, columns) {
  const rows = [];
  let begin = 0;
  for (const size of sizes) {
    for (let start = begin; start < begin + size; start += columns)
      rows.push({ start, end: Math.min(start + columns, begin + size) });
    begin += size;
  }
  return rows;
}
