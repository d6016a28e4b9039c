/** The sign before a room's name, by its kind. */
export const ROOM_SIGNS = /** @type {Record<string, string>} */ ({
  direct: "@",
  private: "◆",
  public: "#",
});
