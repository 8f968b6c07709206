//! What a node makes of an image of the disk, and whether SPEC.md allows that.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lightning::util::persist::KVStoreSync;
use reference::{
    ChannelId, ChannelMonitor, LoadError, Mode, StoredMonitor, StoredMonitorError, StoredNode,
};
use thiserror::Error;

use super::jobs::Jobs;
use super::surroundings::walk::{Dice, Rolls};
use super::surroundings::{Object, World};
use crate::disk::{Defence, Defences, Disk, Op, SimulatedStore};
use crate::{ReadError, carry_out, layout, read_node};

/// What is wrong with what a crash has left.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Damage {
    /// The store cannot be read.
    #[error("unreadable: {0}")]
    Read(#[from] ReadError),
    /// A Monitor cannot be read.
    #[error("unreadable monitor of {channel}: {error}")]
    Monitor {
        /// Its channel.
        channel: ChannelId,
        /// Why not.
        error: StoredMonitorError,
    },
    /// What was read of an object is none of the versions that SPEC.md's storage model (`STO-9`)
    /// lists: older than one that was reported, or of no write.
    #[error("wrong version of {of}, and then: {then}")]
    Version {
        /// The object.
        of: String,
        /// What becomes of a node that goes on with it.
        then: String,
    },
    /// A node does not load it.
    #[error("no load: {0}")]
    Load(#[from] LoadError),
    /// A node goes on with it, and something is lost, contradicted or left.
    #[error("no good end: {0}")]
    End(String),
    /// A node that goes on with the store does not read from it what it has written.
    #[error("what is written behind the crash is read otherwise: {0}")]
    After(String),
}

/// What went wrong, and on the way to where.
#[derive(Debug, Error)]
#[error("{damage}\n{}", self.told())]
pub struct Failure {
    /// What is wrong with an image.
    pub damage: Damage,
    /// What the image has otherwise than the disk had.
    pub otherwise: Vec<String>,
    /// What the disk was asked for until then.
    pub log: Vec<Op>,
}

impl Failure {
    fn told(&self) -> String {
        let log = self.log.iter().map(|op| format!("    {op}\n"));
        let image = self.otherwise.iter().map(|what| format!("  {what}\n"));
        log.chain(["  and in the image:\n".to_owned()]).chain(image).collect()
    }
}

/// Who is told of each moment at which a crash may come.
pub(super) trait Judge {
    /// The surroundings have changed since the last call.
    fn moved(&mut self);

    /// A crash may come now.
    fn judge(&mut self, world: &World, jobs: &Jobs) -> Result<(), Damage>;
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Logs of operations.
    pub logs: usize,
    /// Operations in them.
    pub operations: usize,
    /// Moments at which a crash may come: behind each operation, and behind each step of the node.
    pub crashes: usize,
    /// Images, once for each way to choose them.
    pub images: usize,
    /// What is read of them, as far as it differs for one state of the surroundings: of each a node
    /// was loaded and left alone until nothing was to be done.
    pub recovered: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { logs, operations, crashes, images, recovered } = self;
        write!(f, "{logs} logs, {operations} operations, {crashes} crash points, ")?;
        write!(f, "{images} images, {recovered} recoveries that differ")
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.logs += other.logs;
        self.operations += other.operations;
        self.crashes += other.crashes;
        self.images += other.images;
        self.recovered += other.recovered;
    }
}

/// Which images of each moment are looked at.
pub(super) enum Which {
    Every,
    /// So many, by this generator.
    Some(usize, Dice),
}

/// Looks at images of each moment.
pub(super) struct Images {
    pub(super) which: Which,
    pub(super) defences: Defences,
    pub(super) counts: Counts,
    /// All damage by its text, if a run does not end with the first.
    pub(super) found: Option<BTreeMap<String, Failure>>,
    /// What the last image with damage has otherwise than the disk.
    pub(super) otherwise: Vec<String>,
    /// What was read since the surroundings have changed.
    seen: HashSet<StoredNode>,
}

impl Images {
    pub(super) fn new(which: Which, defences: Defences) -> Self {
        let (counts, found, seen) = (Counts::default(), None, HashSet::new());
        Images { which, defences, counts, found, otherwise: Vec::new(), seen }
    }

