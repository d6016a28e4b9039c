import { part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { formatFull } from "../lib/time.js";
import { isFor, Refusal, subscribe, subscribed, tell, turnOn, unsubscribe } from "./push.js";
import { ring } from "./sound.js";
import { isWanted, rings, ring as setRing, want } from "./wishes.js";

const WORKER_MS = 5000; // for a service worker, and for a job to be done
const ARRIVAL_MS = 15000;
const POLL_MS = 250;

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** @template T @param {Promise<T>} promise @param {number} ms @returns {Promise<T | null>} */
const within = (promise, ms) => Promise.race([promise, pause(ms).then(() => null)]);

/** The section about this browser on the settings page. */
export class PushSettings {
  #section;
  #me;

  /** @param {HTMLElement} section */
  constructor(section) {
    this.#section = section;
    this.#me = Number(section.dataset.user);
    part(section, "on").addEventListener("click", () => this.#turnOn());
    part(section, "off").addEventListener("click", () => this.#turnOff());
    part(section, "test").addEventListener("click", () => this.#test());
    const sound = /** @type {HTMLInputElement} */ (part(section, "sound").querySelector("input"));
    sound.checked = rings(this.#me);
    sound.addEventListener("change", () => {
      setRing(this.#me, sound.checked);
      if (sound.checked) ring().catch(() => {});
    });
    this.#draw();
  }

  /** @param {string} [failed] why this browser isn't told by push */
  async #draw(failed = "") {
    const able = "Notification" in globalThis;
    const isOn = isWanted(this.#me);
    const hasPush = isOn && (await subscribed().catch(() => null)) !== null;
    setText(part(this.#section, "state"), failed || stateOf({ able, isOn, hasPush }));
    part(this.#section, "on").hidden = !able || isOn || Notification.permission === "denied";
    part(this.#section, "off").hidden = !isOn;
    part(this.#section, "test").hidden = part(this.#section, "sound").hidden = false;
  }

  async #turnOn() {
    const failed = await turnOn(this.#me).then(
      () => "",
      () => stateOf({ able: true, isOn: true, hasPush: false }),
    );
    await this.#draw(failed);
    this.#refocus("off");
  }

  async #turnOff() {
    want(this.#me, false);
    await unsubscribe().catch(() => {}); // it ends with the session, too
    await this.#draw();
    this.#refocus("on");
  }

  /** The button that was pressed is gone. @param {string} name */
  #refocus(name) {
    if (document.activeElement === document.body) part(this.#section, name).focus();
  }

  // Test my notifications

  async #test() {
    const button = /** @type {HTMLButtonElement} */ (part(this.#section, "test"));
    const list = part(this.#section, "hops");
    list.replaceChildren();
    list.hidden = false;
    button.ariaDisabled = "true";
    if (button.dataset.running) return;
    button.dataset.running = "";
    try {
      await this.#walk((words, isFine) => list.append(hop(words, isFine)));
    } catch (error) {
      const isTooMuch = error instanceof Refusal && error.status === 429;
      const words = isTooMuch
        ? gettext("That’s too many tests at once. Try again in a minute.")
        : gettext("The site can’t be reached.");
      list.append(hop(words, false));
    } finally {
      delete button.dataset.running;
      button.ariaDisabled = null;
    }
  }

  /** Go from hop to hop, as far as it goes. @param {(words: string, isFine: boolean) => void} say */
  async #walk(say) {
    if (globalThis.Notification?.permission !== "granted")
      return say(
        stateOf({ able: "Notification" in globalThis, isOn: false, hasPush: false }),
        false,
      );
    say(gettext("The browser allows notifications."), true);
    if (!isWanted(this.#me)) return say(gettext("Notifications are turned off here."), false);
    const worker =
      navigator.serviceWorker && (await within(navigator.serviceWorker.ready, WORKER_MS));
    if (!worker) return say(gettext("The site’s service worker doesn’t run."), false);
    say(gettext("The service worker runs."), true);
    const known = await subscribe().catch((error) => String(error.message ?? error));
    if (typeof known === "string")
      return say(gettext("The browser has no push service: %(reason)s", { reason: known }), false);
    if (!isFor(known.key, known.subscription))
      return say(gettext("The browser knows another key than the site has."), false);
    const service = new URL(known.subscription.endpoint).host;
    say(gettext("Pushes to this browser go through %(service)s.", { service }), true);
    const { endpoint } = known.subscription;
    const hops = await (await tell("POST", known.token, { endpoint }, "test/")).json();
    if (hops.known) await this.#send(hops.test, service, say);
    else
      say(
        gettext("The site doesn’t know this browser. Turn notifications off and on again."),
        false,
      );
    if (hops.quiet)
      say(
        gettext("Do not disturb is on until %(time)s: nothing else is sent before then.", {
          time: formatFull(hops.quiet),
        }),
        false,
      );
    say(mailWords(hops.mail), hops.mail === "");
  }

  /** Follow the push on its way. @param {string} mark @param {string} service @param {(words: string, isFine: boolean) => void} say */
  async #send(mark, service, say) {
    const arrival = arrived(`test:${mark}`);
    if (!(await this.#sent(mark, service, say))) return;
    if (await within(arrival, ARRIVAL_MS))
      say(
        gettext(
          "The push arrived. If you saw nothing, look at the settings of your device: it may be set to silent.",
        ),
        true,
      );
    else say(gettext("The push hasn’t arrived so far."), false);
  }

  /** @param {string} mark @param {string} service @param {(words: string, isFine: boolean) => void} say */
  async #sent(mark, service, say) {
    for (let waited = 0; ; waited += POLL_MS) {
      const { outcome, status } = await (await fetch(`/push/test/${mark}/`)).json();
      if (outcome === "sent") {
        say(gettext("%(service)s took the push.", { service }), true);
        return true;
      }
      if (outcome) {
        const answer = status || gettext("nothing");
        say(
          gettext("%(service)s refused the push. It answered: %(answer)s.", { service, answer }),
          false,
        );
        return false;
      }
      // The site waits ten seconds for a service.
      if (waited === WORKER_MS)
        say(
          gettext(
            "The site hasn’t sent the push after five seconds: it is busy, or the service is slow.",
          ),
          false,
        );
      if (waited >= WORKER_MS + ARRIVAL_MS) return false;
      await pause(POLL_MS);
    }
  }
}

/** @param {{able: boolean, isOn: boolean, hasPush: boolean}} what */
function stateOf({ able, isOn, hasPush }) {
  if (!globalThis.isSecureContext)
    return gettext("Browsers only show notifications from sites with https.");
  if (!able)
    return gettext(
      "This browser doesn’t show notifications. On an iPhone or iPad, add the site to the Home Screen and open it there.",
    );
  if (Notification.permission === "denied")
    return gettext(
      "The browser blocks notifications from this site. Allow them in its settings for this site.",
    );
  if (!isOn) return gettext("Notifications are turned off in this browser.");
  if (hasPush) return gettext("Notifications are turned on in this browser.");
  return gettext(
    "Notifications are turned on while a page of the site is open. This browser can’t be reached otherwise.",
  );
}

/** @param {string} why not */
function mailWords(why) {
  /** @type {Record<string, string>} */
  const words = {
    "": gettext("You get email for missed messages."),
    site: gettext("This site doesn’t send email for missed messages."),
    address: gettext("You have no confirmed email address for missed messages."),
    choice: gettext("You turned off email for missed messages."),
  };
  return words[why] ?? "";
}

/** @param {string} words @param {boolean} isFine */
function hop(words, isFine) {
  const line = document.createElement("li");
  const mark = document.createElement("span");
  mark.textContent = isFine ? "✓" : "✗";
  mark.ariaHidden = "true";
  line.className = "row";
  line.dataset.fine = String(isFine);
  const text = document.createElement("span");
  text.className = "row__words";
  text.textContent = words;
  line.append(mark, text);
  return line;
}

/** When the service worker shows the push with this tag. @param {string} tag @returns {Promise<true>} */
const arrived = (tag) =>
  new Promise((resolve) => {
    const hear = (/** @type {MessageEvent} */ { data }) => {
      if (data?.arrived !== tag) return;
      navigator.serviceWorker.removeEventListener("message", hear);
      resolve(true);
    };
    navigator.serviceWorker.addEventListener("message", hear);
  });
