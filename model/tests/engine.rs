//! The engine against stateright's own checkers, and against the simplest possible search.

use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use model::engine::{
    Column, End, Inspect, ORDERS, Options, Outcome, Progress, Violation, Witness, column, explore,
    fingerprint,
};
use stateright::{Checker, Model, Property};
use zerocopy::{Immutable, IntoBytes};

const PLENTY: u64 = 1 << 30;

fn options(threads: usize) -> Options<'static> {
    Options { threads, memory_bytes: PLENTY, ..Options::default() }
}

/// Everything in an outcome that must not depend on timing.
type Exact<A> = (u64, u64, u32, End, [u64; 64], u64, Vec<Violation<A>>, Vec<Witness<A>>);

fn exact<A>(outcome: Outcome<A>) -> Exact<A> {
    let Outcome { unique, generated, depth, end, fired, witnessed, .. } = outcome;
    (unique, generated, depth, end, fired, witnessed, outcome.violations, outcome.witness_paths)
}

/// Explores with 1, 2 and 3 threads, with and without each reduction, and checks that it makes no
/// difference.
fn explore_repeatedly<M, I>(model: &M, inspect: &I, options: Options<'_>) -> Outcome<M::Action>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug + PartialEq,
    I: Inspect<M>,
{
    let explore = |threads| explore(model, inspect, &Options { threads, ..options });
    let expected = exact(explore(1));
    for threads in [1, 2, 3] {
        assert_eq!(exact(explore(threads)), expected, "{threads} threads");
        for (remember_settled, pack) in [(false, true), (true, false), (false, false)] {
            let options = Options { threads, remember_settled, pack, ..options };
            let outcome = exact(self::explore(model, inspect, &options));
            assert_eq!(outcome, expected, "{threads} threads, {remember_settled}, {pack}");
        }
    }
    explore(0)
}

/// The state at the end of a path, each step of which must be offered.
fn follow<M>(model: &M, start: usize, path: &[M::Action]) -> M::State
where
    M: Model,
    M::Action: Clone + Debug + PartialEq,
{
    let mut state = model.init_states().swap_remove(start);
    for action in path {
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        assert!(actions.contains(action), "{action:?} is not offered");
        state = model.next_state(&state, action.clone()).unwrap();
    }
    state
}

// ---------------------------------------------------------------------------------------------
// A ring of processes with volatile and durable queues, and crashes.

const PROCESSES: usize = 3;
const MESSAGES: u8 = 4;
const CRASHES: u8 = 2;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, IntoBytes, Immutable)]
#[repr(C)]
struct Process {
    down: bool,
    /// Messages received and not yet written; a crash loses them.
    received: u8,
    /// Messages written, which survive.
    written: u8,
    /// Messages on the way from here to the next process; a crash loses them.
    sent: u8,
    /// How many messages of `written` have been sent since the process came up.
    forwarded: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Ring {
    processes: [Process; PROCESSES],
    crashes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Forward(usize),
    Deliver(usize),
    Write(usize),
    Crash(usize),
    Restart(usize),
}

impl Event {
    fn is_fair(&self) -> bool {
        !matches!(self, Event::Crash(_))
    }
}

struct RingModel;

impl RingModel {
    fn offers(state: &Ring, event: Event) -> bool {
        match event {
            Event::Forward(at) => {
                let process = &state.processes[at];
                !process.down && at + 1 < PROCESSES && process.forwarded < process.written
            }
            Event::Deliver(at) => {
                !state.processes[at + 1].down
                    && state.processes[at].sent > 0
                    && state.processes[at + 1].received + state.processes[at + 1].written < MESSAGES
            }
            Event::Write(at) => state.processes[at].received > 0,
            Event::Crash(at) => !state.processes[at].down && state.crashes < CRASHES,
            Event::Restart(at) => state.processes[at].down,
        }
    }

