//! Schedules from bytes: what the fuzz target, its corpus and the random runs decode.
//!
//! Decoding is total: any bytes are a scenario and a walk through it, and each byte picks among
//! what is enabled. The scenario takes its features from the first bytes, all of them at once if
//! they say so, with budgets beyond those of the exhaustive runs. A walk that runs out of bytes
//! ends with the settling schedule of SPEC.md section 4.5, so that "nothing is lost" and "nothing
//! is left over" are evaluated at its end.

use crate::lockstep::{Disagreement, Lockstep};
use arbitrary::Unstructured;
use model::action::{Action, ActionKind};
use model::property::PROPERTIES;
use model::scenario::custom::{HTLCS, NOTHING};
use model::scenario::{Flag, Scenario};
use model::settle::{self, ORDERS, STEP_CAP};
use model::state::Budget;
use std::panic::AssertUnwindSafe;

/// Where the first four bytes, the lowest first, have the oldest flags; every later flag has the
/// next bit of a fifth byte, which counts where [`HAS_MORE`] is set.
const BITS: [(Flag, u32); 13] = [
    (Flag::AsyncOut, 8),
    (Flag::AsyncIn, 9),
    (Flag::AsyncManager, 10),
    (Flag::CloseOut, 11),
    (Flag::CloseIn, 12),
    (Flag::Archival, 14),
    (Flag::TellForwards, 15),
    (Flag::Notices, 20),
    (Flag::Builds, 21),
    (Flag::ClaimMessages, 22),
    (Flag::BlockIn, 23),
    (Flag::DeltaOut, 30),
    (Flag::DeltaIn, 31),
];

/// How many lists of HTLCs the first byte tells apart by its remainder, as when the corpus was
/// made; the lists behind them are told apart by its last values.
const OLD_KINDS: usize = 18;
/// The first byte from here on stands for a list that came later.
const NEW_KINDS: u8 = 252;

/// The bit of the first four bytes that lets the fifth count.
const HAS_MORE: u32 = 19;

const _: () = assert!(Flag::ALL.len() <= BITS.len() + 8, "the fifth byte has a bit for each flag");

fn bit_of(flag: Flag) -> u32 {
    let older = BITS.iter().find(|(other, _)| *other == flag);
    older.map_or(32 + flag as u32 - BITS.len() as u32, |(_, bit)| *bit)
}

/// A scenario out of four bytes (HTLCs, flags, crashes, the other budgets; see [`BITS`] for what
/// else there is) and a fifth.
pub fn scenario_of(head: [u8; 4], more: u8) -> Scenario {
    let [htlcs, flags, crashes, budgets] = head;
    // Without HTLCs hardly anything can happen.
    let kinds = HTLCS.iter().filter(|(_, htlcs)| !htlcs.is_empty());
    let more_kinds = kinds.clone().count() - OLD_KINDS;
    let nth = match htlcs.checked_sub(NEW_KINDS) {
        None => usize::from(htlcs) % OLD_KINDS,
        Some(new) => OLD_KINDS + usize::from(new) % more_kinds,
    };
    let (_, htlcs) = *kinds.clone().nth(nth).expect("it is counted");
    let head = u64::from(u32::from_le_bytes(head));
    let more = if head & 1 << HAS_MORE != 0 { u64::from(more) << 32 } else { 0 };
    let is_on = |flag: &Flag| (head | more) & 1 << bit_of(*flag) != 0;
    let mut scenario = Scenario {
        htlcs,
        flags: Flag::ALL.iter().copied().filter(is_on).collect(),
        writes: 1 + (flags >> 5 & 1),
        budget: Budget {
            crashes: crashes % 8,
            skips: budgets & 3,
            rescans: budgets >> 2 & 3,
            refusals: budgets >> 4 & 3,
        },
        ..NOTHING
    };
    if !scenario.can_dispatch() {
        scenario.writes = 2;
    }
    scenario
}

/// What a walk amounted to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Walk {
    /// Steps that were compared.
    pub steps: usize,
    /// The kinds of the actions taken: bit i for kind i.
    pub kinds: u64,
    /// Crashes among them.
    pub crashes: usize,
}

impl Walk {
    fn count(&mut self, action: Action) {
        self.steps += 1;
        self.kinds |= 1 << action.kind() as u64;
        self.crashes += usize::from(action.kind() == ActionKind::Crash);
    }
}

/// Decodes bytes and walks both sides through them, then lets them settle.
///
/// # Errors
/// The two sides disagree, or a guarantee does not hold in a state that both share.
pub fn walk(bytes: &[u8]) -> Result<Walk, Disagreement> {
    let (mut lockstep, mut bytes) = start(bytes);
    finish(&mut lockstep, &mut bytes)
}

/// The script that bytes decode to, settling included; up to the failure, if there is one.
pub fn script(bytes: &[u8]) -> String {
    let (mut lockstep, mut bytes) = start(bytes);
    // A reference that panics has taken the steps before, too.
    let finished = AssertUnwindSafe(|| finish(&mut lockstep, &mut bytes));
    let _ = std::panic::catch_unwind(finished);
    lockstep.script()
}

/// The body of the fuzz target.
///
/// # Panics
/// The walk fails; the message ends with the script that leads there.
pub fn fuzz(bytes: &[u8]) {
    if let Err(disagreement) = walk(bytes) {
        panic!("{disagreement}");
    }
}

