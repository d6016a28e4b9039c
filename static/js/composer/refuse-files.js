import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";

const REFUSED = gettext("You can't send files here. Your text is still there.");

/**
 * Refuse files that are pasted into the field or dropped anywhere. The browser would leave the page
 * for a file dropped beside the field.
 *
 * @param {HTMLTextAreaElement} field
 * @param {AbortSignal} signal ends it
 */
export function refuseFiles(field, signal) {
  field.addEventListener("paste", (event) => {
    const { clipboardData } = event;
    // A table or a web page is copied as text along with a picture; the text is what is meant.
    if (!holdsFiles(clipboardData) || clipboardData?.getData("text/plain")) return;
    event.preventDefault();
    say(REFUSED);
  });
  document.addEventListener(
    "dragover",
    (event) => {
      // Otherwise no drop event would follow.
      if (holdsFiles(event.dataTransfer)) event.preventDefault();
    },
    { signal },
  );
  document.addEventListener(
    "drop",
    (event) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      say(REFUSED);
    },
    { signal },
  );
}

/** @param {DataTransfer | null} data */
const holdsFiles = (data) => data?.types.includes("Files") ?? false;
