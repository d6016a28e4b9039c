import { forgetReader } from "./last-read.js";
import { local } from "./lib/storage.js";
import { Store } from "./lib/store.js";

// The page of somebody who isn't signed in: what was read here is no longer anybody's to see.
forgetReader(new Store(), local);
// Nor how much there is to read: the app's icon keeps its number. Not in every browser.
navigator.clearAppBadge?.().catch(() => {});
