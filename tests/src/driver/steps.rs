//! One action of the model as calls to the reference.

use super::{Driver, Taken};
use crate::history::{Effect, Effects, Told};
use crate::names::{channel, channel_number, payment_id};
use model::action::{Action, ActionKind, Args};
use model::state::{Channel, Htlc, State};
use reference::{ChannelId, EventKey, HtlcId, OnChain, Outcome, Output, PendingWrite};
use std::sync::Arc;

impl Driver {
    pub(super) fn try_step(&mut self, before: &State, action: Action, taken: &mut Taken) -> bool {
        let (node, effects) = (&mut self.node, &mut taken.effects);
        match (action.kind, action.args) {
            (ActionKind::Pay, Args::Htlc(h)) => {
                let (id, hash) = (payment_id(h), self.names.at(h).payment_hash);
                node.send_payment(id, hash, &self.names.parts(&self.setting.topology, h)).is_ok()
            }
            (ActionKind::Offer, Args::Htlc(h)) => self.offer(h),
            (ActionKind::PeerFulfil, Args::Htlc(h)) => {
                let Some((c, id)) = self.leaves_as(h) else { return false };
                let preimage = self.names.at(h).preimage;
                let is_taken = self.node.update_fulfill_htlc(c, id, preimage).is_ok();
                is_taken && self.outside.was_offered(c, id)
            }
            (ActionKind::PeerClaim, Args::Htlc(h)) => self.peer_signs(h, Outcome::Claim),
            (ActionKind::PeerFail, Args::Htlc(h)) => self.peer_signs(h, Outcome::Fail),
            (ActionKind::PeerRevoke, Args::On(c, h)) => self.peer_revokes(c, h, effects),
            // The world moves; the node is not asked and does not know yet.
            (
                ActionKind::CloseByPeer
                | ActionKind::ClaimOnChain
                | ActionKind::TimeoutOnChain
                | ActionKind::Bury,
                _,
            ) => true,
            (ActionKind::Unblock, _) => {
                node.unblock_revocations(channel(Channel::IN));
                true
            }
            (ActionKind::ExpireInbound, Args::Htlc(htlc)) => {
                effects.push(Effect::Resolved { htlc, claimed: false });
                true
            }
            (ActionKind::CloseByUs, Args::Channel(c)) => self.close_by_us(before, c, effects),
            (ActionKind::Deadline, Args::Channel(c)) => node.deadline_reached(channel(c)).is_ok(),
            (ActionKind::Broadcast, Args::Channel(c)) => {
                let Some(outputs) = self.outside.commitments.get(&channel(c)) else { return false };
                let outputs = self.outputs(before, c, outputs);
                effects.push(Effect::Confirmed { channel: c.index() as u64, outputs });
                true
            }
            (ActionKind::ClaimInbound, Args::Htlc(htlc)) => {
                effects.push(Effect::Resolved { htlc, claimed: true });
                self.outside.claims.contains(&htlc)
            }
            (ActionKind::Rescan, Args::Block(c, index)) => {
                let fact = self.fact(&before.world.chains[c], c, index.into());
                fact.is_some_and(|fact| self.node.block_rescanned(channel(c), &fact).is_ok())
            }
            (ActionKind::Complete, Args::Channel(c)) => self.complete(channel(c), taken),
            (ActionKind::FullWrite, Args::Channel(c)) => self.full_write(channel(c), taken),
            (ActionKind::Block | ActionKind::BlockSkipped, Args::Channel(c)) => {
                let Some((height, fact)) = self.next_fact(before, c) else { return false };
                self.node.block_connected(channel(c), height, &[fact]).is_ok()
            }
            (ActionKind::WriteManager, _) => node.persist_manager().is_ok(),
            (ActionKind::LandManager, _) => {
                if self.store.manager_write.is_none() {
                    return false;
                }
                let store = Arc::make_mut(&mut self.store);
                let Some(bytes) = store.manager_write.take() else { return false };
                taken.wrote = true;
                store.manager = bytes;
                node.manager_persisted().is_ok()
            }
            (ActionKind::Replay, Args::Channel(c)) => {
                let Some((height, fact)) = self.next_fact(before, c) else { return false };
                self.node.replay_block(channel(c), height, &[fact]).is_ok()
            }
            (ActionKind::StartWatch, _) => node.start_watch().is_ok(),
            (ActionKind::Resume, Args::Channel(c)) => node.background_step(channel(c)).is_ok(),
            (ActionKind::CloseNotice, Args::Channel(c)) => {
                node.process_close_notice(channel(c)).is_ok()
            }
            (ActionKind::CompletionNotice, Args::Channel(c)) => {
                node.process_completed(channel(c)).is_ok()
            }
            (ActionKind::Archive, Args::Channel(c)) => node.archive_monitor(channel(c)).is_ok(),
            (ActionKind::Release, Args::Channel(c)) => {
                let released = node.process_monitor_event(channel(c)).ok();
                let released = released.map(|(source, event)| Effect::Released {
                    channel: channel_number(source.channel_id),
                    id: source.event_id.0,
                    htlc: self.names.of_event(&event),
                    claimed: event.resolution.outcome() == Outcome::Claim,
                });
                let is_released = released.is_some();
                effects.extend(released);
                is_released
            }
            (ActionKind::ForwardFail, Args::Htlc(h)) => {
                let hop = self.names.at(h).hop;
                hop.is_some_and(|hop| node.process_forward_fail(hop).is_ok())
            }
            (ActionKind::SubmitBlocked, Args::Channel(c)) => {
                node.submit_blocked_update(channel(c)).is_ok()
            }
            (ActionKind::ClaimFunds, Args::Htlc(h)) => {
                node.claim_funds(self.names.at(h).preimage).is_ok()
            }
            (ActionKind::Begin, Args::Htlc(h)) => {
                let Some(key) = self.names.at(h).key else { return false };
                let Ok(event) = node.begin_event(key) else { return false };
                effects.push(Effect::Delivered(self.names.told(&event).unwrap_or(Told::Wrong)));
                self.outside.delivered.contains(&key)
            }
            (ActionKind::Handle, Args::Htlc(h)) => self.handle(h, effects),
            (ActionKind::Refuse, Args::Htlc(h)) => {
                let key = self.names.at(h).key;
                let is_refused = key.is_some_and(|key| node.end_event_refused(key).is_ok());
                if let (true, Some(key)) = (is_refused, key) {
                    // It has to be delivered again.
                    Arc::make_mut(&mut self.outside).delivered.remove(&key);
                }
                is_refused
            }
            (ActionKind::Flush, Args::Channel(c)) => node.flush(channel(c)).is_ok(),
            (ActionKind::Crash, Args::Kept(kept)) => self.crash(before, kept, taken),
            _ => unreachable!("an action has the arguments of its kind"),
        }
    }

