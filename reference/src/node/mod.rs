//! A node, one step at a time.
//!
//! A method that steps the node either does the whole step or returns an error and changes nothing
//! (an [`StepError::Update`] ends the node). What a step asks of the surroundings is in
//! [`Node::poll`] after it. The chain, the peers, the user's record and the durable versions are
//! with the caller.

mod chain;
mod error;
mod payments;
mod peers;
mod user;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

pub use error::{NotNow, Refused, StepError};
pub use user::ReplayEvent;

use crate::config::{Mode, Settings};
use crate::manager::ChannelManager;
use crate::monitor::ChannelMonitor;
use crate::output::Output;
use crate::persist::{ChannelMonitorUpdateStatus, Persist};
use crate::types::ChannelId;
use crate::watch::{ChainMonitor, Watch, WatchedMonitor};

/// A node: a Manager, a Watch with its Monitors, and how far a load has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Node<P> {
    pub(crate) manager: ChannelManager,
    pub(crate) chain_monitor: ChainMonitor<P>,
    /// The newest version of the Manager handed to the Store.
    manager_handed: Handed,
    /// The Monitors that were read and are not in the Watch.
    pub(crate) unwatched: BTreeMap<ChannelId, ChannelMonitor>,
    /// Of these, those that were switched to another mode and are not durable so.
    pub(crate) switching: BTreeSet<ChannelId>,
    /// Whether the Monitors are in the Watch. All of them may be archived, so that there is none.
    pub(crate) watching: bool,
}

/// A version of the Manager. Nodes that differ in it differ elsewhere, too, as far as a hash goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Handed(Arc<Vec<u8>>);

impl Hash for Handed {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.len().hash(hasher);
    }
}

impl<P: Persist> Node<P> {
    /// A new node, without channels. The first version of its Manager is handed to the Store: load
    /// what comes after a crash before that has landed as a new node again.
    ///
    /// # Errors
    /// The Store fails.
    pub fn new(settings: Settings, persister: P) -> Result<Self, StepError> {
        let mut chain_monitor = ChainMonitor::new(persister, BTreeSet::new());
        if settings.deferred_writing {
            chain_monitor.defer_updates(BTreeMap::new());
        }
        let mut node = Node {
            manager: ChannelManager::new(settings),
            chain_monitor,
            manager_handed: Handed::default(),
            unwatched: BTreeMap::new(),
            switching: BTreeSet::new(),
            watching: true,
        };
        node.persist_manager()?;
        Ok(node)
    }

    pub(crate) fn loaded(
        manager: ChannelManager,
        chain_monitor: ChainMonitor<P>,
        unwatched: BTreeMap<ChannelId, ChannelMonitor>,
        switching: BTreeSet<ChannelId>,
        manager_handed: Vec<u8>,
    ) -> Self {
        let manager_handed = Handed(Arc::new(manager_handed));
        Node { manager, chain_monitor, manager_handed, unwatched, switching, watching: false }
    }

    /// The Manager.
    pub fn manager(&self) -> &ChannelManager {
        &self.manager
    }

    /// The Watch.
    pub fn chain_monitor(&self) -> &ChainMonitor<P> {
        &self.chain_monitor
    }

    /// Where the writes go.
    pub fn persister_mut(&mut self) -> &mut P {
        self.chain_monitor.persister_mut()
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

    /// The next thing that the node asks of its surroundings; none if there is nothing more. First
    /// come writes, in the order in which they were started.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(write) = self.chain_monitor.persister_mut().next_write() {
            return Some(Output::Persist(write));
        }
        // Before that no peer is connected.
        let is_started = self.fully_started().is_ok();
        let message = is_started.then(|| self.manager.next_message()).flatten();
        if let Some((channel_id, message)) = message {
            return Some(Output::Send { channel_id, message });
        }
        let on_the_way = &mut self.unwatched;
        let claim = on_the_way.values_mut().find_map(|monitor| monitor.next_output(false));
        let on_chain = claim.or_else(|| self.chain_monitor.next_output());
        on_chain.map(Output::OnChain).or_else(|| {
            let (key, event) = is_started.then(|| self.manager.next_event()).flatten()?;
            Some(Output::Deliver { key, event })
        })
    }

    /// Opens a channel: its Monitor, of this mode, is handed to the Store. The channel is used once
    /// that has landed, and is not in the Manager's writes before.
    ///
    /// # Errors
    /// The node is loading, the channel is known, or the Store fails.
    pub fn open_channel(&mut self, channel: ChannelId, mode: Mode) -> Result<(), StepError> {
        self.fully_started()?;
        let is_known = self.manager.channels().contains(channel);
        if is_known || self.chain_monitor.is_archived(channel) {
            return Err(Refused::KnownChannel(channel).into());
        }
        let monitor = ChannelMonitor::new(channel, mode);
        let status = self.chain_monitor.watch_channel(monitor)?;
        self.manager.open_channel(channel, status != ChannelMonitorUpdateStatus::Completed);
        Ok(())
    }

    pub(crate) fn watched(&self, channel: ChannelId) -> Result<&WatchedMonitor, StepError> {
        self.not_archived(channel)?;
        if let Some(watched) = self.chain_monitor.monitor(channel) {
            return Ok(watched);
        }
        match self.unwatched.contains_key(&channel) {
            true => Err(NotNow::NotWatched.into()),
            false => Err(Refused::UnknownChannel(channel).into()),
        }
    }

    pub(crate) fn not_archived(&self, channel: ChannelId) -> Result<(), StepError> {
        match self.chain_monitor.is_archived(channel) {
            true => Err(NotNow::Archived(channel).into()),
            false => Ok(()),
        }
    }

    pub(crate) fn background_done(&self, channel: ChannelId) -> Result<(), StepError> {
        if !self.is_watching() {
            return Err(NotNow::NotWatched.into());
        }
        match self.manager.background.contains(&channel) {
            true => Err(NotNow::BackgroundPending(channel).into()),
            false => Ok(()),
        }
    }

    /// Every background step has run: peers are heard, the User is called (SPEC, `LOAD-5`).
    pub(crate) fn fully_started(&self) -> Result<(), StepError> {
        if !self.is_watching() {
            return Err(NotNow::NotWatched.into());
        }
        match self.manager.background.first() {
            Some(channel) => Err(NotNow::BackgroundPending(*channel).into()),
            None => Ok(()),
        }
    }

    /// The channel is one that the Manager may use: open, and its Monitor durable.
    fn usable(&self, channel: ChannelId) -> Result<(), StepError> {
        self.watched(channel)?;
        match self.manager.channels().get(channel) {
            Some(known) if known.is_new => Err(NotNow::New(channel).into()),
            Some(known) if known.is_open => Ok(()),
            _ => Err(NotNow::Closed(channel).into()),
        }
    }
}
