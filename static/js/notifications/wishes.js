import { keep, local } from "../lib/storage.js";

// What a person wants in this browser. Another person who logs in here hasn't asked for anything.

/** @param {string} what @param {number} me */
const has = (what, me) => local.getItem(`${what}:${me}`) === "on";

/** @param {string} what @param {number} me @param {boolean} wanted */
const set = (what, me, wanted) =>
  wanted ? keep(local, `${what}:${me}`, "on") : local.removeItem(`${what}:${me}`);

/** @param {number} me */
export const isWanted = (me) =>
  has("notifications", me) && globalThis.Notification?.permission === "granted";
/** @param {number} me @param {boolean} wanted */
export const want = (me, wanted) => set("notifications", me, wanted);
/** @param {number} me */
export const rings = (me) => has("ring", me);
/** @param {number} me @param {boolean} wanted */
export const ring = (me, wanted) => set("ring", me, wanted);

/**
 * Whether to offer notifications: the browser could show them, hasn't been asked, and the person
 * hasn't said 'not now' here.
 *
 * @param {number} me
 */
export const isOffered = (me) =>
  globalThis.isSecureContext === true &&
  globalThis.Notification?.permission === "default" &&
  !has("declined", me);
/** @param {number} me */
export const decline = (me) => set("declined", me, true);
/** Whether this browser has said that there are notifications. @param {number} me */
export const wasHinted = (me) => has("hinted", me);
/** @param {number} me */
export const hint = (me) => set("hinted", me, true);
