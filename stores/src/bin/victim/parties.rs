//! What peers, chain and user do.

use reference::{
    Direction, Event, Fact, HTLCPreviousHopData, HTLCResolution, Message, OnChain, Output,
    RemovalStage, StepError, UpdateAddHTLC,
};
use stores::lab::preimage;
use stores::world::{
    Channel, UserLine, WorldLine, channel_id, channel_number, htlc_id, is_to_be_claimed,
    payment_number, payment_of,
};

use super::{Failure, Victim, done, height};

impl Victim {
    fn channel(&self, channel: u64) -> Channel {
        self.world.channels().get(&channel).cloned().unwrap_or_default()
    }

    /// The channels that the node watches: not those that are archived, nor one whose opening the
    /// node did not live to write.
    pub fn channels(&self) -> Vec<u64> {
        let all = self.world.channels().keys().copied();
        all.filter(|channel| self.node.monitor(channel_id(*channel)).is_some()).collect()
    }

    /// The channels on which something can be offered.
    pub fn open_channels(&self) -> Vec<u64> {
        let is_open = |channel: &u64| {
            self.world.channels()[channel].is_open()
                && self.node.manager().is_open(channel_id(*channel))
        };
        self.channels().into_iter().filter(is_open).collect()
    }

    /// Carries out what the node asks for.
    pub fn outputs(&mut self) -> Result<(), Failure> {
        while let Some(output) = self.node.poll() {
            match output {
                Output::Send { channel_id, message } => {
                    self.peer_hears(channel_number(channel_id), message)?;
                }
                Output::OnChain(OnChain::BroadcastHolderCommitment { channel_id, outputs }) => {
                    self.broadcast.insert(channel_number(channel_id), outputs);
                }
                Output::OnChain(OnChain::ClaimHTLCOutput { channel_id, htlc_id, .. }) => {
                    self.claims.insert((channel_number(channel_id), htlc_id));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn peer_hears(&mut self, channel: u64, message: Message) -> Result<(), Failure> {
        let known = self.channel(channel);
        if !known.is_open() {
            return Ok(());
        }
        match message {
            Message::UpdateAddHTLC { htlc_id: htlc, payment_hash, .. } => {
                let payment = payment_of(payment_hash, self.next_payment);
                let payment = payment.ok_or("an HTLC of no payment is offered")?;
                match known.outbound.get(&htlc) {
                    Some(before) if before.payment == payment => Ok(()),
                    Some(_) => Err(format!("HTLC {htlc} of channel {channel} is two").into()),
                    None => {
                        Ok(self.world.append(&WorldLine::Offered { channel, htlc, payment })?)
                    }
                }
            }
            Message::UpdateFulfillHTLC { htlc_id, .. } => self.payer_hears(channel, htlc_id, true),
            Message::UpdateFailHTLC { htlc_id } => self.payer_hears(channel, htlc_id, false),
            Message::RevokeAndACK { htlc_id: htlc } => {
                let before = known.outbound.get(&htlc).is_some_and(|h| h.has_our_revocation);
                if !before {
                    self.world.append(&WorldLine::HearsRevocation { channel, htlc })?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn payer_hears(&mut self, channel: u64, htlc: u64, claims: bool) -> Result<(), Failure> {
        let known = self.channel(channel);
        let offer = known.inbound.get(&htlc).ok_or("an HTLC is removed that nobody offered")?;
        match offer.removal {
            Some(before) if before == claims => Ok(()),
            Some(_) => Err(format!("HTLC {htlc} of channel {channel} ends in two ways").into()),
            None => {
                self.world.append(&WorldLine::HearsRemoval { channel, htlc, claims })?;
                Ok(())
            }
        }
    }

    /// A peer offers an HTLC.
    pub fn peer_adds(&mut self, channel: u64) -> Result<bool, Failure> {
        let Some(monitor) = self.node.monitor(channel_id(channel)) else { return Ok(false) };
        let htlc = monitor.offered_by(Direction::Inbound);
        if self.channel(channel).inbound.contains_key(&htlc) {
            return self.peer_adds_again(channel);
        }
        let payment = self.next_payment;
        self.next_payment += 1;
        let amount_msat = 1100;
        self.world.append(&WorldLine::Adds { channel, htlc, payment, amount_msat })?;
        self.peer_adds_again(channel)
    }

    /// A peer sends the offers again that the node lacks.
    pub fn peer_adds_again(&mut self, channel: u64) -> Result<bool, Failure> {
        let mut is_news = false;
        for (htlc_id, offer) in self.channel(channel).inbound {
            let Some(monitor) = self.node.monitor(channel_id(channel)) else { return Ok(is_news) };
            if monitor.offered_by(Direction::Inbound) == htlc_id {
                let amount_msat = offer.amount_msat;
                let payment_hash = preimage(offer.payment).payment_hash();
                let add = UpdateAddHTLC { htlc_id, amount_msat, payment_hash };
                is_news |= done(self.node.update_add_htlc(channel_id(channel), add))?;
            }
        }
        Ok(is_news)
    }

    /// A peer that was offered an HTLC goes on with it: it shows the preimage, signs, revokes.
    pub fn peer_goes_on(&mut self, channel: u64, htlc: u64) -> Result<bool, Failure> {
        let known = self.channel(channel);
        let Some(offered) = known.outbound.get(&htlc).filter(|_| known.is_open()) else {
            return Ok(false);
        };
        let id = channel_id(channel);
        let claims = offered.signed.unwrap_or(is_to_be_claimed(offered.payment));
        let entry = self.node.monitor(id).and_then(|monitor| {
            monitor.htlcs().get(&htlc_id(true, htlc)).map(|entry| (entry.stage, entry.is_listed()))
        });
        match entry {
            Some((RemovalStage::Held, true)) => {
                let shows = claims && offered.signed.is_none() && self.rng.u8(..3) == 0;
                if shows {
                    if !offered.is_fulfilled {
                        self.world.append(&WorldLine::Fulfils { channel, htlc })?;
                    }
                    let step = self.node.update_fulfill_htlc(id, htlc, preimage(offered.payment));
                    if done(step)? {
                        return Ok(true);
                    }
                }
                if offered.signed.is_none() {
                    self.world.append(&WorldLine::Signs { channel, htlc, claims })?;
                }
                let resolution = match claims {
                    true => HTLCResolution::Claimed(preimage(offered.payment)),
                    false => HTLCResolution::Failed,
                };
                Ok(done(self.node.peer_signs_removal(id, htlc, resolution))?)
            }
            Some((RemovalStage::Signed(_), true)) if offered.has_our_revocation => {
                self.revokes(channel, true, htlc, offered.is_revoked)
            }
            _ => Ok(false),
        }
    }

    /// A payer that has our removal of its HTLC revokes.
    pub fn payer_goes_on(&mut self, channel: u64, htlc: u64) -> Result<bool, Failure> {
        let known = self.channel(channel);
        let Some(offer) = known.inbound.get(&htlc).filter(|_| known.is_open()) else {
            return Ok(false);
        };
        match offer.removal {
            Some(_) => self.revokes(channel, false, htlc, offer.is_revoked),
            None => Ok(false),
        }
    }

    fn revokes(
        &mut self,
        channel: u64,
        outbound: bool,
        htlc: u64,
        before: bool,
    ) -> Result<bool, Failure> {
        if !before {
            self.world.append(&WorldLine::Revokes { channel, outbound, htlc })?;
        }
        match self.node.revoke_and_ack(channel_id(channel), htlc_id(outbound, htlc)) {
            // It is over, and the entry gone.
            Err(StepError::Refused(_)) if before => Ok(false),
            step => Ok(done(step)?),
        }
    }

    /// A peer closes the channel with its commitment.
    pub fn peer_closes(&mut self, channel: u64) -> Result<bool, Failure> {
        let known = self.channel(channel);
        let Some(monitor) = self.node.monitor(channel_id(channel)).filter(|_| known.is_open())
        else {
            return Ok(false);
        };
        let listed = monitor.htlcs().iter().filter(|(_, entry)| entry.is_listed());
        let has_output = |id: &reference::HtlcId| match id.is_outbound() {
            true => known.outbound.get(&id.id).is_some_and(|h| !h.has_our_revocation),
            false => known.inbound.get(&id.id).is_some_and(|h| !h.is_revoked),
        };
        let outputs = listed.map(|(id, _)| *id).filter(has_output);
        let outputs = outputs.map(|id| (id.is_outbound(), id.id)).collect();
        self.happens(channel, &WorldLine::Confirms { channel, ours: false, outputs })
    }

    /// The chain of a closed channel goes on.
    pub fn chain_goes_on(&mut self, channel: u64) -> Result<bool, Failure> {
        if self.sees(channel)? {
            return Ok(true);
        }
        let known = self.channel(channel);
        if known.is_open() {
            let Some(outputs) = self.broadcast.remove(&channel) else { return Ok(false) };
            // What a peer was not offered is not in a commitment that it has signed.
            let is_there =
                |id: &reference::HtlcId| !id.is_outbound() || known.outbound.contains_key(&id.id);
            let outputs = outputs.into_iter().filter(is_there);
            let outputs = outputs.map(|id| (id.is_outbound(), id.id)).collect();
            return self.happens(channel, &WorldLine::Confirms { channel, ours: true, outputs });
        }
        let unspent = known.outputs().into_iter().filter(|id| known.spent(*id).is_none());
        for id in unspent {
            let (outbound, htlc) = (id.is_outbound(), id.id);
            let with_preimage = match known.outbound.get(&htlc).filter(|_| outbound) {
                Some(offered) => offered.signed.unwrap_or(is_to_be_claimed(offered.payment)),
                None if self.claims.contains(&(channel, htlc)) => true,
                None => continue,
            };
            let spend = WorldLine::Spends { channel, outbound, htlc, with_preimage };
            return self.happens(channel, &spend);
        }
        match known.chain.contains(&Fact::CommitmentFinal) {
            true => Ok(false),
            false => self.happens(channel, &WorldLine::Final { channel }),
        }
    }

    /// Payers take back by timeout what nobody has claimed.
    pub fn payer_takes_back(&mut self, channel: u64) -> Result<bool, Failure> {
        let known = self.channel(channel);
        let mut unspent = known.outputs().into_iter().filter(|id| known.spent(*id).is_none());
        let Some(id) = unspent.find(|id| !id.is_outbound()) else { return Ok(false) };
        let (outbound, htlc, with_preimage) = (false, id.id, false);
        self.happens(channel, &WorldLine::Spends { channel, outbound, htlc, with_preimage })
    }

    fn happens(&mut self, channel: u64, line: &WorldLine) -> Result<bool, Failure> {
        self.world.append(line)?;
        self.sees(channel)?;
        Ok(true)
    }

    /// The node sees the next block of a channel that it has not seen.
    fn sees(&mut self, channel: u64) -> Result<bool, Failure> {
        let id = channel_id(channel);
        let Some(monitor) = self.node.monitor(id) else { return Ok(false) };
        let seen = monitor.best_block() as usize;
        let Some(fact) = self.channel(channel).chain.get(seen).cloned() else { return Ok(false) };
        Ok(done(self.node.block_connected(id, height(seen), &[fact]))?)
    }

    /// The user handles what is queued.
    pub fn user_handles(&mut self) -> Result<bool, Failure> {
        let (user, end) = (&mut self.user, self.next_payment);
        let mut failure = None;
        let mut told = false;
        self.node.process_pending_events(|event| {
            let recorded = line(event, end).and_then(|line| Ok(user.append(&line)?));
            told = true;
            recorded.map_err(|error| {
                failure = Some(error);
                reference::ReplayEvent
            })
        })?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(told),
        }
    }

    /// How an HTLC that a peer offers has ended.
    pub fn ended_upstream(&self, hop: HTLCPreviousHopData) -> Option<bool> {
        self.channel(channel_number(hop.channel_id)).ended_upstream(hop.htlc_id)
    }
}

fn line(event: &Event, end: u64) -> Result<UserLine, Failure> {
    let of = |hash| payment_of(hash, end).ok_or("the user is told of no payment");
    Ok(match event {
        Event::PaymentSent { payment_id, .. } => {
            UserLine::Sent { payment: payment_number(*payment_id) }
        }
        Event::PaymentFailed { payment_id, .. } => {
            UserLine::Failed { payment: payment_number(*payment_id) }
        }
        Event::PaymentForwarded { prev_htlcs, .. } => {
            let hop = prev_htlcs.first().ok_or("the user is told of no forward")?;
            UserLine::Forwarded { channel: channel_number(hop.channel_id), htlc: hop.htlc_id }
        }
        Event::PaymentClaimable { payment_hash, .. } => {
            UserLine::Claimable { payment: of(*payment_hash)? }
        }
        Event::PaymentClaimed { payment_hash, .. } => {
            UserLine::Claimed { payment: of(*payment_hash)? }
        }
        _ => return Err("the user is told something new".into()),
    })
}
