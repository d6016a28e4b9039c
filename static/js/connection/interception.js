const ANSWER_MS = 10_000;
// Sent by a proxy that wants its own sign-in; 5xx means that it can't reach the site.
const SIGN_IN_CODES = [401, 403, 407, 511];

/**
 * Ask whether another server answers at this site's address, such as a network's sign-in page. It
 * also answers the WebSocket handshake, which the browser reports like an outage.
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
    return false; // there is no answer at all
  }
}
