"use strict";

// Who acts in which step: a column for each step over the slider, a row for each lane. It says
// nothing that the slider and the table below do not say, so it is for the eye and the mouse only.
function strip(trace, go) {
  const column = (step, at) => {
    const rows = trace.lanes.map((_, lane) => {
      const acts = step && !step.crash && step.lane === lane;
      return el("i", { class: acts ? "acts" : "" });
    });
    const kind = step && step.crash ? "column crash" : "column";
    const kinds = step && step.broken.length ? `${kind} breaking` : kind;
    const title = step ? `${at} ${step.action}` : "where the trace starts";
    return el("div", { class: kinds, title, click: () => go(at) }, ...rows);
  };
  const columns = [null, ...trace.steps].map(column);
  return el("div", { class: "strip", "aria-hidden": "true" }, ...columns);
}

// All steps down the page, in lanes: the action where it is taken, below it what changed.
function sequence(trace, state, link) {
  const names = trace.lanes.map((name) => el("th", { scope: "col" }, name));
  const head = el("tr", {}, el("th", { scope: "col" }, el("span", { class: "unseen" }, "step")));
  head.append(...names);
  const table = el("table", { class: "sequence" }, el("thead", {}, head), first(trace, link));
  trace.steps.forEach((step, index) => {
    table.append(row(trace, step, index + 1, state(index), link));
  });
  if (trace.violated.length) table.append(end(trace));
  return table;
}

function number(at, link) {
  const what = at === 0 ? "Show the start" : `Show step ${at}`;
  const jump = el("a", { href: link(at), "aria-label": what }, String(at));
  return el("th", { scope: "row" }, jump);
}

function cell(trace, lane, ...content) {
  return el("td", { "data-lane": trace.lanes[lane] }, ...content);
}

// A click anywhere in a step goes where its number leads, unless text is being selected.
function body(at, rows) {
  const click = (event) => {
    if (event.target.closest("a") || !getSelection().isCollapsed) return;
    event.currentTarget.querySelector("a").click();
  };
  return el("tbody", { "data-step": at, click }, ...rows);
}

function first(trace, link) {
  const lines = (facts) => facts.map(([key, value]) => el("li", {}, `${key}: ${value}`));
  const list = (facts) => el("ul", { class: "changes muted" }, ...lines(facts));
  const cells = trace.initial.lanes.map((facts, lane) =>
    cell(trace, lane, facts.length ? list(facts) : null));
  return body(0, [el("tr", {}, number(0, link), ...cells)]);
}

function row(trace, step, at, before, link) {
  const { crash, lane: acting } = step;
  const across = trace.lanes.length;
  const cells = trace.lanes.map((_, lane) => {
    const acts = !crash && lane === acting;
    const action = acts ? [el("code", { class: "action" }, step.action), calls(step)] : [];
    const lines = step.changes[lane] || [];
    const changed = lines.length ? changes(lines, before.lanes[lane]) : null;
    return cell(trace, lane, ...action, changed);
  });
  const rows = [];
  if (crash) {
    const cut = el("td", { colspan: across }, el("code", { class: "action" }, step.action));
    rows.push(el("tr", { class: "crash" }, number(at, link), cut));
    rows.push(el("tr", {}, el("td", {}), ...cells));
  } else {
    rows.push(el("tr", {}, number(at, link), ...cells));
  }
  step.broken.forEach((line) => rows.push(sentence(breaks(line), across)));
  return body(at, rows);
}

function sentence(text, across) {
  const said = el("td", { colspan: across, class: "breaks" }, text);
  return el("tr", { class: "sentence" }, el("td", {}), said);
}

function end(trace) {
  const across = trace.lanes.length;
  const lines = trace.violated.map((violated) => sentence(violates(violated), across));
  return el("tbody", {}, ...lines);
}
