//! Random walks, the same on every machine.

use std::sync::Arc;

use super::{Action, BlockWrite, Kept, World};
use reference::monitor::Spend;
use reference::{NodeConfig, Outcome};

/// A small generator (xorshift), so that a walk is the same everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, all: impl ExactSizeIterator<Item = T>) -> T {
        let index = self.roll(all.len());
        all.into_iter().nth(index).unwrap()
    }

    pub fn action(&mut self, config: &NodeConfig) -> Action {
        let channel = self.one_of(config.channels.keys().copied());
        let htlc = self.one_of(config.htlcs.keys().copied());
        let outcome = [Outcome::Claim, Outcome::Fail][self.roll(2)];
        let spend = [Spend::Preimage, Spend::Timeout][self.roll(2)];
        let write = [BlockWrite::Lands, BlockWrite::Skipped][self.roll(2)];
        let coin = self.roll(2) == 0;
        match self.roll(89) {
            0..5 => Action::Sign(htlc, outcome),
            5..8 => Action::Revoke(channel, htlc),
            8..10 => Action::RevokeBlocked(htlc),
            10 => Action::PeerCloses(channel, coin),
            11..14 => Action::Broadcast(channel),
            14 => Action::ForceClose(channel),
            15..18 => Action::Spend(channel, htlc, spend),
            18..20 => Action::Final(channel),
            20..24 => Action::Block(channel, write),
            24 => Action::Rescan(channel, self.roll(4)),
            25..33 => Action::Report(channel),
            33..35 => Action::FullWrite(channel),
            35..38 => Action::Notice(channel),
            38..44 => Action::Release(channel),
            44..48 => Action::ForwardFail(htlc),
            48..52 => Action::Begin(htlc),
            52..56 => Action::EndOk(htlc),
            56 => Action::Refuse(htlc),
            57..60 => Action::StartManagerWrite,
            60..63 => Action::ManagerReport,
            63..65 => Action::Crash(Kept {
                out: self.roll(3),
                inbound: self.roll(3),
                too: [self.roll(3), self.roll(3)],
                manager: coin,
                record: self.roll(2) == 0,
            }),
            65..70 => Action::Replay(channel),
            70..75 => Action::StartWatch,
            75 => Action::SubmitBlocked(channel),
            76 => Action::CloseByUpdate(channel),
            77 => Action::Deadline(channel),
            78..80 => Action::Offer(htlc),
            80..82 => Action::Claim(htlc),
            82..84 => Action::Archive(channel),
            _ => Action::Background(channel),
        }
    }
}

/// Walks 150 steps, of which the possible ones happen, and then lets the node settle.
pub fn walk(seed: u64, config: Arc<NodeConfig>, mut visit: impl FnMut(&World)) {
    let mut dice = Dice::new(seed);
    let mut world = World::new(config);
    for _ in 0..150 {
        let action = dice.action(&world.config);
        if world.step(action) {
            visit(&world);
        }
    }
    world.settle();
    visit(&world);
}
