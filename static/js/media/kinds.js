/** What files are, in words and by their icon. */

import { gettext, ngettext } from "../lib/gettext.js";
import { listOf } from "../lib/labels.js";
import { formatClock } from "../lib/time.js";

/** @typedef {Pick<import('../protocol.js').Attachment, 'kind' | 'name' | 'alt' | 'duration'>} Attachment */
/** @typedef {import('../protocol.js').Message} Message */

/** @type {[string, string[]][]} the icon of a file, by the end of its name */
const ICONS = [
  ["archive", ["7z", "bz2", "gz", "rar", "tar", "tgz", "xz", "zip", "zst"]],
  ["table", ["csv", "numbers", "ods", "tsv", "xls", "xlsx"]],
  ["text", ["doc", "docx", "epub", "log", "md", "odt", "pages", "pdf", "rtf", "txt"]],
  ["slides", ["key", "odp", "ppt", "pptx"]],
  ["code", ["c", "cpp", "css", "go", "h", "html", "java", "js", "json", "php", "py", "rb", "rs"]],
  ["code", ["sh", "sql", "svg", "toml", "ts", "xml", "yaml", "yml"]],
];

/** The end of a file's name in lower case; empty if it has none. @param {string} name */
export const extensionOf = (name) => /[^.]\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toLowerCase() ?? "";

/** Which icon stands for a file. @param {string} name @returns {string} */
export function iconOf(name) {
  const extension = extensionOf(name);
  return ICONS.find(([, ends]) => ends.includes(extension))?.[0] ?? "other";
}

/** 'PDF', 'ZIP', or 'File'. @param {string} name */
export const typeName = (name) => extensionOf(name).toUpperCase() || gettext("File");

/** The picture's description, or else its name. @param {{alt: string, name: string}} picture */
export const altOf = ({ alt, name }) => alt || name;

/**
 * What a message shows, in one line: 'Picture: a cat', '3 pictures and report.pdf'.
 *
 * @param {Attachment[]} attachments
 */
export function wordsOf(attachments) {
  const pictures = attachments.filter(({ kind }) => kind === "image");
  const words = attachments.filter(({ kind }) => kind !== "image").map(wordsOfOne);
  if (pictures.length === 1) words.unshift(wordsOfPicture(pictures[0]));
  else if (pictures.length > 1)
    words.unshift(ngettext("%(count)s picture", "%(count)s pictures", pictures.length));
  return words.length > 0 ? listOf(words, 3) : "";
}

/** @param {Attachment} picture */
const wordsOfPicture = ({ alt }) =>
  alt ? gettext("Picture: %(alt)s", { alt }) : gettext("Picture");

/** @param {Attachment} attachment */
function wordsOfOne({ kind, name, duration }) {
  if (kind === "voice") {
    const time = formatClock(duration ?? 0);
    return duration ? gettext("Voice message, %(time)s", { time }) : gettext("Voice message");
  }
  if (kind === "video") return gettext("Video: %(name)s", { name });
  if (kind === "audio") return gettext("Audio: %(name)s", { name });
  return name;
}

/** What of a message can be described in words, for those who don't see or hear it. @param {Message} message */
export const describable = ({ attachments = [] }) =>
  attachments.filter(({ kind }) => ["image", "video", "voice"].includes(kind));
