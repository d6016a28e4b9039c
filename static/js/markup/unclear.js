/** The text has something in it that only the server reads. */
export class Unclear extends Error {}

/** @returns {never} */
export function giveUp() {
  throw new Unclear();
}
