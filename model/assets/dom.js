"use strict";

// Makes an element: attributes by name, listeners where the value is a function. What comes from
// the data only ever becomes text.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Text with a button that copies it. Where the clipboard is out of reach, the text is selected for
// the reader to copy.
function copyable(text, label) {
  const shown = el("pre", {}, text);
  const said = el("output", {});
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(shown);
      said.textContent = "selected; copy it with the keyboard";
    }
  };
  const button = el("button", { type: "button", "aria-label": `Copy ${label}`, click: copy });
  button.append("Copy");
  return el("div", { class: "copyable" }, shown, button, said);
}

// A list of terms and what they are; pairs without a value are left out.
function terms(pairs) {
  const given = pairs.filter(([, value]) => (value ?? "") !== "");
  const list = given.flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value)]);
  return el("dl", { class: "about" }, ...list);
}

const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

// The numbers that a scenario is bounded by, where they are not zero, and the features that it has.
function bounds({ bounds = {}, flags = [] }) {
  const given = Object.entries(bounds).filter(([, value]) => value !== 0);
  return [...given.map(([name, value]) => `${name}=${value}`), ...flags].join(" ");
}

// Text with code in backticks, as SPEC.md has it.
function prose(text) {
  const parts = text.split("`");
  return parts.map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

// What the fragment of the address says: `#step=7`, `#finding=002&step=7`.
const address = () => new URLSearchParams(location.hash.slice(1));

// Writes the fragment of the address without a new entry of the history. Browsers refuse a page
// that does so hundreds of times in seconds, which a slider would.
const readdress = (() => {
  let timer = 0;
  return (fragment) => {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(history.state, "", fragment), 150);
  };
})();

// The JSON that the page was made of.
function data(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
