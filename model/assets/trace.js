"use strict";

// The page of one trace.
(() => {
  const trace = data("trace");
  document.title = trace.title;
  const view = new TraceView(trace, {
    moved: (at) => readdress(`#step=${at}`),
    link: (at) => `#step=${at}`,
    level: 2,
  });
  const folded = script(trace);
  const head = introduction(trace, el("h1", {}, trace.title));
  document.querySelector("main").append(head, legend(), view.root, folded);

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
    open = folded.open;
    folded.open = true;
  });
  addEventListener("afterprint", () => { folded.open = open; });
})();
