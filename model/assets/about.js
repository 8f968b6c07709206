"use strict";

// What comes of a trace, and the guarantees that its last state violates.
function verdict(trace) {
  const steps = plural(trace.steps.length, "step");
  const violated = trace.violated.map(({ id, claim }) => `${id} (${claim})`).join("; ");
  const holds = trace.verdict === "holds";
  const word = el("strong", {}, holds ? "Holds" : "Violated");
  const where = holds ? ` in the state after ${steps}` : ` after ${steps}`;
  const line = violated ? `${where}: ${violated}.` : `${where}.`;
  return el("p", { class: `verdict ${trace.verdict}` }, word, line);
}

// What is to be said of a trace before it is told; what the verdict says is not said again.
function introduction(trace, ...title) {
  const says = (line) => trace.violated.some(({ claim }) => line.includes(claim));
  const about = trace.about.filter((line) => !says(line));
  const lines = about.map((line) => el("p", { class: "line" }, line));
  const what = el("div", {}, ...title, verdict(trace), ...lines);
  const set = Object.entries(trace.set || {}).map(([flag, value]) => `${flag}=${value}`).join(" ");
  const where = terms([
    ["Scenario", `${trace.scenario.name} (${trace.scenario.class})`],
    ["Bounds", bounds(trace.scenario)],
    ["Profile", set ? `${trace.profile}, set ${set}` : trace.profile],
    ["Mutant", trace.mutant],
    ["To repeat it", copyable(trace.command, "the command")],
  ]);
  return el("header", { class: "head" }, what, where);
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

// The script, folded, with what it is for.
function script(trace) {
  const folded = el("details", { class: "script" }, el("summary", {}, "The trace as a script"));
  const use = el("p", {}, "Save it as a .scn file; ", el("code", {}, "model replay FILE"));
  use.append(" draws it again.");
  folded.append(use, copyable(trace.script, "the script"));
  return folded;
}
