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
      const script = el("details", { class: "script" }, el("summary", {}, "The trace as a script"));
      script.append(copyable(trace.script, "the script"));
      shown.append(verdict(trace), terms([
        ["Scenario", `${trace.scenario.name} (${trace.scenario.class})`],
        ["Bounds", bounds(trace.scenario)],
        ["Page", code(page)],
        ["To repeat it", copyable(trace.command, "the command")],
      ]), legend(), view.root, script);
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
  const { word, lines: said } = report.verdict;
  document.querySelector("main").append(
    el("h1", {}, document.title),
    el("p", { class: `verdict ${word}` }, el("strong", {}, word)),
    ...said.map((line) => el("p", { class: "line" }, line)),
    terms([
      ["Commit", report.commit && code(report.commit)],
      ["To repeat it", copyable(report.command, "the command")],
    ]),
    ...sections.map(([id, title, , content]) =>
      el("section", { id, "aria-label": title }, el("h2", {}, title), ...content)),
  );

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