    fn offer(&mut self, h: Htlc) -> bool {
        let Some(origin) = self.names.at(h).origin else { return false };
        let Ok(id) = self.node.free_holding_cell(origin) else { return false };
        let outbound = self.names.at(h).outbound.expect("an HTLC that is offered leaves");
        if self.offered.get(&(outbound, id)) == Some(&h) {
            return true;
        }
        Arc::make_mut(&mut self.offered).insert((outbound, id), h);
        self.dialect = super::dialect(&self.names, &self.begins, &self.offered);
        true
    }

    /// The channel by which an HTLC has left, and its id there, if its monitor lists it.
    fn leaves_as(&self, h: Htlc) -> Option<(ChannelId, u64)> {
        let name = self.names.at(h);
        let (channel, origin) = (name.outbound?, name.origin?);
        let htlcs = self.node.monitor(channel)?.htlcs().iter();
        let mut same = htlcs.filter(|(_, htlc)| {
            htlc.is_listed() && htlc.source.as_ref().is_some_and(|s| s.origin() == origin)
        });
        same.next().map(|(id, _)| (channel, id.id))
    }

    fn peer_signs(&mut self, h: Htlc, outcome: Outcome) -> bool {
        let Some((c, id)) = self.leaves_as(h) else { return false };
        let resolution = self.names.resolution(h, outcome);
        let is_taken = self.node.peer_signs_removal(c, id, resolution).is_ok();
        is_taken && self.outside.was_offered(c, id)
    }

