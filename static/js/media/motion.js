const wanted = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the reader wants nothing to move by itself: the system says so, or they have. */
export const isStill = () =>
  wanted.matches || document.documentElement.dataset.motion === "reduced";
