/** How large one picture is shown: reserved before it loads, and never enlarged. */

const MOST_WIDTH = 26; // rem
const MOST_HEIGHT = 20;
const LEAST = 6; // of either side: smaller ones are shown in the middle
const PIXELS = 16; // per rem

/**
 * @param {number} width of the picture, in pixels
 * @param {number} height
 * @returns {{width: number, ratio: number}} width in rem; the box is as wide as the page if that is
 *   less, and keeps its ratio of width to height
 */
export function boxOf(width, height) {
  const scale = Math.min(1, (MOST_WIDTH * PIXELS) / width, (MOST_HEIGHT * PIXELS) / height);
  const wide = Math.max(LEAST, (width * scale) / PIXELS);
  const high = Math.max(LEAST, (height * scale) / PIXELS);
  return { width: round(wide), ratio: round(wide / high) };
}

/** @param {number} value */
const round = (value) => Math.round(value * 10_000) / 10_000;
