/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Post} Post */

/** @param {Message | Post} item @returns {item is Message} */
export const isMessage = (item) => "number" in item;
