//! `MonitorUpdatingPersisterAsync` for LDK's test nodes, over a store of which a test says what
//! lands: used by `refused_update_tests.rs` and `delta_gap_tests.rs`.
//!
//! The file compiles at commit e1021bcd1 and on main (tried at cfee4b755). Copy it to
//! `lightning/src/ln/` with those that use it, and add `#[cfg(test)] mod async_persister;` below
//! `mod reload_tests;` in `lightning/src/ln/mod.rs`.

use crate::chain::chainmonitor::Persist;
use crate::chain::channelmonitor::{ChannelMonitor, ChannelMonitorUpdate};
use crate::chain::ChannelMonitorUpdateStatus;
use crate::io;
use crate::ln::types::ChannelId;
use crate::util::async_poll::dummy_waker;
use crate::util::native_async::{FutureSpawner, MaybeSend};
use crate::util::persist::{KVStore, MonitorName, MonitorUpdatingPersisterAsync};
use crate::util::test_channel_signer::TestChannelSigner;
use crate::util::test_utils::{TestBroadcaster, TestFeeEstimator, TestKeysInterface, TestLogger};
use crate::util::wakers::Notifier;
use bitcoin::Network;
use core::convert::Infallible;
use core::future::{poll_fn, Future, Pending};
use core::pin::{pin, Pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};
use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex};

/// A write that has not landed.
struct Write {
    path: String,
    bytes: Vec<u8>,
    landed: Arc<AtomicBool>,
}

/// A store that keeps what `KVStore` promises, and no more: there is no order between keys.
#[derive(Default)]
pub struct Disk {
    durable: Mutex<HashMap<String, Vec<u8>>>,
    in_flight: Mutex<Vec<Write>>,
    /// Every write lands within its call, so that the calls are the order.
    lands_at_call: AtomicBool,
}

fn path_of(primary: &str, secondary: &str, key: &str) -> String {
    format!("{primary}/{secondary}/{key}")
}

impl Disk {
    pub fn land_at_call(&self) {
        self.lands_at_call.store(true, Ordering::Release);
    }

    /// The paths of the writes in flight.
    pub fn in_flight(&self) -> Vec<String> {
        self.in_flight.lock().unwrap().iter().map(|write| write.path.clone()).collect()
    }

    /// Lands the writes in flight whose path ends so: the last part of a delta's is its update id.
    pub fn land(&self, end: &str) {
        self.in_flight.lock().unwrap().retain(|write| {
            let lands = write.path.ends_with(end);
            if lands {
                self.durable.lock().unwrap().insert(write.path.clone(), write.bytes.clone());
                write.landed.store(true, Ordering::Release);
            }
            !lands
        });
    }

    /// Removes what is durable and whose path ends so, as an operator might by hand.
    pub fn remove_by_hand(&self, end: &str) {
        self.durable.lock().unwrap().retain(|path, _| !path.ends_with(end));
    }
}

impl KVStore for Disk {
    fn read(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
    ) -> impl Future<Output = Result<Vec<u8>, io::Error>> + 'static + MaybeSend {
        let bytes = self.durable.lock().unwrap().get(&path_of(primary, secondary, key)).cloned();
        async move { bytes.ok_or(io::Error::new(io::ErrorKind::NotFound, "no such key")) }
    }

    fn write(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), io::Error>> + 'static + MaybeSend {
        let (path, landed) = (path_of(primary, secondary, key), Arc::new(AtomicBool::new(false)));
        let write = Write { path: path.clone(), bytes, landed: Arc::clone(&landed) };
        self.in_flight.lock().unwrap().push(write);
        if self.lands_at_call.load(Ordering::Acquire) {
            self.land(&path);
        }
        poll_fn(move |_| match landed.load(Ordering::Acquire) {
            true => Poll::Ready(Ok(())),
            false => Poll::Pending,
        })
    }

    fn remove(
        &self,
        primary: &str,
        secondary: &str,
        key: &str,
        _lazy: bool,
    ) -> impl Future<Output = Result<(), io::Error>> + 'static + MaybeSend {
        self.durable.lock().unwrap().remove(&path_of(primary, secondary, key));
        async { Ok(()) }
    }

    fn list(
        &self,
        primary: &str,
        secondary: &str,
    ) -> impl Future<Output = Result<Vec<String>, io::Error>> + 'static + MaybeSend {
        let folder = path_of(primary, secondary, "");
        let durable = self.durable.lock().unwrap();
        let keys = durable.keys().filter_map(|path| path.strip_prefix(&folder));
        let keys: Vec<String> = keys.map(str::to_owned).collect();
        async move { Ok(keys) }
    }
}

/// The tasks that the persister spawned. They run when a test polls them.
#[derive(Clone, Default)]
pub struct Tasks(Arc<Mutex<Vec<Pin<Box<dyn Future<Output = ()> + Send>>>>>);

impl Tasks {
    /// Polls the tasks from this one on, each once.
    pub fn poll_from(&self, first: usize) {
        let waker = dummy_waker();
        let mut context = Context::from_waker(&waker);
        let mut later = self.0.lock().unwrap().split_off(first);
        later.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        self.0.lock().unwrap().append(&mut later);
    }
}

