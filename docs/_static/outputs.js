// What a cell printed: a line longer than a terminal's is a message, and wraps; a table keeps its columns.
addEventListener("DOMContentLoaded", () => {
  for (const printed of document.querySelectorAll(".cell_output pre")) {
    const lines = printed.textContent.split("\n");
    const ruled = lines.some((line) => /^[=─-]{20,}$/.test(line));
    if (lines.some((line) => line.length > 100)) printed.classList.add(ruled ? "ruled" : "wraps");
  }
});
