/* What the admin's skin leaves out for keyboards and screen readers: the main landmark, names, and keys for things
   that only a mouse can press. */
(() => {
  "use strict";
  const NAMES = { dock_to_right: "Sidebar", close: "Close" };

  function makePressable(element) {
    if (element.matches("a[href], button, input, select, textarea, label, [role]")) return;
    if (element.querySelector("a[href], button, input, select, textarea")) return;
    /* A heading stays a heading: the arrow in it becomes the button. */
    const target = element.matches("h2") ? element.querySelector("span") || element : element;
    const words = element.matches("h2") ? element.firstChild.textContent.trim() : element.textContent.trim();
    if (!words) return; // a veil that closes what it surrounds; Esc does it too
    target.setAttribute("role", "button");
    target.tabIndex = 0;
    if (target !== element || NAMES[words]) target.setAttribute("aria-label", NAMES[words] || words);
    target.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      target.click();
    });
  }

  function nameHalves() {
    for (const input of document.querySelectorAll("input.vDateField, input.vTimeField")) {
      const label = document.querySelector(`label[for="${input.id}"]`);
      if (!label && input.placeholder) input.setAttribute("aria-label", input.placeholder);
    }
  }

  /* The phone shows a row as lines without the table's head: each cell then says what it is. */
  function nameCells() {
    const heads = [...document.querySelectorAll("#result_list thead th")];
    for (const row of document.querySelectorAll("#result_list tr.data-row")) {
      [...row.children].forEach((cell, index) => {
        if (!heads[index] || !cell.matches("td") || cell.matches(".action-checkbox, .field-status_pill")) return;
        cell.dataset.name = heads[index].querySelector(".text").textContent.trim();
      });
    }
  }

  addEventListener("DOMContentLoaded", () => {
    const main = document.getElementById("main") || document.getElementById("page");
    if (main) main.setAttribute("role", "main");
    const sidebar = document.getElementById("nav-sidebar-inner");
    if (sidebar) sidebar.setAttribute("aria-label", "Main");
    const search = document.querySelector('[x-data="searchCommand()"]');
    if (search) {
      search.setAttribute("role", "dialog");
      search.setAttribute("aria-label", "Search");
    }
    for (const heading of document.querySelectorAll("#changelist-filter h3")) heading.setAttribute("aria-level", "2");
    document.querySelectorAll("[x-on\\:click]").forEach(makePressable);
    nameHalves();
    nameCells();
  });
})();
