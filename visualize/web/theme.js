"use strict";

// Light, dark, or as the reader has it.

const THEMES = ["auto", "light", "dark"];
let theme = 0;

// Every style sheet of the page, the pictures' own included, has its dark half under
// `@media (prefers-color-scheme: dark)`: a theme is what that condition says.
function showTheme() {
  const name = THEMES[theme];
  const condition = { auto: "(prefers-color-scheme: dark)", light: "not all", dark: "all" };
  for (const rule of darkRules) rule.media.mediaText = condition[name];
  document.documentElement.style.colorScheme = name === "auto" ? "light dark" : name;
  document.documentElement.dataset.theme = name;
  byId("theme").textContent = `Theme: ${name}`;
}

const darkRules = [...document.styleSheets].flatMap((sheet) =>
  [...sheet.cssRules].filter(
    (rule) => rule instanceof CSSMediaRule && rule.conditionText.includes("dark"),
  ),
);

function useTheme(name) {
  theme = THEMES.indexOf(name);
  showTheme();
}

function nextTheme() {
  useTheme(THEMES[(theme + 1) % THEMES.length]);
}
