import { gettext } from "../lib/gettext.js";
import { findPeople, getJson } from "../lib/people-search.js";

/** @typedef {import('./people-picker.js').Found} Found */

/**
 * A search for people to add to a room, which says who is a member already.
 *
 * @param {{people: string, members: string}} urls
 * @returns {(query: string, signal: AbortSignal) => Promise<Found[]>}
 */
export const outsiders = (urls) => async (query, signal) => {
  const asked = `${urls.members}?${new URLSearchParams({ q: query.replace(/^@/, "") })}`;
  const [people, { members }] = await Promise.all([
    findPeople(urls.people, query, signal),
    getJson(asked, signal),
  ]);
  const inside = new Set(members.map((/** @type {{id: number}} */ { id }) => id));
  const note = gettext("already a member");
  return people.map((person) => (inside.has(person.id) ? { ...person, note } : person));
};
