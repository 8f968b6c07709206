//! One scenario under one protocol, exhaustively: the engine's counts turned into a verdict.

use crate::action::{Action, ActionKind};
use crate::engine::{self, Column, End, Inspect, Options, Outcome, column};
use crate::lift;
use crate::machine::Machine;
use crate::property::{PROPERTIES, Property};
use crate::protocol::{Protocol, Spec};
use crate::reduction::Reductions;
use crate::settle;
use crate::state::{CHANNELS, HTLCS, State};
use crate::witness::{Situations, WITNESSES};

/// Who follows a run of many searches.
pub trait Observer: engine::Observer {
    /// The run comes to an item of a phase: the `index`-th, from 1, of so many.
    fn begins(&self, phase: &str, item: &str, index: usize, of: usize);

    /// A scenario has been checked.
    fn checked(&self, scenario: &str, report: &Report);

    /// Something else is known, in a line.
    fn says(&self, line: &str);

    /// Whether the run is to end, with what it has.
    fn is_interrupted(&self) -> bool;
}

/// How a check is conducted.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// Threads of the search.
    pub threads: usize,
    /// Bound on the memory of the search; beyond it the verdict is incomplete.
    pub memory_bytes: u64,
    /// Told how far the run is.
    pub observer: Option<&'a dyn Observer>,
    /// The states that are taken for one. Changes counts, and of several traces that are equally
    /// short the one that is shown; no verdict, and no length.
    pub reductions: Reductions,
}

impl Default for Settings<'_> {
    /// Without reductions: counts are what there is.
    fn default() -> Self {
        let reductions = Reductions::NONE;
        Settings { threads: 2, memory_bytes: 8 << 30, observer: None, reductions }
    }
}

impl<'a> Settings<'a> {
    /// What the engine is told; it stops where one of these properties (a mask) is violated.
    pub fn options(&self, stop_on: u64) -> Options<'a> {
        let Settings { threads, memory_bytes, observer, .. } = *self;
        let observer = observer.map(|observer| observer as &dyn engine::Observer);
        Options { threads, memory_bytes, stop_on, observer, ..Options::default() }
    }

    /// Tells the observer what comes next.
    pub fn begin(&self, phase: &str, item: &str, index: usize, of: usize) {
        if let Some(observer) = self.observer {
            observer.begins(phase, item, index, of);
        }
    }

    /// Tells the observer what became of a scenario.
    pub fn checked(&self, scenario: &str, report: &Report) {
        if let Some(observer) = self.observer {
            observer.checked(scenario, report);
        }
    }

    /// Tells the observer something.
    pub fn say(&self, line: &str) {
        if let Some(observer) = self.observer {
            observer.says(line);
        }
    }

    /// Whether the run is to end, with what it has.
    pub fn is_interrupted(&self) -> bool {
        self.observer.is_some_and(Observer::is_interrupted)
    }
}

/// What a check says of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every reachable state was explored, and no guarantee is violated.
    Holds,
    /// Some guarantee is violated.
    Violated,
    /// The memory bound was hit before every state was explored.
    Incomplete,
}

impl Verdict {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Incomplete => "incomplete",
        }
    }
}

/// A violated guarantee and a shortest path to it.
pub struct Violation {
    /// The guarantee.
    pub property: &'static Property,
    /// The path from the initial state.
    pub path: Vec<Action>,
}

/// What a check found.
pub struct Report {
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether every reachable state was explored.
    pub complete: bool,
    out_of_memory: bool,
    interrupted: bool,
    /// The states that were taken for one.
    pub reductions: Reductions,
    /// Unique states.
    pub unique: u64,
    /// Successors computed before duplicate removal.
    pub generated: u64,
    /// Steps of the longest of the shortest paths.
    pub depth: u32,
    /// Violated guarantees, in the order of [`PROPERTIES`].
    pub violations: Vec<Violation>,
    /// How often each kind of action was taken.
    pub fired: [u64; 64],
    /// Which of [`WITNESSES`] were reached: bit i for witness i.
    pub witnessed: u64,
    /// Run time.
    pub seconds: f64,
    /// Peak memory of the search.
    pub peak_bytes: u64,
}

impl Report {
    /// Whether the memory bound ended the search.
    pub fn is_out_of_memory(&self) -> bool {
        self.out_of_memory
    }

    /// Whether the search ended before it had an answer, by memory or by somebody.
    pub fn is_cut(&self) -> bool {
        self.out_of_memory || self.interrupted
    }

