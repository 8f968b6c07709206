"use strict";

const code = (text) => el("code", {}, text);
const anchor = (id, text) => el("a", { href: `#${id}` }, text);
const rule = (id) => anchor(id, id);
const rules = (ids) => links(ids, rule);
const mutant = (name) => el("a", { href: `#mutant-${name}` }, code(name));
const scenario = (name) => el("a", { href: `#scenario-${name}` }, code(name));
const small = (text) => el("div", { class: "small muted" }, text);

// What holds in which design. A cell that says "violated" leads to the finding.
function guarantees(report) {
  const cell = (profile, { id }) => {
    const held = profile.guarantees[id];
    if (!held || held.verdict === "not_checked") return el("span", { class: "muted" }, "not checked");
    if (held.verdict === "holds") return "holds";
    const text = held.steps === null ? "violated" : `violated, ${held.steps}`;
    const where = held.scenario ? `in ${held.scenario}` : null;
    if (!held.finding) return el("span", { class: "breaks", title: where }, text);
    const to = `#finding=${held.finding}`;
    return el("a", { class: "breaks", href: to, title: where }, `${text} (${held.finding})`);
  };
  const columns = [
    { title: "guarantee", cell: ({ id }) => id },
    { title: "it claims", cell: ({ claim, sentence }) => [el("div", {}, claim), small(sentence)] },
    ...report.profiles.map((profile) => ({
      title: profile.name, kind: "held", cell: (row) => cell(profile, row),
    })),
  ];
  const note = "A number is the length of a shortest violation, in steps; behind it is the finding.";
  const shown = table(columns, report.guarantees, { id: ({ id }) => id, label: "Guarantees" });
  return [el("p", {}, note), shown, el("h3", {}, "Profiles"), ...report.profiles.map(profile)];
}

function profile({ name, story, commit, departures }) {
  const columns = [
    { title: "departure", cell: ({ name }) => code(name) },
    { title: "rules", cell: (departure) => rules(departure.rules) },
    { title: "what it does", cell: ({ story }) => story },
  ];
  const at = commit ? [" Read at ", code(commit), "."] : [];
  const title = el("p", {}, el("strong", {}, name), `: ${story}`, ...at);
  if (!departures.length) return title;
  const shown = el("details", {}, el("summary", {}, plural(departures.length, "departure")));
  shown.append(table(columns, departures, { label: `Departures of ${name}` }));
  return el("div", {}, title, shown);
}

function mechanisms(report) {
  const value = ({ name, departure, story, rules: ids }) => {
    const what = departure ? `: ${story}` : ", as in SPEC.md";
    const which = ids.length ? [" (", ...rules(ids), ")"] : [];
    return el("li", {}, code(name), what, ...which);
  };
  const columns = [
    { title: "mechanism", cell: ({ name }) => code(name) },
    { title: "it decides", cell: ({ decides }) => decides },
    { title: "values", cell: ({ values }) => el("ul", { class: "plain" }, ...values.map(value)) },
  ];
  const shown = table(columns, report.mechanisms, { label: "Mechanisms" });
  const note = el("p", {}, "One decision each; ", code("check --set MECHANISM=VALUE"), " turns it.");
  return [note, filter(rowsOf(shown), "mechanism"), shown];
}

function events(report) {
  const says = (name) => ({ profiles }) => {
    const cell = profiles[name];
    if (!cell) return "";
    return el("span", { class: cell.steps === null ? "muted" : null }, cell.says);
  };
  const columns = [
    { title: "news", cell: ({ news }) => news },
    { title: "becomes", cell: ({ fate, story }) => [fate, story ? small(story) : ""] },
    ...report.profiles.map(({ name }) => ({ title: name, kind: "number", cell: says(name) })),
  ];
  const note = "A number is the length of a shortest trace in which it becomes so.";
  return [el("p", {}, note), table(columns, report.events, { label: "User events" })];
}

const unique = ({ unique }) => unique;
const count = (title, key) =>
  ({ title, kind: "number", cell: (row) => grouped(key(row)), key });
const bars = (title, scale) =>
  ({ title: axis(scale, title), kind: "bars", sorts: false, cell: (row) => bar(row.unique, scale) });

function scenarios(report) {
  const columns = [
    { title: "scenario", cell: ({ name }) => code(name) },
    { title: "class", cell: (row) => row.class },
    { title: "bounds and features", kind: "small", cell: bounds },
    count("unique", unique),
    bars("unique states, log scale", logScale(report.scenarios.map(unique))),
    count("generated", ({ generated }) => generated),
    count("depth", ({ depth }) => depth),
    { title: "verdict", cell: ({ verdict }) => verdict },
    { title: "seconds", kind: "number", key: ({ seconds }) => seconds,
      cell: ({ seconds }) => seconds.toFixed(1) },
  ];
  const id = ({ name }) => `scenario-${name}`;
  const shown = table(columns, report.scenarios, { id, sorts: true, label: "Scenarios" });
  return [filter(rowsOf(shown), "scenario"), shown];
}

function growth(report) {
  const columns = [
    { title: "change to the base", cell: ({ change }) => change },
    count("unique", unique),
    { title: "factor", kind: "number", key: ({ factor }) => factor,
      cell: ({ factor }) => factor.toFixed(1) },
    bars("unique states, log scale", logScale(report.growth.map(unique))),
  ];
  return [table(columns, report.growth, { sorts: true, label: "Growth" })];
}

function mutants(report) {
  const columns = [
    { title: "mutant", cell: ({ name }) => code(name) },
    { title: "what it does", cell: ({ story }) => story },
    { title: "breaks", cell: (row) => rules(row.breaks) },
    { title: "killed by", cell: (row) => (row.killed_by ? rule(row.killed_by) : "nothing") },
    { title: "steps", kind: "number", key: ({ steps }) => steps ?? Infinity,
      cell: ({ steps }) => (steps === null ? "-" : String(steps)) },
    { title: "scenario", cell: (row) => scenario(row.scenario) },
  ];
  const id = ({ name }) => `mutant-${name}`;
  const shown = table(columns, report.mutants, { id, sorts: true, label: "Mutants" });
  return [filter(rowsOf(shown), "mutant"), shown];
}

function rulesOf(report) {
  const columns = [
    { title: "rule", cell: ({ id }) => id },
    { title: "sentence", cell: ({ sentence }) => sentence },
    { title: "mutants", cell: (row) => links(row.mutants, mutant) },
    { title: "place", kind: "small", cell: ({ place }) => links(place, code) },
  ];
  const shown = table(columns, report.rules, { id: ({ id }) => id, label: "Rules" });
  return [filter(rowsOf(shown), "rule"), shown];
}
