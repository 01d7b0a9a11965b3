/* The little that staff pages do in the browser: theme choice, dialogs, keys, toasts, live boxes.
   Everything works without it, by link and form. */
(() => {
  "use strict";
  const TOAST_MS = 10000;
  const MISSES_BEFORE_STALE = 3;
  const SEARCH_KEY = "k";

  /* ------------------------------------------------------------------------------------------- theme */
  function showThemeChoice() {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.webmagicTheme.choice()));
    }
  }

  /* ----------------------------------------------------------------------------------------- dialogs */
  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const themed = event.target.closest("[data-theme-choice]");
    if (themed) {
      window.webmagicTheme.choose(themed.dataset.themeChoice);
      showThemeChoice();
    }
    const opener = event.target.closest("[data-dialog]");
    if (opener) openDialog(opener.dataset.dialog);
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-dismiss]")) dismiss(event.target.closest("[data-toast]"));
  });

  /* ------------------------------------------------------------------------------------------ toasts */
  let timer = 0;

  function toasts() {
    return [...document.querySelectorAll("[data-toast]")];
  }

  function dismiss(toast) {
    toast.remove();
    showToast();
  }

  function showToast() {
    clearTimeout(timer);
    const [first, ...waiting] = toasts();
    if (!first) return;
    first.hidden = false;
    for (const toast of waiting) toast.hidden = true;
    if ("stays" in first.dataset) return;
    timer = setTimeout(function leave() {
      if (first.matches(":hover, :focus-within")) timer = setTimeout(leave, 1000);
      else dismiss(first);
    }, TOAST_MS);
  }

  /* -------------------------------------------------------------------------------------------- keys
     A letter means the page that is seen. So a key that is held acts once, and not on the next page either; and
     once a form is sent or a link is followed, letters wait for the page that comes. */
  let leaving = false;

  function leadsAway(event) {
    const link = event.target.closest("a[href]");
    return link && !event.defaultPrevented && !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey &&
      !link.target && !link.hasAttribute("download") && /^https?:$/.test(link.protocol) &&
      !link.getAttribute("href").startsWith("#");
  }

  addEventListener("click", (event) => {
    if (leadsAway(event)) leaving = true;
  });
  addEventListener("submit", (event) => {
    const elsewhere = event.submitter?.formTarget || event.target.target || event.target.method === "dialog";
    if (!event.defaultPrevented && !elsewhere) leaving = true;
  });
  addEventListener("pageshow", () => {
    leaving = false; // the browser shows a page that it kept
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = false; // it stopped what was on its way
  });

  function lettersOn() {
    try {
      return localStorage.getItem("letterKeys") !== "off";
    } catch {
      return true;
    }
  }

  function rows() {
    return [...document.querySelectorAll("[data-row]")].filter((row) => row.querySelector("a[href], button"));
  }

  function moveRow(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const row = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    row.querySelector("a[href], button").focus();
    row.scrollIntoView({ block: "nearest" });
  }

  function buttonOf(letter) {
    const active = document.activeElement.closest("[data-row]") || document.querySelector(".row.is-active");
    const find = (root) => root && root.querySelector(`[data-key="${CSS.escape(letter)}"]`);
    return find(active) || find(document);
  }

  document.addEventListener("focusin", (event) => {
    const active = event.target.closest(".row");
    if (!active) return;
    for (const row of document.querySelectorAll(".row")) row.classList.toggle("is-active", row === active);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === SEARCH_KEY && (event.ctrlKey || event.metaKey)) {
      const search = document.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.click();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog") || !lettersOn()) {
      return;
    }
    const letter = event.key.toLowerCase();
    const button = buttonOf(letter);
    if (letter === "?") openDialog("keys");
    else if (button) { // before j and k: the desk opens what it moves to
      if (!event.repeat && !leaving) button.click();
    } else if (letter === "j") moveRow(1);
    else if (letter === "k") moveRow(-1);
    else return;
    event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-letters]")) return;
    try {
      localStorage.setItem("letterKeys", event.target.checked ? "on" : "off");
    } catch {
      event.target.checked = true;
    }
  });

  /* -------------------------------------------------------------------------------------- live boxes */
  function busy(box) {
    return box.querySelector(":popover-open, dialog[open]") ||
      (box.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const box = event.target.closest("[data-live]");
    if (box === event.target && (document.hidden || busy(box))) event.preventDefault();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const box = event.target;
    if (!box.matches || !box.matches("[data-live]")) return;
    const missed = event.detail.successful ? 0 : Number(box.dataset.missed || 0) + 1;
    box.dataset.missed = missed;
    box.classList.toggle("is-stale", missed >= MISSES_BEFORE_STALE);
    showAges();
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !window.htmx) return;
    for (const box of document.querySelectorAll("[data-live]")) window.htmx.trigger(box, "refresh");
  });

  /* "Updated 4 s ago": <time data-age datetime=... data-said="Updated {}" data-stale="Updated {}, ...">. */
  function showAges() {
    for (const age of document.querySelectorAll("time[data-age]")) {
      const seconds = Math.max(0, Math.round((Date.now() - Date.parse(age.dateTime)) / 1000));
      const stale = Boolean(age.closest(".is-stale"));
      const [amount, unit] = seconds < 60 ? [seconds, "second"] : seconds < 5400
        ? [Math.round(seconds / 60), "minute"] : [Math.round(seconds / 3600), "hour"];
      const said = new Intl.NumberFormat(document.documentElement.lang, {
        style: "unit", unit, unitDisplay: "short",
      }).format(amount);
      age.textContent = (stale ? age.dataset.stale : age.dataset.said).replace("{}", said);
      age.classList.toggle("age-stale", stale);
    }
  }

  showThemeChoice();
  showToast();
  showAges();
  setInterval(showAges, 5000);
  const letters = document.querySelector("[data-letters]");
  if (letters) letters.checked = lettersOn();
})();
