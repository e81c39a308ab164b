/** Light, dark, or the system's theme. */
import { storage } from "./storage.js";
import { store } from "./store.js";

const KEY = "scriptscope.theme";
const THEMES = ["auto", "light", "dark"];

let theme = THEMES.includes(storage.read(KEY)) ? storage.read(KEY) : "auto";

export const themeName = () => theme;

export function cycleTheme() {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  storage.write(KEY, theme);
  applyTheme();
}

export function applyTheme() {
  document.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
  store.changed("layout");
}
