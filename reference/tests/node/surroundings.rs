//! The node towards its surroundings: what it asks for and in which order, how it writes, a Store
//! that fails, a Monitor alone, and the names that are printed.

use std::str::FromStr;

use crate::common::{CLAIM, IN, OUT, OUT_TOO, Step, World, hop, of_part, part, preimage};
use reference::codec::MAX_ID;
use reference::types::NoHex;
use reference::{
    ChannelId, ChannelMonitor, ChannelMonitorUpdate, ChannelMonitorUpdateStatus,
    ChannelMonitorUpdateStep, Event, EventId, HTLCResolution, HTLCSource, HtlcId, Message, Mode,
    NewHtlc, Node, NotNow, OnChain, Origin, Outbox, Outcome, Output, PartId, PaymentId,
    PendingWrite, Persist, Persistence, Settings, StepError, StoredObject, UpdateError,
    UpdateWrites, Writing,
};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };

fn outputs(node: &mut Node<Outbox>) -> Vec<Output> {
    std::iter::from_fn(|| node.poll()).collect()
}

fn kind(output: &Output) -> u8 {
    match output {
        Output::Persist(_) => 0,
        Output::Send { .. } => 1,
        Output::OnChain(_) => 2,
        Output::Deliver { .. } => 3,
        _ => 4,
    }
}

/// Writes go before what counts on them; each thing is asked for once, in the order in which it
/// came up.
#[test]
fn outputs_come_in_order_and_once() {
    let mut world = World::at_once();
    world.pay(7, &[part(OUT_TOO)]);
    let mut node = world.node.clone();
    let pay = |node: &mut Node<_>, n: u8| {
        node.send_payment(PaymentId([n; 32]), preimage(n).payment_hash(), &[part(OUT)])
    };
    assert_eq!(node.update_fulfill_htlc(OUT_TOO, 0, preimage(7)), Ok(()));
    assert_eq!((pay(&mut node, 8), pay(&mut node, 9)), (Ok(()), Ok(())));
    assert_eq!(node.free_holding_cells(), Ok(()));
    assert_eq!(node.force_close(IN), Ok(()));
    assert_eq!(node.persist_manager(), Ok(()));
    let all = outputs(&mut node);
    assert_eq!(all.iter().map(kind).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 1, 2, 3]);
    let objects = all.iter().filter_map(|output| match output {
        Output::Persist(write) => Some((write.object, write.update_id, write.status)),
        _ => None,
    });
    let done = ChannelMonitorUpdateStatus::Completed;
    let offer = |id| (StoredObject::Monitor(OUT), Some(id), done);
    let close = (StoredObject::Monitor(IN), Some(1), done);
    let manager = (StoredObject::Manager, None, done);
    assert_eq!(objects.collect::<Vec<_>>(), [offer(1), offer(2), close, manager]);
    let sent = all.iter().filter_map(|output| match output {
        Output::Send { channel_id: OUT, message: Message::UpdateAddHTLC { htlc_id, .. } } => {
            Some(*htlc_id)
        }
        _ => None,
    });
    assert_eq!(sent.collect::<Vec<_>>(), [0, 1]);
    let told = OnChain::BroadcastHolderCommitment { channel_id: IN, outputs: [].into() };
    assert!(all.contains(&Output::OnChain(told)));
    assert_eq!(node.poll(), None, "each once");
}

#[test]
fn events_are_handed_out_one_by_one_and_again_when_refused() {
    let mut world = World::at_once();
    world.pay(7, &[part(OUT)]);
    world.pay(8, &[part(OUT)]);
    let mut node = world.node.clone();
    assert_eq!(node.update_fulfill_htlc(OUT, 1, preimage(8)), Ok(()));
    assert_eq!(node.update_fulfill_htlc(OUT, 0, preimage(7)), Ok(()));
    let keys = |node: &mut Node<_>| {
        let all = outputs(node).into_iter().filter_map(|output| match output {
            Output::Deliver { key, .. } => Some(key),
            _ => None,
        });
        all.collect::<Vec<_>>()
    };
    let (first, second) = (crate::common::told_by(7, 0), crate::common::told_by(8, 0));
    assert_eq!(keys(&mut node), [first, second]);
    assert_eq!(keys(&mut node), []);
    assert!(node.begin_event(second).is_ok());
    assert_eq!(keys(&mut node), []);
    assert_eq!(node.end_event_refused(second), Ok(()));
    assert_eq!(keys(&mut node), [second]);
    // A handler that refuses ends the round.
    let mut shown = 0;
    let refuses = |_: &_| {
        shown += 1;
        Err(reference::ReplayEvent)
    };
    assert_eq!(node.process_pending_events(refuses), Ok(()));
    assert_eq!((shown, node.manager().pending_events().len()), (1, 2));
    let mut shown = 0;
    let takes = |_: &_| {
        shown += 1;
        Ok(())
    };
    assert_eq!(node.process_pending_events(takes), Ok(()));
    assert_eq!((shown, node.manager().pending_events().len()), (2, 0));
}

