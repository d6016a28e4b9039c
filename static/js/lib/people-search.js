/** @typedef {import('./types.js').User} User */

/**
 * People of the site by name: the one search of people.
 *
 * @param {string} address
 * @param {string} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<User[]>}
 */
export async function findPeople(address, query, signal) {
  const asked = `${address}?${new URLSearchParams({ q: query })}`;
  return (await getJson(asked, signal)).people;
}

/** @param {string} address @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function getJson(address, signal) {
  const response = await fetch(address, { signal, headers: { Accept: "application/json" } });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  return response.json();
}
