//! The User handles what the Manager has queued.

use super::{Node, NotNow, StepError};
use crate::event::{Event, EventKey};
use crate::persist::Persist;

/// The user does not take an event: it is delivered again (LDK: `ReplayEvent`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReplayEvent;

impl<P: Persist> Node<P> {
    /// The user begins to handle a queued event, one at a time. Until the end it is in the queue.
    ///
    /// # Errors
    /// The node is loading, another event is being handled, or there is no such event.
    pub fn begin_event(&mut self, key: EventKey) -> Result<Event, StepError> {
        self.fully_started()?;
        if let Some(other) = self.manager.handling() {
            return Err(NotNow::Handling(other).into());
        }
        let queued = self.manager.pending_events().get(&key).ok_or(NotNow::NotQueued(key))?;
        let event = queued.event.clone();
        self.manager.begin_event(key);
        Ok(event)
    }

    /// The user has handled the event: it is in the user's record by now, and durable there.
    ///
    /// # Errors
    /// The user is not handling it.
    pub fn end_event_ok(&mut self, key: EventKey) -> Result<(), StepError> {
        self.handling(key)?;
        self.manager.complete_event();
        Ok(())
    }

    /// The user has refused the event, which will be delivered again.
    ///
    /// # Errors
    /// The user is not handling it.
    pub fn end_event_refused(&mut self, key: EventKey) -> Result<(), StepError> {
        self.handling(key)?;
        self.manager.refuse_event();
        Ok(())
    }

    /// Hands every queued event to the user, who makes it durable in a record of its own before it
    /// says `Ok`; stops at the first that is not taken (LDK's name).
    ///
    /// # Errors
    /// The node is loading, or an event is being handled.
    pub fn process_pending_events(
        &mut self,
        mut handler: impl FnMut(&Event) -> Result<(), ReplayEvent>,
    ) -> Result<(), StepError> {
        self.fully_started()?;
        let keys: Vec<EventKey> = self.manager.pending_events().keys().copied().collect();
        for key in keys {
            let event = self.begin_event(key)?;
            match handler(&event) {
                Ok(()) => self.end_event_ok(key)?,
                Err(ReplayEvent) => return self.end_event_refused(key),
            }
        }
        Ok(())
    }

    fn handling(&self, key: EventKey) -> Result<(), StepError> {
        match self.manager.handling() == Some(key) {
            true => Ok(()),
            false => Err(NotNow::NotHandling(key).into()),
        }
    }
}
