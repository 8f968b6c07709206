//! The table of flags: what a scenario has beside its core.
//!
//! A row of [`Flag`] is all that scripts, reports, pins and tables need to know of a flag: its name
//! is the variant's in snake case. A new one goes to the end, because the fuzzer's inputs know
//! flags by their place.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// A feature. One that is off removes the state, not only the action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Flag {
    /// Writes of the outbound monitor take time.
    AsyncOut,
    /// Writes of the inbound monitor take time.
    AsyncIn,
    /// Writes of the manager take time.
    AsyncManager,
    /// An update of the outbound monitor is stored as a delta.
    DeltaOut,
    /// An update of the inbound monitor is stored as a delta.
    DeltaIn,
    /// Node or peer may close the outbound channel by choice.
    CloseOut,
    /// Node or peer may close the inbound channel by choice.
    CloseIn,
    /// The monitors of resolved channels are archived.
    Archival,
    /// The user is told of claimed forwards (`PaymentForwarded`).
    TellForwards,
    /// At the start, something blocks the inbound channel's revocations.
    BlockIn,
    /// The outbound peer's claim may reach the manager by message, before it is signed.
    ClaimMessages,
    /// An old build made the node, and every start may be by another one.
    Builds,
    /// `Completed` takes a step of its own where writes take time, closing a channel gives its
    /// monitor an update, and a monitor may close a channel by itself.
    Notices,
    /// Updates wait behind the manager write that holds them (LDK's deferred writing).
    Deferred,
}

impl Flag {
    /// All flags, in the order they are printed.
    pub const ALL: &[Flag] = Flag::VARIANTS;

    /// Its name.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The flags that are on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u64);

impl Flags {
    /// These and no others.
    pub const fn of(flags: &[Flag]) -> Flags {
        let (mut bits, mut index) = (0, 0);
        while index < flags.len() {
            bits |= flags[index].bit();
            index += 1;
        }
        Flags(bits)
    }

    /// Whether a flag is on.
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Switches a flag on or off.
    pub fn set(&mut self, flag: Flag, on: bool) {
        self.0 = if on { self.0 | flag.bit() } else { self.0 & !flag.bit() };
    }

    /// Those that are on, in the order they are printed.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |flag| self.has(*flag))
    }
}

impl Flag {
    const fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl FromIterator<Flag> for Flags {
    fn from_iter<I: IntoIterator<Item = Flag>>(flags: I) -> Flags {
        Flags(flags.into_iter().fold(0, |bits, flag| bits | flag.bit()))
    }
}
