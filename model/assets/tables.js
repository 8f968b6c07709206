"use strict";

const grouped = (number) => number.toLocaleString("en");

// A table of rows. A column has a title, what a cell shows, whether it is a number, and the key by
// which it is sorted, where that is not the text that it shows. `id` names a row, for links.
function table(columns, rows, { id = () => null, sorts = false, label } = {}) {
  const body = el("tbody", {});
  const cell = (column, row) =>
    el("td", { class: column.kind }, ...[column.cell(row)].flat());
  const line = (row) => el("tr", { id: id(row) }, ...columns.map((column) => cell(column, row)));
  const lines = rows.map((row) => ({ row, line: line(row) }));
  body.append(...lines.map(({ line }) => line));
  const title = (column, index) => {
    const plain = !sorts || column.sorts === false;
    const shown = plain ? column.title : sorter(column, index, lines, body);
    return el("th", { scope: "col", class: column.kind }, ...[shown].flat());
  };
  const head = el("tr", {}, ...columns.map(title));
  const shown = el("table", {}, el("thead", {}, head), body);
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, shown);
}

// A title that sorts by its column: first upward, by the next press downward.
function sorter(column, index, lines, body) {
  const key = column.key || (({ line }) => line.cells[index].textContent);
  const of = column.key ? ({ row }) => column.key(row) : key;
  const compare = (a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b)));
  const click = (event) => {
    const title = event.currentTarget.closest("th");
    const down = title.getAttribute("aria-sort") === "ascending";
    title.parentNode.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    title.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sorted = lines.toSorted((a, b) => compare(of(a), of(b)) * (down ? -1 : 1));
    body.append(...sorted.map(({ line }) => line));
  };
  const button = el("button", { type: "button", class: "sorter screen", click }, column.title);
  return [button, el("span", { class: "paper" }, column.title)];
}

// A field that leaves those items that have all the words typed, and says how many these are.
function filter(items, noun) {
  const count = el("output", { class: "muted" }, plural(items.length, noun));
  const input = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const has = (item) => words.every((word) => item.textContent.toLowerCase().includes(word));
    items.forEach((item) => { item.hidden = !has(item); });
    const left = items.filter((item) => !item.hidden).length;
    const all = plural(items.length, noun);
    count.textContent = words.length ? `${left} of ${all}` : all;
  };
  const field = el("input", { type: "search", input, autocomplete: "off", spellcheck: "false" });
  return el("p", { class: "filter screen" }, el("label", {}, "Filter ", field), " ", count);
}

const rowsOf = (table) => [...table.querySelectorAll("tbody > tr")];

// Links with commas between them.
function links(items, link) {
  return items.flatMap((item, index) => (index === 0 ? [link(item)] : [", ", link(item)]));
}
