import { csrfToken, send } from "../connection/requests.js";
import { cloneTemplate, part, setText } from "../lib/dom.js";
import { gettext } from "../lib/gettext.js";
import { say } from "../lib/toast.js";
import { describable } from "../media/kinds.js";
import { DialogRequest } from "../people/dialog-request.js";

/** @typedef {import('../protocol.js').Attachment} Attachment */
/** @typedef {{attachment: Attachment, of: 'alt' | 'transcript', field: HTMLTextAreaElement}} Described */

const MOST = { alt: 1000, transcript: 8000 }; // as in rooms/models/uploads.py

/** Describes the files of one's own message for people who can't see or hear them. */
export class DescribeDialog {
  /** @type {Described[]} */ #fields = [];
  #dialog;
  #request;

  /** @param {HTMLElement} timeline */
  constructor(timeline) {
    this.#dialog = /** @type {HTMLDialogElement} */ (part(timeline, "describe-dialog"));
    this.#request = new DialogRequest({ close: () => this.#dialog.close(), say });
    this.#dialog.addEventListener("close", () => this.#request.end());
    // No key typed here is a shortcut of the message or the page.
    this.#dialog.addEventListener("keydown", (event) => event.stopPropagation());
    part(this.#dialog, "describe-cancel").addEventListener("click", () => this.#dialog.close());
    part(this.#dialog, "describe-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
  }

  /** @param {import('../lib/types.js').Message} message @param {HTMLElement} node to return the focus to */
  open(message, node) {
    this.#fields = describable(message).map((attachment) => this.#fieldOf(attachment));
    const rows = this.#fields.map(({ field }) => field.closest(".describe__field") ?? field);
    part(this.#dialog, "describe-fields").replaceChildren(...rows);
    setText(part(this.#dialog, "describe-trouble"), "");
    this.#dialog.showModal();
    this.#request.begin();
    this.#fields[0]?.field.focus();
    const back = () => node.focus({ preventScroll: true });
    this.#dialog.addEventListener("close", back, { once: true });
  }

  /** @param {Attachment} attachment @returns {Described} */
  #fieldOf(attachment) {
    const { kind, name, thumbnail, poster } = attachment;
    const row = cloneTemplate(this.#dialog, "describe-field");
    const of = kind === "voice" ? "transcript" : "alt";
    const field = /** @type {HTMLTextAreaElement} */ (part(row, "describe-words"));
    field.maxLength = MOST[of];
    field.value = attachment[of];
    const words = of === "alt" ? name : gettext("Transcript of your voice message");
    setText(part(row, "describe-name"), words);
    const picture = /** @type {HTMLImageElement} */ (row.querySelector("img"));
    const address = thumbnail ?? poster ?? (kind === "image" ? attachment.url : null);
    if (address) picture.src = address;
    else picture.remove();
    return { attachment, of, field };
  }

  #save() {
    const changed = this.#fields.filter(
      ({ attachment, of, field }) => field.value.trim() !== attachment[of],
    );
    this.#request.send(() => Promise.all(changed.map(put)), {
      done: () => changed.length > 0 && say(gettext("Descriptions saved.")),
      failed: (words) => setText(part(this.#dialog, "describe-trouble"), words),
    });
  }
}

/** @param {Described} described */
async function put({ attachment, of, field }) {
  const { status, text } = await send({
    method: "PUT",
    address: `/files/${attachment.id}/about`,
    headers: { "content-type": "application/json", "x-csrftoken": csrfToken() },
    body: new Blob([JSON.stringify({ [of]: field.value.trim() })]),
  });
  if (status === 200 || status === 204) return;
  if (status === 0) throw { code: "offline" };
  throw refusalIn(text);
}

/** @param {string} text @returns {{code?: string, detail?: string}} */
function refusalIn(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // a proxy's page
  }
}
