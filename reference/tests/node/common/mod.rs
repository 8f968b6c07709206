//! The surroundings of a node: a disk, peers, a chain for each channel, and a user with a durable
//! record, as SPEC sections 3 and 4 have them. All of it goes by the public interface.

mod chain;
pub mod disk;
mod settle;
mod steps;
pub mod walk;

use std::collections::{BTreeMap, BTreeSet};

pub use disk::{Disk, Object};
pub use steps::{Keep, Step};

use reference::{
    ChannelId, Event, EventKey, Fact, HTLCPreviousHopData, HTLCSource, HtlcId, LoadReport, Message,
    Mode, NewPart, Node, OnChain, Origin, Outbox, Outcome, Output, PartId, PaymentId,
    PaymentPreimage, PendingWrite, Persistence, Settings, StepError, UpdateWrites, Writing,
};

pub const OUT: ChannelId = ChannelId([1; 32]);
pub const IN: ChannelId = ChannelId([2; 32]);
pub const OUT_TOO: ChannelId = ChannelId([3; 32]);
pub const IN_TOO: ChannelId = ChannelId([4; 32]);
pub const CLAIM: Outcome = Outcome::Claim;
pub const FAIL: Outcome = Outcome::Fail;

/// The preimage of the payment with this number.
pub fn preimage(n: u8) -> PaymentPreimage {
    PaymentPreimage([n; 32])
}

/// A part of 1000 msat.
pub fn part(channel_id: ChannelId) -> NewPart {
    NewPart { channel_id, amount_msat: 1000, retry_by: None }
}

pub fn hop(channel_id: ChannelId, htlc_id: u64) -> HTLCPreviousHopData {
    HTLCPreviousHopData { channel_id, htlc_id }
}

/// Who waits for a part of payment `n`.
pub fn of_part(n: u8, part: u32) -> Origin {
    Origin::Payment(PartId { payment_id: PaymentId([n; 32]), part })
}

/// The place in the queue of what a part of payment `n` has led to.
pub fn told_by(n: u8, part: u32) -> EventKey {
    EventKey::Outbound(of_part(n, part))
}

/// An HTLC that the peer was offered, and what it has said of it.
#[derive(Clone, Debug)]
pub struct Out {
    pub source: HTLCSource,
    pub preimage: PaymentPreimage,
    pub fulfilled: bool,
    pub signed: Option<Outcome>,
}

impl Out {
    /// What the peer is bound to.
    pub fn promise(&self) -> Option<Outcome> {
        self.signed.or(self.fulfilled.then_some(Outcome::Claim))
    }
}

#[derive(Clone)]
pub struct World {
    pub node: Node<Outbox>,
    pub disk: Disk,
    pub settings: Settings,
    pub mode: Mode,
    pub writing: (Persistence, Writing),
    pub report: LoadReport,
    /// One fact a block, from height 1 on.
    pub chain: BTreeMap<ChannelId, Vec<Fact>>,
    pub outbound: BTreeMap<(ChannelId, u64), Out>,
    /// The HTLCs that came in, with the number of their payment.
    pub inbound: BTreeMap<HTLCPreviousHopData, u8>,
    /// Those of which the payer has revoked the last commitment.
    pub removed: BTreeMap<HTLCPreviousHopData, Outcome>,
    pub messages: Vec<(ChannelId, Message)>,
    /// Our commitments and claims on their way to the chain. A crash takes them back.
    pub broadcast: BTreeMap<ChannelId, BTreeSet<HtlcId>>,
    pub claims: BTreeSet<HTLCPreviousHopData>,
    pub record: BTreeSet<Event>,
    pub deliveries: Vec<Event>,
    pub taken: Vec<Step>,
    /// What the node has started to write, for whoever wants to see it.
    pub written: Option<Vec<PendingWrite>>,
    block_is_lost: Option<ChannelId>,
}

/// Each way to write.
pub fn ways() -> [(Persistence, Writing); 4] {
    let way = |persistence, updates| (persistence, Writing { persistence, updates });
    [
        way(Persistence::Asynchronous, UpdateWrites::Full),
        way(Persistence::Asynchronous, UpdateWrites::Deltas),
        way(Persistence::Synchronous, UpdateWrites::Full),
        way(Persistence::Synchronous, UpdateWrites::Deltas),
    ]
}

impl World {
    /// Asynchronous writes.
    pub fn new() -> Self {
        World::with(ways()[0], Settings::default())
    }

    /// Synchronous writes.
    pub fn at_once() -> Self {
        World::with(ways()[2], Settings::default())
    }

    pub fn with(writing: (Persistence, Writing), settings: Settings) -> Self {
        let mut world = World::bare(writing, settings, Mode::On);
        for channel in [OUT, IN, OUT_TOO, IN_TOO] {
            world.open(channel);
        }
        world.flush();
        world
    }

