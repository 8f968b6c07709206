"use strict";

// Which step a key leads to. Up and down keep scrolling the page.
const MOVES = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  k: (at) => at - 1,
  j: (at) => at + 1,
  Home: () => 0,
  End: (at, last) => last,
};

// One trace: a slider, the state at the step it stands on, and all steps down the page. `moved` is
// told of each step that the reader goes to; `link` is the fragment that leads to a step; `level`
// is that of its headings.
class TraceView {
  constructor(trace, { moved = () => {}, link, level }) {
    this.trace = trace;
    this.level = level;
    this.last = trace.steps.length;
    this.moved = moved;
    this.at = null;
    this.build(link);
    this.show(0);
  }

  state(at) {
    return at === 0 ? this.trace.initial : this.trace.steps[at - 1].state;
  }

  // The step to begin with is no step of anybody: it changes nothing.
  step(at) {
    const nothing = { action: "", lane: null, crash: false, calls: [], broken: [] };
    return at === 0 ? nothing : this.trace.steps[at - 1];
  }

  name(at) {
    const { action, crash, lane } = this.step(at);
    if (at === 0) return "where the trace starts";
    return crash ? action : `${action}, in ${this.trace.lanes[lane]}`;
  }

  build(link) {
    const button = (text, label, to) => {
      const click = () => this.go(to(this.at));
      return el("button", { type: "button", "aria-label": label, click }, text);
    };
    this.back = button("\u2190", "Previous step", (at) => at - 1);
    this.forth = button("\u2192", "Next step", (at) => at + 1);
    this.slider = el("input", {
      type: "range", min: 0, max: this.last, value: 0, step: 1, "aria-label": "Step",
      input: () => this.go(Number(this.slider.value)),
    });
    this.where = el("p", { class: "where" });
    this.heard = el("p", { class: "unseen", "aria-live": "polite" });
    this.breaks = el("div", { class: "broken" });
    this.shown = el("div", { class: "state" });
    const controls = el("div", { class: "controls" }, this.back, this.forth, this.where);
    this.strip = strip(this.trace, (at) => this.go(at));
    const names = this.trace.lanes.map((name) => el("span", {}, name));
    const beside = el("div", { class: "names", "aria-hidden": "true" }, ...names);
    const track = el("div", { class: "track" }, beside, this.strip, this.slider);
    track.style.setProperty("--columns", this.last + 1);
    this.bar = el("div", { class: "bar screen" }, controls, track);
    const end = el("div", { class: "state end" });
    end.append(this.heading(`The state after step ${this.last}`), ...this.lanes(this.last));
    this.sequence = sequence(this.trace, (at) => this.state(at), link);
    const all = el("section", {}, this.heading("All steps"), this.sequence);
    const label = "Step by step";
    const screen = el("section", { class: "view screen", "aria-label": label });
    screen.append(this.bar, this.heard, this.breaks, this.shown);
    this.root = el("div", { class: "trace" }, screen, all, end);
  }

  // Goes to a step, and says so to whoever made the view.
  go(at) {
    if (this.show(at)) this.moved(this.at);
  }

  // Shows a step; past either end that is the end. Says whether it is another one than before.
  show(wanted) {
    const at = Math.min(Math.max(Math.trunc(wanted) || 0, 0), this.last);
    if (at === this.at) return false;
    this.at = at;
    this.slider.value = at;
    this.slider.setAttribute("aria-valuetext", `step ${at} of ${this.last}: ${this.name(at)}`);
    this.back.disabled = at === 0;
    this.forth.disabled = at === this.last;
    const { action, crash, lane } = this.step(at);
    const what = at === 0 ? "where the trace starts" : el("code", {}, action);
    const who = at === 0 ? "" : crash ? ", a crash" : `, in ${this.trace.lanes[lane]}`;
    this.where.replaceChildren(el("strong", {}, `Step ${at}`), ` of ${this.last}: `, what, who);
    this.breaks.replaceChildren(...this.broken(at));
    this.shown.replaceChildren(...this.lanes(at));
    this.heard.textContent = this.told(at);
    for (const [index, column] of [...this.strip.children].entries()) {
      column.classList.toggle("current", index === at);
    }
    for (const row of this.sequence.querySelectorAll("tbody[data-step]")) {
      if (Number(row.dataset.step) === at) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    }
    return true;
  }

  // The sentences of the guarantees that break in a step, of those that its state violates, and
  // which ones broke before.
  broken(at) {
    const lines = this.step(at).broken.map(breaks);
    if (at === this.last) lines.push(...this.trace.violated.map(violates));
    const shown = lines.map((line) => el("p", { class: "breaks" }, line));
    this.trace.steps.slice(0, Math.max(at - 1, 0)).forEach(({ broken }, index) => {
      const line = (text) => `${text.split(":", 1)[0]} broke in step ${index + 1}.`;
      shown.push(...broken.map((text) => el("p", { class: "broke muted" }, line(text))));
    });
    return shown;
  }

  // What a step did and the whole state after it.
  lanes(at) {
    const { trace } = this;
    const [before, after] = [this.state(Math.max(at - 1, 0)), this.state(at)];
    const step = this.step(at);
    const lanes = trace.lanes.map((name, lane) => {
      const acts = lane === step.lane && !step.crash;
      const said = acts ? el("span", { class: "acts" }, " acting") : null;
      const title = el(`h${this.level + 1}`, { class: "name" }, name, said);
      const shown = facts(before.lanes[lane], after.lanes[lane]);
      return el("section", { class: acts ? "lane acting" : "lane" }, title, shown);
    });
    const beside = (title, was, is) =>
      el("section", {}, el(`h${this.level + 1}`, { class: "name" }, title), facts(was, is));
    const more = el("div", { class: "beside" });
    more.append(
      beside("history, which only guarantees read", before.history, after.history),
      beside("left to the adversary", before.left, after.left),
    );
    return [this.band(step), el("div", { class: "lanes" }, ...lanes), more];
  }

  heading(text) {
    return el(`h${this.level}`, { class: "heading" }, text);
  }

  // The action over the lane that acts; a crash cuts through all of them.
  band(step) {
    const band = el("div", { class: step.crash ? "band crash" : "band" });
    if (step.action) {
      const place = el("div", { class: "action" }, el("code", {}, step.action), calls(step));
      place.style.setProperty("--lane", step.lane + 1);
      band.append(place);
    }
    return band;
  }

  // What a change of step comes to, for those who hear the page.
  told(at) {
    if (at === 0) return "";
    const counts = this.trace.lanes.map((name, lane) => {
      const was = this.state(at - 1).lanes[lane];
      const rows = difference(was, this.state(at).lanes[lane]);
      return [name, rows.filter((row) => row.mark).length];
    });
    const changed = counts.filter(([, count]) => count > 0);
    const parts = changed.map(([name, count]) => `${plural(count, "change")} in ${name}`);
    const broken = [...this.breaks.children].map((line) => line.textContent);
    return [`${parts.join(", ") || "nothing changes"}.`, ...broken].join(" ");
  }

  // Moves by a key, unless the element in focus has a use for it.
  key(event) {
    const move = MOVES[event.key];
    if (!move || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const writes = target.closest("input:not([type=range]), textarea, select");
    const slides = target === this.slider && event.key.length > 1;
    if (writes || slides) return;
    event.preventDefault();
    this.go(move(this.at, this.last));
  }
}
