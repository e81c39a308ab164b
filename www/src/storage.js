/** This browser's storage, if the page may use it. */

export const storage = {
  /** @param {string} key @returns {any} */
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  },

  /**
   * @param {string} key
   * @param {unknown} value
   * @returns {boolean} false where it is refused or full: what was to be kept lasts as long as the page
   */
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  },
};
