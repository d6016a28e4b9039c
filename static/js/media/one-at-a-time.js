/** Whatever starts to play stops what played before. @param {AbortSignal} signal ends it */
export function playOneAtATime(signal) {
  const stopOthers = (/** @type {Event} */ { target }) => {
    for (const other of document.querySelectorAll("audio, video"))
      if (other !== target) /** @type {HTMLMediaElement} */ (other).pause();
  };
  // `play` doesn't bubble.
  document.addEventListener("play", stopOthers, { capture: true, signal });
}
