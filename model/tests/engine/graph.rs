//! Random graphs, for which everything can be worked out by hand.

use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use model::engine::{
    Column, End, Inspect, ORDERS, Options, Outcome, Violation, Witness, column, explore,
    fingerprint,
};
use stateright::Model;

use crate::{explore_repeatedly, follow, options};

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
