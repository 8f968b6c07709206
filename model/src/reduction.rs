//! Reductions: states that nothing can tell apart count as one.
//!
//! A reduction takes a state to the one that stands for it. It is sound if both offer the same
//! actions, these lead to states for which the same ones stand, and both violate the same
//! guarantees: then neither a verdict nor the length of a shortest trace depends on it, under any
//! protocol for which the machine lets it be on. Each row says why that is so; a test looks whether
//! it is, in every reachable state of the scenarios that can be held in memory, under SPEC.md and
//! under mutants.
//!
//! A path over states that stand for others may name an HTLC as another is named by then;
//! [`crate::lift`] makes of it a path of the machine without reductions, which is what people see.

use crate::state::{Channel, CloseKind, Htlc, PeerSigned, Renaming, State};
use crate::topology::Topology;
use std::str::FromStr;
use strum::{EnumString, IntoStaticStr, VariantArray};
use zerocopy::IntoBytes;

/// A way to take states for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Reduction {
    /// Whose commitment confirmed. What it contains is decided as it confirms; later the Monitor
    /// asks only to know at which of two sites it pushes a claim. Not where the protocol treats the
    /// two differently.
    Closer,
    /// What a peer has signed, where the confirmed commitment has an output for the HTLC: the
    /// channel is closed to signatures, and only the chain says how the HTLC ends. A claim that
    /// was sent or signed still makes it claim the output, until that is spent.
    Signed,
    /// In which order facts came that every version of the Monitor has processed, in memory, on
    /// disk and on its way there: none will process them one by one again.
    Order,
    /// Which of several HTLCs is called what, where the scenario has the same for each.
    Names,
}

impl Reduction {
    /// All of them, in the order in which they are applied.
    pub const ALL: &[Reduction] = Reduction::VARIANTS;

    /// Its name.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// A set of reductions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reductions(u8);

impl Reductions {
    /// None: every state stands for itself.
    pub const NONE: Reductions = Reductions(0);
    /// All of them.
    pub const ALL: Reductions = Reductions((1 << Reduction::ALL.len()) - 1);

    /// Whether a reduction is among them.
    pub fn has(self, reduction: Reduction) -> bool {
        self.0 & 1 << reduction as u8 != 0
    }

    /// Those of either.
    #[must_use]
    pub fn union(self, other: Reductions) -> Reductions {
        Reductions(self.0 | other.0)
    }

    /// This one alone.
    pub fn only(reduction: Reduction) -> Reductions {
        Reductions(1 << reduction as u8)
    }

    /// The names of those in the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = Reduction::ALL.iter().filter(move |reduction| self.has(**reduction));
        all.map(|reduction| reduction.name())
    }

    /// All but this one.
    #[must_use]
    pub fn without(self, reduction: Reduction) -> Reductions {
        Reductions(self.0 & !(1 << reduction as u8))
    }
}

impl FromStr for Reductions {
    type Err = String;

    /// "all", "none", or names with commas between them.
    fn from_str(text: &str) -> Result<Reductions, String> {
        match text {
            "all" => return Ok(Reductions::ALL),
            "none" => return Ok(Reductions::NONE),
            _ => {}
        }
        text.split(',').try_fold(Reductions::NONE, |set, name| match Reduction::from_str(name) {
            Ok(reduction) => Ok(Reductions(set.0 | 1 << reduction as u8)),
            Err(_) => {
                let known: Vec<_> = Reductions::ALL.names().collect();
                Err(format!("no reduction is called so; there are {}", known.join(", ")))
            }
        })
    }
}

/// What a machine needs to find the state that stands for another.
#[derive(Clone, Debug, Default)]
pub struct Reducer {
    on: Reductions,
    renamings: Vec<Renaming>,
}

impl Reducer {
    /// The reducer for these reductions. That of what is alike the scenario has to say; a role is
    /// more than a place among channels and payments.
    pub fn new(on: Reductions, topology: &Topology, alike: impl Fn(Htlc, Htlc) -> bool) -> Reducer {
        let renamed = on.has(Reduction::Names);
        let renamings = if renamed { topology.renamings(alike) } else { Vec::new() };
        Reducer { on, renamings }
    }

    /// The state that stands for this one.
    pub fn reduce<const C: usize, const H: usize>(&self, t: &Topology, s: &mut State<C, H>) {
        if self.on == Reductions::NONE {
            return;
        }
        if self.on.has(Reduction::Closer) {
            forget_closers(s);
        }
        if self.on.has(Reduction::Signed) {
            forget_signed(t, s);
        }
        self.forget_order(t, s);
        if !self.renamings.is_empty() {
            self.forget_names(t, s);
        }
    }

    fn forget_order<const C: usize, const H: usize>(&self, t: &Topology, s: &mut State<C, H>) {
        if self.on.has(Reduction::Order) {
            for c in t.channels() {
                sort_seen(s, c);
            }
        }
    }

    /// Of all states that differ by names alone, the smallest; first by what tells most HTLCs
    /// apart, which is cheaper to compare than a state.
    fn forget_names<const C: usize, const H: usize>(&self, t: &Topology, s: &mut State<C, H>) {
        let old = *s;
        let keys: [u64; H] = std::array::from_fn(|index| key(t, &old, Htlc::at(index)));
        let mut least = keys;
        for new in &self.renamings {
            let mut renamed = keys;
            new.apply(&mut renamed);
            if renamed > least {
                continue;
            }
            let mut other = old.renamed(new);
            self.forget_order(t, &mut other);
            if renamed < least || other.as_bytes() < s.as_bytes() {
                *s = other;
                least = renamed;
            }
        }
    }
}

/// See [`Reduction::Closer`].
fn forget_closers<const C: usize, const H: usize>(s: &mut State<C, H>) {
    for chain in s.world.chains.iter_mut().filter(|chain| chain.is_closed()) {
        chain.closed = CloseKind::Holder;
    }
}

/// See [`Reduction::Signed`].
fn forget_signed<const C: usize, const H: usize>(t: &Topology, s: &mut State<C, H>) {
    for h in t.htlcs().filter(|h| t.leaves(*h)) {
        let chain = &s.world.chains[t.outbound(h)];
        if chain.contains[h] && (s.world.peer[h] == PeerSigned::Fail || !chain.is_unspent(h)) {
            s.world.peer[h] = PeerSigned::Nothing;
        }
    }
}

/// See [`Reduction::Order`].
fn sort_seen<const C: usize, const H: usize>(s: &mut State<C, H>, c: Channel) {
    // The first fact is the commitment; there has to be something to sort behind it.
    if s.world.chains[c].tip > 2 {
        let on_disk = s.disk.recoverable(c).map(|m| m.data.best_block);
        let oldest = on_disk.fold(s.node.monitors[c].data.best_block, u8::min);
        s.world.chains[c].sort_seen(oldest);
    }
}

/// What mostly differs between two HTLCs. Where it does, their names follow from it.
fn key<const C: usize, const H: usize>(t: &Topology, s: &State<C, H>, h: Htlc) -> u64 {
    let shape = t.shape(h);
    let c = shape.outbound.or(shape.inbound).expect("an HTLC is on some channel");
    u64::from_be_bytes([
        s.node.manager.statuses[h] as u8,
        s.world.peer[h] as u8,
        s.disk.manager.statuses[h] as u8,
        s.node.monitors[c].data.stages[h] as u8,
        s.disk.monitors[c].data.stages[h] as u8,
        s.world.record[h],
        s.node.manager.actions[h],
        s.disk.manager.actions[h],
    ])
}
