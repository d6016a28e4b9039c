import { dayOf, followZone } from "./time.js";

const CHECK_MS = 60_000; // after sleep, an older timer may fire late by the whole night

/**
 * Run a callback when the reader's calendar day changes: at midnight, after the machine slept past
 * it, or when the time zone or the clock changes.
 *
 * @param {(turn: {times: boolean}) => void} run `times`: they all look different now
 * @param {AbortSignal} signal
 */
export function onTurn(run, signal) {
  let today = dayOf(Date.now());
  /** @type {any} */ let timer = null;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(CHECK_MS, untilMidnight()));
    const times = followZone();
    const day = dayOf(Date.now());
    if (!times && day === today) return;
    today = day;
    run({ times });
  };
  look();
  document.addEventListener("visibilitychange", look, { signal });
  document.addEventListener("appearance", () => run({ times: true }), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function untilMidnight() {
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 50);
  return midnight.getTime() - Date.now();
}
