//! Random walks, the same on every machine.

use std::collections::BTreeMap;

use reference::{ChannelId, HTLCPreviousHopData, InboundHtlcState, NewPart};

use super::{CLAIM, FAIL, IN, IN_TOO, Keep, OUT, OUT_TOO, Step, World};

/// A small generator (xorshift), so that a walk is the same everywhere.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }
}

impl Rolls for Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// Whatever decides on a walk.
pub trait Rolls {
    /// One of the numbers below `sides`.
    fn roll(&mut self, sides: usize) -> usize;

    fn one_of<T: Clone>(&mut self, all: &[T]) -> Option<T> {
        if all.is_empty() { None } else { Some(all[self.roll(all.len())].clone()) }
    }

    fn channel(&mut self) -> ChannelId {
        if self.roll(12) == 0 {
            return ChannelId([5; 32]);
        }
        [OUT, OUT, IN, IN, OUT_TOO, IN_TOO][self.roll(6)]
    }

    fn keep(&mut self, world: &World) -> Keep {
        let objects = world.chain.keys().map(|c| Some(*c)).chain([None]);
        let writes: BTreeMap<_, _> =
            objects.map(|o| (o, self.roll(world.disk.in_flight(o) + 1))).collect();
        Keep { writes, record: self.roll(2) == 0, mode: self.roll(4) > 0 }
    }

    /// HTLCs of one payment about which nothing was said.
    fn undecided(&mut self, world: &World) -> Vec<HTLCPreviousHopData> {
        let all = world.inbound.iter().filter(|(hop, _)| {
            let known = world.node.manager().inbound_htlc(**hop);
            known.is_some_and(|htlc| htlc.state == InboundHtlcState::Undecided)
        });
        let all: Vec<_> = all.collect();
        let Some((_, n)) = self.one_of(&all) else { return Vec::new() };
        let same = all.iter().filter(|(_, other)| *other == n).map(|(hop, _)| **hop);
        let at_most = 1 + self.roll(2);
        same.take(at_most).collect()
    }

    /// Something that may happen next; whether it can the world says, or the node.
    fn step(&mut self, world: &World) -> Option<Step> {
        let manager = world.node.manager();
        let c = self.channel();
        Some(match self.roll(100) {
            0..4 => {
                let leaves = [self.channel(), self.channel()];
                let retry_by = (self.roll(3) == 0).then(|| self.channel());
                let count = 1 + self.roll(2);
                let part = |channel_id| NewPart { channel_id, amount_msat: 1000, retry_by };
                Step::Pay(100 + self.roll(6) as u8, leaves.map(part)[..count].to_vec())
            }
            4..9 => Step::Arrive(c, 1 + self.roll(8) as u8, 1100),
            9..14 => Step::Forward(self.undecided(world), c, 1000),
            14..16 => Step::Receive(self.undecided(world)),
            16 => Step::FailHtlc(*self.undecided(world).first()?),
            17..19 => Step::Claim(1 + self.roll(8) as u8),
            19 => Step::FailBack(1 + self.roll(8) as u8),
            20..25 => Step::Offer(self.one_of(&manager.holding_cell(c))?),
            25..35 => {
                let out: Vec<_> = world.outbound.keys().copied().collect();
                let (c, id) = self.one_of(&out)?;
                let outcome = if self.roll(2) == 0 { CLAIM } else { FAIL };
                let htlc = reference::HtlcId::outbound(id);
                match self.roll(8) {
                    0 => Step::Fulfil(c, id),
                    1..4 => Step::Sign(c, id, outcome),
                    4..7 => Step::Revoke(c, htlc),
                    _ => Step::Spend(c, htlc, outcome),
                }
            }
            35..38 => {
                let hops: Vec<_> = world.inbound.keys().copied().collect();
                let hop = self.one_of(&hops)?;
                Step::Revoke(hop.channel_id, hop.htlc())
            }
            38 => Step::Block(c),
            39 => Step::Unblock(c),
            40..42 => Step::SubmitBlocked(c),
            42..45 => Step::ForwardFail(self.one_of(&manager.forward_queue())?),
            45..55 => Step::Land(Some(c)),
            55..59 => Step::Land(None),
            59 => Step::Overtake(c),
            60..66 => Step::Completed(c),
            66..69 => Step::Release(c),
            69..71 => Step::Notice(c),
            71 => Step::PersistMonitor(c),
            72..75 => Step::PersistManager,
            75 if self.roll(4) == 0 => Step::PeerCloses(c, self.roll(2) == 0),
            75 if self.roll(4) == 0 => Step::ForceClose(c),
            75 if self.roll(4) == 0 => Step::Deadline(c),
            76 => Step::Broadcast(c),
            77 => {
                let claims: Vec<_> = world.claims.iter().copied().collect();
                let hop = self.one_of(&claims)?;
                Step::Spend(hop.channel_id, hop.htlc(), CLAIM)
            }
            78 => Step::Final(c),
            79..81 => Step::See(c, self.roll(2) == 0),
            81 => Step::Rescan(c, self.roll(3)),
            82 => Step::Archive(c),
            83..88 => {
                let keys: Vec<_> = manager.pending_events().keys().copied().collect();
                let key = self.one_of(&keys)?;
                match self.roll(7) {
                    0..3 => Step::Begin(key),
                    3..6 => Step::EndOk(key),
                    _ => Step::Refuse(key),
                }
            }
            88 if self.roll(2) == 0 => Step::Crash(self.keep(world)),
            88 => Step::Open(ChannelId([5; 32])),
            89 => Step::Prune,
            90..93 => Step::Replay(c),
            93..96 => Step::StartWatch,
            _ => Step::Background(c),
        })
    }
}

/// How many walks of each kind. `WALKS=1000` for a long run, `WALKS=6` where each of a thousand
/// mutants is tested.
pub fn walks() -> u64 {
    std::env::var("WALKS").ok().and_then(|n| n.parse().ok()).unwrap_or(60)
}

/// Walks so many steps, of which the possible ones happen, and then lets the node settle.
pub fn walk(seed: u64, steps: usize, mut world: World, mut visit: impl FnMut(&World)) {
    let mut dice = Dice::new(seed);
    for _ in 0..steps {
        if let Some(step) = dice.step(&world)
            && world.step(step)
        {
            visit(&world);
        }
    }
    world.settle();
    visit(&world);
}