/// A report is news once.
#[test]
fn a_landing_is_reported_once() {
    let mut world = World::new();
    world.all(&[Step::Pay(7, vec![part(OUT), part(OUT)]), Step::Offer(of_part(7, 0))]);
    world.go(Step::Offer(of_part(7, 1)));
    let mut node = world.node.clone();
    let completed = |node: &Node<_>| node.chain_monitor().monitor(OUT).and_then(|w| w.completed());
    let known: StepError = NotNow::NoWrite(StoredObject::Monitor(OUT)).into();
    assert_eq!(node.channel_monitor_updated(OUT, 3), Err(known), "no such update");
    assert_eq!(node.channel_monitor_updated(OUT, 1), Ok(()));
    assert_eq!(node.channel_monitor_updated(OUT, 1), Err(known));
    assert_eq!(completed(&node), Some(1));
    assert_eq!(node.monitor(OUT).map(|m| (m.reported(), m.unreported())), Some((1, 1)));
    assert_eq!(node.channel_monitor_updated(OUT, 2), Ok(()));
    assert_eq!(node.process_completed(OUT), Ok(()));
    assert_eq!(completed(&node), None);
    assert!(node.manager().channels()[OUT].in_flight_monitor_updates.is_empty());
}

#[test]
fn an_outbox_writes_as_it_is_told() {
    let whole = Writing { persistence: Persistence::Asynchronous, updates: UpdateWrites::Full };
    let delta = Writing { persistence: Persistence::Synchronous, updates: UpdateWrites::Deltas };
    let outbox = Outbox::new(Persistence::Asynchronous, whole).with_channel(IN, delta);
    let mut node = Node::new(Settings::default(), outbox).expect("the outbox takes everything");
    assert_eq!(node.open_channel(OUT, Mode::On), Ok(()));
    assert_eq!(node.open_channel(IN, Mode::On), Ok(()));
    assert_eq!(node.force_close(IN), Ok(()));
    let writes = outputs(&mut node).into_iter().filter_map(|output| match output {
        Output::Persist(write) => Some(write),
        _ => None,
    });
    use ChannelMonitorUpdateStatus::{Completed, InProgress};
    let (closed, step) = (1, ChannelMonitorUpdateStep::ChannelForceClosed);
    let update = ChannelMonitorUpdate { update_id: closed, step };
    let new = |channel| ChannelMonitor::new(channel, Mode::On).write();
    let expected = [
        (StoredObject::Manager, node_less_manager(), None, InProgress),
        (StoredObject::Monitor(OUT), new(OUT), Some(0), InProgress),
        (StoredObject::Monitor(IN), new(IN), Some(0), Completed),
        (StoredObject::Delta(IN), update.write(), Some(1), Completed),
    ];
    let expected = expected.map(|(object, bytes, update_id, status)| PendingWrite {
        object,
        bytes,
        update_id,
        status,
    });
    assert_eq!(writes.collect::<Vec<_>>(), expected);
    let outbox = node.persister_mut();
    outbox.archive_persisted_channel(IN);
    let mark = PendingWrite {
        object: StoredObject::Archived(IN),
        bytes: Vec::new(),
        update_id: None,
        status: Completed,
    };
    assert_eq!((outbox.next_write(), outbox.next_write()), (Some(mark), None));
}

fn node_less_manager() -> Vec<u8> {
    reference::ChannelManager::new(Settings::default()).write()
}

/// A Store that says of some writes that they will never land.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Failing {
    new: bool,
    updates: bool,
    manager: bool,
}

fn status(fails: bool) -> ChannelMonitorUpdateStatus {
    match fails {
        true => ChannelMonitorUpdateStatus::UnrecoverableError,
        false => ChannelMonitorUpdateStatus::Completed,
    }
}

impl Persist for Failing {
    fn persist_new_channel(
        &mut self,
        _: ChannelId,
        _: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        status(self.new)
    }

    fn update_persisted_channel(
        &mut self,
        _: ChannelId,
        _: Option<&ChannelMonitorUpdate>,
        _: &ChannelMonitor,
    ) -> ChannelMonitorUpdateStatus {
        status(self.updates)
    }

    fn archive_persisted_channel(&mut self, _: ChannelId) {}

    fn persist_manager(&mut self, _: Vec<u8>) -> ChannelMonitorUpdateStatus {
        status(self.manager)
    }
}

