//! Which bounds matter: lowering a scenario's bounds one at a time.

use crate::check::{self, Settings, Verdict};
use crate::machine::Machine;
use crate::mutant::{self, Mutant};
use crate::protocol::Protocol;
use crate::scenario::{self, Role, Scenario};
use std::collections::BTreeMap;

/// One bound of a scenario, or one of its flags, that can be lowered by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The number of HTLCs.
    Htlcs,
    /// The number of channels: forwards become own payments.
    Channels,
    /// The number of crashes.
    Crashes,
    /// Writes in flight per channel.
    Writes,
    /// Skipped block writes.
    Skips,
    /// Spends shown again.
    Rescans,
    /// Refused user events.
    Refusals,
    /// The outbound monitor's writes take time.
    AsyncOut,
    /// The inbound monitor's writes take time.
    AsyncIn,
    /// The manager's writes take time.
    AsyncManager,
    /// Updates of the outbound monitor are stored as deltas.
    DeltaOut,
    /// Updates of the inbound monitor are stored as deltas.
    DeltaIn,
    /// The outbound channel may close by choice.
    CloseOut,
    /// The inbound channel may close by choice.
    CloseIn,
    /// The monitors of resolved channels are archived.
    Archival,
    /// The user is told of claimed forwards.
    TellForwards,
    /// Something blocks the inbound channel's revocations.
    BlockIn,
    /// The outbound peer's claim may come by message first.
    ClaimMessages,
    /// Every start may be by another build.
    Builds,
    /// Notices take steps of their own, and closes are updates.
    Notices,
}

impl Bound {
    /// All of them, in the order they are lowered.
    pub const ALL: [Bound; 20] = [
        Bound::Refusals,
        Bound::Rescans,
        Bound::Skips,
        Bound::Notices,
        Bound::Builds,
        Bound::ClaimMessages,
        Bound::BlockIn,
        Bound::TellForwards,
        Bound::Archival,
        Bound::AsyncManager,
        Bound::DeltaIn,
        Bound::DeltaOut,
        Bound::Writes,
        Bound::AsyncIn,
        Bound::AsyncOut,
        Bound::CloseIn,
        Bound::CloseOut,
        Bound::Htlcs,
        Bound::Channels,
        Bound::Crashes,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Htlcs => "htlcs",
            Bound::Channels => "channels",
            Bound::Crashes => "crashes",
            Bound::Writes => "writes",
            Bound::Skips => "skips",
            Bound::Rescans => "rescans",
            Bound::Refusals => "refusals",
            Bound::AsyncOut => "async_out",
            Bound::AsyncIn => "async_in",
            Bound::AsyncManager => "async_manager",
            Bound::DeltaOut => "delta_out",
            Bound::DeltaIn => "delta_in",
            Bound::CloseOut => "close_out",
            Bound::CloseIn => "close_in",
            Bound::Archival => "archival",
            Bound::TellForwards => "tell_forwards",
            Bound::BlockIn => "block_in",
            Bound::ClaimMessages => "claim_messages",
            Bound::Builds => "builds",
            Bound::Notices => "notices",
        }
    }

    /// Its value in a scenario; a flag is 0 or 1.
    pub fn value(self, scenario: &Scenario) -> u8 {
        let (flags, budget) = (scenario.flags, scenario.budget);
        match self {
            Bound::Htlcs => scenario.htlcs.len() as u8,
            Bound::Channels => scenario.channels().len() as u8,
            Bound::Crashes => budget.crashes,
            Bound::Writes => scenario.writes,
            Bound::Skips => budget.skips,
            Bound::Rescans => budget.rescans,
            Bound::Refusals => budget.refusals,
            Bound::AsyncOut => flags.async_out.into(),
            Bound::AsyncIn => flags.async_in.into(),
            Bound::AsyncManager => flags.async_manager.into(),
            Bound::DeltaOut => flags.delta_out.into(),
            Bound::DeltaIn => flags.delta_in.into(),
            Bound::CloseOut => flags.close_out.into(),
            Bound::CloseIn => flags.close_in.into(),
            Bound::Archival => flags.archival.into(),
            Bound::TellForwards => flags.tell_forwards.into(),
            Bound::BlockIn => flags.block_in.into(),
            Bound::ClaimMessages => flags.claim_messages.into(),
            Bound::Builds => flags.builds.into(),
            Bound::Notices => flags.notices.into(),
        }
    }

    /// The scenario with this bound one lower, if it is not at its least.
    pub fn lowered(self, scenario: &Scenario) -> Option<Scenario> {
        let least = u8::from(matches!(self, Bound::Htlcs | Bound::Channels | Bound::Writes));
        if self.value(scenario) <= least {
            return None;
        }
        let mut lower = scenario.clone();
        match self {
            Bound::Htlcs => lower.htlcs = &scenario.htlcs[..scenario.htlcs.len() - 1],
            Bound::Channels => lower.htlcs = as_own(scenario.htlcs),
            Bound::Crashes => lower.budget.crashes -= 1,
            Bound::Writes => lower.writes -= 1,
            Bound::Skips => lower.budget.skips -= 1,
            Bound::Rescans => lower.budget.rescans -= 1,
            Bound::Refusals => lower.budget.refusals -= 1,
            Bound::AsyncOut => lower.flags.async_out = false,
            Bound::AsyncIn => lower.flags.async_in = false,
            Bound::AsyncManager => lower.flags.async_manager = false,
            Bound::DeltaOut => lower.flags.delta_out = false,
            Bound::DeltaIn => lower.flags.delta_in = false,
            Bound::CloseOut => lower.flags.close_out = false,
            Bound::CloseIn => lower.flags.close_in = false,
            Bound::Archival => lower.flags.archival = false,
            Bound::TellForwards => lower.flags.tell_forwards = false,
            Bound::BlockIn => lower.flags.block_in = false,
            Bound::ClaimMessages => lower.flags.claim_messages = false,
            Bound::Builds => lower.flags.builds = false,
            Bound::Notices => lower.flags.notices = false,
        }
        lower.can_dispatch().then_some(lower)
    }
}

