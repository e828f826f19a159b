// Pages in a frame follow the theme that the reader has chosen for this site.
"use strict";

function followTheme() {
  const theme = document.body.dataset.theme || "auto";
  for (const frame of document.querySelectorAll("iframe[srcdoc]")) {
    const page = frame.srcdoc.replace(/"theme":\s*"\w+"/, `"theme":"${theme}"`);
    if (page !== frame.srcdoc) frame.srcdoc = page;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  followTheme();
  new MutationObserver(followTheme).observe(document.body, {
    attributeFilter: ["data-theme"],
  });
});
