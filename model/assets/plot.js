"use strict";

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A scale from the power of ten below the least value to that above the greatest, in percent of
// the width; the states of scenarios lie six powers apart.
function logScale(values) {
  const logs = values.filter((value) => value > 0).map(Math.log10);
  const low = Math.floor(Math.min(...logs, 1));
  const high = Math.max(Math.ceil(Math.max(...logs, 2)), low + 1);
  const place = (log) => ((log - low) / (high - low)) * 100;
  const ticks = [];
  for (let power = low; power <= high; power += 1) ticks.push({ power, at: place(power) });
  return { of: (value) => place(Math.max(Math.log10(value), low)), ticks };
}

const SHORT = ["1", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M", "1G", "10G", "100G"];

function lines(scale) {
  return scale.ticks.map(({ at }) =>
    svg("line", { x1: `${at}%`, x2: `${at}%`, y1: 0, y2: "100%", class: "grid" }));
}

// The powers of ten, over the bars of a column.
function axis(scale, title) {
  const every = scale.ticks.length > 6 ? 2 : 1;
  const label = ({ power, at }, index) => {
    if (index % every) return "";
    const anchor = at === 0 ? "start" : at === 100 ? "end" : "middle";
    return svg("text", { x: `${at}%`, y: 12, "text-anchor": anchor }, SHORT[power]);
  };
  const drawn = svg("svg", { class: "axis", "aria-hidden": "true" }, ...scale.ticks.map(label));
  return [el("span", {}, title), drawn];
}

// A bar for a value that stands beside it as a number.
function bar(value, scale) {
  const drawn = svg("rect", { x: 0, y: 11, width: `${scale.of(value)}%`, height: 9 });
  return svg("svg", { class: "bar-cell", "aria-hidden": "true" }, ...lines(scale), drawn);
}
