"use strict";

// What is marked stands out by a sign, a word and an edge, not by color alone.
const MARKS = {
  new: { sign: "+", word: "new" },
  changed: { sign: "~", word: "changed" },
  gone: { sign: "\u2212", word: "gone" },
};

// Two lists of facts as one, in the order of the later; what is gone stands where it stood.
function difference(before, after) {
  const was = new Map(before);
  const is = new Map(after);
  const rows = after.map(([key, value]) => {
    const old = was.get(key);
    const mark = old === undefined ? "new" : old === value ? "" : "changed";
    return { key, value, old, mark };
  });
  let place = 0;
  for (const [key, old] of before) {
    if (is.has(key)) {
      place = rows.findIndex((row) => row.key === key) + 1;
    } else {
      rows.splice(place, 0, { key, value: "", old, mark: "gone" });
      place += 1;
    }
  }
  return rows;
}

function sign(mark) {
  const { sign, word } = MARKS[mark];
  const shown = el("span", { class: "sign", "aria-hidden": "true", title: word }, sign);
  return [shown, el("span", { class: "unseen" }, `${word} `)];
}

function fact({ key, value, old, mark }) {
  const signs = mark ? sign(mark) : [];
  const name = el("dt", {}, ...signs, `${key}: `);
  const shown = el("dd", {});
  if (mark === "gone") shown.append(el("del", {}, old));
  else shown.append(el("span", {}, value));
  if (mark === "changed") shown.append(" was ", el("del", {}, old));
  return el("div", { class: `fact ${mark}` }, name, shown);
}

// `GUA-3: an ack ...` as a sentence about the step in which it breaks.
function breaks(line) {
  const id = line.split(": ", 1)[0];
  const how = line.slice(id.length + 2);
  return `${id} breaks here: ${how.endsWith(".") ? how : `${how}.`}`;
}

const violates = ({ id, claim }) => `${id} (${claim}) is violated in this state.`;

// The facts of a lane, and what became of those of the state before.
function facts(before, after) {
  const rows = difference(before, after);
  if (rows.length === 0) return el("p", { class: "muted nothing" }, "nothing");
  return el("dl", { class: "facts" }, ...rows.map(fact));
}

// A line of what a step changed, `key: value` with a dash for a value that is gone.
function change(line, before) {
  const key = line.split(": ", 1)[0];
  const value = line.slice(key.length + 2);
  const known = before.some(([name]) => name === key);
  const mark = value === "-" ? "gone" : known ? "changed" : "new";
  const name = (text) => el("span", { class: "key" }, text);
  const shown = mark === "gone" ? [name(key)] : [name(`${key}: `), value];
  return el("li", { class: mark }, ...sign(mark), ...shown);
}

function changes(lines, before) {
  return el("ul", { class: "changes" }, ...lines.map((line) => change(line, before)));
}

function calls(step) {
  if (!step.calls.length) return null;
  const call = (text) => el("li", {}, el("span", { class: "unseen" }, "calls "), text);
  return el("ul", { class: "calls" }, ...step.calls.map(call));
}