    fn peer_revokes(&mut self, c: Channel, h: Htlc, effects: &mut Effects) -> bool {
        let hop = self.names.at(h).hop.filter(|hop| hop.channel_id == channel(c));
        let id = match hop {
            Some(hop) => Some(HtlcId::inbound(hop.htlc_id)),
            None => self.leaves_as(h).map(|(_, id)| HtlcId::outbound(id)),
        };
        let Some(id) = id else { return false };
        let signed = self.outside.signed(channel(c), id);
        if let (Some(outcome), true) = (signed, hop.is_some()) {
            effects.push(Effect::Resolved { htlc: h, claimed: outcome == Outcome::Claim });
        }
        self.node.revoke_and_ack(channel(c), id).is_ok() && signed.is_some()
    }

    /// A close by choice. Where the scenario has no updates of closes, somebody else broadcasts our
    /// commitment: what the node would broadcast if it closed the channel.
    fn close_by_us(&mut self, before: &State, c: Channel, effects: &mut Effects) -> bool {
        if self.setting.notices {
            return self.node.force_close(channel(c)).is_ok();
        }
        let manager = self.node.manager();
        if !manager.is_open(channel(c)) || !manager.background_pending().is_empty() {
            return false;
        }
        let mut closing = self.node.clone();
        if closing.force_close(channel(c)).is_err() {
            return false;
        }
        while let Some(output) = closing.poll() {
            if let Output::OnChain(OnChain::BroadcastHolderCommitment { channel_id, outputs }) =
                output
                && channel_id == channel(c)
            {
                let outputs = self.outputs(before, c, &outputs);
                effects.push(Effect::Confirmed { channel: c.index() as u64, outputs });
                return true;
            }
        }
        false
    }

    fn complete(&mut self, id: ChannelId, taken: &mut Taken) -> bool {
        let Some(monitor) = self.node.monitor(id) else { return false };
        let oldest = monitor.reported() + 1;
        if self.node.channel_monitor_updated(id, oldest).is_err() {
            return false;
        }
        let store = Arc::make_mut(&mut self.store);
        let writes = store.writes.entry(id).or_default();
        if writes.is_empty() {
            return false;
        }
        taken.wrote = true;
        let landed = writes.remove(0);
        store.monitors.insert(id, landed);
        self.setting.notices || self.node.process_completed(id).is_ok()
    }

    /// The Watch's own full write, if it would change what a load makes.
    fn full_write(&mut self, id: ChannelId, taken: &mut Taken) -> bool {
        let Some(monitor) = self.node.monitor(id) else { return false };
        // Asked after every step; nearly always there is nothing to write.
        if monitor.write() == *self.store.newest(id).loads_as {
            return false;
        }
        if self.node.persist_monitor(id).is_err() {
            return false;
        }
        let Some(Output::Persist(PendingWrite { bytes, .. })) = self.node.poll() else {
            return false;
        };
        taken.wrote = true;
        self.store_mut().land_untracked(id, bytes);
        true
    }

    fn handle(&mut self, h: Htlc, effects: &mut Effects) -> bool {
        let Some(key) = self.names.at(h).key else { return false };
        let told = self.queued(key);
        let is_handled = self.node.end_event_ok(key).is_ok();
        if is_handled {
            effects.extend(told.map(Effect::Recorded));
            Arc::make_mut(&mut self.outside).delivered.remove(&key);
        }
        is_handled
    }

    /// What a queued event tells.
    pub(super) fn queued(&self, key: EventKey) -> Option<Told> {
        let queued = self.node.manager().pending_events().get(&key)?;
        Some(self.names.told(&queued.event).unwrap_or(Told::Wrong))
    }
}
