// Web Push: this browser's subscription, and the site's key.

import { want } from "./wishes.js";

const ADDRESS = "/push/";
const CONFLICT = 409;

/** @returns {Promise<{key: string, token: string}>} */
async function site() {
  const answer = await fetch(`${ADDRESS}key`);
  if (!answer.ok) throw new Error(`The key is refused: ${answer.status}`);
  return answer.json();
}

/** The site's, with the status of its answer. */
export class Refusal extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`Refused: ${status}`);
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} token
 * @param {object} said
 * @param {string} [path]
 */
export async function tell(method, token, said, path = "") {
  const headers = { "content-type": "application/json", "x-csrftoken": token };
  const answer = await fetch(ADDRESS + path, { method, headers, body: JSON.stringify(said) });
  if (!answer.ok) throw new Refusal(answer.status);
  return answer;
}

/** @param {string} key in base64url @param {PushSubscription} subscription */
export function isFor(key, { options }) {
  const bytes = new Uint8Array(options.applicationServerKey ?? new ArrayBuffer(0));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") === key;
}

/** @returns {Promise<PushSubscription | null>} */
export async function subscribed() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/** Have this browser told by push, and the site know it. Rejects where that can't be. */
export async function subscribe() {
  const { key, token } = await site();
  const { pushManager } = await navigator.serviceWorker.ready;
  const how = { userVisibleOnly: true, applicationServerKey: key };
  let subscription = await pushManager.getSubscription();
  if (subscription && !isFor(key, subscription)) {
    await subscription.unsubscribe(); // of a site that was here before
    subscription = null;
  }
  subscription ??= await pushManager.subscribe(how);
  try {
    await tell("POST", token, subscription.toJSON());
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== CONFLICT) throw error;
    // Its push service doesn't know this address any more.
    await subscription.unsubscribe();
    subscription = await pushManager.subscribe(how);
    await tell("POST", token, subscription.toJSON());
  }
  return { subscription, key, token };
}

/**
 * Have the browser ask for its permission, and this browser told. Call it after a click that has
 * explained what for. Rejects where the browser has no pushes.
 *
 * @param {number} me
 * @returns {Promise<boolean>} whether it was allowed
 */
export async function turnOn(me) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  want(me, true);
  await subscribe();
  return true;
}

export async function unsubscribe() {
  const subscription = await subscribed();
  if (!subscription) return;
  const { token } = await site();
  await tell("DELETE", token, { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
}
