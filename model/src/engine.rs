//! An exhaustive breadth-first search over a [`stateright::Model`].
//!
//! The search goes level by level. A table keeps, for each state ever met, its 64-bit
//! [`fingerprint`], enough of the fingerprint of the state it was reached from to find that one
//! again, and its depth: 16 bytes. The states themselves live only in the level being expanded and
//! in the one after it, as their differences from each other if [`Inspect::columns`] says how.
//!
//! A thread computes the successors of many states before it looks them up in the table, so that
//! the cache misses overlap and a lock serves several of them.
//!
//! Of the model only `init_states`, `actions` and `next_state` are used. `properties` and
//! `within_boundary` are ignored: what is asked about a state, and where the search stops, is the
//! business of [`Inspect`].
//!
//! # What is exact
//!
//! Two different states with the same fingerprint are taken for one, and the second is lost. With
//! `n` states the expected number of such pairs is about `n * n / 2^65`: 3e-4 for 1e8 states.
//! Apart from that, a run that ends [`End::Exhausted`] has met every reachable state.
//!
//! *Depth* is the number of steps from an initial state, so an initial state has depth 0 (where
//! stateright says 1).
//!
//! # What is deterministic
//!
//! Everything in an [`Outcome`] except `seconds` and `peak_bytes` is the same in every run and at
//! every number of threads, unless memory runs out. Two choices would otherwise depend on timing:
//!
//! - of the states of one level that violate a property, the one with the smallest fingerprint is
//!   reported, and only the first level with such a state counts;
//! - of the parents a state has in the level before its own, the table keeps the one with the
//!   smallest fingerprint.
//!
//! So the reported paths are also shortest. A path is rebuilt by following the parents back to an
//! initial state and then running the model forwards along these fingerprints. The table keeps the
//! upper 46 bits of a parent's fingerprint, with which the smallest is found; if they fit several
//! states of the level above, those are tried in rising order, and the model says which it was.
//!
//! # Settling: does the fair schedule end?
//!
//! A settling order picks one fair action in each state that has any ([`Inspect::fair_choice`]):
//! a function `next` on states. Its schedule from `s` is `s, next(s), next(next(s)), ...` until a
//! state without a choice. Walking it from every state would cost more than the search; it is not
//! needed:
//!
//! - The states are finite, so a schedule that never ends runs into a cycle of `next`.
//! - Fair actions are ordinary actions of the model, so every state of that cycle is reachable and
//!   the search expands it.
//! - Depth cannot rise all the way round a cycle, so the cycle has a state `s` for which `next(s)`
//!   is no deeper than `s`.
//!
//! Hence there are walks only from such states `s`. If a walk does not end, `s` violates the
//! property [`Inspect::unsettled_bit`]. The path reported for it is therefore the shortest to a
//! state with a walk; an earlier state may already have an endless schedule.
//!
//! Whether there is a walk from `s` does not depend on timing. By then `next(s)` is in the table;
//! if the level of `s` discovered it, it is one step deeper, whichever thread put it there.
//!
//! A walk ends without a verdict of its own where an earlier walk of the same order came through
//! that ended ([`Options::remember_settled`]). That changes no verdict: `next` is a function, so
//! from there on both schedules are the same one, and a schedule ends if the rest of it does. An
//! endless schedule meets no state of one that ended. Which walk is the first to come through a
//! state depends on timing, but nothing else does. The table marks such a state, one bit for each
//! order; a state that the search did not meet yet gets its slot early, and is not counted.
//!
//! A schedule is endless if a walk comes into a state for the second time. There is no bound on
//! the steps beyond which it counts as endless: where a walk is cut short by an earlier one, such
//! a bound would depend on timing. (The longest schedule of any scenario has some 30 steps; a walk
//! of more than 65,535 ends the run, as a state that is so deep does.)
//!
//! The second step of the argument fails for states that [`Inspect::is_terminal`] cuts off. A
//! schedule that enters one of them is taken to end there.

mod column;
mod expand;
mod findings;
mod fingerprint;
mod frontier;
mod path;
mod search;
mod shard;
mod shared;
mod table;
mod walk;

use std::fmt::Debug;
use std::hash::Hash;
use std::ops::ControlFlow;

use stateright::Model;

pub use column::{Column, column};
pub use fingerprint::fingerprint;

/// How many settling orders a run considers.
pub const ORDERS: usize = 2;

/// What a run asks about states and actions, beside the transitions of the model.
///
/// All answers must be functions of the arguments alone, or the outcome depends on timing. Who does
/// not ask for witnesses, or whether the fair schedule ends, leaves those methods as they are.
pub trait Inspect<M: Model>: Sync {
    /// The properties violated in this state: bit `i` for property `i`.
    ///
    /// Called exactly once for each unique state, when the search takes it up, with all actions
    /// the model offers there, in the model's order.
    fn violations(&self, model: &M, state: &M::State, actions: &[M::Action]) -> u64;

    /// The witnesses that hold in this state: bit `i` for witness `i`, something that must be
    /// reachable.
    ///
    /// `missing` are those that no earlier level has shown (bits beyond the last witness are always
    /// set). Others need not be computed, and are ignored if they are. Called like `violations`.
    fn witnesses(&self, model: &M, state: &M::State, actions: &[M::Action], missing: u64) -> u64 {
        let _ = (model, state, actions, missing);
        0
    }

    /// The coverage class of an action, less than 64.
    fn kind(&self, action: &M::Action) -> usize;

