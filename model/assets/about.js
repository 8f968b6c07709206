"use strict";

// What comes of a trace, and the guarantees that its last state violates.
function verdict(trace) {
  const steps = plural(trace.steps.length, "step");
  const holds = trace.verdict === "holds";
  const word = holds ? "Holds" : "Violated";
  const line = holds ? ` in the state after ${steps}` : ` after ${steps}`;
  const shown = el("div", { class: `verdict ${trace.verdict}` });
  if (trace.violated.length === 0) {
    shown.append(el("p", {}, el("strong", {}, word), `${line}.`));
  }
  for (const { id, claim } of trace.violated) {
    shown.append(el("p", {}, el("strong", {}, word), `${line}: ${id} (${claim}).`));
  }
  return shown;
}

// What the marks mean, and which keys there are.
function legend() {
  const item = (mark, text) => el("span", { class: mark }, ...sign(mark), text);
  const marks = el("span", { class: "marks" });
  marks.append("Against the step before: ", item("new", "new"), item("changed", "changed"));
  marks.append(item("gone", "gone"));
  const keys = el("span", { class: "screen" }, "Keys: left and right, or k and j; Home, End.");
  return el("p", { class: "legend small muted" }, marks, " ", keys);
}