impl FutureSpawner for Tasks {
    type E = Infallible;
    type SpawnedFutureResult<O> = Pending<Result<O, Infallible>>;
    fn spawn<O: MaybeSend + 'static, T: Future<Output = O> + MaybeSend + 'static>(
        &self,
        future: T,
    ) -> Self::SpawnedFutureResult<O> {
        let task = async move {
            future.await;
        };
        self.0.lock().unwrap().push(Box::pin(task));
        core::future::pending()
    }
}

/// LDK's persister. What LDK's own, private `AsyncPersister` does with it is done here, too.
pub struct Persister {
    ldk: MonitorUpdatingPersisterAsync<
        Arc<Disk>,
        Tasks,
        Arc<TestLogger>,
        Arc<TestKeysInterface>,
        Arc<TestKeysInterface>,
        Arc<TestBroadcaster>,
        Arc<TestFeeEstimator>,
    >,
    pub disk: Arc<Disk>,
    pub tasks: Tasks,
    /// For what comes before a test: writes land within the call, which says `Completed`.
    is_prompt: AtomicBool,
    /// The control: what LDK's persister does not signal is signalled, once it has landed.
    signals_all: bool,
    unsignalled: Mutex<Vec<(ChannelId, u64)>>,
}

impl Persister {
    /// The persister of the node with this index.
    pub fn new(node: u8, maximum_pending_updates: u64, signals_all: bool) -> Self {
        let (disk, tasks) = (Arc::new(Disk::default()), Tasks::default());
        let keys = Arc::new(TestKeysInterface::new(&[node; 32], Network::Testnet));
        let ldk = MonitorUpdatingPersisterAsync::new(
            Arc::clone(&disk),
            tasks.clone(),
            Arc::new(TestLogger::with_id(format!("persister {node}"))),
            maximum_pending_updates,
            Arc::clone(&keys),
            keys,
            Arc::new(TestBroadcaster::new(Network::Testnet)),
            Arc::new(TestFeeEstimator::new(253)),
        );
        let (is_prompt, unsignalled) = (AtomicBool::new(true), Mutex::new(Vec::new()));
        Persister { ldk, disk, tasks, is_prompt, signals_all, unsignalled }
    }

    /// From now on writes take time.
    pub fn take_time(&self) {
        self.is_prompt.store(false, Ordering::Release);
    }

    /// Lands all writes, and runs all tasks to their end.
    pub fn settle(&self) {
        self.tasks.poll_from(0);
        self.disk.land("");
        self.tasks.poll_from(0);
        assert!(self.tasks.0.lock().unwrap().is_empty() && self.disk.in_flight().is_empty());
    }

    /// The node stops: writes in flight are lost, and tasks are gone.
    pub fn crash(&self) {
        self.disk.in_flight.lock().unwrap().clear();
        self.tasks.0.lock().unwrap().clear();
    }

    /// What LDK's loader makes of the disk.
    pub fn load(&self) -> Vec<ChannelMonitor<TestChannelSigner>> {
        let waker = dummy_waker();
        let loading = pin!(self.ldk.read_all_channel_monitors_with_updates());
        match loading.poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(loaded) => loaded.unwrap().into_iter().map(|(_, mon)| mon).collect(),
            Poll::Pending => unreachable!("reads take no time"),
        }
    }

    fn status(&self) -> ChannelMonitorUpdateStatus {
        if !self.is_prompt.load(Ordering::Acquire) {
            return ChannelMonitorUpdateStatus::InProgress;
        }
        self.settle();
        self.ldk.get_and_clear_completed_updates();
        ChannelMonitorUpdateStatus::Completed
    }
}

impl Persist<TestChannelSigner> for Persister {
    fn persist_new_channel(
        &self,
        name: MonitorName,
        monitor: &ChannelMonitor<TestChannelSigner>,
    ) -> ChannelMonitorUpdateStatus {
        self.ldk.spawn_async_persist_new_channel(name, monitor, Arc::new(Notifier::new()));
        self.status()
    }

    fn update_persisted_channel(
        &self,
        name: MonitorName,
        update: Option<&ChannelMonitorUpdate>,
        monitor: &ChannelMonitor<TestChannelSigner>,
    ) -> ChannelMonitorUpdateStatus {
        self.ldk.spawn_async_update_channel(name, update, monitor, Arc::new(Notifier::new()));
        if self.signals_all && update.is_none() {
            let newest = (monitor.channel_id(), monitor.get_latest_update_id());
            self.unsignalled.lock().unwrap().push(newest);
        }
        self.status()
    }

    fn archive_persisted_channel(&self, name: MonitorName) {
        self.ldk.spawn_async_archive_persisted_channel(name);
    }

    fn get_and_clear_completed_updates(&self) -> Vec<(ChannelId, u64)> {
        let mut completed = self.ldk.get_and_clear_completed_updates();
        if self.disk.in_flight().is_empty() {
            completed.append(&mut mem::take(&mut *self.unsignalled.lock().unwrap()));
        }
        completed
    }
}
