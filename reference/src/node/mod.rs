//! A node, one step at a time.
//!
//! A method that steps the node either does the whole step or returns an error and changes
//! nothing. Writes that a step starts are in [`Node::take_writes`] after it. The chain, the peers,
//! the user's record and the durable versions are with the caller.

mod error;
mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use error::{NotNow, StepError};

use crate::config::{ConfigError, NodeConfig};
use crate::event::{ChannelId, HtlcId};
use crate::manager::ChannelManager;
use crate::monitor::ChannelMonitor;
use crate::store::{Outbox, PendingWrite};
use crate::update::ChannelMonitorUpdate;
use crate::watch::{ChainMonitor, DurableVersion, Watch, WatchedMonitor, WriteInFlight};

/// A node: a Manager, a Watch with its Monitors, and how far a load has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node {
    pub(crate) config: Arc<NodeConfig>,
    pub(crate) manager: ChannelManager,
    pub(crate) chain_monitor: ChainMonitor<Outbox>,
    /// The newest version of the Manager handed to the Store.
    pub(crate) manager_handed: Arc<ChannelManager>,
    /// The Monitors that were read and are not in the Watch, with the versions they were read from.
    pub(crate) unwatched: BTreeMap<ChannelId, (ChannelMonitor, DurableVersion)>,
    /// Whether the Monitors are in the Watch. All of them may be archived, so that there is none.
    pub(crate) watching: bool,
    /// The channels whose background step has not run since the load.
    pub(crate) background: BTreeSet<ChannelId>,
}

