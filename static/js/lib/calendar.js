import { dayOf, followZone } from "./time.js";

const CHECK_MS = 60_000; // a machine that wakes fires the timers of before late by the whole night

/**
 * Runs when the reader's calendar turns: at midnight, when the machine has slept over it, and when
 * the reader has come to another time zone.
 *
 * @param {(turn: {zone: boolean}) => void} run
 * @param {AbortSignal} signal
 */
export function onTurn(run, signal) {
  let today = dayOf(Date.now());
  /** @type {any} */ let timer = null;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(CHECK_MS, untilMidnight()));
    const zone = followZone();
    const day = dayOf(Date.now());
    if (!zone && day === today) return;
    today = day;
    run({ zone });
  };
  look();
  document.addEventListener("visibilitychange", look, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
}

function untilMidnight() {
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 50);
  return midnight.getTime() - Date.now();
}
