//! From stored bytes to a running node (SPEC section 4.4).

mod adopt;
mod background;
mod error;
mod holding_cell;
mod modes;
mod prune;
mod reconcile;

use std::collections::{BTreeMap, BTreeSet};

pub use error::LoadError;

use crate::config::{Mode, Settings};
use crate::manager::ChannelManager;
use crate::monitor::{ChannelMonitor, Fact, StoredMonitor};
use crate::node::{Node, NotNow, StepError};
use crate::persist::{ChannelMonitorUpdateStatus, Persist, StoredObject};
use crate::types::{ChannelId, Origin};
use crate::watch::ChainMonitor;

/// What a Store has of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StoredNode {
    /// The Monitors that are not archived.
    pub monitors: BTreeMap<ChannelId, StoredMonitor>,
    /// The channels whose Monitor is archived.
    pub archived: BTreeSet<ChannelId>,
    /// The Manager.
    pub manager: Vec<u8>,
}

/// What a load has changed, beside what it goes on with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct LoadReport {
    /// Channels that were open for the Manager and are closed now: stale ones, and those whose
    /// funding was spent meanwhile. Also those of which the Manager knew nothing.
    pub closed: BTreeSet<ChannelId>,
    /// Updates in flight that a Monitor lacks, by their ids: the background step of the channel
    /// submits them again.
    pub submitted_again: BTreeMap<ChannelId, Vec<u64>>,
    /// How many blocked updates were dropped with their channels.
    pub dropped: BTreeMap<ChannelId, usize>,
    /// HTLCs of which only a Monitor knew.
    pub found: BTreeSet<Origin>,
    /// Monitors whose mode was switched.
    pub switched: BTreeSet<ChannelId>,
}

impl<P: Persist> Node<P> {
    /// Step 1: reads the Monitors and the Manager and compares them channel by channel. A Monitor
    /// that the Store has marked as archived is not missed.
    ///
    /// `mode` is what the build is set to: Monitors of the other one are switched where that may be
    /// (`UPG-4`). The writes that it starts are of those. They have to land
    /// before the next step: those that the Store reports later, by [`Node::mode_switch_landed`].
    ///
    /// # Errors
    /// The stored versions do not make a node; nothing was written.
    pub fn load(
        stored: &StoredNode,
        settings: Settings,
        mode: Mode,
        persister: P,
    ) -> Result<(Self, LoadReport), LoadError> {
        let StoredNode { monitors, archived, manager } = stored;
        let handed = manager.clone();
        // `UPG-1`: "A build MUST mark a Monitor whose mode is on such that a build that does not
        // know the mode refuses to load the node, and writes nothing." The mark is a record with an
        // even number, and an unknown one of those ends the reading.
        let mut unwatched = read_monitors(monitors)?;
        let mut manager = ChannelManager::read(manager).map_err(LoadError::Manager)?;
        manager.settings = settings;
        let durable = manager.newest_updates().collect();
        for (channel_id, channel) in manager.channels().iter() {
            match unwatched.get(&channel_id) {
                Some(monitor) if !reconcile::fits(channel, monitor) => {
                    return Err(LoadError::Mismatch(StoredObject::Manager));
                }
                None if !archived.contains(&channel_id) => {
                    return Err(LoadError::MissingMonitor(channel_id));
                }
                _ => {}
            }
        }
        // `UPG-3`: "A build MUST push, in a load and before it compares the Manager with the
        // Monitors, into a Monitor that was written with its mode off, an event for each HTLC whose
        // outcome that Monitor's state tells and the Manager is owed, unless one is listed."
        for monitor in unwatched.values_mut() {
            monitor.push_owed(|event| manager.is_owed(event));
        }
        let read: Vec<&ChannelMonitor> = unwatched.values().collect();
        let mut report = LoadReport::default();
        manager.reconcile(&read, archived, &mut report)?;
        for (channel_id, monitor) in &unwatched {
            let listed = &manager.channels()[*channel_id].in_flight_monitor_updates;
            let lacking = listed.iter().map(|update| update.update_id);
            let lacking: Vec<u64> = lacking.filter(|id| *id > monitor.update_id()).collect();
            if !lacking.is_empty() {
                report.submitted_again.insert(*channel_id, lacking);
            }
        }
        manager.background = unwatched.keys().copied().collect();
        let mut chain_monitor = ChainMonitor::new(persister, archived.clone());
        if settings.deferred_writing {
            chain_monitor.defer_updates(durable);
        }
        let mut switching = BTreeSet::new();
        // `UPG-5`: "A build MUST write in full a Monitor whose mode it switches, and go on with the
        // load only when the write has landed."
        for (channel_id, monitor) in &mut unwatched {
            if monitor.switch_mode(mode) {
                let persister = chain_monitor.persister_mut();
                let status = persister.update_persisted_channel(*channel_id, None, monitor);
                if status != ChannelMonitorUpdateStatus::Completed {
                    switching.insert(*channel_id);
                }
                report.switched.insert(*channel_id);
            }
        }
        Ok((Node::loaded(manager, chain_monitor, unwatched, switching, handed), report))
    }