#[test]
fn a_store_that_fails_ends_the_node() {
    let fails = |error| Err(StepError::Update(error));
    let lost = Failing { manager: true, ..Failing::default() };
    let none = Node::new(Settings::default(), lost).map(|_| ());
    assert_eq!(none, fails(UpdateError::ManagerNotStored));
    let mut node = Node::new(Settings::default(), Failing::default()).expect("it is stored");
    node.persister_mut().new = true;
    assert_eq!(node.open_channel(IN, Mode::On), fails(UpdateError::StoreFailed(IN)));
    node.persister_mut().new = false;
    assert_eq!(node.open_channel(OUT, Mode::On), Ok(()));
    let hash = preimage(7).payment_hash();
    assert_eq!(node.send_payment(PaymentId([7; 32]), hash, &[part(OUT)]), Ok(()));
    assert_eq!(node.poll().map(|output| kind(&output)), None, "it writes by itself");
    node.persister_mut().updates = true;
    assert_eq!(node.free_holding_cells(), fails(UpdateError::StoreFailed(OUT)));
    assert_eq!(node.monitor(OUT).map(|m| m.unreported()), Some(1), "it never lands");
    node.persister_mut().manager = true;
    assert_eq!(node.persist_manager(), fails(UpdateError::ManagerNotStored));
}

/// A switched mode that the Store loses holds up the load (`UPG-5`).
#[test]
fn a_load_does_not_go_on_without_the_switch() {
    let mut world = World::at_once();
    world.flush();
    let stored = &world.disk.stored;
    let store = Failing { updates: true, ..Failing::default() };
    let (mut node, report) = Node::load(stored, Settings::default(), Mode::Off, store)
        .expect("what is stored can be read");
    assert_eq!(report.switched.len(), 4);
    assert!(matches!(node.start(), Err(StepError::NotNow(NotNow::ModeInFlight(_)))));
}

fn offered(id: u64) -> ChannelMonitorUpdateStep {
    let source = HTLCSource::OutboundRoute {
        part: PartId { payment_id: PaymentId([7; 32]), part: 0 },
        retry_of: None,
    };
    let payment_hash = preimage(7).payment_hash();
    ChannelMonitorUpdateStep::OfferHTLC(NewHtlc { id, payment_hash, amount_msat: 1 }, source)
}

#[test]
fn a_monitor_refuses_what_does_not_fit_and_stays_as_it_is() {
    let mut monitor = ChannelMonitor::new(OUT, Mode::On);
    let mut no = |update_id, step, error: UpdateError| {
        let before = monitor.clone();
        let update = ChannelMonitorUpdate { update_id, step };
        assert_eq!(monitor.update_monitor(&update), Err(error));
        assert_eq!(monitor, before);
    };
    let sign = |resolution| ChannelMonitorUpdateStep::SignRemoval { htlc: H0, resolution };
    let claim = |n| sign(HTLCResolution::Claimed(preimage(n)));
    let revoke = ChannelMonitorUpdateStep::Revocation { htlc: H0 };
    let (htlc, update_id) = (H0, 1);
    no(2, offered(0), UpdateError::OutOfOrder { last: 0, found: 2 });
    no(0, offered(0), UpdateError::OutOfOrder { last: 0, found: 0 });
    no(1, claim(7), UpdateError::UnknownHtlc { update_id, htlc });
    no(1, revoke.clone(), UpdateError::UnknownHtlc { update_id, htlc });
    no(1, offered(1), UpdateError::WrongStage { update_id, htlc: HtlcId::outbound(1) });
    let first = ChannelMonitorUpdate { update_id: 1, step: offered(0) };
    assert_eq!(monitor.update_monitor(&first), Ok(()));
    let mut no = |step, error: UpdateError| {
        let before = monitor.clone();
        let update = ChannelMonitorUpdate { update_id: 2, step };
        assert_eq!(monitor.update_monitor(&update), Err(error));
        assert_eq!(monitor, before);
    };
    let update_id = 2;
    no(claim(8), UpdateError::WrongPreimage { update_id, htlc });
    no(revoke, UpdateError::WrongStage { update_id, htlc });
    no(offered(0), UpdateError::WrongStage { update_id, htlc });
    let second = ChannelMonitorUpdate { update_id: 2, step: claim(7) };
    assert_eq!(monitor.update_monitor(&second), Ok(()));
    let third = ChannelMonitorUpdate { update_id: 3, step: claim(7) };
    let twice = UpdateError::WrongStage { update_id: 3, htlc };
    assert_eq!(monitor.update_monitor(&third), Err(twice));
}

/// The bytes of a Monitor without HTLCs, with this record of 16 bytes, or of 8, in it.
fn with_record(number: u8, value: &[u8]) -> ChannelMonitor {
    let bytes = ChannelMonitor::new(OUT, Mode::On).write();
    let head = [number, value.len() as u8];
    let at = bytes.windows(2).position(|window| window == head).expect("it is there") + 2;
    let changed = [&bytes[..at], value, &bytes[at + value.len()..]].concat();
    ChannelMonitor::read(&changed).expect("it can be read")
}

