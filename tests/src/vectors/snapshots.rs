//! The bytes that the reference writes in a test vector: what is durable, where it changes.
//!
//! They are the reference's TLV encoding (`reference/src/codec`), and no part of the protocol:
//! whoever has another encoding passes over them, whoever shares it has vectors of the codec.

use super::of_reference::{stored_manager, version};
use super::shown::{ByChannel, ManagerVersion, Version};
use crate::driver::Driver;
use crate::names::channel;
use data_encoding::HEXLOWER;
use model::machine::Machine;
use reference::{ChannelManager, ChannelMonitor, ChannelMonitorUpdate, StoredMonitor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What became durable, or lies there when the vector begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshots {
    /// The Monitors whose durable version has changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub monitors: ByChannel<MonitorBytes>,
    /// The Manager's durable version, in hex, if it has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
}

/// The bytes of a durable Monitor, in hex.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitorBytes {
    /// The newest full write.
    pub full: String,
    /// The deltas behind it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<String>,
}

impl Snapshots {
    /// All that is durable.
    pub fn of(machine: &Machine, driver: &Driver) -> Snapshots {
        let bytes = |c| {
            let stored = driver.store.monitors.get(&channel(c))?.parts();
            let deltas = stored.deltas.iter().map(|delta| HEXLOWER.encode(delta)).collect();
            Some((c.to_string(), MonitorBytes { full: HEXLOWER.encode(&stored.full), deltas }))
        };
        Snapshots {
            monitors: machine.topology.channels().filter_map(bytes).collect(),
            manager: Some(HEXLOWER.encode(&driver.store.manager)),
        }
    }

    /// Nothing has changed.
    pub fn is_empty(&self) -> bool {
        *self == Snapshots::default()
    }

    /// What of these is not as it was before.
    pub fn since(mut self, before: &Snapshots) -> Snapshots {
        self.monitors.retain(|c, bytes| before.monitors.get(c) != Some(bytes));
        self.manager = self.manager.filter(|now| before.manager.as_ref() != Some(now));
        self
    }

    /// What the reference reads in these bytes.
    ///
    /// # Errors
    /// Names the object that it cannot read, or writes otherwise than it lies there.
    pub fn decoded(&self, machine: &Machine, driver: &Driver) -> Result<Decoded, String> {
        let monitor = |(c, bytes): (&String, &MonitorBytes)| {
            let read = bytes.canonical().and_then(|loads_as| version(machine, driver, &loads_as));
            Ok((c.clone(), read.map_err(|what| format!("snapshots.monitors.{c}: {what}"))?))
        };
        let manager = |hex: &String| {
            let read = bytes(hex).and_then(|read| {
                let again = ChannelManager::read(&read).map_err(|error| error.to_string())?.write();
                is_same(&read, &again)?;
                stored_manager(machine, driver, &read)
            });
            read.map_err(|what| format!("snapshots.manager: {what}"))
        };
        Ok(Decoded {
            monitors: self.monitors.iter().map(monitor).collect::<Result<_, String>>()?,
            manager: self.manager.as_ref().map(manager).transpose()?,
        })
    }
}

/// What lies in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// What a load makes of each Monitor.
    pub monitors: ByChannel<Version>,
    /// And of the Manager.
    pub manager: Option<ManagerVersion>,
}

impl MonitorBytes {
    /// What a load makes of them, as bytes, if each is the one encoding of what is in it.
    fn canonical(&self) -> Result<Vec<u8>, String> {
        let full = bytes(&self.full)?;
        is_same(&full, &ChannelMonitor::read(&full).map_err(|error| error.to_string())?.write())?;
        let mut deltas = Vec::new();
        for (index, hex) in self.deltas.iter().enumerate() {
            let of_delta = |what| format!("delta {index}: {what}");
            let delta = bytes(hex).map_err(of_delta)?;
            let read = ChannelMonitorUpdate::read(&delta);
            is_same(&delta, &read.map_err(|error| of_delta(error.to_string()))?.write())
                .map_err(of_delta)?;
            deltas.push(delta);
        }
        let read = ChannelMonitor::read_stored(&StoredMonitor { full, deltas });
        Ok(read.map_err(|error| error.to_string())?.write())
    }
}

fn bytes(hex: &str) -> Result<Vec<u8>, String> {
    HEXLOWER.decode(hex.as_bytes()).map_err(|error| format!("no hex: {error}"))
}

fn is_same(bytes: &[u8], again: &[u8]) -> Result<(), String> {
    let Some(at) = bytes.iter().zip(again).position(|(byte, other)| byte != other) else {
        let lengths = (bytes.len(), again.len());
        let what = || format!("{} bytes, which are written as {}", lengths.0, lengths.1);
        return if lengths.0 == lengths.1 { Ok(()) } else { Err(what()) };
    };
    Err(format!("byte {at} is {:02x}, and is written as {:02x}", bytes[at], again[at]))
}
