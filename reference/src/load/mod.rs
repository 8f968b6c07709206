//! From stored bytes to a running node (SPEC section 4.4).

mod background;
mod error;
mod holding_cell;
mod modes;
mod reconcile;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use error::LoadError;

use crate::config::{Build, NodeConfig};
use crate::event::{ChannelId, HtlcId};
use crate::manager::{ChannelManager, HtlcState};
use crate::monitor::{ChannelMonitor, Direction, Fact};
use crate::node::{Node, NotNow, StepError};
use crate::store::{Outbox, StoredMonitor, StoredObject};
use crate::watch::ChainMonitor;
use reconcile::MissingUpdate;

impl Node {
    /// Step 1: reads the Monitors and the Manager and compares them channel by channel. A Monitor
    /// that the Store has marked as archived is not missed. The writes it starts are of Monitors
    /// whose mode it has switched; they have to land before the next step.
    pub fn load(
        config: Arc<NodeConfig>,
        monitors: &BTreeMap<ChannelId, StoredMonitor>,
        archived: &BTreeSet<ChannelId>,
        manager: &[u8],
        build: Build,
    ) -> Result<Self, LoadError> {
        config.validate()?;
        let mut unwatched = read_monitors(&config, monitors, archived)?;
        // `UPG-1`: "A build MUST mark a Monitor whose mode is on such that a build that does not
        // know the mode refuses to load the node, and writes nothing."
        let mut read = unwatched.iter();
        if let Some((id, _)) = read.find(|(_, monitor)| !monitor.is_known_to(build)) {
            return Err(LoadError::UnknownMode(*id));
        }
        let manager_handed = Arc::new(manager.to_vec());
        let mut manager = read_manager(&config, manager)?;
        // `UPG-3`: "A build MUST push, in a load and before it compares the Manager with the
        // Monitors, into a Monitor that was written with its mode off, an event for each HTLC whose
        // outcome that Monitor's state tells and the Manager is owed, unless one is listed."
        for monitor in unwatched.values_mut() {
            monitor.push_owed(|event| manager.is_owed(event));
        }
        let read: Vec<&ChannelMonitor> = unwatched.values().collect();
        manager.reconcile(&read, archived).map_err(|MissingUpdate { channel_id, update_id }| {
            LoadError::MissingUpdate { channel: channel_id, update_id }
        })?;
        // More to submit than was in flight at the crash, and what loads have added, a close and
        // the claims of parts received, is no Manager of this configuration. Listed may be more, of
        // updates that the Monitor has.
        for (id, monitor) in &unwatched {
            let updates = manager.updates_to_submit(*id, monitor.update_id());
            let channel = &config.channels[id];
            let added = 1 + config.received_on(*id);
            if channel.slots(updates) > channel.max_in_flight + added {
                return Err(LoadError::Mismatch(StoredObject::Manager));
            }
        }
        let mut outbox = Outbox::new(&config);
        // `UPG-5`: "A build MUST write in full a Monitor whose mode it switches, and go on with the
        // load only when the write has landed."
        for (id, monitor) in &mut unwatched {
            if monitor.switch_mode(build) {
                outbox.write_monitor_first(*id, monitor.write());
            }
        }
        Ok(Node {
            manager,
            chain_monitor: ChainMonitor::new(outbox, archived.clone()),
            manager_handed,
            background: unwatched.keys().copied().collect(),
            unwatched,
            watching: false,
            config,
        })
    }

    /// Step 2: replays the next block after a Monitor's own best block. Nothing is written for it.
    pub fn replay_block(&mut self, channel: ChannelId, fact: &Fact) -> Result<(), StepError> {
        if !self.config.channels.contains_key(&channel) {
            return Err(StepError::UnknownChannel(channel));
        }
        self.not_archived(channel)?;
        let monitor = self.unwatched.get_mut(&channel).ok_or(NotNow::AlreadyWatched)?;
        Ok(monitor.process_block(fact)?)
    }

    /// Step 3: moves all Monitors into the Watch. The caller tells how many blocks each channel's
    /// chain has; a channel that is not named has none.
    pub fn start_watch(&mut self, tips: &BTreeMap<ChannelId, u64>) -> Result<(), StepError> {
        if self.is_watching() {
            return Err(NotNow::AlreadyWatched.into());
        }
        for (id, monitor) in &self.unwatched {
            if monitor.best_block() != tips.get(id).copied().unwrap_or(0) {
                return Err(NotNow::NotAtTip(*id).into());
            }
        }
        for monitor in std::mem::take(&mut self.unwatched).into_values() {
            self.chain_monitor.load_existing_monitor(monitor);
        }
        self.watching = true;
        Ok(())
    }