fn as_own(htlcs: &[Role]) -> &'static [Role] {
    if htlcs.len() == 2 { &[Role::Own, Role::Own] } else { &[Role::Own] }
}

/// Whether a protocol violates a guarantee in a scenario.
pub fn violates(
    protocol: &'static dyn Protocol,
    scenario: &Scenario,
    guarantee: &str,
    settings: &Settings,
) -> bool {
    let machine = Machine::new(scenario, protocol).with_symmetry();
    let report = check::hunt(&machine, settings, guarantee);
    report.verdict == Verdict::Violated
        && report.violations.iter().any(|v| v.property.id == guarantee)
}

/// The smallest bounds, minimal in each coordinate, in which a mutant violates the guarantee that
/// kills it. One such point: bounds are lowered one at a time, in a fixed order.
pub fn smallest(mutant: &Mutant, settings: &Settings) -> Option<BTreeMap<String, u8>> {
    let guarantee = mutant.killed_by;
    let mut scenario = scenario::find(mutant.scenario)?.clone();
    for bound in Bound::ALL {
        while let Some(lower) = bound.lowered(&scenario) {
            if !violates(mutant.protocol, &lower, guarantee, settings) {
                break;
            }
            scenario = lower;
        }
    }
    Some(values(&scenario))
}

/// All bounds of a scenario by name, flags that are off left out.
pub fn values(scenario: &Scenario) -> BTreeMap<String, u8> {
    let named = Bound::ALL.iter().map(|b| (b.name().to_owned(), b.value(scenario)));
    named.filter(|(_, value)| *value > 0).collect()
}

/// A mutant that shows why a bound is not lower: it dies in its scenario, and survives with that
/// one bound lowered by one.
pub struct Tooth {
    /// The bound.
    pub bound: Bound,
    /// The mutant's name.
    pub mutant: &'static str,
}

/// Whether a tooth bites.
pub struct Bite {
    /// The mutant survives with the bound one lower.
    pub survives_below: bool,
    /// The mutant dies at the bound.
    pub dies_at: bool,
    /// The bound's value in the mutant's scenario.
    pub value: u8,
}

impl Tooth {
    /// Runs the mutant at the bound and below it.
    ///
    /// # Panics
    /// If the tooth names no mutant, or the bound cannot be lowered in its scenario.
    pub fn bite(&self, settings: &Settings) -> Bite {
        let mutant = mutant::find(self.mutant).expect("a tooth names a mutant");
        let scenario = scenario::find(mutant.scenario).expect("a mutant names a scenario");
        let lower = self.bound.lowered(scenario).expect("the bound can be lowered");
        let dies_in = |s: &Scenario| violates(mutant.protocol, s, mutant.killed_by, settings);
        Bite {
            survives_below: !dies_in(&lower),
            dies_at: dies_in(scenario),
            value: self.bound.value(scenario),
        }
    }
}

/// One mutant for each bound that every scenario has.
pub const TEETH: &[Tooth] = &[
    Tooth { bound: Bound::Htlcs, mutant: "ack_prefix" },
    Tooth { bound: Bound::Channels, mutant: "ack_forward_claim_submitted" },
    Tooth { bound: Bound::Crashes, mutant: "generate_close_in_background" },
    Tooth { bound: Bound::Writes, mutant: "complete_all_updates" },
];
