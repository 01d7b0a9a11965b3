/* Runs before anything is drawn: sets html[data-theme] from the choice that the admin's skin stores too
   (localStorage.adminTheme, a JSON string: "light", "dark" or "auto"). */
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function choice() {
    try {
      const stored = JSON.parse(localStorage.getItem("adminTheme"));
      return stored === "light" || stored === "dark" ? stored : "auto";
    } catch {
      return "auto";
    }
  }

  function show(theme) {
    document.documentElement.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  }

  function choose(theme) {
    show(theme);
    try {
      localStorage.setItem("adminTheme", JSON.stringify(theme));
    } catch {
      return; // this page keeps it, the next one asks again
    }
  }

  show(choice());
  dark.addEventListener("change", () => show(choice()));
  addEventListener("storage", () => show(choice()));
  window.webmagicTheme = { choice, choose };
})();