    fn apply(state: &mut Ring, event: Event) {
        match event {
            Event::Forward(at) => {
                state.processes[at].forwarded += 1;
                state.processes[at].sent += 1;
            }
            Event::Deliver(at) => {
                state.processes[at].sent -= 1;
                state.processes[at + 1].received += 1;
            }
            Event::Write(at) => {
                state.processes[at].received -= 1;
                state.processes[at].written += 1;
            }
            Event::Crash(at) => {
                let written = state.processes[at].written;
                state.processes[at] = Process { down: true, written, ..Process::default() };
                state.crashes += 1;
            }
            Event::Restart(at) => state.processes[at].down = false,
        }
    }
}

impl Model for RingModel {
    type State = Ring;
    type Action = Event;

    fn init_states(&self) -> Vec<Ring> {
        let mut processes: [Process; PROCESSES] = Default::default();
        processes[0].received = MESSAGES;
        let ring = Ring { processes, crashes: 0 };
        let late = Ring { crashes: 1, ..ring.clone() };
        vec![ring, late]
    }

    fn actions(&self, state: &Ring, actions: &mut Vec<Event>) {
        for at in 0..PROCESSES {
            let mut events =
                vec![Event::Forward(at), Event::Write(at), Event::Crash(at), Event::Restart(at)];
            if at + 1 < PROCESSES {
                events.push(Event::Deliver(at));
            }
            actions.extend(events.into_iter().filter(|&event| Self::offers(state, event)));
        }
    }

    fn next_state(&self, state: &Ring, event: Event) -> Option<Ring> {
        let mut next = state.clone();
        Self::apply(&mut next, event);
        Some(next)
    }

    /// Never refuted, so that stateright explores everything.
    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("true", |_, _| true)]
    }
}

const LOST: usize = 0;
const LAST_SENT_TWICE: usize = 1;
const IMPOSSIBLE: usize = 2;
const UNSETTLED: usize = 3;
const ALL_DOWN: usize = 0;
const ALL_WRITTEN: usize = 5;

/// Asks about the ring, and counts how often it was asked.
#[derive(Default)]
struct RingInspect {
    inspected: AtomicU64,
    /// Its columns do not cover the state: a bug.
    forgets_crashes: bool,
}

impl RingInspect {
    fn bad(state: &Ring) -> u64 {
        let [first, second, _] = &state.processes;
        let lost = first.received + first.written == 0;
        let twice = second.sent + second.received + second.written > first.written
            && state.crashes == CRASHES
            && second.written == MESSAGES;
        let impossible = state.processes.iter().any(|process| process.written > MESSAGES);
        u64::from(lost) << LOST
            | u64::from(twice) << LAST_SENT_TWICE
            | u64::from(impossible) << IMPOSSIBLE
    }

    fn good(state: &Ring) -> u64 {
        let all = |holds: fn(&Process) -> bool| u64::from(state.processes.iter().all(holds));
        // Only two crashes are allowed, so the first of these is not to be found.
        all(|process| process.down) << ALL_DOWN
            | all(|process| process.written == MESSAGES) << ALL_WRITTEN
    }
}

impl Inspect<RingModel> for RingInspect {
    fn violations(&self, model: &RingModel, state: &Ring, actions: &[Event]) -> u64 {
        let mut offered = Vec::new();
        model.actions(state, &mut offered);
        assert_eq!(actions, offered);
        self.inspected.fetch_add(1, Relaxed);
        Self::bad(state)
    }

    fn witnesses(&self, _: &RingModel, state: &Ring, _: &[Event], missing: u64) -> u64 {
        assert_eq!(missing & 1 << ALL_DOWN, 1 << ALL_DOWN);
        Self::good(state)
    }

    fn kind(&self, event: &Event) -> usize {
        match event {
            Event::Forward(_) => 0,
            Event::Deliver(_) => 1,
            Event::Write(_) => 2,
            Event::Crash(_) => 3,
            Event::Restart(_) => 63,
        }
    }

    fn fair_choice(
        &self,
        _: &RingModel,
        _: &Ring,
        actions: &[Event],
        order: usize,
    ) -> Option<usize> {
        match order {
            0 => actions.iter().position(Event::is_fair),
            _ => actions.iter().rposition(Event::is_fair),
        }
    }

