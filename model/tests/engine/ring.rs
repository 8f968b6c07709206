//! A ring of processes with volatile and durable queues, and crashes.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use model::engine::{
    Column, End, Inspect, Observer, Options, Progress, Violation, Witness, column, explore,
};
use stateright::{Checker, Model, Property};
use zerocopy::{Immutable, IntoBytes};

use crate::{exact, explore_repeatedly, follow, options};

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

/// Keeps what it is told, and ends the run at some depth.
#[derive(Default)]
struct Follower {
    seen: Mutex<Vec<Progress>>,
    ends_at: Option<u32>,
}

impl Observer for Follower {
    fn searched(&self, progress: &Progress) -> ControlFlow<()> {
        self.seen.lock().unwrap().push(progress.clone());
        match self.ends_at {
            Some(depth) if progress.depth >= depth => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

#[test]
fn an_observer_ends_a_run() {
    let whole = explore(&RingModel, &RingInspect::default(), &options(2));
    let run = |ends_at| {
        let follower = Follower { ends_at: Some(ends_at), ..Follower::default() };
        let options = Options { observer: Some(&follower), ..options(2) };
        explore(&RingModel, &RingInspect::default(), &options)
    };
    let cut = run(2);
    assert_eq!((cut.end, cut.depth), (End::Interrupted, 2));
    assert!(cut.unique < whole.unique);
    // After the last level nothing is left to be cut.
    assert_eq!(run(whole.depth).end, End::Exhausted);
}

#[test]
fn reports_progress_after_each_level() {
    let follower = Follower::default();
    let options = Options { observer: Some(&follower), ..options(2) };
    let outcome = explore(&RingModel, &RingInspect::default(), &options);
    let seen = follower.seen.into_inner().unwrap();
    let depths: BTreeSet<_> = seen.iter().map(|progress| progress.depth).collect();
    assert_eq!(depths, (0..=outcome.depth).collect());
    let last = seen.last().unwrap();
    assert_eq!((last.unique, last.generated), (outcome.unique, outcome.generated));
    assert!(last.frontier > 0 && last.bytes > 0 && last.bytes < outcome.peak_bytes);
    assert!(last.seconds > 0.0 && last.seconds <= outcome.seconds);
}
