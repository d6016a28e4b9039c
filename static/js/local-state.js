import { Drafts } from "./composer/drafts.js";
import { Outbox } from "./composer/outbox.js";
import { UnloadStore } from "./composer/unload-store.js";
import { gettext } from "./lib/gettext.js";
import { refusal } from "./lib/labels.js";
import { Locks } from "./lib/locks.js";
import { Store } from "./lib/store.js";
import { Tabs } from "./lib/tabs.js";
import { say } from "./lib/toast.js";
import { Deletions } from "./timeline/deletions.js";

/**
 * What a person writes and takes back, from the first key until the server has it, in all of their
 * tabs.
 *
 * @param {object} world
 * @param {number} world.user
 * @param {(command: any) => Promise<any>} world.request
 * @param {() => number} world.serverTime in milliseconds
 */
export function localState({ user, request, serverTime }) {
  const store = new Store();
  const unloadStore = new UnloadStore({ user });
  const tabs = new Tabs(`chatsite:${user}`);
  store.on("failed", () =>
    say(gettext("This browser can't save drafts. Send your message before you leave this page.")),
  );
  // Before anything is read: the store handles calls in order.
  unloadStore.moveInto(store);
  const drafts = new Drafts({ user, store, tabs, unloadStore });
  const outbox = new Outbox({ user, request, store, tabs, unloadStore, serverTime });
  const locks = new Locks("chatsite:deletion");
  const deletions = new Deletions({ user, request, store, locks });
  deletions.on("failed", ({ error }) => {
    say(gettext("Couldn't delete the message. %(reason)s", { reason: refusal(error) }));
  });
  addEventListener("pagehide", () => {
    outbox.leave();
    deletions.leave();
    drafts.leave();
    tabs.leave();
  });
  document.addEventListener("visibilitychange", () => {
    // The last event before a phone kills a page.
    if (document.visibilityState === "hidden") drafts.save();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    tabs.join();
    drafts.restore();
    outbox.start();
    deletions.start();
  });
  tabs.join();
  outbox.start();
  deletions.start();
  return { store, drafts, outbox, deletions };
}
