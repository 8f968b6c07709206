//! What has to be so once a node that was killed has settled, written from SPEC.md section 6: it
//! looks at the user's record, at what peers and chain have, and at the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lightning_persister::fs_store::FilesystemStore;
use reference::{ChannelManager, ChannelMonitor, HtlcId};
use stores::read_node;
use stores::world::{Channel, Lines, UserLine, World};

/// What was found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// How often the node has started.
    pub starts: usize,
    /// Lines in the user's record that an event has made.
    pub told: usize,
    /// Of these, those that tell again what was told before the last start (`GUA-5` allows it).
    pub repeats: usize,
    /// How many HTLCs peers were offered, and have offered.
    pub htlcs: usize,
    /// How many channels have closed.
    pub closed: usize,
    /// `GUA-1`: what nobody was told, or who did not get what is due.
    pub lost: Vec<String>,
    /// `GUA-2`, `GUA-5`, `GUA-9`, `GUA-10`: what cannot be true together.
    pub contradicted: Vec<String>,
    /// `GUA-6`: what is left in a list.
    pub left: Vec<String>,
    /// `GUA-7`: what stopped the node.
    pub stopped: Vec<String>,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        [&self.lost, &self.contradicted, &self.left, &self.stopped].iter().all(|v| v.is_empty())
    }

    /// Adds what another run has found.
    pub fn add(&mut self, other: Verdict) {
        self.starts += other.starts;
        self.told += other.told;
        self.repeats += other.repeats;
        self.htlcs += other.htlcs;
        self.closed += other.closed;
        self.lost.extend(other.lost);
        self.contradicted.extend(other.contradicted);
        self.left.extend(other.left);
        self.stopped.extend(other.stopped);
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} starts, {} HTLCs, {} channels closed, {} events told, {} of them repeats; \
             lost {}, contradicted {}, left {}, stopped {}",
            self.starts,
            self.htlcs,
            self.closed,
            self.told,
            self.repeats,
            self.lost.len(),
            self.contradicted.len(),
            self.left.len(),
            self.stopped.len()
        )?;
        let all = [&self.lost, &self.contradicted, &self.left, &self.stopped];
        all.into_iter().flatten().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// Judges a folder in which a node has settled.
pub fn judge(folder: &Path) -> Verdict {
    let record = Lines::<UserLine>::read(&folder.join("user")).expect("the record can be read");
    let world = World::open(&folder.join("world")).expect("the world can be read");
    let channels = world.channels();
    let mut verdict = Verdict::default();
    verdict.read_record(&record);
    let htlcs = channels.values().map(|channel| channel.outbound.len() + channel.inbound.len());
    verdict.htlcs = htlcs.sum();
    verdict.closed = channels.values().filter(|channel| !channel.is_open()).count();
    verdict.own_payments(&record, channels);
    verdict.inbound(&record, channels);
    verdict.disk(folder);
    verdict
}

/// The HTLCs of a payment that peers were offered.
fn offered(channels: &BTreeMap<u64, Channel>, payment: u64) -> Vec<(u64, u64)> {
    let all = channels.iter().flat_map(|(channel, known)| {
        known.outbound.iter().map(move |(id, htlc)| ((*channel, *id), htlc.payment))
    });
    all.filter(|(_, of)| *of == payment).map(|(htlc, _)| htlc).collect()
}

impl Verdict {
    fn read_record(&mut self, record: &[UserLine]) {
        let mut told = Vec::new();
        let mut since_start = Vec::new();
        for line in record {
            match line {
                UserLine::Started => {
                    self.starts += 1;
                    told.append(&mut since_start);
                }
                UserLine::Pays { .. } => {}
                line => {
                    self.told += 1;
                    self.repeats += usize::from(told.contains(line));
                    if since_start.contains(line) {
                        self.contradicted.push(format!("GUA-5: {line:?} twice without a crash"));
                    }
                    since_start.push(line.clone());
                }
            }
        }
    }