    fn unsettled_bit(&self) -> u64 {
        1 << UNSETTLED
    }

    fn is_terminal(&self, _: &Ring) -> bool {
        false
    }

    fn columns(&self) -> Vec<Box<dyn Column<Ring>>> {
        let mut columns = vec![
            column(|ring: &mut Ring| &mut ring.processes[0]),
            column(|ring: &mut Ring| &mut ring.processes[1]),
            column(|ring: &mut Ring| &mut ring.processes[2]),
            column(|ring: &mut Ring| &mut ring.crashes),
        ];
        if self.forgets_crashes {
            columns.pop();
        }
        columns
    }
}

#[test]
fn agrees_with_stateright() {
    let outcome = explore_repeatedly(&RingModel, &RingInspect::default(), options(1));
    let breadth_first = RingModel.checker().spawn_bfs().join();
    let depth_first = RingModel.checker().spawn_dfs().join();
    assert_eq!(outcome.end, End::Exhausted);
    assert_eq!(outcome.unique, breadth_first.unique_state_count() as u64);
    assert_eq!(outcome.unique, depth_first.unique_state_count() as u64);
    assert_eq!(outcome.generated, breadth_first.state_count() as u64);
    assert_eq!(outcome.generated, 2 + outcome.fired.iter().sum::<u64>());
    assert_eq!(u64::from(outcome.depth) + 1, breadth_first.max_depth() as u64);
    assert_eq!(outcome.unique, 32_396);
}

#[test]
fn inspects_each_state_once() {
    let inspect = RingInspect::default();
    for threads in 1..=3 {
        let unique = explore(&RingModel, &inspect, &options(threads)).unique;
        assert_eq!(inspect.inspected.swap(0, Relaxed), unique);
    }
}

#[test]
fn reports_each_property_at_its_own_depth() {
    let outcome = explore_repeatedly(&RingModel, &RingInspect::default(), options(1));
    let properties: Vec<_> = outcome.violations.iter().map(|found| found.property).collect();
    assert_eq!(properties, [LOST, LAST_SENT_TWICE]);
    assert_eq!(outcome.violations[0].path.len(), 1);
    assert!(outcome.violations[1].path.len() > 5);
    for Violation { property, start, path } in outcome.violations {
        let state = follow(&RingModel, start, &path);
        assert_ne!(RingInspect::bad(&state) & 1 << property, 0);
    }
    assert_eq!(outcome.witnessed, 1 << ALL_WRITTEN);
    let [Witness { witness, start, path }] = &outcome.witness_paths[..] else { panic!() };
    assert_eq!(*witness, ALL_WRITTEN);
    assert_ne!(RingInspect::good(&follow(&RingModel, *start, path)), 0);
}

#[test]
fn stops_at_the_end_of_the_level() {
    let whole = explore(&RingModel, &RingInspect::default(), &options(1));
    let stop_on = |property: usize| {
        let options = Options { stop_on: 1_u64 << property, ..options(1) };
        explore_repeatedly(&RingModel, &RingInspect::default(), options)
    };
    let stopped = stop_on(LAST_SENT_TWICE);
    assert_eq!(stopped.end, End::Stopped);
    assert!(stopped.unique < whole.unique);
    assert_eq!(stopped.violations, whole.violations);
    assert_eq!(stopped.depth as usize, whole.violations[1].path.len());
    assert_eq!(stop_on(LOST).violations, whole.violations[..1]);
    assert_eq!(exact(stop_on(IMPOSSIBLE)), exact(whole));
}

#[test]
fn runs_out_of_memory() {
    let whole = explore(&RingModel, &RingInspect::default(), &options(1));
    for threads in 1..=3 {
        let memory_bytes = whole.peak_bytes / 2;
        let options = Options { memory_bytes, ..options(threads) };
        let outcome = explore(&RingModel, &RingInspect::default(), &options);
        assert_eq!(outcome.end, End::OutOfMemory);
        assert!(outcome.unique < whole.unique);
        assert!(outcome.peak_bytes > memory_bytes);
        assert!(outcome.peak_bytes < whole.peak_bytes);
        // What was found before is reported.
        assert_eq!(outcome.violations[0], whole.violations[0]);
    }
}

