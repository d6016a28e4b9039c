const HEIGHT = 100; // of the drawing: peaks are numbers up to this
const LEAST = 8; // a silent moment is still a line
const STEP = 10;

/**
 * The bars of a recording as the path of a drawing that is `widthOf(peaks)` wide and 100 high.
 *
 * @param {number[]} peaks up to 100
 */
export function pathOf(peaks) {
  const bars = peaks.map((peak, at) => {
    const length = Math.max(LEAST, Math.min(HEIGHT, peak) * 0.9);
    const [x, y] = [at * STEP + STEP / 2, (HEIGHT - length) / 2];
    return `M${x},${y}v${length}`;
  });
  return bars.join("");
}

/** @param {number[]} peaks */
export const widthOf = (peaks) => Math.max(1, peaks.length) * STEP;

/**
 * Fewer bars, each as high as the highest of those that it stands for.
 *
 * @param {number[]} peaks
 * @param {number} most
 */
export function thinned(peaks, most) {
  if (peaks.length <= most) return peaks;
  return Array.from({ length: most }, (_, at) => {
    const from = Math.floor((at * peaks.length) / most);
    const to = Math.max(from + 1, Math.floor(((at + 1) * peaks.length) / most));
    return Math.max(...peaks.slice(from, to));
  });
}
