import { part, setText } from "../lib/dom.js";
import { keepFocus } from "../lib/focus.js";
import { gettext } from "../lib/gettext.js";
import { turnOn } from "./push.js";
import { decline, isOffered } from "./wishes.js";

/**
 * Offer notifications in this browser, if it could show them and nobody has decided yet. The first
 * click explains, and only the second has the browser ask.
 *
 * @param {HTMLElement} line
 * @param {number} me
 */
export function offerNotifications(line, me) {
  if (!isOffered(me)) return;
  line.hidden = false;
  const hide = () => keepFocus(line, () => (line.hidden = true));
  part(line, "offer-how").addEventListener("click", () => {
    part(line, "offer-words").hidden = false;
    part(line, "offer-allow").hidden = false;
    part(line, "offer-how").hidden = true;
    part(line, "offer-allow").focus();
  });
  part(line, "offer-allow").addEventListener("click", async () => {
    const isOn = await turnOn(me).catch(() => true); // the page tells while it is open
    if (Notification.permission === "default") return; // asked, and not answered
    decline(me);
    part(line, "offer-words").hidden = true;
    keepFocus(line, () => (part(line, "offer-allow").hidden = true), part(line, "offer-no"));
    setText(part(line, "offer-no"), gettext("Close"));
    setText(
      part(line, "offer-state"),
      isOn
        ? gettext("Notifications are turned on in this browser.")
        : gettext(
            "The browser blocks notifications from this site. Allow them in its settings for this site.",
          ),
    );
  });
  part(line, "offer-no").addEventListener("click", () => {
    decline(me);
    hide();
  });
}
