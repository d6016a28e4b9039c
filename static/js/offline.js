const EVERY_MS = 5000;

/**
 * Imports nothing: all that it needs is kept with it. The page brings the words, in its language.
 *
 * @param {'trying' | 'notYet'} what
 */
function say(what) {
  const state = document.getElementById("state");
  if (state) state.textContent = state.dataset[what] ?? "";
}

/** Asks the server, and goes to the page that was wanted once it answers. */
async function again() {
  say("trying");
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) return location.reload();
  } catch {
    // That is what this page is there for.
  }
  say("notYet");
}

document.getElementById("again")?.addEventListener("click", again);
addEventListener("online", again);
setInterval(() => document.visibilityState === "visible" && again(), EVERY_MS);
