//! The alphabet: every action that a scenario does not rule out for good.
//!
//! It is spelled once for each machine and never changes, so that actions come in one order in
//! every state and every run.

use super::Machine;
use super::need::Need;
use super::row::{Row, Takes};
use crate::action::{Action, ActionKind, Args, Build, Kept};
use crate::protocol::Protocol;
use crate::scenario::Flag;
use crate::state::world::FACTS;
use crate::state::{CHANNELS, Channel};

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// All actions but the expiry, which depends on the others. What a scenario's roles, flags and
    /// budgets rule out for good is left out: asking for it in every state would double the run
    /// time. Crashes come last, whatever their number, since a state offers them behind the rest.
    pub(super) fn spell(&self) -> Vec<Action> {
        // What a scenario has no budget for can happen in no state of it.
        let affordable = |row: &&Row<P, C, H>| row.cost.is_affordable(&self.scenario.budget);
        let rows = Self::ROWS.iter().filter(|row| !row.needs.contains(&Need::LastChance));
        let mut all: Vec<Action> =
            rows.filter(affordable).flat_map(|row| self.spell_row(row)).collect();
        // A stable sort: all others keep the order of their rows.
        all.sort_by_key(|action| action.kind == ActionKind::Crash);
        all
    }

    fn spell_row(&self, row: &Row<P, C, H>) -> Vec<Action> {
        let action = |args| Action { kind: row.kind, args };
        let (htlcs, channels) = (self.topology.htlcs(), self.topology.channels());
        // Existence depends on roles and flags, never on a state; that is what guards are for.
        let there = |args: &Args| row.takes.exists(self, *args);
        let args: Vec<Args> = match row.takes {
            Takes::Nothing(_) => vec![Args::None],
            Takes::Htlc(_) => htlcs.map(Args::Htlc).collect(),
            Takes::Channel(..) => channels.map(Args::Channel).collect(),
            Takes::On(_) => channels.flat_map(|c| htlcs.map(move |h| Args::On(c, h))).collect(),
            Takes::Block(..) => {
                let blocks = 0..FACTS as u8;
                channels.flat_map(|c| blocks.clone().map(move |b| Args::Block(c, b))).collect()
            }
            // Their arguments are no product of HTLCs and channels but what a crash may keep.
            Takes::Kept(_) => return self.crashes().collect(),
        };
        args.into_iter().filter(there).map(action).collect()
    }

    /// Every crash that is spelled possible.
    fn crashes(&self) -> impl Iterator<Item = Action> + use<P, C, H> {
        let writes = std::array::from_fn(|index| {
            let c = Channel::at(index);
            let is_async = self.topology.has(c) && self.scenario.is_async(c);
            // A synchronous write lands in the step that starts it: a crash finds none in flight.
            if is_async { self.scenario.writes } else { 0 }
        });
        let told = self.alphabet_has_handlers();
        crashes(writes, self.scenario.has(Flag::AsyncManager), told, self.builds())
    }

    fn alphabet_has_handlers(&self) -> bool {
        // Where nobody handles anything, no crash can find a handler at work.
        let handle = &Self::row(ActionKind::Handle).takes;
        self.topology.htlcs().any(|h| handle.exists(self, Args::Htlc(h)))
    }

    /// The builds that a start can be by.
    pub(super) fn builds(&self) -> &'static [Build] {
        // A build multiplies every crash by three; most scenarios ask nothing of it.
        if self.scenario.has(Flag::Builds) { &Build::ALL } else { &[Build::On] }
    }
}

/// Every combination of what a crash may keep: up to so many writes of each monitor, the manager's
/// write, the user's record. Then every build that may be started.
pub(super) fn crashes(
    writes: [u8; CHANNELS],
    manager: bool,
    record: bool,
    builds: &'static [Build],
) -> impl Iterator<Item = Action> {
    // Each object apart from the others: the Store orders no two of them, and every combination of
    // ages is an ordinary state to start from (SPEC.md section 4.3).
    let choices = |there: bool| if there { &[false, true][..] } else { &[false] };
    let (managers, records) = (choices(manager), choices(record));
    prefixes(writes)
        .flat_map(move |writes| managers.iter().map(move |manager| (writes, *manager)))
        .flat_map(move |(writes, manager)| records.iter().map(move |r| (writes, manager, *r)))
        .flat_map(move |(writes, manager, record)| {
            let kept = move |build| Kept { writes, manager, record, build };
            builds.iter().map(move |build| Action::crash(kept(*build)))
        })
}

/// Every way to keep of each channel up to so many writes; the last channel changes fastest.
fn prefixes(writes: [u8; CHANNELS]) -> impl Iterator<Item = [u8; CHANNELS]> {
    let ways = writes.iter().map(|count| u32::from(*count) + 1).product::<u32>();
    (0..ways).map(move |mut way| {
        let mut kept = [0; CHANNELS];
        for (kept, count) in kept.iter_mut().zip(writes).rev() {
            *kept = (way % (u32::from(count) + 1)) as u8;
            way /= u32::from(count) + 1;
        }
        kept
    })
}
