/** Tells the server which time zone this browser is in, if it knows another one. */
export class BrowserZone {
  #known;
  #request;

  /**
   * @param {string | undefined} known to the server; undefined: an older server
   * @param {(command: {type: string, zone: string}) => Promise<any>} request
   */
  constructor(known, request) {
    this.#known = known;
    this.#request = request;
  }

  async tell() {
    const { timeZone: zone } = new Intl.DateTimeFormat().resolvedOptions();
    if (this.#known === undefined || !zone || zone === this.#known) return;
    this.#known = zone;
    try {
      await this.#request({ type: "profile.zone", zone });
    } catch {
      // The next page tells it.
    }
  }
}
