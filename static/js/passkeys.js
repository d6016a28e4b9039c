import { gettext } from "./lib/gettext.js";

// allauth's own scripts talk to the authenticator and submit the form. This one offers the button
// where passkeys work, and explains what went wrong.

// A passkey belongs to a domain name, which an IP address isn't.
const IS_ADDRESS = /^[\d.]+$|^\[/;
const isSupported =
  "PublicKeyCredential" in globalThis &&
  isSecureContext &&
  !IS_ADDRESS.test(globalThis.location.hostname);

/** @param {HTMLFormElement} form */
function offer(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  const trouble = /** @type {HTMLElement} */ (form.querySelector("[data-part=trouble]"));
  const show = (/** @type {string} */ text) => {
    trouble.textContent = text;
    trouble.hidden = !text;
  };
  button.hidden = false;
  form.querySelector("[data-part=unsupported]")?.remove();
  button.addEventListener("click", (event) => {
    event.preventDefault(); // allauth submits the form once there is a credential
    button.disabled = true;
    show("");
  });
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    button.disabled = false;
    show(explain(/** @type {CustomEvent} */ (event).detail.exception));
  });
}

/** @param {Error} error */
function explain(error) {
  if (error.name === "InvalidStateError")
    return gettext("This device already has a passkey for this site.");
  if (error.name === "NotAllowedError") return gettext("No passkey was used. Try again.");
  return gettext("Something went wrong. Try again, or log in another way.");
}

const form = document.querySelector("form[data-passkey]");
if (form && isSupported) offer(/** @type {HTMLFormElement} */ (form));
