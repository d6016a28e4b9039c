import { gettext } from "../lib/gettext.js";
import { say } from "./toast.js";

const REFUSED = gettext("Files can't be sent here. What you have written is still there.");

/**
 * Files that somebody pastes into the field, or drops anywhere. The browser would leave the page for
 * a file that falls beside the field.
 *
 * @param {HTMLTextAreaElement} field
 * @param {AbortSignal} signal ends it
 */
export function refuseFiles(field, signal) {
  field.addEventListener("paste", (event) => {
    const { clipboardData } = event;
    // A table or a page is copied as text with a picture of it; the text is what is meant.
    if (!holdsFiles(clipboardData) || clipboardData?.getData("text/plain")) return;
    event.preventDefault();
    say(REFUSED);
  });
  document.addEventListener(
    "dragover",
    (event) => {
      // Otherwise there would be no drop to say anything of.
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
