import { local } from "./lib/storage.js";
import { Store } from "./lib/store.js";
import { forgetReader } from "./reading/offline-pages.js";

// A page for someone who isn't signed in: nobody may see what was read here before.
forgetReader(new Store(), local);
// Nor the number on the app's icon. Not in every browser.
navigator.clearAppBadge?.().catch(() => {});
