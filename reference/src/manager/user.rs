//! What the User's handling of an event means to the Manager.

use std::sync::Arc;

use super::ChannelManager;
use crate::event::{EventCompletionAction, EventKey};

impl ChannelManager {
    /// The user begins to handle an event.
    pub(crate) fn begin_event(&mut self, key: EventKey) {
        self.handling = Some(key);
    }

    /// The user has refused the event under way; it stays queued and is delivered again.
    pub(crate) fn refuse_event(&mut self) {
        if let Some(key) = self.handling.take() {
            self.delivered.remove(&key);
        }
    }

    /// The user has handled the event under way.
    ///
    /// `MGR-1`: "The Manager MUST NOT let the ack of an own payment's event become due before the
    /// User has handled the `PaymentSent` or `PaymentFailed` that the outcome of its HTLC has led
    /// to."
    ///
    /// `MGR-18`: "The Manager MUST let every ack that is attached to a user event become due when
    /// the User has handled that event, also one attached while the User handled it." The entry is
    /// in the queue until then, and an ack joins it there.
    pub(crate) fn complete_event(&mut self) {
        let queued = self
            .handling
            .take()
            .and_then(|key| Arc::make_mut(&mut self.pending_events).remove(&key));
        for action in queued.into_iter().flat_map(|queued| queued.actions) {
            let EventCompletionAction::AckMonitorEvent(source) = action;
            self.ack_is_due(source);
        }
    }
}
