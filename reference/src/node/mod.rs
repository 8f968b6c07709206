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
use crate::watch::{ChainMonitor, Watch, WatchedMonitor};

/// A node: a Manager, a Watch with its Monitors, and how far a load has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node {
    pub(crate) config: Arc<NodeConfig>,
    pub(crate) manager: ChannelManager,
    pub(crate) chain_monitor: ChainMonitor<Outbox>,
    /// The newest version of the Manager handed to the Store.
    pub(crate) manager_handed: Arc<Vec<u8>>,
    /// The Monitors that were read and are not in the Watch.
    pub(crate) unwatched: BTreeMap<ChannelId, ChannelMonitor>,
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
            chain_monitor.load_existing_monitor(ChannelMonitor::new(*id, &config));
        }
        Ok(Node {
            manager_handed: Arc::new(manager.write()),
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
        let unwatched = self.unwatched.get(&channel);
        unwatched.or_else(|| self.chain_monitor.monitor(channel).map(WatchedMonitor::monitor))
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
        let listed = self.manager.channels().get(&channel);
        let in_flight = listed.into_iter().flat_map(|c| &c.in_flight_monitor_updates);
        let watched = self.chain_monitor.monitor(channel);
        watched.is_some_and(|watched| watched.monitor().may_broadcast_newest(in_flight))
    }

    /// Whether the Monitor claims the output of an inbound HTLC on chain: it has seen the output
    /// and knows the preimage (SPEC section 5.3).
    pub fn would_claim_on_chain(&self, channel: ChannelId, htlc: HtlcId) -> bool {
        self.monitor(channel).is_some_and(|monitor| monitor.can_claim_output(htlc))
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

    /// Whether one more update may be generated.
    fn update_slot(&self, channel: ChannelId) -> Result<(), StepError> {
        self.update_slots(channel, 1)
    }

    /// Whether so many updates may be generated in one step. Each has at most one write in flight.
    pub(crate) fn update_slots(&self, channel: ChannelId, count: usize) -> Result<(), StepError> {
        self.watched(channel)?;
        let listed = self.manager.channels().get(&channel);
        let in_flight = listed.map_or(0, |channel| channel.in_flight_monitor_updates.len());
        let fits = self
            .config
            .channels
            .get(&channel)
            .is_some_and(|config| in_flight + config.slots(count) <= config.max_in_flight);
        if fits { Ok(()) } else { Err(NotNow::NoSlot(channel).into()) }
    }
}