    /// Step 4: the background step of one channel.
    pub fn background_step(&mut self, channel: ChannelId) -> Result<(), StepError> {
        let applied = self.watched(channel)?.monitor().update_id();
        if !self.background.contains(&channel) {
            return Err(NotNow::BackgroundDone(channel).into());
        }
        // What was in flight at the crash, and what the load has added, may be more than fits.
        self.as_a_whole(|node| {
            node.manager.run_background_step(channel, applied, &mut node.chain_monitor)?;
            node.background.remove(&channel);
            Ok(())
        })
    }
}

fn read_monitors(
    config: &NodeConfig,
    stored: &BTreeMap<ChannelId, StoredMonitor>,
    archived: &BTreeSet<ChannelId>,
) -> Result<BTreeMap<ChannelId, ChannelMonitor>, LoadError> {
    let mut monitors = BTreeMap::new();
    for id in config.channels.keys().filter(|id| !archived.contains(id)) {
        let object = StoredObject::Monitor(*id);
        let parts = stored.get(id).ok_or(LoadError::MissingMonitor(*id))?;
        let monitor = ChannelMonitor::read_stored(parts)
            .map_err(|error| LoadError::Monitor { channel: *id, error })?;
        if monitor.channel_id() != *id || !has_configured_htlcs(config, &monitor) {
            return Err(LoadError::Mismatch(object));
        }
        monitors.insert(*id, monitor);
    }
    if let Some(id) = archived.iter().find(|id| !config.channels.contains_key(id)) {
        return Err(LoadError::Mismatch(StoredObject::Archived(*id)));
    }
    match stored.keys().find(|id| !monitors.contains_key(id)) {
        Some(id) => Err(LoadError::Mismatch(StoredObject::Monitor(*id))),
        None => Ok(monitors),
    }
}

/// Whether a Monitor has the channel's HTLCs. One that waits in the holding cell when the node is
/// new may be there or not.
fn has_configured_htlcs(config: &NodeConfig, monitor: &ChannelMonitor) -> bool {
    let held = |id: &HtlcId, channel| {
        config.htlcs.get(id).is_some_and(|role| role.leaves_later_by() == Some(channel))
    };
    let directions = |m: &ChannelMonitor| -> Vec<_> {
        let offered = m.htlcs().iter().filter(|(id, _)| !held(id, m.channel_id()));
        offered.map(|(id, htlc)| (*id, htlc.direction)).collect()
    };
    let new = ChannelMonitor::new(monitor.channel_id(), config);
    let mut htlcs = monitor.htlcs().iter();
    directions(monitor) == directions(&new)
        && htlcs.all(|(id, htlc)| {
            !held(id, monitor.channel_id()) || htlc.direction == Direction::Outbound
        })
}

fn read_manager(config: &NodeConfig, bytes: &[u8]) -> Result<ChannelManager, LoadError> {
    let object = StoredObject::Manager;
    let manager = ChannelManager::read(bytes).map_err(LoadError::Manager)?;
    let fits = manager.channels().keys().eq(config.channels.keys())
        && roles(&manager) == roles(&ChannelManager::new(config))
        && manager.htlcs().iter().all(|(id, state)| {
            let held_on = state.held_on();
            held_on.is_none() || held_on == config.held_on(*id)
        });
    if fits { Ok(manager) } else { Err(LoadError::Mismatch(object)) }
}

/// The inbound channel of each HTLC, none for an own payment, and what it leaves as or is part of.
fn roles(manager: &ChannelManager) -> Vec<(HtlcId, Option<ChannelId>, HtlcId)> {
    let role = |(id, htlc): (&HtlcId, &HtlcState)| match htlc {
        HtlcState::Payment { payment, .. } => (*id, None, *payment),
        HtlcState::Forward { inbound, leaves_as: other, .. }
        | HtlcState::Received { inbound, payment: other, .. } => (*id, Some(*inbound), *other),
    };
    manager.htlcs().iter().map(role).collect()
}
