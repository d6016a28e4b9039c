/**
 * Time as an argument, so that a test can let an hour pass instantly.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(run: () => void, ms: number) => any} after
 * @property {(timer: any) => void} cancel
 */

/** @type {Clock} */
export const clock = {
  now: () => Date.now(),
  after: (run, ms) => setTimeout(run, ms),
  cancel: (timer) => clearTimeout(timer),
};
