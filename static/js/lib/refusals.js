/** Codes of refusals that pass by themselves: the same command may succeed later. */
export const PASSING = new Set(["rate_limited", "slow_mode", "unavailable"]);
