import { part } from "./lib/dom.js";
import { outsiders } from "./people/outsiders.js";
import { PeoplePicker } from "./people/people-picker.js";
import { MAX_ADDED } from "./protocol.js";

/**
 * Pick the people to add by name, instead of typing their usernames.
 *
 * @param {HTMLFormElement} form
 */
function pickByName(form) {
  const { people = "", members = "" } = form.dataset;
  const usernames = /** @type {HTMLInputElement} */ (part(form, "usernames"));
  part(form, "plain").hidden = true;
  part(form, "by-name").hidden = false;
  const picker = new PeoplePicker(part(form, "picker"), {
    find: outsiders({ people, members }),
    most: MAX_ADDED,
    changed: () => {
      usernames.value = picker.people.map(({ username }) => username).join(" ");
    },
  });
  form.addEventListener("submit", (event) => {
    if (picker.people.length > 0 && !picker.isTyping) return;
    event.preventDefault();
    picker.focus();
  });
}

const adding = document.querySelector("form[data-people]");
if (adding instanceof HTMLFormElement) pickByName(adding);
