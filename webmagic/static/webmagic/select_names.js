// The library that draws a list of choices leaves the field to search it in without a name: it gets that of the list.
window.addEventListener("load", () => {
  for (const field of document.querySelectorAll(".select2-search__field")) {
    const list = field.closest(".select2-container")?.previousElementSibling;
    const label = list?.labels?.[0];
    if (label) field.setAttribute("aria-label", label.textContent.trim());
  }
});