#[test]
#[should_panic(expected = "the columns do not cover the state")]
fn rejects_columns_that_lose_something() {
    let inspect = RingInspect { forgets_crashes: true, ..RingInspect::default() };
    explore(&RingModel, &inspect, &options(1));
}

#[test]
fn reports_progress_after_each_level() {
    let seen = Mutex::new(Vec::new());
    let progress = |progress: &Progress| seen.lock().unwrap().push(progress.clone());
    let options = Options { progress: Some(&progress), ..options(2) };
    let outcome = explore(&RingModel, &RingInspect::default(), &options);
    let seen = seen.into_inner().unwrap();
    let depths: BTreeSet<_> = seen.iter().map(|progress| progress.depth).collect();
    assert_eq!(depths, (0..=outcome.depth).collect());
    let last = seen.last().unwrap();
    assert_eq!((last.unique, last.generated), (outcome.unique, outcome.generated));
    assert!(last.frontier > 0 && last.bytes > 0 && last.bytes < outcome.peak_bytes);
    assert!(last.seconds > 0.0 && last.seconds <= outcome.seconds);
}

// ---------------------------------------------------------------------------------------------
// Large states, of which an action changes little.

/// Three counters up to 20, far apart.
struct Wide;

type Counters = [[u8; 128]; 3];

impl Model for Wide {
    type State = Counters;
    type Action = usize;

    fn init_states(&self) -> Vec<Counters> {
        vec![[[0; 128]; 3]]
    }

    fn actions(&self, state: &Counters, actions: &mut Vec<usize>) {
        actions.extend((0..3).filter(|&at| state[at][0] < 20));
    }

    fn next_state(&self, state: &Counters, at: usize) -> Option<Counters> {
        let mut next = *state;
        next[at][0] += 1;
        Some(next)
    }
}

struct Count;

impl Inspect<Wide> for Count {
    fn violations(&self, _: &Wide, state: &Counters, _: &[usize]) -> u64 {
        u64::from(*state == [[20; 128]; 3])
    }

    fn kind(&self, at: &usize) -> usize {
        *at
    }

    fn is_terminal(&self, _: &Counters) -> bool {
        false
    }

    fn columns(&self) -> Vec<Box<dyn Column<Counters>>> {
        vec![
            column(|state: &mut Counters| &mut state[0]),
            column(|state: &mut Counters| &mut state[1]),
            column(|state: &mut Counters| &mut state[2]),
        ]
    }
}

#[test]
fn packs_states_into_less_memory() {
    let run = |pack| explore(&Wide, &Count, &Options { pack, ..options(1) });
    let (packed, whole) = (run(true), run(false));
    assert_eq!((packed.unique, whole.unique), (21 * 21 * 21, 21 * 21 * 21));
    let table = 16 * 21 * 21 * 21;
    assert!(packed.peak_bytes > table && whole.peak_bytes > packed.peak_bytes + 20_000);
}

// ---------------------------------------------------------------------------------------------
// Random graphs, for which everything can be worked out by hand.

/// The states are numbers; the actions are indices of edges.
struct Graph {
    starts: Vec<u16>,
    edges: Vec<Vec<u16>>,
    fair: Vec<[Option<usize>; ORDERS]>,
    violations: Vec<u64>,
    /// An action without a next state: a bug.
    broken: Option<(u16, usize)>,
    /// How often the actions of some state were asked for.
    asked: AtomicU64,
}

const GRAPH_UNSETTLED: usize = 40;

impl Model for Graph {
    type State = u16;
    type Action = usize;

    fn init_states(&self) -> Vec<u16> {
        self.starts.clone()
    }