    /// Whether somebody ended the search.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// The report of one path that was run instead of a search, and of what its last state
    /// violates; none if it is no path, or violates nothing.
    pub fn of_path(violation: Option<Violation>) -> Report {
        let steps = violation.as_ref().map_or(0, |violation| violation.path.len() as u32);
        Report {
            verdict: if violation.is_some() { Verdict::Violated } else { Verdict::Incomplete },
            complete: false,
            out_of_memory: false,
            interrupted: false,
            reductions: Reductions::NONE,
            unique: u64::from(steps) + 1,
            generated: u64::from(steps) + 1,
            depth: steps,
            violations: violation.into_iter().collect(),
            fired: [0; 64],
            witnessed: 0,
            seconds: 0.0,
            peak_bytes: 0,
        }
    }
}

/// A machine that can be searched: of the specification, or of what differs from it in some
/// decisions. So a search is compiled here, once for each, and not by everybody who asks for one.
pub trait Searchable {
    /// Explores until a guarantee of `stop_on` (bit i for property i) is violated, or to the end;
    /// with those of the reductions asked for that are sound.
    fn explore(&self, settings: &Settings, stop_on: u64) -> (Outcome<Action>, Reductions);
}

impl Searchable for Machine<Spec> {
    fn explore(&self, settings: &Settings, stop_on: u64) -> (Outcome<Action>, Reductions) {
        (explore(self, settings, stop_on), self.sound(settings.reductions))
    }
}

impl Searchable for Machine<dyn Protocol> {
    fn explore(&self, settings: &Settings, stop_on: u64) -> (Outcome<Action>, Reductions) {
        (explore(self, settings, stop_on), self.sound(settings.reductions))
    }
}

/// Explores all states and evaluates every guarantee.
pub fn check(machine: &dyn Searchable, settings: &Settings) -> Report {
    search(machine, settings, 0)
}

/// Explores until the guarantee with this id is violated, level by level, so that the path is a
/// shortest one; exhausts the states if it holds.
pub fn hunt(machine: &dyn Searchable, settings: &Settings, guarantee: &str) -> Report {
    let index = PROPERTIES.iter().position(|p| p.id == guarantee);
    search(machine, settings, 1 << index.expect("the guarantee exists"))
}

/// Explores until any guarantee is violated, level by level; exhausts the states if all hold. The
/// violations are those of the first level that has one.
pub fn hunt_any(machine: &dyn Searchable, settings: &Settings) -> Report {
    search(machine, settings, u64::MAX)
}

/// A shortest path to a state that shows a witness, given by its index in [`WITNESSES`].
pub fn find_witness(
    machine: &dyn Searchable,
    settings: &Settings,
    index: usize,
) -> Option<Vec<Action>> {
    let (outcome, _) = machine.explore(settings, 0);
    outcome.witness_paths.into_iter().find(|found| found.witness == index).map(|found| found.path)
}

fn search(machine: &dyn Searchable, settings: &Settings, stop_on: u64) -> Report {
    let (outcome, reductions) = machine.explore(settings, stop_on);
    let violations: Vec<Violation> = outcome
        .violations
        .into_iter()
        .map(|v| Violation { property: &PROPERTIES[v.property], path: v.path })
        .collect();
    let verdict = match outcome.end {
        _ if !violations.is_empty() => Verdict::Violated,
        End::Exhausted => Verdict::Holds,
        End::Stopped | End::OutOfMemory | End::Interrupted => Verdict::Incomplete,
    };
    Report {
        verdict,
        complete: outcome.end == End::Exhausted,
        out_of_memory: outcome.end == End::OutOfMemory,
        interrupted: outcome.end == End::Interrupted,
        reductions,
        unique: outcome.unique,
        generated: outcome.generated,
        depth: outcome.depth,
        violations,
        fired: outcome.fired,
        witnessed: outcome.witnessed,
        seconds: outcome.seconds,
        peak_bytes: outcome.peak_bytes,
    }
}

/// Explores a machine over states no larger than its scenario needs: half the size, a tenth of the
/// time, and no state differs but by slots that nobody uses.
fn explore<P: Protocol + ?Sized>(
    machine: &Machine<P>,
    settings: &Settings,
    stop_on: u64,
) -> Outcome<Action> {
    let (reductions, options) = (settings.reductions, &settings.options(stop_on));
    match machine.topology.size() {
        (1, ..=2) => explore_as(machine.sized::<1, 2>().with(reductions), options),
        (2, ..=2) => explore_as(machine.sized::<2, 2>().with(reductions), options),
        _ => explore_as(machine.sized::<CHANNELS, HTLCS>().with(reductions), options),
    }
}

