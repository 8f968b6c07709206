//! The table of counts: how many of what a scenario has or allows.

use super::Scenario;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A number of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Count {
    /// HTLCs.
    Htlcs,
    /// Channels: one if every HTLC is a payment of ours.
    Channels,
    /// Crashes.
    Crashes,
    /// Monitor writes (and updates) in flight per channel.
    Writes,
    /// Block writes that are skipped.
    Skips,
    /// Spends that the chain shows again.
    Rescans,
    /// User events that are refused.
    Refusals,
}

impl Count {
    /// All counts, in the order they are printed.
    pub const ALL: &[Count] = Count::VARIANTS;

    /// Its name.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What it is called among the flags, if a scenario that allows something of it has one feature
    /// more than others.
    pub fn feature(self) -> Option<&'static str> {
        match self {
            Count::Htlcs | Count::Channels | Count::Crashes | Count::Writes => None,
            Count::Skips => Some("skip_block_write"),
            Count::Rescans => Some("rescan"),
            Count::Refusals => Some("refuse"),
        }
    }

    /// Its value in a scenario.
    pub fn value(self, scenario: &Scenario) -> u8 {
        match self {
            Count::Htlcs => scenario.htlcs.len() as u8,
            Count::Channels => scenario.channels().count() as u8,
            Count::Crashes => scenario.budget.crashes,
            Count::Writes => scenario.writes,
            Count::Skips => scenario.budget.skips,
            Count::Rescans => scenario.budget.rescans,
            Count::Refusals => scenario.budget.refusals,
        }
    }

    /// Where a scenario has it, if it is a number there and does not follow from the HTLCs.
    pub fn value_mut(self, scenario: &mut Scenario) -> Option<&mut u8> {
        match self {
            Count::Htlcs | Count::Channels => None,
            Count::Crashes => Some(&mut scenario.budget.crashes),
            Count::Writes => Some(&mut scenario.writes),
            Count::Skips => Some(&mut scenario.budget.skips),
            Count::Rescans => Some(&mut scenario.budget.rescans),
            Count::Refusals => Some(&mut scenario.budget.refusals),
        }
    }

    /// Its least value in a scenario in which something happens.
    pub fn least(self) -> u8 {
        u8::from(matches!(self, Count::Htlcs | Count::Channels | Count::Writes))
    }
}
