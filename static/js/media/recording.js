/** What a recording is: its loudness over time, its length and its file. */

export const MOST_SECONDS = 300;
export const MOST_PEAKS = 100;

/** From the most to the least wanted. Safari records MP4. */
const TYPES = [
  { type: "audio/webm;codecs=opus", extension: "webm" },
  { type: "audio/mp4", extension: "m4a" },
  { type: "audio/ogg;codecs=opus", extension: "ogg" },
];

/**
 * What this browser can record; null if it records nothing.
 *
 * @param {(type: string) => boolean} isSupported
 */
export const formatFor = (isSupported) => TYPES.find(({ type }) => isSupported(type)) ?? null;

/**
 * The loudness of a moment, from 0 to 1.
 *
 * @param {Float32Array | number[]} samples from -1 to 1
 */
export function levelOf(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/**
 * The peaks of a recording: at most 100 numbers up to 100, of which the loudest is 100 unless all of
 * it is quiet.
 *
 * @param {number[]} levels in the order of time
 */
export function peaksOf(levels) {
  const count = Math.min(MOST_PEAKS, levels.length);
  const loudest = Math.max(0.05, ...levels);
  return Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((at + 1) * levels.length) / count));
    const most = Math.max(...levels.slice(from, to));
    return Math.round((100 * most) / loudest);
  });
}

/** 'voice-2026-11-30-18-12.webm'. @param {Date} now @param {string} extension */
export function fileName(now, extension) {
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const parts = [now.getFullYear(), now.getMonth() + 1, now.getDate(), now.getHours()];
  return `voice-${[...parts, now.getMinutes()].map(pad).join("-")}.${extension}`;
}
