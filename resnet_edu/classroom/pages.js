"use strict";
const table = document.getElementById("students");
const body = table.tBodies[0];
const heads = [...table.tHead.rows[0].cells];

function key(row, column, kind) {
  const cell = row.cells[column];
  return kind === "number" ? Number(cell.dataset.sort) : cell.textContent.trim();
}

heads.forEach((head, column) => {
  head.querySelector("button").addEventListener("click", () => {
    const kind = head.dataset.kind;
    const before = head.getAttribute("aria-sort");
    const up = before ? before === "descending" : kind === "text";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [key(a, column, kind), key(b, column, kind)];
      const order = kind === "number" ? x - y : x.localeCompare(y);
      return up ? order : -order;
    });
    body.append(...rows);
  });
});

const LETTERS = { ı: "i", ß: "ss", ø: "o", ł: "l", đ: "d", æ: "ae", œ: "oe" };

function plain(text) {
  const bare = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  return bare.replace(/[ıßøłđæœ]/g, (letter) => LETTERS[letter]);
}

const find = document.getElementById("find");
find.addEventListener("input", () => {
  const wanted = plain(find.value.trim());
  let shown = 0;
  for (const row of body.rows) {
    row.hidden = !plain(row.textContent).includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("found").textContent = wanted ? `${shown} of ${body.rows.length}` : "";
});