    /// The index in `actions` of the fair action that a settling order (less than [`ORDERS`]) takes
    /// in this state. `None` if the state is quiescent.
    ///
    /// Not called any more once an earlier level has violated the property that schedules end.
    fn fair_choice(
        &self,
        model: &M,
        state: &M::State,
        actions: &[M::Action],
        order: usize,
    ) -> Option<usize> {
        let _ = (model, state, actions, order);
        None
    }

    /// The action that [`Inspect::fair_choice`] picks of all that the model offers; `None` if the
    /// state is quiescent. Asked on walks, where the other actions are of no interest; who can tell
    /// without making a list of them does not need `scratch`.
    fn fair_action(
        &self,
        model: &M,
        state: &M::State,
        order: usize,
        scratch: &mut Vec<M::Action>,
    ) -> Option<M::Action> {
        scratch.clear();
        model.actions(state, scratch);
        let choice = self.fair_choice(model, state, scratch, order)?;
        Some(scratch.swap_remove(choice))
    }

    /// The property "the fair schedule ends", as a mask of one bit (0 if nobody asks).
    fn unsettled_bit(&self) -> u64 {
        0
    }

    /// True if the successors of this state are not to be explored. The state itself is counted
    /// and inspected.
    fn is_terminal(&self, state: &M::State) -> bool;

    /// The parts of a state, each made by [`column`], that together are all of it. A state that
    /// waits to be expanded is then stored as its differences from another. Without columns it is
    /// stored whole.
    fn columns(&self) -> Vec<Box<dyn Column<M::State>>> {
        Vec::new()
    }
}

/// Who is told how far a run is.
pub trait Observer: Sync {
    /// The run has come so far. It ends early if this says so.
    fn searched(&self, progress: &Progress) -> ControlFlow<()>;
}

/// How a run is conducted.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// Number of threads; 0 counts as 1.
    pub threads: usize,
    /// Bound on the table and the frontiers together.
    ///
    /// What a state owns on the heap is not seen. Checked after every few hundred states, so a run
    /// can go over it by what each thread adds meanwhile, plus one 64th of the table as it grows.
    pub memory_bytes: u64,
    /// Stop at the end of the level in which one of these properties (a mask) is violated. With 0
    /// the run goes on until every state is explored.
    pub stop_on: u64,
    /// Told how far the run is after every level, and about once a second within a level; it may
    /// end the run.
    pub observer: Option<&'a dyn Observer>,
    /// Whether a settling walk ends where an earlier one came through. Saves time, and changes
    /// nothing else.
    pub remember_settled: bool,
    /// Whether states wait as [`Inspect::columns`] says. Saves memory, and changes nothing else.
    pub pack: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options {
            threads: 2,
            memory_bytes: 8 << 30,
            stop_on: 0,
            observer: None,
            remember_settled: true,
            pack: true,
        }
    }
}

/// How far a run is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// As [`Outcome::unique`].
    pub unique: u64,
    /// As [`Outcome::generated`].
    pub generated: u64,
    /// Depth of the current level.
    pub depth: u32,
    /// Number of states in the current level.
    pub frontier: u64,
    /// Time since the run began.
    pub seconds: f64,
    /// Size of the table and the frontiers.
    pub bytes: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Every reachable state was explored. The only end that allows a verdict of "holds".
    Exhausted,
    /// A property of [`Options::stop_on`] was violated and states were left unexplored.
    Stopped,
    /// [`Options::memory_bytes`] was exceeded. The counts are what was reached, and depend on
    /// timing; the violations are real, but there may be shorter paths to them.
    OutOfMemory,
    /// [`Options::observer`] ended it. As for memory.
    Interrupted,
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Outcome<A> {
    /// Number of different states met. All of them were inspected if the run ended
    /// [`End::Exhausted`]; otherwise it includes states that were only just discovered.
    pub unique: u64,
    /// Number of states computed before duplicates were removed: initial states, plus one for each
    /// action offered in an expanded state. So it is the sum of `fired` plus the initial states.
    pub generated: u64,
    /// Depth of the deepest level in which states were inspected.
    pub depth: u32,
    /// Why the run ended.
    pub end: End,
    /// For each coverage class, the number of edges (state and action) taken out of unique states.
    pub fired: [u64; 64],
    /// The witnesses found, as a mask.
    pub witnessed: u64,
    /// A shortest path to each violated property, in the order of the properties.
    pub violations: Vec<Violation<A>>,
    /// A shortest path to each witness found, in the order of the witnesses.
    pub witness_paths: Vec<Witness<A>>,
    /// How long the run took.
    pub seconds: f64,
    /// Largest size that the table and the frontiers had together.
    pub peak_bytes: u64,
}

/// A violated property and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<A> {
    /// Which property.
    pub property: usize,
    /// Where the path begins: an index in the initial states of the model.
    pub start: usize,
    /// The actions from there to the violating state.
    pub path: Vec<A>,
}

/// A witness and how to get there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness<A> {
    /// Which witness.
    pub witness: usize,
    /// Where the path begins: an index in the initial states of the model.
    pub start: usize,
    /// The actions from there to the state that shows it.
    pub path: Vec<A>,
}

/// Explores every state of the model.
///
/// # Panics
///
/// If the model breaks its contract: it offers an action whose `next_state` is `None`, or gives
/// different answers for the same state; if a coverage class is not less than 64; if a state is
/// 65,535 steps deep, or a fair schedule takes more steps than that before it repeats itself; if
/// the columns of [`Inspect::columns`] lose something of a state.
pub fn explore<M, I>(model: &M, inspect: &I, options: &Options) -> Outcome<M::Action>
where
    M: Model + Sync,
    M::State: Hash + Send,
    M::Action: Clone + Debug,
    I: Inspect<M>,
{
    search::Search::new(model, inspect, options).run()
}