fn explore_as<P: Protocol + ?Sized, const C: usize, const H: usize>(
    machine: Machine<P, C, H>,
    options: &Options,
) -> Outcome<Action> {
    let mut outcome = engine::explore(&machine, &Guarantees, options);
    let paths = outcome.violations.iter_mut().map(|violation| &mut violation.path);
    let paths = paths.chain(outcome.witness_paths.iter_mut().map(|witness| &mut witness.path));
    paths.for_each(|path| *path = lift::lifted(&machine, path));
    outcome
}

/// Asks the engine's questions on behalf of the guarantees and the witnesses.
pub struct Guarantees;

// The engine's masks and classes have 64 bits. `Crash` is the last kind.
const _: () = assert!(PROPERTIES.len() <= 64 && WITNESSES.len() <= 64);
const _: () = assert!((ActionKind::Crash as usize) < 64);

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Inspect<Machine<P, C, H>>
    for Guarantees
{
    fn violations(&self, machine: &Machine<P, C, H>, s: &State<C, H>, actions: &[Action]) -> u64 {
        machine.violated(s, actions).fold(0, |bits, index| bits | 1 << index)
    }

    fn witnesses(
        &self,
        machine: &Machine<P, C, H>,
        s: &State<C, H>,
        _: &[Action],
        missing: u64,
    ) -> u64 {
        let wanted =
            Situations::<C, H>::ALL.iter().enumerate().filter(|(i, _)| missing & (1 << i) != 0);
        wanted
            .filter(|(_, w)| (w.holds)(&machine.topology, s))
            .fold(0, |bits, (i, _)| bits | 1 << i)
    }

    fn kind(&self, action: &Action) -> usize {
        action.kind() as usize
    }

    fn fair_choice(
        &self,
        machine: &Machine<P, C, H>,
        s: &State<C, H>,
        actions: &[Action],
        order: usize,
    ) -> Option<usize> {
        settle::choice(machine, s, actions, order)
    }

    fn fair_action(
        &self,
        machine: &Machine<P, C, H>,
        s: &State<C, H>,
        order: usize,
        _: &mut Vec<Action>,
    ) -> Option<Action> {
        machine.fair_action(s, order)
    }

    /// A schedule that never ends loses what waits for its end (GUA-1).
    fn unsettled_bit(&self) -> u64 {
        1
    }

    fn is_terminal(&self, s: &State<C, H>) -> bool {
        s.is_stuck()
    }

    fn columns(&self) -> Vec<Box<dyn Column<State<C, H>>>> {
        columns()
    }
}

/// The parts of a state that change apart from each other; all of it.
fn columns<const C: usize, const H: usize>() -> Vec<Box<dyn Column<State<C, H>>>> {
    let mut all = vec![
        column(|s: &mut State<C, H>| &mut s.world),
        column(|s: &mut State<C, H>| &mut s.disk.monitors),
        column(|s: &mut State<C, H>| &mut s.disk.writes_len),
        column(|s: &mut State<C, H>| &mut s.disk.archival),
        column(|s: &mut State<C, H>| &mut s.disk.manager),
        column(|s: &mut State<C, H>| &mut s.disk.manager_write),
        column(|s: &mut State<C, H>| &mut s.disk.manager_writing),
        column(|s: &mut State<C, H>| &mut s.node.boot),
        column(|s: &mut State<C, H>| &mut s.node.failed),
        column(|s: &mut State<C, H>| &mut s.node.resumed),
        column(|s: &mut State<C, H>| &mut s.node.manager),
        column(|s: &mut State<C, H>| &mut s.node.forward_acks),
        column(|s: &mut State<C, H>| &mut s.node.acks),
        column(|s: &mut State<C, H>| &mut s.node.handling),
        column(|s: &mut State<C, H>| &mut s.node.copy_acks),
        column(|s: &mut State<C, H>| &mut s.ledger),
        column(|s: &mut State<C, H>| &mut s.budget),
    ];
    // One channel mostly rests while another moves.
    let of_channels: [fn() -> OfChannel<C, H>; CHANNELS] = [
        of_channel::<0, C, H>,
        of_channel::<1, C, H>,
        of_channel::<2, C, H>,
        of_channel::<3, C, H>,
    ];
    all.extend(of_channels.into_iter().take(C).flat_map(|columns| columns()));
    all
}

type OfChannel<const C: usize, const H: usize> = [Box<dyn Column<State<C, H>>>; 2];

const _: () = assert!(CHANNELS == 4, "each channel has columns of its own");

fn of_channel<const I: usize, const C: usize, const H: usize>() -> [Box<dyn Column<State<C, H>>>; 2]
{
    [
        column(|s: &mut State<C, H>| &mut s.disk.writes[I]),
        column(|s: &mut State<C, H>| &mut s.node.monitors[I]),
    ]
}
