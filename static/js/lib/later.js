import { gettext } from "./gettext.js";
import { offer, say } from "./toast.js";

/**
 * A part of the page that is loaded when it is first needed, and made once.
 *
 * @template Part
 * @param {() => Promise<Part>} load
 * @param {AbortSignal} [signal] nobody needs it any more
 * @returns {() => Promise<Part | null>} null: it couldn't be loaded, and the reader was told
 */
export function later(load, signal) {
  /** @type {Promise<Part> | null} */ let part = null;
  return async () => {
    part ??= load();
    try {
      const loaded = await part;
      return signal?.aborted ? null : loaded;
    } catch {
      part = null; // the next time tries again
      if (!signal?.aborted) explain();
      return null;
    }
  };
}

/** Without a connection, or on a page of a version that is gone from the server. */
function explain() {
  if (!navigator.onLine) return say(gettext("This isn't available offline."));
  const take = () => location.reload();
  offer(gettext("This couldn't be loaded."), { label: gettext("Reload"), take, undoes: false });
}