impl Node {
    /// A node that has been running for long: all HTLCs are irrevocably committed, everything is
    /// durable, nothing is in flight.
    pub fn new(config: Arc<NodeConfig>) -> Result<Self, ConfigError> {
        config.validate()?;
        let manager = ChannelManager::new(&config);
        let mut chain_monitor = ChainMonitor::new(Outbox::new(&config), BTreeSet::new());
        for id in config.channels.keys() {
            let monitor = ChannelMonitor::new(*id, &config);
            let durable = DurableVersion::of(&monitor);
            chain_monitor.load_existing_monitor(monitor, durable);
        }
        Ok(Node {
            manager_handed: Arc::new(manager.as_loaded()),
            manager,
            chain_monitor,
            unwatched: BTreeMap::new(),
            watching: true,
            background: BTreeSet::new(),
            config,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Arc<NodeConfig> {
        &self.config
    }

    /// The Manager.
    pub fn manager(&self) -> &ChannelManager {
        &self.manager
    }

    /// The Watch.
    pub fn chain_monitor(&self) -> &ChainMonitor<Outbox> {
        &self.chain_monitor
    }

    /// The Monitor of a channel, in the Watch or on its way there; none if it is archived.
    pub fn monitor(&self, channel: ChannelId) -> Option<&ChannelMonitor> {
        let unwatched = self.unwatched.get(&channel).map(|(monitor, _)| monitor);
        unwatched.or_else(|| self.chain_monitor.monitor(channel).map(WatchedMonitor::monitor))
    }

    /// What the reported writes of a Monitor cover. "The version a Monitor was loaded from counts
    /// as a reported write" (SPEC section 5.2).
    pub fn reported(&self, channel: ChannelId) -> Option<WriteInFlight> {
        let unwatched = self.unwatched.get(&channel).map(|(_, durable)| durable.covers());
        unwatched.or_else(|| self.chain_monitor.monitor(channel).map(WatchedMonitor::reported))
    }

    /// Whether the Monitors are in the Watch.
    pub fn is_watching(&self) -> bool {
        self.watching
    }

    /// The channels whose background step has not run since the load.
    pub fn background_pending(&self) -> &BTreeSet<ChannelId> {
        &self.background
    }

    /// The writes started since the last call, oldest first. One whose status is `Completed` has
    /// to be durable before anything else happens.
    pub fn take_writes(&mut self) -> Vec<PendingWrite> {
        self.chain_monitor.persister_mut().take()
    }

    /// Whether the Monitor broadcasts our commitment, because it is locked down.
    pub fn may_broadcast(&self, channel: ChannelId) -> bool {
        self.has_reported_commitment(channel)
            && self.monitor(channel).is_some_and(|m| m.is_locked_down() && !m.funding_spend_seen())
    }

    /// Whether the node could close the open channel with our commitment by choice (`MON-10`).
    pub fn may_force_close(&self, channel: ChannelId) -> bool {
        self.has_reported_commitment(channel)
            && self.background.is_empty()
            && self.manager.is_open(channel)
            && self.monitor(channel).is_some_and(|m| !m.funding_spend_seen())
    }

    fn has_reported_commitment(&self, channel: ChannelId) -> bool {
        let watched = self.chain_monitor.monitor(channel);
        watched.is_some_and(|watched| {
            watched.monitor().may_broadcast_newest(self.unreported_updates(channel))
        })
    }

    /// Whether the Monitor claims the output of an inbound HTLC on chain: it has seen the output
    /// and knows the preimage (SPEC section 5.3).
    pub fn would_claim_on_chain(&self, channel: ChannelId, htlc: HtlcId) -> bool {
        self.monitor(channel).is_some_and(|monitor| monitor.can_claim_output(htlc))
    }

    /// The updates that the Monitor has applied and no report covers.
    fn unreported_updates(
        &self,
        channel: ChannelId,
    ) -> impl Iterator<Item = &ChannelMonitorUpdate> {
        let watched = self.chain_monitor.monitor(channel);
        let reported = watched.map_or(0, |watched| watched.reported().update_id);
        let applied = watched.map_or(0, |watched| watched.monitor().update_id());
        let listed = self.manager.channels().get(&channel);
        listed
            .into_iter()
            .flat_map(|channel| &channel.in_flight_monitor_updates)
            .filter(move |update| reported < update.update_id && update.update_id <= applied)
    }

    /// Takes a step that may submit several updates, of which one may be refused half way: it works
    /// on a copy, so that the step happens as a whole or not at all.
    pub(crate) fn as_a_whole(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<(), StepError>,
    ) -> Result<(), StepError> {
        let mut next = self.clone();
        step(&mut next)?;
        *self = next;
        Ok(())
    }

    pub(crate) fn watched(&self, channel: ChannelId) -> Result<&WatchedMonitor, StepError> {
        if !self.config.channels.contains_key(&channel) {
            return Err(StepError::UnknownChannel(channel));
        }
        self.not_archived(channel)?;
        Ok(self.chain_monitor.monitor(channel).ok_or(NotNow::NotWatched)?)
    }

    pub(crate) fn not_archived(&self, channel: ChannelId) -> Result<(), StepError> {
        if self.chain_monitor.is_archived(channel) {
            return Err(NotNow::Archived(channel).into());
        }
        Ok(())
    }

    pub(crate) fn background_done(&self, channel: ChannelId) -> Result<(), StepError> {
        if !self.is_watching() {
            return Err(NotNow::NotWatched.into());
        }
        if self.background.contains(&channel) {
            return Err(NotNow::BackgroundPending(channel).into());
        }
        Ok(())
    }

    /// SPEC section 4.4: "peers are heard and the User is called once all background steps are".
    pub(crate) fn fully_started(&self) -> Result<(), StepError> {
        if !self.is_watching() {
            return Err(NotNow::NotWatched.into());
        }
        match self.background.first() {
            Some(channel) => Err(NotNow::BackgroundPending(*channel).into()),
            None => Ok(()),
        }
    }

    /// Whether as many writes may be started.
    pub(crate) fn write_slots(&self, channel: ChannelId, writes: usize) -> Result<(), StepError> {
        self.fits(channel, self.watched(channel)?.writes_in_flight().len() + writes)
    }

    /// Whether one more update may be generated: it takes a place in both lists.
    fn update_slot(&self, channel: ChannelId) -> Result<(), StepError> {
        self.update_slots(channel, 1)
    }

    /// Whether so many updates may be generated in one step.
    pub(crate) fn update_slots(&self, channel: ChannelId, count: usize) -> Result<(), StepError> {
        let writes = self.watched(channel)?.writes_in_flight().len();
        let listed = self.manager.channels().get(&channel);
        let updates = listed.map_or(0, |channel| channel.in_flight_monitor_updates.len());
        let slots = self.config.channels.get(&channel).map_or(count, |config| config.slots(count));
        self.fits(channel, writes.max(updates) + slots)
    }

    fn fits(&self, channel: ChannelId, in_flight: usize) -> Result<(), StepError> {
        let limit = self.config.channels.get(&channel).map_or(0, |config| config.max_in_flight);
        if in_flight <= limit { Ok(()) } else { Err(NotNow::NoSlot(channel).into()) }
    }
}