    fn own_payments(&mut self, record: &[UserLine], channels: &BTreeMap<u64, Channel>) {
        for line in record {
            let UserLine::Pays { payment } = *line else { continue };
            let left = offered(channels, payment);
            let claimed = left.iter().any(|(c, id)| channels[c].is_claimed(*id));
            let sent = record.contains(&UserLine::Sent { payment });
            let failed = record.contains(&UserLine::Failed { payment });
            if sent && failed {
                self.contradicted.push(format!("GUA-2: payment {payment} sent and failed"));
            }
            if sent && !claimed || failed && claimed {
                let what = format!("told sent {sent}, failed {failed}, claimed {claimed}");
                self.contradicted.push(format!("GUA-2: payment {payment}: {what}"));
            }
            if !left.is_empty() && !sent && !failed {
                self.lost.push(format!("GUA-1: payment {payment} was offered, and never ended"));
            }
        }
    }

    fn inbound(&mut self, record: &[UserLine], channels: &BTreeMap<u64, Channel>) {
        let all = channels.iter().flat_map(|(channel, known)| {
            known.inbound.iter().map(move |(id, htlc)| (*channel, known, *id, htlc.payment))
        });
        for (channel, known, id, payment) in all {
            let left = offered(channels, payment);
            let claimed = left.iter().any(|(c, id)| channels[c].is_claimed(*id));
            let name = format!("HTLC {id} of channel {channel} (payment {payment})");
            if left.len() > 1 {
                self.contradicted.push(format!("GUA-10: {name} left {} times", left.len()));
            }
            let was_there = known.is_open() || known.outputs().contains(&HtlcId::inbound(id));
            match known.ended_upstream(id) {
                None if was_there => self.lost.push(format!("GUA-1: {name} has not ended")),
                None if claimed => {
                    self.lost.push(format!("GUA-1: {name} is in no commitment, and claimed"));
                }
                Some(false) if claimed => {
                    self.contradicted.push(format!("GUA-9: {name} is claimed and given back"));
                }
                Some(true) if !left.is_empty() && !claimed => {
                    self.contradicted.push(format!("GUA-2: {name} is ours and nobody claimed it"));
                }
                Some(true) => {
                    let told = match left.is_empty() {
                        true => UserLine::Claimed { payment },
                        false => UserLine::Forwarded { channel, htlc: id },
                    };
                    if !record.contains(&told) {
                        self.lost.push(format!("GUA-1: {name} is ours, and nobody told {told:?}"));
                    }
                }
                _ => {}
            }
        }
    }

    fn disk(&mut self, folder: &Path) {
        let store = FilesystemStore::new(folder.join("store"));
        let stored = match read_node(&store) {
            Ok(Some(stored)) => stored,
            Ok(None) => return self.left.push("GUA-7: no node is stored".into()),
            Err(error) => return self.stopped.push(format!("GUA-7: {error}")),
        };
        for (id, parts) in &stored.monitors {
            match ChannelMonitor::read_stored(parts) {
                Ok(monitor) if monitor.has_no_event() => {}
                Ok(monitor) => {
                    let listed = monitor.events().count();
                    self.left.push(format!("GUA-6: the monitor of {id} lists {listed}"));
                }
                Err(error) => self.stopped.push(format!("GUA-7: the monitor of {id}: {error}")),
            }
        }
        match ChannelManager::read(&stored.manager) {
            Ok(manager) => {
                let queued = manager.pending_events().len() + manager.forward_queue().len();
                let acks = manager.pending_forward_monitor_event_acks().len();
                if queued + acks > 0 {
                    self.left.push(format!("GUA-6: the manager keeps {queued} and {acks}"));
                }
                let names: BTreeSet<_> = manager.channels().ids().collect();
                let unknown = stored.monitors.keys().filter(|id| !names.contains(id)).count();
                if unknown > 0 {
                    self.left.push(format!("GUA-7: {unknown} monitors the manager does not know"));
                }
            }
            Err(error) => self.stopped.push(format!("GUA-7: the manager: {error}")),
        }
    }
}
