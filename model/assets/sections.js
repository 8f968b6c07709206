"use strict";

// A name breaks at its underscores, where it has to.
function code(text) {
  const parts = text.split("_");
  return el("code", {}, ...parts.flatMap((part, at) => (at ? ["_", el("wbr"), part] : [part])));
}

const anchor = (id, text) => el("a", { href: `#${id}` }, text);
const rule = (id) => el("a", { class: "id", href: `#${id}` }, id);
const name = (id) => el("span", { class: "id" }, id);
const rules = (ids) => links(ids, rule);
const mutant = (name) => el("a", { href: `#mutant-${name}` }, code(name));
const scenario = (name) => el("a", { href: `#scenario-${name}` }, code(name));
const small = (text) => el("div", { class: "small muted" }, ...prose(text));

// What holds in which design. A cell that says "violated" leads to the finding.
function guarantees(report) {
  const cell = (profile, { id }) => {
    const held = profile.guarantees[id];
    if (held && held.verdict === "holds") return "holds";
    if (!held || held.verdict !== "violated") return el("span", { class: "muted" }, "not checked");
    const text = held.steps === null ? "violated" : `violated, ${held.steps}`;
    const where = held.scenario ? `in ${held.scenario}` : null;
    if (!held.finding) return el("span", { class: "breaks", title: where }, text);
    const to = `#finding=${held.finding}`;
    return el("a", { class: "breaks", href: to, title: where }, `${text} (${held.finding})`);
  };
  const columns = [
    { title: "guarantee", cell: ({ id }) => name(id) },
    { title: "it claims", cell: (row) => [el("div", {}, row.claim), small(row.sentence)] },
    ...report.profiles.map((profile) => ({
      title: profile.name, kind: "held", cell: (row) => cell(profile, row),
    })),
  ];
  const note =
    "A number is the length of a shortest violation, in steps; in brackets is a finding that " +
    "violates the guarantee, too, be it in more steps.";
  const shown = table(columns, report.guarantees, { id: ({ id }) => id, label: "Guarantees" });
  return [el("p", {}, note), shown, el("h3", {}, "Profiles"), ...report.profiles.map(profile)];
}

function profile({ name, story, commit, departures }) {
  const columns = [
    { title: "departure", cell: ({ name }) => code(name) },
    { title: "rules", cell: (departure) => rules(departure.rules) },
    { title: "what it does", cell: ({ story }) => prose(story) },
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
    const what = departure ? [": ", ...prose(story)] : [", as in SPEC.md"];
    const which = ids.length ? [" (", ...rules(ids), ")"] : [];
    return el("li", {}, code(name), ...what, ...which);
  };
  const columns = [
    { title: "mechanism", cell: ({ name }) => code(name) },
    { title: "it decides", cell: ({ decides }) => decides },
    { title: "values", cell: (row) => el("ul", { class: "plain" }, ...row.values.map(value)) },
  ];
  const shown = table(columns, report.mechanisms, { label: "Mechanisms" });
  const how = code("check --set MECHANISM=VALUE");
  const note = el("p", {}, "One decision each; ", how, " takes another value.");
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
// A column of numbers; one that is not known sorts before all others.
const numbers = (title, key, show) => ({
  title,
  kind: "number",
  key: (row) => key(row) ?? -1,
  cell: (row) => (key(row) === null ? "-" : show(key(row))),
});
const count = (title, key) => numbers(title, key, grouped);
const tenths = (title, key) => numbers(title, key, (number) => number.toFixed(1));
const bars = (title, rows) => {
  const scale = logScale(rows.map(unique));
  const cell = (row) => bar(row.unique, scale);
  return { title: axis(scale, title), kind: "bars", sorts: false, cell };
};

function scenarios(report) {
  const columns = [
    { title: "scenario", cell: ({ name }) => code(name) },
    { title: "class", cell: (row) => row.class },
    { title: "bounds and features", kind: "small", cell: bounds },
    count("unique", unique),
    bars("unique states, log scale", report.scenarios),
    count("generated", ({ generated }) => generated),
    count("depth", ({ depth }) => depth),
    { title: "verdict", cell: ({ verdict }) => verdict },
    tenths("seconds", ({ seconds }) => seconds),
  ];
  const id = ({ name }) => `scenario-${name}`;
  const shown = table(columns, report.scenarios, { id, sorts: true, label: "Scenarios" });
  const note = "Each is explored completely within its bounds. That it holds means no more.";
  return [el("p", {}, note), filter(rowsOf(shown), "scenario"), shown];
}

function growth(report) {
  const columns = [
    { title: "change to the base", cell: ({ change }) => change },
    count("unique", unique),
    tenths("factor", ({ factor }) => factor),
    bars("unique states, log scale", report.growth),
  ];
  const note = "What one more HTLC, crash, write or feature costs in states.";
  return [el("p", {}, note), table(columns, report.growth, { sorts: true, label: "Growth" })];
}

function mutants(report) {
  const columns = [
    { title: "mutant", cell: ({ name }) => code(name) },
    { title: "what it does", cell: ({ story }) => prose(story) },
    { title: "breaks", cell: (row) => rules(row.breaks) },
    { title: "killed by", cell: (row) => (row.killed_by ? rule(row.killed_by) : "nothing") },
    count("steps", ({ steps }) => steps),
    { title: "scenario", cell: (row) => scenario(row.scenario) },
  ];
  const id = ({ name }) => `mutant-${name}`;
  const shown = table(columns, report.mutants, { id, sorts: true, label: "Mutants" });
  const note = "SPEC.md with one rule broken each, and the guarantee that notices.";
  return [el("p", {}, note), filter(rowsOf(shown), "mutant"), shown];
}

function rulesOf(report) {
  const columns = [
    { title: "rule", cell: ({ id }) => name(id) },
    { title: "sentence", cell: ({ sentence }) => prose(sentence) },
    { title: "mutants", cell: (row) => links(row.mutants, mutant) },
    { title: "place", kind: "small", cell: ({ place }) => links(place, code) },
  ];
  const shown = table(columns, report.rules, { id: ({ id }) => id, label: "Rules" });
  const note = "The rules of SPEC.md: which mutants break each, and where the model keeps it.";
  return [el("p", {}, note), filter(rowsOf(shown), "rule"), shown];
}
