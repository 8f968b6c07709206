"use strict";

// The page of one trace.
(() => {
  const trace = data("trace");
  document.title = trace.title;

  // What the verdict says need not be said again.
  const says = (line) => trace.violated.some(({ claim }) => line.includes(claim));
  const about = trace.about.filter((line) => !says(line));
  const { scenario } = trace;
  const set = Object.entries(trace.set || {}).map(([flag, value]) => `${flag}=${value}`).join(" ");
  const view = new TraceView(trace, {
    moved: (at) => readdress(`#step=${at}`),
    link: (at) => `#step=${at}`,
  });
  const script = el("details", { class: "script" }, el("summary", {}, "The trace as a script"));
  script.append(
    el("p", {}, "Save it as a .scn file; model replay FILE draws it again."),
    copyable(trace.script, "the script"),
  );
  document.querySelector("main").append(
    el("h1", {}, trace.title),
    verdict(trace),
    ...about.map((line) => el("p", { class: "line" }, line)),
    terms([
      ["Scenario", `${scenario.name} (${scenario.class})`],
      ["Bounds", bounds(scenario)],
      ["Profile", set ? `${trace.profile}, set ${set}` : trace.profile],
      ["Mutant", trace.mutant],
      ["To repeat it", copyable(trace.command, "the command")],
    ]),
    legend(),
    view.root,
    script,
  );

  const follow = () => {
    const step = address().get("step");
    if (step !== null) view.show(Number(step));
  };
  follow();
  addEventListener("hashchange", () => {
    follow();
    view.root.scrollIntoView();
  });
  addEventListener("keydown", (event) => view.key(event));
  addEventListener("beforeprint", () => { script.open = true; });
})();
