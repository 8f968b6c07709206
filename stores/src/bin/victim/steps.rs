//! What happens next, at random.

use reference::{HTLCPreviousHopData, InboundHtlcState, Mode, NewPart};
use stores::lab::{payment_id, preimage};
use stores::world::{
    UserLine, WorldLine, channel_id, channel_number, is_to_be_claimed, payment_of,
};

use super::{Failure, Victim, done};

/// So many channels are kept open.
const OPEN_CHANNELS: usize = 3;

impl Victim {
    /// One thing happens, and the node's answers are carried out.
    pub fn act(&mut self) -> Result<(), Failure> {
        if self.open_channels().len() < OPEN_CHANNELS {
            self.open_channel()?;
        }
        match self.rng.u8(..24) {
            0..=2 => self.pay()?,
            3..=5 => {
                if let Some(channel) = self.any_open_channel() {
                    self.peer_adds(channel)?;
                }
            }
            6..=9 => drop(self.works_off()?),
            10..=14 => self.any_peer_goes_on()?,
            15..=17 => drop(self.decides()?),
            18..=19 => drop(self.user_handles()?),
            20..=21 => drop(done(self.node.persist_manager())?),
            22 => {
                for channel in self.channels() {
                    self.chain_goes_on(channel)?;
                }
            }
            _ => self.closes()?,
        }
        self.outputs()
    }

    fn open_channel(&mut self) -> Result<(), Failure> {
        let channel = self.world.channels().keys().last().map_or(0, |last| last + 1);
        self.world.append(&WorldLine::Opened { channel })?;
        self.node.open_channel(channel_id(channel), Mode::On)?;
        self.outputs()
    }

    fn any_open_channel(&mut self) -> Option<u64> {
        let open = self.open_channels();
        self.rng.choice(open)
    }

    /// The user pays, in one part or two.
    fn pay(&mut self) -> Result<(), Failure> {
        let payment = self.next_payment;
        let parts: Vec<NewPart> = (0..self.rng.u8(1..3))
            .filter_map(|_| self.any_open_channel())
            .map(|channel| NewPart {
                channel_id: channel_id(channel),
                amount_msat: 1000,
                retry_by: None,
            })
            .collect();
        if parts.is_empty() {
            return Ok(());
        }
        self.next_payment += 1;
        self.user.append(&UserLine::Pays { payment })?;
        let hash = preimage(payment).payment_hash();
        done(self.node.send_payment(payment_id(payment), hash, &parts))?;
        done(self.node.free_holding_cells())?;
        Ok(())
    }

    /// The node takes the steps that wait for nobody.
    pub fn works_off(&mut self) -> Result<bool, Failure> {
        self.node.process_pending_monitor_events()?;
        self.node.process_pending_htlc_forwards()?;
        let mut is_news = false;
        for channel in self.channels() {
            is_news |= done(self.node.submit_blocked_update(channel_id(channel)))?;
        }
        self.node.free_holding_cells()?;
        Ok(is_news)
    }

    fn any_peer_goes_on(&mut self) -> Result<(), Failure> {
        let Some(channel) = self.any_open_channel() else { return Ok(()) };
        self.peer_adds_again(channel)?;
        self.peers_go_on(channel)?;
        Ok(())
    }

    /// The peer of a channel goes on with all that it was offered, and has offered.
    pub fn peers_go_on(&mut self, channel: u64) -> Result<bool, Failure> {
        let known = &self.world.channels()[&channel];
        let outbound: Vec<u64> = known.outbound.keys().copied().collect();
        let inbound: Vec<u64> = known.inbound.keys().copied().collect();
        let mut is_news = false;
        for htlc in outbound {
            is_news |= self.peer_goes_on(channel, htlc)?;
        }
        for htlc in inbound {
            is_news |= self.payer_goes_on(channel, htlc)?;
        }
        Ok(is_news)
    }

    /// What becomes of the HTLCs that came in and of which nothing was said, and of payments that
    /// can be claimed.
    pub fn decides(&mut self) -> Result<bool, Failure> {
        let mut is_news = false;
        for hop in self.undecided() {
            is_news |= self.decides_about(hop)?;
        }
        let received: Vec<_> = self.node.manager().received().keys().copied().collect();
        for hash in received {
            if !self.node.manager().is_claimable(hash) {
                continue;
            }
            let payment = payment_of(hash, self.next_payment).ok_or("a payment of nobody")?;
            let parts = &self.node.manager().received()[&hash].parts;
            let is_taken_back = parts.iter().any(|hop| self.ended_upstream(*hop) == Some(false));
            let step = match is_to_be_claimed(payment) && !is_taken_back {
                true => self.node.claim_funds(preimage(payment)),
                false => self.node.fail_htlc_backwards(hash),
            };
            is_news |= done(step)?;
        }
        Ok(is_news)
    }

    fn undecided(&self) -> Vec<HTLCPreviousHopData> {
        let hops = self.world.channels().iter().flat_map(|(channel, known)| {
            known.inbound.keys().map(|htlc_id| HTLCPreviousHopData {
                channel_id: channel_id(*channel),
                htlc_id: *htlc_id,
            })
        });
        let is_undecided = |hop: &HTLCPreviousHopData| {
            let htlc = self.node.manager().inbound_htlc(*hop);
            htlc.is_some_and(|htlc| htlc.state == InboundHtlcState::Undecided)
        };
        hops.filter(is_undecided).collect()
    }

    /// Every second HTLC is forwarded, one in eight failed, the others are for us.
    fn decides_about(&mut self, hop: HTLCPreviousHopData) -> Result<bool, Failure> {
        let channel = channel_number(hop.channel_id);
        let payment = self.world.channels()[&channel].inbound[&hop.htlc_id].payment;
        let step = match (payment % 8, self.ended_upstream(hop)) {
            (_, Some(false)) => return Ok(false),
            (7, None) => self.node.fail_htlc(hop),
            (even, None) if even % 2 == 0 => {
                let mut open = self.open_channels();
                open.retain(|next| *next != channel);
                match self.rng.choice(open) {
                    Some(next) => self.node.forward_htlcs(&[hop], channel_id(next), 1000),
                    None => self.node.fail_htlc(hop),
                }
            }
            _ => self.node.receive_payment(&[hop]),
        };
        Ok(done(step)?)
    }

    /// Now and then a channel closes.
    fn closes(&mut self) -> Result<(), Failure> {
        let Some(channel) = self.any_open_channel() else { return Ok(()) };
        let id = channel_id(channel);
        match self.rng.u8(..12) {
            0 => drop(done(self.node.force_close(id))?),
            1 => drop(done(self.node.deadline_reached(id))?),
            2 => drop(self.peer_closes(channel)?),
            _ => {
                for channel in self.channels() {
                    self.archives(channel)?;
                }
            }
        }
        Ok(())
    }

    /// The Watch goes on with the archival of a channel that is over.
    pub fn archives(&mut self, channel: u64) -> Result<bool, Failure> {
        let known = &self.world.channels()[&channel];
        let id = channel_id(channel);
        let Some(monitor) = self.node.monitor(id) else { return Ok(false) };
        let has_seen_all = monitor.best_block() as usize == known.chain.len();
        if !known.is_settled_on_chain() || !has_seen_all {
            return Ok(false);
        }
        Ok(done(self.node.archive_monitor(id))?)
    }
}