    /// Without channels.
    pub fn bare(writing: (Persistence, Writing), settings: Settings, mode: Mode) -> Self {
        let outbox = Outbox::new(writing.0, writing.1);
        let mut world = World {
            node: Node::new(settings, outbox).expect("the outbox takes everything"),
            disk: Disk::default(),
            settings,
            mode,
            writing,
            report: LoadReport::default(),
            chain: BTreeMap::new(),
            outbound: BTreeMap::new(),
            inbound: BTreeMap::new(),
            removed: BTreeMap::new(),
            messages: Vec::new(),
            broadcast: BTreeMap::new(),
            claims: BTreeSet::new(),
            record: BTreeSet::new(),
            deliveries: Vec::new(),
            taken: Vec::new(),
            written: None,
            block_is_lost: None,
        };
        world.carry_out();
        world.flush();
        world
    }

    pub(crate) fn outbox(&self) -> Outbox {
        Outbox::new(self.writing.0, self.writing.1)
    }

    /// Opens a channel, whose Monitor is durable and known to be.
    pub fn open(&mut self, channel: ChannelId) {
        self.go(Step::Open(channel));
        self.flush();
    }

    /// Lands and reports all writes, and takes in that they did, until none is left and the Manager
    /// is as it is stored.
    pub fn flush(&mut self) {
        for _ in 0..4000 {
            let channels: Vec<ChannelId> = self.chain.keys().copied().collect();
            let mut any = self.step(Step::Land(None));
            for c in channels {
                any |= self.step(Step::Land(Some(c))) | self.step(Step::Completed(c));
            }
            if !any && !self.step(Step::PersistManager) {
                return;
            }
        }
        panic!("there is always something to write: {:#?}", self.taken);
    }

    /// Lands, reports and takes in all writes of one channel's Monitor.
    pub fn land(&mut self, channel: ChannelId) {
        while self.step(Step::Land(Some(channel))) {}
        self.step(Step::Completed(channel));
    }

    /// Takes steps that must be possible.
    pub fn go(&mut self, step: Step) {
        if let Err(why) = self.take(&step) {
            panic!("{step:?} is not possible: {why:?}");
        }
    }

    pub fn all(&mut self, steps: &[Step]) {
        steps.iter().for_each(|step| self.go(step.clone()));
    }

    /// Takes a step if it is possible.
    pub fn step(&mut self, step: Step) -> bool {
        self.take(&step).is_ok()
    }

    /// Takes a step if it is possible. Otherwise the node must not have changed.
    pub fn take(&mut self, step: &Step) -> Result<(), Option<StepError>> {
        self.begin(step)?;
        self.carry_out();
        self.check();
        Ok(())
    }

    /// Takes a step, but for what the node asks for by it: a crash may come before that.
    pub fn begin(&mut self, step: &Step) -> Result<(), Option<StepError>> {
        let before = self.node.clone();
        if let Err(why) = self.attempt(step) {
            assert!(!matches!(why, Some(StepError::Update(_))), "{why:?}: {:#?}", self.taken);
            assert_eq!(before, self.node, "refused {step:?} left a trace");
            return Err(why);
        }
        self.taken.push(step.clone());
        Ok(())
    }

    /// Carries out one thing that the node asks for.
    pub fn output(&mut self, output: Output) {
        match output {
            Output::Persist(write) => {
                if let Some(written) = &mut self.written {
                    written.push(write.clone());
                }
                self.disk.take(write);
            }
            Output::Send { channel_id, message } => self.receive(channel_id, message),
            Output::OnChain(OnChain::BroadcastHolderCommitment { channel_id, outputs }) => {
                self.broadcast.insert(channel_id, outputs);
            }
            Output::OnChain(OnChain::ClaimHTLCOutput { channel_id, htlc_id, .. }) => {
                self.claims.insert(hop(channel_id, htlc_id));
            }
            Output::Deliver { event, .. } => self.deliveries.push(event),
            other => panic!("{other:?}"),
        }
    }

    /// Carries out what the node asks for.
    fn carry_out(&mut self) {
        while let Some(output) = self.node.poll() {
            self.output(output);
        }
        if let Some(channel) = self.block_is_lost.take()
            && self.writing.1.persistence == Persistence::Asynchronous
        {
            self.disk.drop_newest(channel);
        }
    }

