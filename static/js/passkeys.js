import { creationOptions, credentialJson, requestOptions } from "./credentials.js";
import { gettext } from "./lib/gettext.js";

// A passkey belongs to a name, and there is none in an address of numbers.
const IS_NUMERIC = /^[\d.]+$|^\[/;
const isSupported =
  "PublicKeyCredential" in globalThis &&
  isSecureContext &&
  !IS_NUMERIC.test(globalThis.location.hostname);

/** Makes a passkey, or has one sign, and sends the form with what comes of it. */
class PasskeyForm {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    this.button.hidden = false;
    form.querySelector("[data-part=unsupported]")?.remove();
    form.addEventListener("submit", (event) => this.#submit(event));
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    this.#tell("");
    this.button.disabled = true;
    try {
      const credential = await this.#ask();
      const field = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("credential"));
      field.value = credentialJson(credential);
      this.form.submit();
    } catch (error) {
      this.button.disabled = false;
      this.#tell(explain(/** @type {Error} */ (error)));
    }
  }

  async #ask() {
    const { publicKey } = await this.#options();
    return this.form.dataset.passkey === "make"
      ? navigator.credentials.create({ publicKey: creationOptions(publicKey) })
      : navigator.credentials.get({ publicKey: requestOptions(publicKey) });
  }

  async #options() {
    const { optionsUrl } = this.form.dataset;
    if (!optionsUrl) {
      return JSON.parse(this.form.querySelector("[type='application/json']")?.textContent ?? "{}");
    }
    const response = await fetch(optionsUrl, { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(response.statusText);
    return response.json();
  }

  /** @param {string} words */
  #tell(words) {
    const line = /** @type {HTMLElement} */ (this.form.querySelector("[data-part=trouble]"));
    line.textContent = words;
    line.hidden = !words;
  }
}

/** @param {Error} error */
function explain(error) {
  if (error.name === "InvalidStateError") return gettext("This device has a passkey here already.");
  if (error.name === "NotAllowedError") return gettext("No passkey was used. Try again.");
  return gettext("That didn’t work. Try again, or log in another way.");
}

if (isSupported) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    new PasskeyForm(/** @type {HTMLFormElement} */ (form));
  }
}
