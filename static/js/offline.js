const EVERY_MS = 5000;

/** Imports nothing: all that it needs is kept with it. @param {string} words */
function say(words) {
  const state = document.getElementById("state");
  if (state) state.textContent = words;
}

/** Asks the server, and goes to the page that was wanted once it answers. */
async function again() {
  say("Trying…");
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) return location.reload();
  } catch {
    // That is what this page is there for.
  }
  say("Not yet.");
}

document.getElementById("again")?.addEventListener("click", again);
addEventListener("online", again);
setInterval(() => document.visibilityState === "visible" && again(), EVERY_MS);
