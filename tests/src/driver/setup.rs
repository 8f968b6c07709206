//! A node at the beginning of a scenario: all that the scenario takes for granted, done by calls.

use super::outside::Outside;
use super::{Driver, Setting};
use crate::names::{Names, channel, payment_id};
use crate::store::{Store, Stored};
use model::scenario::{Flag, Role, Scenario, Storing};
use model::state::{Channel, Htlc};
use model::topology::Topology;
use reference::{
    ChannelId, Message, Mode, Node, Outbox, Output, Persistence, Settings, UpdateAddHTLC,
    UpdateWrites, Writing,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

impl Setting {
    fn of(scenario: &Scenario) -> Setting {
        Setting {
            topology: Topology::of(scenario),
            notices: scenario.has(Flag::Notices),
            tell_forwards: scenario.has(Flag::TellForwards),
            deferred: scenario.has(Flag::Deferred),
        }
    }

    /// The settings of the node.
    pub(super) fn node(&self) -> Settings {
        let mut settings = Settings::default();
        settings.tell_forwards = self.tell_forwards;
        // Where the scenario knows no updates of closes, a close on chain needs none.
        settings.update_confirmed_closes = self.notices;
        settings.deferred_writing = self.deferred;
        settings
    }
}

/// How the scenario stores what the node writes.
fn outbox(scenario: &Scenario) -> Outbox {
    let manager = match scenario.has(Flag::AsyncManager) {
        true => Persistence::Asynchronous,
        false => Persistence::Synchronous,
    };
    let writing = |c: Channel| {
        let (persistence, updates) = match scenario.storing(c) {
            Storing::Sync => (Persistence::Synchronous, UpdateWrites::Full),
            Storing::Async => (Persistence::Asynchronous, UpdateWrites::Full),
            Storing::SyncDeltas => (Persistence::Synchronous, UpdateWrites::Deltas),
            Storing::AsyncDeltas => (Persistence::Asynchronous, UpdateWrites::Deltas),
        };
        Writing { persistence, updates }
    };
    let outbox = Outbox::new(manager, Writing::default());
    scenario.channels().fold(outbox, |outbox, c| outbox.with_channel(channel(c), writing(c)))
}

/// What of a scenario the beginning depends on: the roles of its HTLCs, and these features.
type Begin = (Vec<u8>, [bool; 4]);

thread_local! {
    /// Random walks begin in the same few ways again and again.
    static BEGUN: RefCell<HashMap<Begin, Driver>> = RefCell::default();
}

impl Driver {
    /// A node in which everything but the holding cell is committed, and all is durable.
    ///
    /// # Panics
    /// If the reference refuses what a scenario takes for granted.
    pub fn new(scenario: &Scenario) -> Driver {
        let features = [Flag::Notices, Flag::TellForwards, Flag::Builds, Flag::Deferred];
        let roles = scenario.htlcs.iter().map(|role| *role as u8).collect();
        let begin = (roles, features.map(|flag| scenario.has(flag)));
        let mut driver = BEGUN.with_borrow_mut(|begun| {
            begun.entry(begin).or_insert_with(|| Driver::begin(scenario)).clone()
        });
        // However it was written, all of it has landed.
        *driver.node.persister_mut() = outbox(scenario);
        if scenario.has(Flag::BlockIn) {
            driver.node.block_revocations(channel(Channel::IN));
        }
        driver
    }

    fn begin(scenario: &Scenario) -> Driver {
        let (names, setting) = (Names::of(scenario), Setting::of(scenario));
        let mode = if scenario.has(Flag::Builds) { Mode::Off } else { Mode::On };
        let node = Node::new(setting.node(), Outbox::default()).expect("a new node");
        let (topology, messages) = (setting.topology, Vec::new());
        let mut setup = Setup { node, names, topology, mode, messages };
        let channels: Vec<ChannelId> = scenario.channels().map(channel).collect();
        setup.play(&channels);
        let Setup { node, names, messages, .. } = setup;
        let names = Arc::new(names);
        let mut outside = Outside::default();
        messages.into_iter().for_each(|output| outside.take(&names, output));
        let monitors = channels.iter().map(|id| (*id, node.monitor(*id).expect("it is open")));
        let store = Store {
            monitors: monitors.clone().map(|(id, m)| (id, Stored::full(m.write()))).collect(),
            writes: channels.iter().map(|id| (*id, Vec::new())).collect(),
            archived: BTreeSet::new(),
            manager: node.manager().write().into(),
            manager_write: None,
        };
        let offered = monitors.clone().flat_map(|(id, monitor)| {
            let htlcs = monitor.htlcs().iter().filter(|(htlc, _)| htlc.is_outbound());
            htlcs.map(move |(htlc, entry)| ((id, htlc.id), entry.source.clone()))
        });
        let name = |source: Option<_>| {
            let source: reference::HTLCSource = source.expect("what leaves has a source");
            names.of_origin(source.origin()).expect("it is the scenario's")
        };
        let offered: BTreeMap<_, _> = offered.map(|(id, source)| (id, name(source))).collect();
        let begins: BTreeMap<ChannelId, u64> =
            monitors.map(|(id, m)| (id, m.update_id())).collect();
        Driver {
            store: store.into(),
            outside: outside.into(),
            record: BTreeSet::new(),
            resolved: BTreeMap::new(),
            dialect: super::dialect(&names, &begins, &offered),
            names: names.clone(),
            begins: begins.into(),
            offered: offered.into(),
            setting,
            node,
        }
    }
}

/// A node that is being brought to where a scenario begins.
struct Setup {
    node: Node<Outbox>,
    names: Names,
    topology: Topology,
    mode: Mode,
    messages: Vec<Output>,
}

impl Setup {
    fn play(&mut self, channels: &[ChannelId]) {
        for id in channels {
            self.node.open_channel(*id, self.mode).expect("a new channel");
        }
        self.settle();
        let htlcs: Vec<Htlc> = self.topology.htlcs().collect();
        for h in &htlcs {
            let name = self.names.at(*h);
            let Some(hop) = name.hop else { continue };
            let (amount_msat, payment_hash) = (name.amount_msat, name.payment_hash);
            let add = UpdateAddHTLC { htlc_id: hop.htlc_id, amount_msat, payment_hash };
            self.node.update_add_htlc(hop.channel_id, add).expect("the peer counts");
            self.settle();
        }
        for h in &htlcs {
            self.decide(*h);
        }
        self.settle();
        for h in htlcs {
            let name = self.names.at(h);
            if let (true, Some(origin)) = (name.role.is_offered(), name.origin) {
                self.node.free_holding_cell(origin).expect("it is in the holding cell");
                self.settle();
            }
        }
        let heard = self.node.process_pending_events(|_| Ok(()));
        heard.expect("the user hears of payments received");
        self.settle();
    }

    /// Says what becomes of an HTLC, with all that belong to it.
    fn decide(&mut self, h: Htlc) {
        let name = self.names.at(h);
        match name.role {
            Role::Own | Role::Unsent => {
                let parts = self.names.parts(&self.topology, h);
                let sent = self.node.send_payment(payment_id(h), name.payment_hash, &parts);
                sent.expect("the channels are open");
            }
            Role::Forward | Role::UnsentForward => {
                let hops = self.names.hops(&self.topology, h);
                let next = name.outbound.expect("a forward leaves");
                let amount_msat = self.names.leaving_msat(h);
                self.node
                    .forward_htlcs(&hops, next, amount_msat)
                    .expect("nobody has said anything");
            }
            Role::Received => {
                let parts = self.topology.parts(h);
                let parts: Vec<_> = parts.filter_map(|part| self.names.at(part).hop).collect();
                self.node.receive_payment(&parts).expect("nobody has said anything");
            }
            // Not made yet, or seen to with the first of them.
            Role::Unmade
            | Role::Part
            | Role::PartElsewhere
            | Role::Retry
            | Role::PreviousHop
            | Role::HopElsewhere
            | Role::ReceivedPart
            | Role::ReceivedElsewhere => {}
        }
    }

    /// Lets all writes land, and the Manager learn of that; what was deferred is flushed.
    fn settle(&mut self) {
        self.land();
        // What is not useful, or not there, is refused.
        let _is_useful = self.node.persist_manager();
        self.land();
        let channels: Vec<ChannelId> = self.node.chain_monitor().monitors().ids().collect();
        for id in channels {
            while self.node.flush(id).is_ok() {
                self.land();
            }
        }
    }

    fn land(&mut self) {
        let mut in_flight = Vec::new();
        while let Some(output) = self.node.poll() {
            match output {
                Output::Persist(write) => in_flight.extend(match write.object {
                    reference::StoredObject::Manager => Some((None, 0)),
                    reference::StoredObject::Monitor(id) | reference::StoredObject::Delta(id) => {
                        write.update_id.map(|update_id| (Some(id), update_id))
                    }
                    _ => None,
                }),
                Output::Send { message: Message::UpdateAddHTLC { .. }, .. } => {
                    self.messages.push(output);
                }
                _ => {}
            }
        }
        for (object, update_id) in in_flight {
            // What is written synchronously is reported already.
            let _reported = match object {
                Some(id) => self
                    .node
                    .channel_monitor_updated(id, update_id)
                    .and_then(|()| self.node.process_completed(id)),
                None => self.node.manager_persisted(),
            };
        }
        // Messages wait for what has just been reported.
        while let Some(output) = self.node.poll() {
            if matches!(output, Output::Send { message: Message::UpdateAddHTLC { .. }, .. }) {
                self.messages.push(output);
            }
        }
    }
}