    fn look(&mut self, world: &World, jobs: &Jobs, image: &Disk) -> Result<(), Damage> {
        self.counts.images += 1;
        let Err(damage) = self.recovers(world, image) else { return Ok(()) };
        let otherwise = jobs.disk().differences(image);
        let Some(found) = &mut self.found else {
            self.otherwise = otherwise;
            return Err(damage);
        };
        let text = damage.to_string();
        found.entry(text).or_insert_with(|| Failure { damage, otherwise, log: jobs.log.clone() });
        Ok(())
    }

    fn recovers(&mut self, world: &World, image: &Disk) -> Result<(), Damage> {
        let Some(stored) = read(image, &self.defences, world)? else { return Ok(()) };
        if self.seen.contains(&stored) {
            return Ok(());
        }
        self.counts.recovered += 1;
        self.seen.insert(stored.clone());
        recovers(world, image, &stored)
    }
}

impl Judge for Images {
    fn moved(&mut self) {
        self.seen.clear();
    }

    fn judge(&mut self, world: &World, jobs: &Jobs) -> Result<(), Damage> {
        let disk = jobs.disk();
        self.counts.crashes += 1;
        match &mut self.which {
            Which::Every => {
                let mut found = Ok(());
                disk.every_image(|image| {
                    if found.is_ok() {
                        found = self.look(world, jobs, &image);
                    }
                });
                found
            }
            Which::Some(count, dice) => {
                let (count, mut dice) = (*count, dice.clone());
                for _ in 0..count {
                    let image = disk.image(&mut |sides| dice.roll(sides));
                    self.look(world, jobs, &image)?;
                }
                self.which = Which::Some(count, dice);
                Ok(())
            }
        }
    }
}

/// A node recovers from an image. Gives what it has read, if there was anything.
pub(super) fn recover(
    world: &World,
    image: &Disk,
    defences: &Defences,
) -> Result<Option<StoredNode>, Damage> {
    let stored = read(image, defences, world)?;
    if let Some(stored) = &stored {
        recovers(world, image, stored)?;
    }
    Ok(stored)
}

/// What a load reads; none if there is no node yet, and none was promised.
fn read(image: &Disk, defences: &Defences, world: &World) -> Result<Option<StoredNode>, Damage> {
    let store = SimulatedStore::new(image.clone(), defences.clone());
    let Some(mut stored) = read_node(&store)? else {
        return match world.disk.stored.manager.is_empty() {
            true => Ok(None),
            false => wrong("the manager", "a new node, without channels"),
        };
    };
    if !defences.has(Defence::ArchivedPassedOver) {
        for channel in &stored.archived {
            if let Ok(full) = store.read(layout::MONITORS, "", &channel.to_string()) {
                stored.monitors.insert(*channel, StoredMonitor::of(full));
            }
        }
    }
    if !defences.has(Defence::GapRefused) {
        stored.monitors.values_mut().for_each(cut_at_gap);
    }
    if !defences.has(Defence::StalePassedOver) {
        for (channel, monitor) in &stored.monitors {
            apply_all(*channel, monitor)?;
        }
    }
    Ok(Some(stored))
}

/// A load that goes on with what lies before a gap.
fn cut_at_gap(stored: &mut StoredMonitor) {
    if let Err(StoredMonitorError::Update { index, .. }) = ChannelMonitor::read_stored(stored) {
        stored.deltas.truncate(index);
    }
}

/// A load that applies every update that it finds.
fn apply_all(channel: ChannelId, stored: &StoredMonitor) -> Result<(), Damage> {
    let damaged = |error| Damage::Monitor { channel, error };
    let full = ChannelMonitor::read(&stored.full);
    let mut monitor = full.map_err(|error| damaged(StoredMonitorError::Full(error)))?;
    for (index, bytes) in stored.deltas.iter().enumerate() {
        let update = reference::ChannelMonitorUpdate::read(bytes);
        let update = update.map_err(|error| damaged(StoredMonitorError::Delta { index, error }))?;
        let applied = monitor.update_monitor(&update);
        applied.map_err(|error| damaged(StoredMonitorError::Update { index, error }))?;
    }
    Ok(())
}

fn wrong<T>(of: impl ToString, then: impl ToString) -> Result<T, Damage> {
    Err(Damage::Version { of: of.to_string(), then: then.to_string() })
}

