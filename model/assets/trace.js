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
    level: 2,
  });
  const script = el("details", { class: "script" }, el("summary", {}, "The trace as a script"));
  script.append(
    el("p", {}, "Save it as a .scn file; model replay FILE draws it again."),
    copyable(trace.script, "the script"),
  );
  const what = el("div", {}, el("h1", {}, trace.title), verdict(trace));
  what.append(...about.map((line) => el("p", { class: "line" }, line)));
  document.querySelector("main").append(
    el("header", { class: "head" }, what, terms([
      ["Scenario", `${scenario.name} (${scenario.class})`],
      ["Bounds", bounds(scenario)],
      ["Profile", set ? `${trace.profile}, set ${set}` : trace.profile],
      ["Mutant", trace.mutant],
      ["To repeat it", copyable(trace.command, "the command")],
    ])),
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
  let open = false;
  addEventListener("beforeprint", () => {
    open = script.open;
    script.open = true;
  });
  addEventListener("afterprint", () => { script.open = open; });
})();
