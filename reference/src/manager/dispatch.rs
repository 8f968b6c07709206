//! What the Manager is told of HTLCs and channels: events, a peer's message, notices.

use super::ChannelManager;
use crate::event::{HTLCEvent, MonitorEventSource, MonitorNotice};
use crate::types::{ChannelId, HTLCResolution, HTLCSource, Origin, PaymentPreimage};
use crate::update::UpdateError;
use crate::watch::Watch;

impl ChannelManager {
    /// Takes in all that the Watch has for it: notices, then events, in the order of the channels
    /// (LDK's name). Events whose time has not come stay.
    ///
    /// # Errors
    /// The node must stop.
    pub fn process_pending_monitor_events(
        &mut self,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        let channels: Vec<ChannelId> = self.channels.ids().collect();
        for channel_id in &channels {
            watch.release_completed(*channel_id).into_iter().for_each(|n| self.handle_notice(n));
            if !self.background.contains(channel_id) {
                self.process_close_notice(*channel_id, watch)?;
            }
        }
        for channel_id in channels {
            while self.process_pending_monitor_event(channel_id, watch)?.is_some() {}
        }
        Ok(())
    }

    /// Releases the oldest event of one channel and dispatches it; none if there is none, if it is
    /// held back, or if the background steps of its previous hops' channels are to come (`LOAD-5`).
    ///
    /// # Errors
    /// The node must stop.
    pub fn process_pending_monitor_event(
        &mut self,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<Option<(MonitorEventSource, HTLCEvent)>, UpdateError> {
        let first = watch.releasable(channel_id);
        if first.is_none_or(|event| self.awaited_by(&event.source).is_some()) {
            return Ok(None);
        }
        let Some((source, event)) = watch.release_pending_monitor_event(channel_id) else {
            return Ok(None);
        };
        self.dispatch(source, &event, watch)?;
        Ok(Some((source, event)))
    }

    /// The channel of a previous hop whose background step has to come first.
    pub(crate) fn awaited_by(&self, source: &HTLCSource) -> Option<ChannelId> {
        let mut inbound = source.previous_hops().map(|hop| hop.channel_id);
        inbound.find(|channel_id| self.background.contains(channel_id))
    }

    /// Applies an event's outcome, unless that was done before, and sees to its ack.
    ///
    /// `MGR-7`: "The Manager MUST NOT apply the outcome of an HTLC a second time." Only an HTLC
    /// that waits is touched.
    fn dispatch(
        &mut self,
        source: MonitorEventSource,
        event: &HTLCEvent,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        match event.source.origin() {
            Origin::Payment(part) if self.knows_part(part) => {
                self.dispatch_payment(source, event, part);
            }
            Origin::Forward(first) if self.forwards.contains_key(&first) => {
                self.dispatch_forward(source, event, first, watch)?;
            }
            // No outcome to apply and nobody who waits: nothing needs the event (`ACT-25`).
            Origin::Payment(_) | Origin::Forward(_) => self.ack_is_due(source),
        }
        Ok(())
    }

    /// Takes in a claim that the peer's message has brought: "as ACT-11 for a claim, without
    /// source: a user event that it queues names none" (`ACT-16`).
    pub(crate) fn update_fulfill_htlc(
        &mut self,
        source: &HTLCSource,
        payment_preimage: PaymentPreimage,
        watch: &mut impl Watch,
    ) -> Result<(), UpdateError> {
        match source.origin() {
            Origin::Payment(part) => {
                self.end_part_without_event(part, HTLCResolution::Claimed(payment_preimage));
            }
            Origin::Forward(first) => {
                let claimed = HTLCResolution::Claimed(payment_preimage);
                self.apply_to_hops(first, claimed, watch)?;
            }
        }
        Ok(())
    }

    /// Whether the close of which a notice waits is news, and the Monitor is given an update of it.
    pub(crate) fn close_needs_update(&self, channel_id: ChannelId, watch: &impl Watch) -> bool {
        let is_told = self.settings.update_confirmed_closes || !watch.is_confirmed(channel_id);
        is_told && self.is_open(channel_id) && watch.has_close_notice(channel_id)
    }

    /// Takes in the channel's close notice, if one waits; says whether one did. If the close is
    /// news, the Monitor is given an update of it (`ACT-20`).
    pub(crate) fn process_close_notice(
        &mut self,
        channel_id: ChannelId,
        watch: &mut impl Watch,
    ) -> Result<bool, UpdateError> {
        if self.close_needs_update(channel_id, watch) {
            self.force_close(channel_id, watch)?;
        }
        let notice = watch.release_close_notice(channel_id);
        notice.into_iter().for_each(|notice| self.handle_notice(notice));
        Ok(notice.is_some())
    }

    /// Takes in a notice of the Watch. It makes no update.
    pub(crate) fn handle_notice(&mut self, notice: MonitorNotice) {
        match notice {
            MonitorNotice::Completed { channel_id, monitor_update_id } => {
                self.channel_monitor_updated(channel_id, monitor_update_id);
            }
            MonitorNotice::HolderForceClosed { channel_id } => {
                self.close_channel(channel_id);
                self.fail_closed_holding_cell(channel_id);
            }
            MonitorNotice::CommitmentTxConfirmed { channel_id } => {
                self.close_channel(channel_id);
                self.fail_holding_cell(channel_id);
            }
        }
    }
}