    fn actions(&self, state: &u16, actions: &mut Vec<usize>) {
        self.asked.fetch_add(1, Relaxed);
        actions.extend(0..self.edges[usize::from(*state)].len());
    }

    fn next_state(&self, state: &u16, action: usize) -> Option<u16> {
        let next = self.edges[usize::from(*state)][action];
        (self.broken != Some((*state, action))).then_some(next)
    }
}

/// Asks about a graph; this state, if any, is terminal.
struct Ask(Option<u16>);

const ASK: Ask = Ask(None);

impl Inspect<Graph> for Ask {
    fn violations(&self, graph: &Graph, state: &u16, _: &[usize]) -> u64 {
        graph.violations[usize::from(*state)]
    }

    fn witnesses(&self, graph: &Graph, state: &u16, _: &[usize], _: u64) -> u64 {
        graph.violations[usize::from(*state)]
    }

    fn kind(&self, action: &usize) -> usize {
        *action % 64
    }

    fn fair_choice(&self, graph: &Graph, state: &u16, _: &[usize], order: usize) -> Option<usize> {
        graph.fair[usize::from(*state)][order]
    }

    fn unsettled_bit(&self) -> u64 {
        1 << GRAPH_UNSETTLED
    }

    fn is_terminal(&self, state: &u16) -> bool {
        self.0 == Some(*state)
    }

    fn columns(&self) -> Vec<Box<dyn Column<u16>>> {
        vec![column(|state| state)]
    }
}

impl Graph {
    /// A graph without anything to report.
    fn plain(edges: Vec<Vec<u16>>) -> Self {
        let states = edges.len();
        Graph {
            starts: vec![0],
            edges,
            fair: vec![[None; ORDERS]; states],
            violations: vec![0; states],
            broken: None,
            asked: AtomicU64::new(0),
        }
    }

    fn random(seed: u64) -> Self {
        let mut random = Random(seed);
        let states = 20 + random.below(300);
        let node = |random: &mut Random| random.below(states) as u16;
        let list = |random: &mut Random, longest| {
            (0..random.below(longest)).map(|_| node(random)).collect()
        };
        let mut graph = Graph::plain((0..states).map(|_| list(&mut random, 4)).collect());
        graph.starts = vec![node(&mut random), node(&mut random)];
        // Generated twice, expanded once.
        graph.starts.push(graph.starts[0]);
        for state in 0..states {
            let edges = graph.edges[state].len();
            // Few graphs would settle if most states had a fair action.
            graph.fair[state] = [(); ORDERS]
                .map(|()| (edges > 0 && random.below(3) == 0).then(|| random.below(edges)));
            graph.violations[state] = u64::from(random.below(20) == 0) << random.below(10);
        }
        graph
    }

    fn settles(&self, mut state: u16, order: usize) -> bool {
        for _ in 0..=self.edges.len() {
            let Some(choice) = self.fair[usize::from(state)][order] else {
                return true;
            };
            state = self.edges[usize::from(state)][choice];
        }
        false
    }

    /// Depth and, but for initial states, the parent (with the smallest fingerprint) of all
    /// reachable states.
    fn reachable(&self) -> HashMap<u16, (usize, Option<u16>)> {
        let mut met: HashMap<_, _> = self.starts.iter().map(|&start| (start, (0, None))).collect();
        let mut level: BTreeSet<u16> = self.starts.iter().copied().collect();
        for depth in 1.. {
            let mut parents: Vec<u16> = level.into_iter().collect();
            parents.sort_by_key(fingerprint);
            level = BTreeSet::new();
            for parent in parents {
                for &state in &self.edges[usize::from(parent)] {
                    if let Entry::Vacant(unmet) = met.entry(state) {
                        unmet.insert((depth, Some(parent)));
                        level.insert(state);
                    }
                }
            }
            if level.is_empty() {
                break;
            }
        }
        met
    }
}

