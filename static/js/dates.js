const PROBES = 3; // at once: half as many rounds as by halving, and still under the site's limits

/**
 * The number of the first message that was written at a time or later, one more than `last` if none
 * was. Numbers have no holes and times grow with them, so a room of 100,000 takes nine rounds.
 *
 * @param {number} time in milliseconds
 * @param {number} last number of the room
 * @param {(number: number) => Promise<number>} timeOf a message was written, in milliseconds
 * @param {(share: number) => void} [progress] between 0 and 1
 */
export async function firstSince(time, last, timeOf, progress = () => {}) {
  let low = 1;
  let high = last + 1; // the answer is in low…high
  while (low < high) {
    const step = (high - low) / (PROBES + 1);
    const spread = Array.from({ length: PROBES }, (_, at) => Math.floor(low + step * (at + 1)));
    const numbers = [...new Set(spread)].filter((number) => number < high);
    const times = await Promise.all(numbers.map(timeOf));
    const at = times.findIndex((written) => written >= time);
    const before = at === -1 ? numbers.length : at;
    if (before > 0) low = numbers[before - 1] + 1;
    if (at !== -1) high = numbers[at];
    progress(1 - Math.log(1 + high - low) / Math.log(1 + last));
  }
  return low;
}
