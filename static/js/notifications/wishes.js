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
