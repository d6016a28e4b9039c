const ANSWER_MS = 10_000;
// With which a proxy asks for a sign-in of its own; 5xx is one that can't reach the site.
const SIGN_IN_CODES = [401, 403, 407, 511];

/**
 * Ask whether another server answers at this site's address, such as a network's sign-in page: it
 * answers a WebSocket's handshake, too, which the browser reports like an outage.
 *
 * @param {typeof globalThis.fetch} [ask]
 */
export async function isIntercepted(ask = globalThis.fetch) {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await ask("/healthz", { cache: "no-store", redirect: "manual", signal });
    if (answer.type === "opaqueredirect") return true;
    return answer.ok ? (await answer.text()) !== "ok\n" : SIGN_IN_CODES.includes(answer.status);
  } catch {
    return false; // nobody answers at all
  }
}
