//! What an action needs before its guard is worth asking: how far the node is in its start, whether
//! a channel is closed on chain, whether the user is busy. A state is asked for all of that once,
//! as a set of bits; most actions that are not enabled fall at one comparison.
//!
//! A need is a guard's cheapest half, asked of every action in every state; no rule is decided by
//! one.

use crate::action::Args;
use crate::state::{Boot, CHANNELS, Channel, NO_HTLC, View};
use crate::topology::Topology;

/// Something that an action needs. Of an HTLC's channels it is about the one that it leaves by or,
/// where that is said, the one it came in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The monitors are not in the Watch yet.
    Loading,
    /// The monitors are in the Watch.
    Watching,
    /// Every channel's background step has run, too.
    Running,
    /// Nothing fair is enabled that is an excuse: the node has had its chance. That is asked last,
    /// of the other actions.
    LastChance,
    /// No commitment of the channel has confirmed.
    Open,
    /// A commitment of the channel has confirmed.
    Closed,
    /// A commitment of the channel that the HTLC came in on has confirmed.
    ClosedInbound,
    /// A write of the channel's monitor is in flight.
    Writing,
    /// No write of the manager is in flight.
    ManagerIdle,
    /// A write of the manager is in flight.
    ManagerWriting,
    /// The user handles nothing.
    UserIdle,
    /// The user handles an event.
    UserBusy,
}

/// A set of needs, each of a channel or of the node: what an action asks for, or what a state has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(u32);

/// Needs that are no channel's.
const OF_NODE: u32 = 8;
/// Needs of each channel.
const PER_CHANNEL: u32 = 3;
const _: () = assert!(OF_NODE + PER_CHANNEL * CHANNELS as u32 <= u32::BITS);

impl Needs {
    /// What an action asks for.
    pub fn of(needs: &[Need], t: &Topology, args: Args) -> Needs {
        needs.iter().fold(Needs::default(), |all, need| Needs(all.0 | bit(*need, t, args)))
    }

    /// What a state has.
    pub fn met_in<const C: usize, const H: usize>(s: View<C, H>) -> Needs {
        let mut bits = match s.node.boot {
            Boot::Loading => node_bit(Need::Loading),
            Boot::Watching if s.node.resumed == [true; C] => {
                node_bit(Need::Watching) | node_bit(Need::Running)
            }
            Boot::Watching => node_bit(Need::Watching),
        };
        bits |=
            node_bit(if s.disk.manager_writing { Need::ManagerWriting } else { Need::ManagerIdle });
        bits |= node_bit(if s.node.handling == NO_HTLC { Need::UserIdle } else { Need::UserBusy });
        for (index, chain) in s.world.chains.iter().enumerate() {
            let c = Channel::at(index);
            bits |= channel_bit(if chain.is_closed() { Need::Closed } else { Need::Open }, c);
            if s.disk.writes_len[c] > 0 {
                bits |= channel_bit(Need::Writing, c);
            }
        }
        Needs(bits)
    }

    /// Whether a state that has `met` has all of these.
    pub fn are_in(self, met: Needs) -> bool {
        self.0 & !met.0 == 0
    }
}

fn node_bit(need: Need) -> u32 {
    let index = match need {
        Need::Loading => 0,
        Need::Watching => 1,
        Need::Running => 2,
        Need::ManagerIdle => 3,
        Need::ManagerWriting => 4,
        Need::UserIdle => 5,
        Need::UserBusy => 6,
        Need::LastChance => return 0,
        Need::Open | Need::Closed | Need::ClosedInbound | Need::Writing => {
            unreachable!("it is of a channel")
        }
    };
    1 << index
}

fn channel_bit(need: Need, c: Channel) -> u32 {
    let index = match need {
        Need::Open => 0,
        Need::Closed | Need::ClosedInbound => 1,
        Need::Writing => 2,
        _ => unreachable!("it is of the node"),
    };
    1 << (OF_NODE + PER_CHANNEL * c.index() as u32 + index)
}

fn bit(need: Need, t: &Topology, args: Args) -> u32 {
    let channel = match (need, args) {
        (Need::ClosedInbound, Args::Htlc(h)) => t.inbound(h),
        (Need::Open | Need::Closed | Need::Writing, Args::Htlc(h)) => t.outbound(h),
        (Need::Open | Need::Closed | Need::Writing, Args::Channel(c)) => c,
        (Need::Open | Need::Closed | Need::Writing, Args::On(c, _) | Args::Block(c, _)) => c,
        _ => return node_bit(need),
    };
    channel_bit(need, channel)
}