#[test]
fn ids_of_htlcs_and_updates_are_used_up() {
    let counts = [0_u64.to_be_bytes(), MAX_ID.to_be_bytes()].concat();
    let mut monitor = with_record(104, &counts);
    let (update_id, htlc) = (1, HtlcId::outbound(MAX_ID));
    let update = ChannelMonitorUpdate { update_id, step: offered(MAX_ID) };
    let wrong = UpdateError::WrongStage { update_id, htlc };
    assert_eq!(monitor.update_monitor(&update), Err(wrong));
    let counts = [0_u64.to_be_bytes(), (MAX_ID - 1).to_be_bytes()].concat();
    let update = ChannelMonitorUpdate { update_id, step: offered(MAX_ID - 1) };
    assert_eq!(with_record(104, &counts).update_monitor(&update), Ok(()), "the last one");
    let mut monitor = with_record(100, &MAX_ID.to_be_bytes());
    let update = ChannelMonitorUpdate { update_id: MAX_ID + 1, step: offered(0) };
    let wrong = UpdateError::OutOfOrder { last: MAX_ID, found: MAX_ID + 1 };
    assert_eq!(monitor.update_monitor(&update), Err(wrong));
}

#[test]
fn names_are_printed_and_read() {
    let long = "07".repeat(32);
    let channel = ChannelId([7; 32]);
    assert_eq!(channel.to_string(), long);
    assert_eq!(format!("{channel:?}"), format!("ChannelId({long})"));
    assert_eq!(ChannelId::from_str(&long), Ok(channel));
    assert_eq!(ChannelId::from_str("07"), Err(NoHex));
    let came = hop(channel, 3);
    let part = PartId { payment_id: PaymentId([7; 32]), part: 2 };
    for (shown, expected) in [
        (HtlcId::outbound(3).to_string(), "outbound HTLC 3".into()),
        (HtlcId::inbound(3).to_string(), "inbound HTLC 3".into()),
        (came.to_string(), format!("inbound HTLC 3 of {long}")),
        (Origin::Forward(came).to_string(), format!("the forward of {came}")),
        (part.to_string(), format!("part 2 of payment {long}")),
        (Origin::Payment(part).to_string(), part.to_string()),
        (EventId(4).to_string(), "event 4".into()),
        (Outcome::Claim.to_string(), "claim".into()),
        (Outcome::Fail.to_string(), "fail".into()),
        (StoredObject::Manager.to_string(), "the manager".into()),
        (StoredObject::Monitor(channel).to_string(), format!("the monitor of {long}")),
        (StoredObject::Delta(channel).to_string(), format!("a delta of {long}")),
        (StoredObject::Archived(channel).to_string(), format!("the archived monitor of {long}")),
        (offered(3).to_string(), "offer outbound HTLC 3".into()),
        (
            ChannelMonitorUpdateStep::Revocation { htlc: H0 }.to_string(),
            "revoke outbound HTLC 0".into(),
        ),
        (ChannelMonitorUpdateStep::ChannelForceClosed.to_string(), String::from("close")),
    ] {
        assert_eq!(shown, expected);
    }
}

#[test]
fn what_an_event_says_has_ended() {
    let (payment_id, payment_preimage) = (PaymentId([7; 32]), preimage(7));
    let (payment_hash, amount_msat) = (payment_preimage.payment_hash(), 1);
    let (prev_htlcs, next_channel_id, total_fee_earned_msat) = (vec![hop(IN, 0)], OUT, 1);
    for (event, outcome) in [
        (Event::PaymentSent { payment_id, payment_hash, payment_preimage }, Some(Outcome::Claim)),
        (Event::PaymentFailed { payment_id, payment_hash }, Some(Outcome::Fail)),
        (
            Event::PaymentForwarded { prev_htlcs, next_channel_id, total_fee_earned_msat },
            Some(Outcome::Claim),
        ),
        (Event::PaymentClaimable { payment_hash, amount_msat }, None),
        (Event::PaymentClaimed { payment_hash, amount_msat }, Some(Outcome::Claim)),
    ] {
        assert_eq!(event.outcome(), outcome, "{event:?}");
    }
}

#[test]
fn a_message_of_the_peer_is_no_news_twice() {
    let mut world = World::new();
    world.pay(7, &[part(OUT)]);
    world.go(Step::Fulfil(OUT, 0));
    assert!(!world.step(Step::Fulfil(OUT, 0)));
    world.go(Step::Sign(OUT, 0, CLAIM));
    assert!(!world.step(Step::Fulfil(OUT, 0)), "it has signed");
    world.settle();
}
