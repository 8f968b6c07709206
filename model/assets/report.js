"use strict";

// The page of a whole run.
(() => {
  const report = data("report");

  // A finding's trace is drawn when its section is opened: all of them at once take seconds.
  function finding(found) {
    const { id, title, severity, profile, guarantee, steps, page, trace } = found;
    const where = [guarantee, profile, steps === null ? null : plural(steps, "step")];
    const facts = [severity, ...where].filter(Boolean).join(", ");
    const named = el("h3", {}, el("strong", {}, `${id} `), `${title} `);
    named.append(el("span", { class: "muted" }, facts));
    const line = el("summary", {}, named);
    const shown = el("details", { class: "finding", id: `finding-${id}` }, line);
    let view = null;
    const draw = () => {
      if (view || !trace) return;
      const link = (at) => `#finding=${id}&step=${at}`;
      view = new TraceView(trace, { moved: (at) => readdress(link(at)), link, level: 4 });
      view.root.addEventListener("keydown", (event) => view.key(event));
      const told = trace.about.some((line) => line.includes(page));
      const line = told ? "" : el("p", { class: "line" }, "Page: ", code(page));
      shown.append(introduction(trace, line), legend(), view.root, script(trace));
    };
    if (!trace) shown.append(el("p", {}, "The model cannot say it yet. Page: ", code(page)));
    shown.addEventListener("toggle", () => { if (shown.open) draw(); });
    const open = (step) => {
      shown.open = true;
      draw();
      if (view && step !== null) view.show(Number(step));
      (view && step !== null ? view.root : shown).scrollIntoView();
    };
    return { id, shown, open };
  }

  const causes = "A violation by the model of one of upstream's designs, one for each cause. The " +
    "page says how sure we are of the design.";
  const found = report.findings.map(finding);
  const shownFindings = found.map(({ shown }) => shown);
  const sections = [
    ["guarantees", "Guarantees", report.guarantees.length, guarantees(report)],
    ["mechanisms", "Mechanisms", report.mechanisms.length, mechanisms(report)],
    ["events", "User events", null, events(report)],
    ["scenarios", "Scenarios", report.scenarios.length, scenarios(report)],
    ["growth", "Growth", null, growth(report)],
    ["mutants", "Mutants", report.mutants.length, mutants(report)],
    ["findings", "Findings", found.length,
      [el("p", {}, causes), filter(shownFindings, "finding"), el("div", {}, ...shownFindings)]],
    ["rules", "Rules", report.rules.length, rulesOf(report)],
  ];

  const entry = ([id, title, count]) => {
    const how = count === null ? null : el("span", { class: "muted" }, ` ${count}`);
    return el("li", {}, anchor(id, title), how);
  };
  document.querySelector("nav").append(el("ul", {}, ...sections.map(entry)));
  // The first line says the word again.
  const { word, lines: [first = "", ...more] } = report.verdict;
  const rest = first.startsWith(word) ? first.slice(word.length) : `: ${first}`;
  document.querySelector("main").append(
    el("h1", {}, document.title),
    el("p", { class: `verdict ${word}` }, el("strong", {}, word), rest),
    ...more.map((line) => el("p", { class: "line" }, line)),
    terms([
      ["Commit", report.commit && code(report.commit)],
      ["To repeat it", copyable(report.command, "the command")],
    ]),
    ...sections.map(([id, title, , content]) =>
      el("section", { id, "aria-label": title }, el("h2", {}, title), ...content)),
  );

  // A run may be of some scenarios only: a link to what is not here is text.
  for (const link of document.querySelectorAll("main a")) {
    const to = link.hash.slice(1);
    const isFinding = found.some(({ id }) => to === `finding=${id}`);
    if (!isFinding && !document.getElementById(to)) link.replaceWith(...link.childNodes);
  }

  // A link may lead to a finding, or to what only now has been drawn.
  const follow = () => {
    const [at, target] = [address(), document.getElementById(location.hash.slice(1))];
    const wanted = found.find(({ id }) => id === at.get("finding"));
    if (wanted) wanted.open(at.get("step"));
    else if (target) {
      // A filter may have left it out.
      target.hidden = false;
      target.scrollIntoView();
    }
  };
  follow();
  addEventListener("hashchange", follow);
})();