    /// A peer gets a message.
    fn receive(&mut self, channel: ChannelId, message: Message) {
        let monitor = self.node.monitor(channel).expect("messages are of channels that go on");
        // `ENV-4`: "it is not closed, its Monitor not in lockdown, and no commitment has
        // confirmed".
        let goes_on = self.is_open_on_chain(channel) && !monitor.is_locked_down();
        if let Message::UpdateAddHTLC { htlc_id, payment_hash, .. } = message
            && goes_on
            && !self.outbound.contains_key(&(channel, htlc_id))
        {
            let offered = &monitor.htlcs()[&HtlcId::outbound(htlc_id)];
            let source = offered.source.clone().expect("ours have a source");
            for hop in source.previous_hops() {
                let mut before = self.outbound.values().flat_map(|o| o.source.previous_hops());
                assert!(before.all(|other| other != hop), "GUA-10: {hop}: {:#?}", self.taken);
            }
            let preimage = (0..=255).map(preimage).find(|p| p.payment_hash() == payment_hash);
            let preimage = preimage.expect("a payment of this world");
            let out = Out { source, preimage, fulfilled: false, signed: None };
            self.outbound.insert((channel, htlc_id), out);
        }
        self.messages.push((channel, message));
    }

    /// The user has made an event durable.
    fn handled(&mut self, event: Event) {
        self.check_told(&event);
        self.record.insert(event);
    }

    /// What only the lost memory knew is forgotten by the others, too: transactions on their way,
    /// HTLCs that were not there for good, channels without a Monitor.
    fn forget_what_the_crash_took(&mut self) {
        self.broadcast.clear();
        self.claims.clear();
        let node = &self.node;
        self.inbound.retain(|hop, _| {
            let has_had = node.monitor(hop.channel_id).is_none_or(|m| m.has_had(hop.htlc()));
            has_had || node.manager().is_adding(hop.channel_id, hop.htlc())
        });
        let stored = &self.disk.stored;
        self.chain.retain(|c, _| stored.monitors.contains_key(c) || stored.archived.contains(c));
        self.inbound.retain(|hop, _| self.chain.contains_key(&hop.channel_id));
    }

    /// Loads to the end: all blocks, the Watch, all background steps.
    pub fn load(&mut self) {
        let channels: Vec<ChannelId> = self.chain.keys().copied().collect();
        for c in &channels {
            while !self.node.is_watching() && self.step(Step::Land(Some(*c))) {}
        }
        for c in &channels {
            while self.step(Step::Replay(*c)) {}
        }
        self.go(Step::StartWatch);
        for c in channels {
            self.step(Step::Background(c));
        }
        assert!(self.node.manager().background_pending().is_empty());
    }

    /// A crash that keeps nothing in flight, and a load to the end.
    pub fn restart(&mut self) {
        self.go(Step::Crash(Keep::nothing()));
        self.load();
    }

    /// All that a crash can keep in this state.
    pub fn all_keeps(&self) -> Vec<Keep> {
        let mut all = vec![Keep::nothing()];
        let objects = self.chain.keys().map(|c| Some(*c)).chain([None]);
        for object in objects {
            let counts = 0..=self.disk.in_flight(object);
            all = counts
                .flat_map(|count| {
                    all.iter().map(move |keep| {
                        let mut keep = keep.clone();
                        keep.writes.insert(object, count);
                        keep
                    })
                })
                .collect();
        }
        if self.node.manager().handling().is_some() {
            let recorded: Vec<Keep> =
                all.iter().map(|keep| Keep { record: true, ..keep.clone() }).collect();
            all.extend(recorded);
        }
        all
    }

    /// Lands all, lets the Manager take in all that the Monitors have for it.
    pub fn pump(&mut self) {
        self.flush();
        let channels: Vec<ChannelId> = self.chain.keys().copied().collect();
        for c in channels {
            self.step(Step::Notice(c));
            while self.step(Step::Release(c)) {}
        }
        self.flush();
    }

    /// The user handles all that is queued.
    pub fn handle_all(&mut self) {
        let keys: Vec<EventKey> = self.node.manager().pending_events().keys().copied().collect();
        for key in keys {
            self.all(&[Step::Begin(key), Step::EndOk(key)]);
        }
    }

    /// A payment leaves, and its peer has it.
    pub fn pay(&mut self, n: u8, parts: &[NewPart]) {
        self.go(Step::Pay(n, parts.to_vec()));
        for number in 0..parts.len() as u32 {
            self.go(Step::Offer(of_part(n, number)));
        }
        self.flush();
    }

    /// An HTLC of payment `n` comes in, for good.
    pub fn arrive(&mut self, channel: ChannelId, n: u8) -> HTLCPreviousHopData {
        let id = self.node.monitor(channel).map(|m| m.offered_by(reference::Direction::Inbound));
        self.go(Step::Arrive(channel, n, 1100));
        self.flush();
        hop(channel, id.expect("the channel is open"))
    }

    /// HTLCs are forwarded, and the next peer has what leaves.
    pub fn forward(&mut self, hops: &[HTLCPreviousHopData], to: ChannelId) {
        self.go(Step::Forward(hops.to_vec(), to, 1000));
        self.go(Step::Offer(Origin::Forward(hops[0])));
        self.flush();
    }
}