    /// The write of a Monitor whose mode the load has switched has landed.
    pub fn mode_switch_landed(&mut self, channel: ChannelId) {
        self.switching.remove(&channel);
    }

    /// Whether all modes that the load has switched are durable.
    fn modes_are_durable(&self) -> Result<(), StepError> {
        match self.switching.first() {
            Some(channel) => Err(NotNow::ModeInFlight(*channel).into()),
            None => Ok(()),
        }
    }

    /// Step 2: replays a block after a Monitor's own best block. Nothing is written for it.
    ///
    /// # Errors
    /// The Monitor is in the Watch, or archived; or the block says what cannot be.
    pub fn replay_block(
        &mut self,
        channel: ChannelId,
        height: u32,
        facts: &[Fact],
    ) -> Result<(), StepError> {
        self.modes_are_durable()?;
        self.not_archived(channel)?;
        match self.unwatched.get_mut(&channel) {
            Some(monitor) => Ok(monitor.process_block(height, facts)?),
            None => {
                self.watched(channel)?;
                Err(NotNow::AlreadyWatched.into())
            }
        }
    }

    /// Step 3: moves all Monitors into the Watch. The caller has replayed all blocks before.
    ///
    /// # Errors
    /// They are there already, or a mode is not durable.
    pub fn start_watch(&mut self) -> Result<(), StepError> {
        if self.is_watching() {
            return Err(NotNow::AlreadyWatched.into());
        }
        self.modes_are_durable()?;
        for monitor in std::mem::take(&mut self.unwatched).into_values() {
            self.chain_monitor.load_existing_monitor(monitor)?;
        }
        self.watching = true;
        Ok(())
    }

    /// Step 4: the background step of one channel.
    ///
    /// # Errors
    /// It has run, or the Monitor is not in the Watch. After an [`StepError::Update`] the node must
    /// stop.
    pub fn background_step(&mut self, channel: ChannelId) -> Result<(), StepError> {
        let applied = self.watched(channel)?.monitor().update_id();
        if !self.manager.background.contains(&channel) {
            return Err(NotNow::BackgroundDone(channel).into());
        }
        self.manager.run_background_step(channel, applied, &mut self.chain_monitor)?;
        if self.manager.background.is_empty() {
            // From now on peers are heard; nobody knows what they have.
            self.peers_connected();
        }
        Ok(())
    }

    /// Steps 3 and 4 for all channels.
    ///
    /// # Errors
    /// As those of the steps.
    pub fn start(&mut self) -> Result<(), StepError> {
        self.start_watch()?;
        for channel in self.manager.background.clone() {
            self.background_step(channel)?;
        }
        Ok(())
    }
}

fn read_monitors(
    stored: &BTreeMap<ChannelId, StoredMonitor>,
) -> Result<BTreeMap<ChannelId, ChannelMonitor>, LoadError> {
    let mut monitors = BTreeMap::new();
    for (channel, parts) in stored {
        let monitor = ChannelMonitor::read_stored(parts)
            .map_err(|error| LoadError::Monitor { channel: *channel, error })?;
        if monitor.channel_id() != *channel {
            return Err(LoadError::Mismatch(StoredObject::Monitor(*channel)));
        }
        monitors.insert(*channel, monitor);
    }
    Ok(monitors)
}