fn start(bytes: &[u8]) -> (Lockstep, Unstructured<'_>) {
    // The scenario's fifth byte is the last of all, which stays the walk's last choice: so a flag
    // that has its bit there changes nothing for an input that leaves it off.
    let more = bytes.last().copied().unwrap_or_default();
    let mut bytes = Unstructured::new(bytes);
    let head = bytes.arbitrary().expect("missing bytes are zero");
    let scenario = scenario_of(head, more);
    (Lockstep::new(&scenario), bytes)
}

fn finish(lockstep: &mut Lockstep, bytes: &mut Unstructured) -> Result<Walk, Disagreement> {
    let mut walk = Walk::default();
    while !bytes.is_empty() && !lockstep.enabled().is_empty() {
        let action = choose(lockstep.enabled(), bytes);
        take(lockstep, action, &mut walk)?;
    }
    let order = walk.steps % ORDERS.len();
    for _ in 0..STEP_CAP {
        let Some(index) =
            settle::choice(&lockstep.machine, &lockstep.model, lockstep.enabled(), order)
        else {
            return Ok(walk);
        };
        take(lockstep, lockstep.enabled()[index], &mut walk)?;
    }
    let what = format!("not quiescent after {STEP_CAP} fair steps (GUA-1)");
    Err(Disagreement { what, script: lockstep.script() })
}

fn take(lockstep: &mut Lockstep, action: Action, walk: &mut Walk) -> Result<(), Disagreement> {
    lockstep.step(action)?;
    walk.count(action);
    check_guarantees(lockstep)
}

/// Bytes from here on stand for a crash, where one is possible: one in 16.
const CRASHES: u8 = 240;
/// As many before them stand for the end of what blocks a channel.
const UNBLOCKS: u8 = 224;

/// One of the enabled actions: first its kind, then which of that kind, so that the many ways to
/// crash do not crowd out the rest. A crash is rare, and so is the end of what blocks a channel,
/// which would come before there is anything to block.
///
/// Of the other kinds, the one that the byte likes best is taken: whatever else is enabled, a byte
/// ranks two kinds alike. So a new kind, with a number of its own, changes the meaning only of the
/// bytes that like it better than all that were there, and the corpus outlives it.
fn choose(enabled: &[Action], bytes: &mut Unstructured) -> Action {
    let mut byte = || bytes.arbitrary::<u8>().unwrap_or(0);
    let kind = kind_of(enabled, byte());
    let of_kind = || enabled.iter().filter(|action| action.kind == kind);
    let nth = match of_kind().count() {
        1 => 0,
        count => usize::from(byte()) % count,
    };
    *of_kind().nth(nth).expect("it was counted")
}

/// The kind that a byte stands for, among those that are enabled.
fn kind_of(enabled: &[Action], byte: u8) -> ActionKind {
    let has = |kind| enabled.iter().any(|action| action.kind == kind);
    let is_rare = |kind| matches!(kind, ActionKind::Crash | ActionKind::Unblock);
    let others = enabled.iter().map(|action| action.kind).filter(|kind| !is_rare(*kind));
    match (byte, others.max_by_key(|kind| liking(byte, *kind))) {
        (CRASHES.., _) if has(ActionKind::Crash) => ActionKind::Crash,
        (UNBLOCKS..CRASHES, _) if has(ActionKind::Unblock) => ActionKind::Unblock,
        (_, Some(kind)) => kind,
        (_, None) if has(ActionKind::Unblock) => ActionKind::Unblock,
        (_, None) => ActionKind::Crash,
    }
}

/// How much a byte likes a kind: a fixed hash of both. The corpus depends on it.
fn liking(byte: u8, kind: ActionKind) -> u32 {
    let mixed = (u32::from(byte) << 8 | kind as u32).wrapping_mul(0x9e37_79b1);
    (mixed ^ mixed >> 15).wrapping_mul(0x85eb_ca77)
}

/// The guarantees, in a state that both sides share.
fn check_guarantees(lockstep: &Lockstep) -> Result<(), Disagreement> {
    let Some(index) = lockstep.machine.violated(&lockstep.model, lockstep.enabled()).next() else {
        return Ok(());
    };
    let property = &PROPERTIES[index];
    let what = format!("both violate {}, {}", property.id, property.claim);
    Err(Disagreement { what, script: lockstep.script() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corpus outlives a new kind: it takes bytes for itself, and moves none between others.
    #[test]
    fn a_new_kind_leaves_the_others_their_bytes() {
        let kinds: Vec<ActionKind> = ActionKind::all().collect();
        let actions = |kinds: &[ActionKind]| -> Vec<Action> {
            kinds.iter().map(|kind| Action::plain(*kind)).collect()
        };
        let known = actions(&[&kinds[..9], &kinds[10..20]].concat());
        let with_new = actions(&kinds[..20]);
        let mut taken = 0;
        for byte in 0..=u8::MAX {
            let (before, after) = (kind_of(&known, byte), kind_of(&with_new, byte));
            assert!(after == before || after == kinds[9], "{byte}: {before:?} became {after:?}");
            taken += usize::from(after == kinds[9]);
        }
        assert!((5..30).contains(&taken), "a kind among twenty takes {taken} of 256 bytes");
    }
}
