/** What the server adds to every link (rooms/text/sanitiser.py). */
const MORE = { target: "_blank", rel: "noopener noreferrer nofollow ugc" };

// Plain addresses only: others are encoded or shortened by rules that aren't repeated here
// (rooms/text/links.py, rooms/text/hosts.py).
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const HOST =
  `(?:(?:${LABEL}\\.){1,7}[a-z]{2,24}|localhost|${OCTET}(?:\\.${OCTET}){3})` +
  "(?::(?:[1-5]\\d{4}|[1-9]\\d{0,3}))?";
const PATH = "(?:[/?#](?:[a-z0-9/#&=+$@-]|[._:,;!~?](?=[a-z0-9]))*)?";
const ENDS = "(?=[.,:;!?)\"']{0,3}(?:[ \\n]|$))";
const BARE = new RegExp(`${HOST}(?![\\w.@-]*@)${PATH}${ENDS}`, "iy");
const TARGET = new RegExp(`^https?://${HOST}(?:[/?#][a-z0-9\\-._~:/?#@!$&*+,;=]*)?$`, "i");
const MAX_URL = 700; // characters; the server reads a little further

/**
 * The host and path at a position, without the punctuation around them.
 *
 * @param {string} src
 * @param {number} at
 * @param {number} limit
 */
export function addressAt(src, at, limit) {
  BARE.lastIndex = at;
  const [found = ""] = BARE.exec(src.slice(0, limit)) ?? [];
  const isPlain = !/xn--|---|\.\.|[/?#]$.*[?#]/i.test(found) && !/[?#&=+$@-]$/.test(found);
  return found.length < MAX_URL && isPlain ? found : "";
}

/** Whether an address is linked as it is written. @param {string} url */
export const isPlainTarget = (url) =>
  TARGET.test(url) && url.length < MAX_URL && !/xn--/i.test(url);

/** @param {string} href */
export const linkTo = (href) => ({ href, ...MORE });