/// What is stored of a channel: whether it is archived, and else its Monitor.
fn of_channel(
    stored: &StoredNode,
    channel: ChannelId,
) -> Result<(bool, Option<ChannelMonitor>), Damage> {
    let monitor = stored.monitors.get(&channel).map(ChannelMonitor::read_stored).transpose();
    let monitor = monitor.map_err(|error| Damage::Monitor { channel, error })?;
    Ok((stored.archived.contains(&channel), monitor))
}

/// What a crash can leave of an object, oldest first: with it, what is stored of the others.
fn versions(world: &World, object: Object) -> Vec<StoredNode> {
    let mut later = world.disk.clone();
    let mut versions = vec![later.stored.clone()];
    while later.land(object).is_some() {
        versions.push(later.stored.clone());
    }
    versions
}

/// Whether what was read is a state that a crash can leave by SPEC.md, object by object.
fn is_listed(world: &World, stored: &StoredNode) -> Result<Option<Object>, Damage> {
    if !versions(world, None).iter().any(|version| version.manager == stored.manager) {
        return Ok(Some(None));
    }
    let known = world.chain.keys().chain(stored.monitors.keys()).chain(&stored.archived);
    for channel in known.copied().collect::<BTreeSet<_>>() {
        let read = of_channel(stored, channel)?;
        let mut listed = false;
        for version in versions(world, Some(channel)) {
            listed |= of_channel(&version, channel)? == read;
        }
        if !listed {
            return Ok(Some(Some(channel)));
        }
    }
    Ok(None)
}

/// A node loads what was read, and all comes to a good end; what it writes on the way is what is
/// read from the store afterwards.
fn recovers(world: &World, image: &Disk, stored: &StoredNode) -> Result<(), Damage> {
    if let Some(object) = is_listed(world, stored)? {
        let of = object.map_or("the manager".to_owned(), |channel| format!("{channel}"));
        return wrong(of, consequence(world, stored));
    }
    let records = match world.node.manager().handling() {
        Some(_) => [false, true].as_slice(),
        None => &[false],
    };
    for record in records {
        goes_on(world, image, stored, *record)?;
    }
    Ok(())
}

fn goes_on(world: &World, image: &Disk, stored: &StoredNode, record: bool) -> Result<(), Damage> {
    let mut world = world.clone();
    world.written = Some(Vec::new());
    world.come_back(stored.clone(), record, Mode::On)?;
    settle(&mut world).map_err(Damage::End)?;
    // What the crash has left beside the node is still there: files without a name, updates that
    // were removed.
    let store = SimulatedStore::new(image.clone(), Defences::all());
    for write in world.written.take().unwrap_or_default() {
        if let Err(error) = carry_out(&store, &write) {
            return Err(Damage::After(error.to_string()));
        }
    }
    let after = read_node(&store)?.unwrap_or_default();
    let of_all = |stored: &StoredNode| -> Result<BTreeMap<_, _>, Damage> {
        let channels = world.chain.keys();
        channels.map(|channel| Ok((*channel, of_channel(stored, *channel)?))).collect()
    };
    if after.manager != world.disk.stored.manager {
        return Err(Damage::After("the manager".to_owned()));
    }
    match of_all(&after)? == of_all(&world.disk.stored)? {
        true => Ok(()),
        false => Err(Damage::After("a monitor".to_owned())),
    }
}

/// What becomes of a node that goes on with what it should not have found.
fn consequence(world: &World, stored: &StoredNode) -> String {
    let mut world = world.clone();
    if let Err(error) = world.come_back(stored.clone(), false, Mode::On) {
        return format!("no load: {error}");
    }
    match settle(&mut world) {
        Ok(()) => "nothing, this time".to_owned(),
        Err(text) => text,
    }
}

/// The node starts, and all that is fair happens. The surroundings panic where something is wrong;
/// behind what they say of it comes all that was done.
fn settle(world: &mut World) -> Result<(), String> {
    let settled = catch_unwind(AssertUnwindSafe(|| {
        world.load();
        world.settle();
    }));
    settled.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map_or("a panic", String::as_str);
        let said = text.lines().next().unwrap_or_default().trim_end_matches(": [");
        said.trim_start_matches("assertion `left == right` failed: ").to_owned()
    })
}