/// A linear congruential generator, so that the graphs are the same for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn agrees_with_the_simplest_search() {
    for seed in 0..200 {
        let graph = Graph::random(seed);
        let outcome = explore_repeatedly(&graph, &ASK, options(1));
        let reachable = graph.reachable();
        let edges = reachable.keys().map(|&state| graph.edges[usize::from(state)].len());
        assert_eq!(outcome.end, End::Exhausted);
        assert_eq!(outcome.unique, reachable.len() as u64);
        assert_eq!(outcome.generated, (graph.starts.len() + edges.sum::<usize>()) as u64);
        assert_eq!(
            outcome.depth as usize,
            reachable.values().map(|&(depth, _)| depth).max().unwrap()
        );
        for bit in 0..10 {
            check_first(&graph, &reachable, bit, &outcome);
        }
    }
}

/// The path reported for a property must be the one that the engine promises.
fn check_first(
    graph: &Graph,
    reachable: &HashMap<u16, (usize, Option<u16>)>,
    bit: usize,
    outcome: &Outcome<usize>,
) {
    let bad = reachable.keys().filter(|&&at| graph.violations[usize::from(at)] & 1 << bit != 0);
    let first = bad.min_by_key(|&at| (reachable[at].0, fingerprint(at)));
    let found = outcome.violations.iter().find(|violation| violation.property == bit);
    let shown = outcome.witness_paths.iter().find(|witness| witness.witness == bit);
    assert_eq!(outcome.witnessed & 1 << bit != 0, first.is_some());
    let Some(&first) = first else {
        assert!(found.is_none() && shown.is_none());
        return;
    };
    let mut expected = Vec::new();
    let mut state = first;
    while let (_, Some(parent)) = reachable[&state] {
        let edges = &graph.edges[usize::from(parent)];
        expected.push(edges.iter().position(|&next| next == state).unwrap());
        state = parent;
    }
    expected.reverse();
    let start = graph.starts.iter().position(|&start| start == state).unwrap();
    assert_eq!(found, Some(&Violation { property: bit, start, path: expected.clone() }));
    assert_eq!(shown, Some(&Witness { witness: bit, start, path: expected }));
}

#[test]
fn finds_endless_schedules_exactly_where_there_are_some() {
    let (mut endless, mut ending) = (0, 0);
    for seed in 1_000..1_400 {
        let graph = Graph::random(seed);
        let outcome = explore_repeatedly(&graph, &ASK, options(1));
        let unsettled = |state: &u16| (0..ORDERS).any(|order| !graph.settles(*state, order));
        let expected = graph.reachable().keys().any(unsettled);
        let found = outcome.violations.iter().find(|found| found.property == GRAPH_UNSETTLED);
        assert_eq!(found.is_some(), expected, "graph {seed}");
        match found {
            Some(Violation { start, path, .. }) => {
                assert!(unsettled(&follow(&graph, *start, path)));
                endless += 1;
            }
            None => ending += 1,
        }
    }
    assert!(endless > 50 && ending > 50, "{endless} endless, {ending} ending");
}

/// 0 -> 1 -> 2 -> 3, with a fair way on from each of them, and from 3 to `last`.
fn chain(last: u16, order: usize) -> Graph {
    let mut graph = Graph::plain(vec![vec![1], vec![2], vec![3], vec![last], vec![]]);
    for fair in &mut graph.fair[..4] {
        fair[order] = Some(0);
    }
    graph
}

#[test]
fn finds_a_fair_cycle() {
    for order in 0..ORDERS {
        let ending = explore_repeatedly(&chain(4, order), &ASK, options(1));
        assert_eq!(ending.violations, []);
        for last in 0..=3 {
            let endless = explore_repeatedly(&chain(last, order), &ASK, options(1));
            // The cycle closes in state 3.
            let path = vec![0, 0, 0];
            assert_eq!(
                endless.violations,
                [Violation { property: GRAPH_UNSETTLED, start: 0, path }]
            );
        }
    }
}

