const FIRST_SECONDS = 0.5;
const LONGEST_SECONDS = 30;

/**
 * How long to wait before attempt n (from 0). Full jitter: after a restart, a fixed schedule would
 * bring all browsers back at once, again and again, to a server that is just starting.
 *
 * @param {number} attempt
 * @param {() => number} [random]
 */
export function backoffSeconds(attempt, random = Math.random) {
  return random() * Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** attempt);
}
