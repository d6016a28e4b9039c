import { Drafts } from "./composer/drafts.js";
import { Files } from "./composer/files.js";
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
  const files = new Files({ user, store, tabs });
  const outbox = new Outbox({ user, request, store, tabs, unloadStore, files, serverTime });
  const uploading = uploadingOf(files, tabs);
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
    files.ready = files.restore();
    outbox.start();
    deletions.start();
  });
  tabs.join();
  outbox.start();
  deletions.start();
  return { store, drafts, files, outbox, deletions, uploading };
}

/**
 * What sends files is loaded when there is one, or ahead of the first, which may be added without a
 * connection.
 *
 * @param {Files} files
 * @param {Tabs} tabs
 */
function uploadingOf(files, tabs) {
  /** @type {Promise<import('./composer/uploads.js').Uploads> | null} */ let loading = null;
  const begin = async () => {
    if (loading || files.all.length === 0) return;
    loading = import("./composer/uploads.js").then(({ Uploads }) => new Uploads({ files, tabs }));
    try {
      await loading;
    } catch {
      loading = null; // offline; the connection's return tries again
    }
  };
  const warn = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
  const watch = () => {
    begin();
    // Only while it is needed: it keeps pages out of the back/forward cache.
    if (files.areAtRisk) addEventListener("beforeunload", warn);
    else removeEventListener("beforeunload", warn);
  };
  files.on("change", watch);
  files.on("gone", watch);
  const wake = async () => {
    begin();
    (await loading?.catch(() => null))?.wake();
  };
  addEventListener("online", wake);
  return { wake, fetchAhead };
}

/** Load what a first file or recording needs. What failed is tried again when it is needed. */
const fetchAhead = () =>
  Promise.allSettled([
    import("./composer/uploads.js"),
    import("./composer/tray-view.js"),
    import("./composer/voice-recorder.js"),
  ]);