/// However long the way into the cycle and round it, and wherever the walk compares.
#[test]
fn finds_a_fair_cycle_of_any_length() {
    for length in 1..40_u16 {
        for into in 0..length {
            // Every other state is an initial one, so that every step of the cycle goes nowhere
            // deeper, and there are walks from all of it.
            let mut graph = Graph::plain((1..=length).map(|next| vec![next]).collect());
            graph.edges[usize::from(length - 1)][0] = into;
            graph.starts = (0..length).collect();
            graph.fair.fill([Some(0), None]);
            let endless = explore_repeatedly(&graph, &ASK, options(1));
            assert_eq!(endless.violations.len(), 1, "{length} states, back to {into}");
        }
    }
}

/// All states of a line are initial, so every step goes nowhere deeper: there are walks from all of
/// them to its end.
#[test]
fn walks_only_where_no_earlier_walk_was() {
    let mut graph = Graph::plain((1..=1_000).map(|next| vec![next]).collect());
    graph.edges.push(vec![]);
    graph.fair = vec![[Some(0); ORDERS]; 1_000];
    graph.fair.push([None; ORDERS]);
    graph.violations.push(0);
    graph.starts = (0..=1_000).rev().collect();
    let steps = |remember_settled| {
        let before = graph.asked.load(Relaxed);
        let outcome = explore(&graph, &ASK, &Options { remember_settled, ..options(1) });
        assert_eq!(outcome.violations, []);
        graph.asked.load(Relaxed) - before
    };
    let (remembering, forgetting) = (steps(true), steps(false));
    assert!(remembering < 5_000, "{remembering} steps");
    assert!(forgetting > 900_000, "{forgetting} steps");
}

#[test]
fn does_not_go_beyond_a_terminal_state() {
    let mut graph = chain(0, 0);
    graph.violations[2] = 1;
    let outcome = explore_repeatedly(&graph, &Ask(Some(2)), options(1));
    // The state is inspected, but what lies behind it is not there: not even the cycle.
    assert_eq!((outcome.unique, outcome.generated, outcome.depth), (3, 3, 2));
    assert_eq!(outcome.end, End::Exhausted);
    assert_eq!(outcome.violations, [Violation { property: 0, start: 0, path: vec![0, 0] }]);
}

#[test]
fn explores_a_model_without_states() {
    let mut graph = Graph::plain(vec![]);
    graph.starts.clear();
    let outcome = explore_repeatedly(&graph, &ASK, options(1));
    assert_eq!((outcome.unique, outcome.generated, outcome.depth), (0, 0, 0));
    assert_eq!(outcome.end, End::Exhausted);
}

#[test]
#[should_panic(expected = "the model offers 1, but next_state returns None")]
fn rejects_an_action_without_a_next_state() {
    let mut graph = Graph::plain(vec![vec![0, 1], vec![]]);
    graph.broken = Some((0, 1));
    explore(&graph, &ASK, &options(1));
}

/// The message must survive the way out of a thread.
#[test]
#[should_panic(expected = "the model offers 0, but next_state returns None")]
fn rejects_it_in_every_thread() {
    let fan = (1..=2_000).collect();
    let mut graph = Graph::plain(vec![fan]);
    graph.edges.resize(2_001, vec![0]);
    graph.fair.resize(2_001, [None; ORDERS]);
    graph.violations.resize(2_001, 0);
    graph.broken = Some((1_990, 0));
    explore(&graph, &ASK, &options(3));
}

#[test]
#[should_panic(expected = "65535 steps deep")]
fn rejects_a_model_that_is_too_deep() {
    let line = (0..=u16::MAX).map(|state| vec![state.saturating_add(1)]).collect();
    explore(&Graph::plain(line), &ASK, &options(1));
}

#[test]
fn fingerprints_are_stable_and_not_the_greatest_number() {
    assert_eq!(fingerprint(&[7_u8; 200]), fingerprint(&[7_u8; 200]));
    let many: BTreeSet<u64> = (0..100_000_u32).map(|state| fingerprint(&state)).collect();
    assert_eq!(many.len(), 100_000);
    assert!(!many.contains(&u64::MAX));
}
