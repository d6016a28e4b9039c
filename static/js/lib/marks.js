/** What stands before a room's name, by its kind. */
export const MARKS = /** @type {Record<string, string>} */ ({
  direct: "@",
  private: "◆",
  public: "#",
});
