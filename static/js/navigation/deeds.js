import { gettext } from "../lib/gettext.js";

/** @typedef {import('../lib/ranking.js').Destination} Destination */

/**
 * @typedef {object} Mine what I show beside my name
 * @property {object | null} status
 * @property {number | null} quietUntil
 * @property {() => void} clear
 * @property {(choice: string) => void} quiet
 */

/** Pages of the settings: below their address, by their titles. @type {[string, string, string][]} */
const SECTIONS = [
  [
    "security/",
    gettext("Account and security"),
    gettext("settings password passkey sessions email"),
  ],
  ["appearance/", gettext("Appearance"), gettext("settings theme density text size")],
  [
    "notifications/",
    gettext("Notifications"),
    gettext("settings keywords mute levels push sound email do not disturb"),
  ],
  ["language/", gettext("Language"), gettext("settings translation")],
  [
    "privacy/",
    gettext("Privacy"),
    gettext("settings muted blocked people typing last seen quiet schedule"),
  ],
  ["data/", gettext("Your data"), gettext("settings download export delete account")],
];

/**
 * What the switcher does besides going to rooms and people. A page that doesn't offer something has
 * no button for it, and so the switcher doesn't offer it either.
 *
 * @param {object} page
 * @param {Record<import('./keys.js').Action, () => void>} page.actions
 * @param {Record<string, string>} page.urls
 * @param {boolean} page.inRoom
 * @param {(scheme: 'light' | 'dark' | 'system') => void} page.paint in these colours
 * @param {Mine} page.mine
 * @returns {Destination[]}
 */
export function deedsOf({ actions, urls, inRoom, paint, mine }) {
  const desk = link('[data-part="desk"]');
  const room = link('a[data-part="new-room"]'); // hidden if only moderators create rooms
  const logOut = /** @type {HTMLFormElement | null} */ (document.getElementById("log-out"));
  return [
    does("message", gettext("New message"), gettext("write direct person"), actions.message),
    ...opens("new-room", gettext("New room"), gettext("create add channel"), room),
    does("search", gettext("Search messages"), gettext("find history"), actions.search),
    ...opens("inbox", gettext("Inbox"), gettext("mentions replies keywords activity"), urls.inbox),
    ...opens("unread", gettext("Unread rooms"), gettext("inbox catch up"), urls.unread),
    ...opens("browse", gettext("Browse rooms"), gettext("all rooms lobby join"), urls.lobby),
    does("read-all", gettext("Mark all as read"), gettext("clear unread"), actions["read-all"]),
    ...(inRoom
      ? [
          does(
            "search-here",
            gettext("Search in this room"),
            gettext("find"),
            actions["search-here"],
          ),
          does("star", gettext("Add this room to favourites, or remove it"), "", actions.star),
          does(
            "notify",
            gettext("Notifications for this room"),
            gettext("mute level"),
            actions.notify,
          ),
        ]
      : []),
    ...opens(
      "settings",
      gettext("Profile and settings"),
      gettext("account preferences name picture password language"),
      urls.account,
    ),
    ...SECTIONS.flatMap(([page, name, also]) => opens(page, name, also, urls.account + page)),
    ...deedsOfMine(mine, actions.status),
    does("dark", gettext("Dark colours"), gettext("appearance theme mode night"), () =>
      paint("dark"),
    ),
    does("light", gettext("Light colours"), gettext("appearance theme mode day"), () =>
      paint("light"),
    ),
    does("system", gettext("Colours like my device"), gettext("appearance theme system"), () =>
      paint("system"),
    ),
    ...opens("desk", gettext("Moderation"), gettext("reports cases"), desk),
    does("sheet", gettext("Keyboard shortcuts"), gettext("help keys"), actions.sheet),
    does("delivery", gettext("Connection"), gettext("delivery network status"), actions.delivery),
    ...(logOut
      ? [
          does("log-out", gettext("Log out"), gettext("sign out leave"), () =>
            logOut.requestSubmit(),
          ),
        ]
      : []),
  ];
}

/** @param {Mine} mine @param {() => void} open @returns {Destination[]} */
function deedsOfMine(mine, open) {
  const quiet = gettext("quiet notifications pause snooze");
  const rests = (/** @type {string} */ choice) => () => mine.quiet(choice);
  const all = [
    does("status", gettext("Set your status"), gettext("away emoji presence"), open),
    mine.status && does("no-status", gettext("Clear your status"), "", () => mine.clear()),
    mine.quietUntil && does("loud", gettext("Turn off do not disturb"), quiet, rests("off")),
    does("quiet", gettext("Do not disturb for an hour"), quiet, rests("60")),
    does("quiet-day", gettext("Do not disturb until tomorrow"), quiet, rests("tomorrow")),
  ];
  return /** @type {Destination[]} */ (all.filter(Boolean));
}

/** @param {string} key @param {string} name @param {string} also @param {() => void} run @returns {Destination} */
const does = (key, name, also, run) => ({
  key: `do/${key}`,
  kind: "action",
  name,
  also,
  mark: "›",
  run,
});

/**
 * @param {string} key
 * @param {string} name
 * @param {string} also
 * @param {string | null | undefined} address
 * @returns {Destination[]}
 */
const opens = (key, name, also, address) =>
  address ? [{ key: `do/${key}`, kind: "action", name, also, mark: "›", address }] : [];

/** The address of a link that is offered. @param {string} selector */
function link(selector) {
  const found = /** @type {HTMLAnchorElement | null} */ (document.querySelector(selector));
  return found && !found.hidden ? found.href : null;
}
