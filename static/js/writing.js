import { Deletions } from "./deletions.js";
import { Drafts } from "./drafts.js";
import { say } from "./elements/toast.js";
import { LastWords } from "./last-words.js";
import { gettext } from "./lib/gettext.js";
import { Holds } from "./lib/holds.js";
import { Store } from "./lib/store.js";
import { Tabs } from "./lib/tabs.js";
import { refusal } from "./lib/words.js";
import { Outbox } from "./outbox.js";

/**
 * What a person writes and takes back, from the first key until the server has it, in all of their
 * tabs.
 *
 * @param {object} world
 * @param {number} world.user
 * @param {(command: any) => Promise<any>} world.request
 * @param {() => number} world.serverTime in milliseconds
 */
export function writing({ user, request, serverTime }) {
  const store = new Store();
  const lastWords = new LastWords({ user });
  const tabs = new Tabs(`chatsite:${user}`);
  store.on("failed", () =>
    say(gettext("This browser keeps nothing that you write: send it before you leave this page.")),
  );
  // Before the first of them reads: the store takes everything in turn.
  lastWords.moveInto(store);
  const drafts = new Drafts({ user, store, tabs, lastWords });
  const outbox = new Outbox({ user, request, store, tabs, lastWords, serverTime });
  const holds = new Holds("chatsite:deletion");
  const deletions = new Deletions({ user, request, store, holds });
  deletions.on("failed", ({ error }) => {
    say(gettext("The message was not deleted. %(reason)s", { reason: refusal(error) }));
  });
  addEventListener("pagehide", () => {
    outbox.leave();
    deletions.leave();
    drafts.leave();
    tabs.leave();
  });
  document.addEventListener("visibilitychange", () => {
    // The last that a phone says before it ends a page.
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
