//! The bytes of stored objects: one encoding each, and damage is an error that says where.

use std::collections::BTreeSet;

use crate::common::walk::{walk, walks};
use crate::common::{World, preimage, ways};
use reference::codec::MAX_ID;
use reference::{
    ChannelId, ChannelManager, ChannelMonitor, ChannelMonitorUpdate, DecodeError, DecodeErrorKind,
    LoadError, Mode, Node, Outbox, Settings, StepError, StoredMonitor, StoredNode, UpdateError,
};

const CHANNEL: ChannelId = ChannelId([1; 32]);

/// A record whose value is shorter than 253 bytes.
fn record(number: u8, value: &[u8]) -> Vec<u8> {
    [&[number, value.len() as u8], value].concat()
}

/// A value behind its length.
fn prefixed(value: &[u8]) -> Vec<u8> {
    [&[value.len() as u8], value].concat()
}

/// The records of an HTLC of payment 7, or of its event, which has a shorter id.
fn htlc(id: &[u8], resolution: &[u8], more: &[u8]) -> Vec<u8> {
    let source = record(100, &[&[9; 32][..], &[0; 4]].concat());
    let resolution = if resolution.is_empty() { Vec::new() } else { record(9, resolution) };
    [
        record(0, &preimage(7).payment_hash().0),
        record(2, &[source, record(103, &[])].concat()),
        record(7, &1000_u64.to_be_bytes()),
        resolution,
        record(100, id),
        more.to_vec(),
    ]
    .concat()
}

fn claimed() -> Vec<u8> {
    [&[1][..], &preimage(7).0].concat()
}

fn id(id: u64) -> Vec<u8> {
    id.to_be_bytes().to_vec()
}

fn outbound(number: u64) -> Vec<u8> {
    [vec![1], id(number)].concat()
}

/// A Monitor that has offered one HTLC, which is claimed, with these events.
fn monitor(mode: &[u8], events: (u8, &[Vec<u8>]), end: &[u8]) -> Vec<u8> {
    let entry = htlc(&outbound(0), &claimed(), &record(201, &[1, 2]));
    let mut list = vec![events.1.len() as u8];
    events.1.iter().for_each(|event| list.extend(prefixed(event)));
    // Longer than 252 bytes.
    let long = |number: u8, value: &[u8]| match value.len() {
        length @ 0..253 => [&[number, length as u8], value].concat(),
        length => [&[number, 0xfd][..], &(length as u16).to_be_bytes(), value].concat(),
    };
    [
        vec![1, 1],
        mode.to_vec(),
        if events.1.is_empty() { Vec::new() } else { long(events.0, &list) },
        record(19, &CHANNEL.0),
        record(100, &id(2)),
        record(102, &[0; 4]),
        record(104, &[id(0), id(1)].concat()),
        long(106, &[vec![1], prefixed(&entry)].concat()),
        end.to_vec(),
    ]
    .concat()
}

const ON: &[u8] = &[2, 0];

fn event() -> Vec<u8> {
    htlc(&id(0), &claimed(), &record(203, &[]))
}

fn kind(bytes: &[u8]) -> DecodeErrorKind {
    match ChannelMonitor::read(bytes) {
        Ok(read) => panic!("{read:?}"),
        Err(error) => {
            assert!(!error.to_string().is_empty() && error.offset <= bytes.len());
            error.kind
        }
    }
}

/// What both sides of these bytes say, written anew.
fn rewritten(kind: usize, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    match kind {
        0 => ChannelManager::read(bytes).map(|object| object.write()),
        1 => ChannelMonitor::read(bytes).map(|object| object.write()),
        _ => ChannelMonitorUpdate::read(bytes).map(|object| object.write()),
    }
}

#[test]
fn all_that_is_written_has_one_encoding_and_damage_is_an_error() {
    let mut stored: BTreeSet<(usize, Vec<u8>)> = BTreeSet::new();
    for (seed, writing) in (1..).zip(ways()) {
        let mut steps = 0;
        walk(seed, 400, World::with(writing, Settings::default()), |world| {
            stored.insert((0, world.node.manager().write()));
            for watched in world.node.chain_monitor().monitors().values() {
                let bytes = watched.monitor().write();
                assert_eq!(rewritten(1, &bytes).as_ref(), Ok(&bytes));
                steps += 1;
                if steps % 16 == 0 {
                    stored.insert((1, bytes));
                }
            }
            for monitor in world.disk.stored.monitors.values() {
                stored.extend(monitor.deltas.iter().map(|delta| (2, delta.clone())));
            }
        });
    }
    for (kind, bytes) in &stored {
        assert_eq!(rewritten(*kind, bytes).as_ref(), Ok(bytes));
    }
    for (kind, bytes) in stored.iter().step_by(1 + stored.len() / walks() as usize) {
        for length in 0..bytes.len() {
            // Cut between two records it may still be an object, of which this is all.
            if let Ok(again) = rewritten(*kind, &bytes[..length]) {
                assert_eq!(again, bytes[..length]);
            }
        }
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(again) = rewritten(*kind, &damaged) {
                    assert_eq!(rewritten(*kind, &again), Ok(again), "it has an encoding");
                }
            }
        }
    }
}

#[test]
fn unknown_odd_records_are_passed_over_at_each_level() {
    let bytes = monitor(ON, (4, &[event()]), &record(201, &[7; 3]));
    let read = ChannelMonitor::read(&bytes).map(|monitor| (monitor.events().count(), monitor));
    let Ok((1, read)) = read else { panic!("{read:?}") };
    assert_eq!(ChannelMonitor::read(&read.write()), Ok(read), "without them");
}

#[test]
fn unknown_even_records_are_refused_at_each_level() {
    let unknown = DecodeErrorKind::UnknownRecord(200);
    assert_eq!(kind(&monitor(ON, (4, &[event()]), &record(200, &[]))), unknown);
    let nested = htlc(&id(0), &claimed(), &record(200, &[]));
    assert_eq!(kind(&monitor(ON, (4, &[nested]), &[])), unknown);
}

#[test]
fn each_kind_of_damage_is_named() {
    let whole = monitor(ON, (4, &[event()]), &[]);
    assert_eq!(kind(&whole[..whole.len() - 1]), DecodeErrorKind::UnexpectedEnd);
    let mut later = whole.clone();
    later[0] = 9;
    assert!(ChannelMonitor::read(&later).is_ok(), "a later build that this one may read");
    later[1] = 9;
    assert_eq!(kind(&later), DecodeErrorKind::UnknownVersion(9));
    assert_eq!(kind(&[1, 1]), DecodeErrorKind::Missing);
    let bad = htlc(&id(0), &[2], &[]);
    assert_eq!(kind(&monitor(ON, (4, &[bad]), &[])), DecodeErrorKind::UnknownValue(2));
    let far = htlc(&id(MAX_ID + 1), &claimed(), &[]);
    assert_eq!(kind(&monitor(ON, (4, &[far]), &[])), DecodeErrorKind::OutOfRange(MAX_ID + 1));
    assert_eq!(kind(&monitor(ON, (4, &[]), ON)), DecodeErrorKind::NotAscending);
    assert_eq!(kind(&monitor(&[2, 0xfd, 0, 0], (4, &[]), &[])), DecodeErrorKind::NotCanonical);
    assert_eq!(kind(&monitor(&[2, 1, 0], (4, &[]), &[])), DecodeErrorKind::TrailingBytes);
    let inconsistent = kind(&monitor(ON, (4, &[]), &record(112, &[])));
    assert!(matches!(inconsistent, DecodeErrorKind::Inconsistent(_)), "final without commitment");
}

#[test]
fn monitors_that_contradict_themselves_are_refused() {
    let never_offered = htlc(&id(1), &claimed(), &[]);
    let wrong = htlc(&id(0), &[&[1][..], &preimage(8).0].concat(), &[]);
    let failed = htlc(&id(0), &[3], &[]);
    let spend = [vec![1], outbound(0), vec![0]].concat();
    for (bytes, what) in [
        (monitor(ON, (4, &[event(), event()]), &[]), "two events of one HTLC"),
        (monitor(ON, (4, &[never_offered]), &[]), "an event of an HTLC never offered"),
        (monitor(ON, (4, &[wrong]), &[]), "a wrong preimage"),
        (monitor(ON, (4, &[failed]), &[]), "a fail of what is claimed"),
        (monitor(ON, (5, &[event()]), &[]), "events of the other mode"),
        (monitor(&[], (4, &[event()]), &[]), "events of the other mode"),
        (monitor(&[ON, &record(3, &spend)].concat(), (4, &[]), &[]), "a spend of no output"),
    ] {
        let found = kind(&bytes);
        assert!(matches!(found, DecodeErrorKind::Inconsistent(_)), "{what}: {found:?}");
    }
}

#[test]
fn a_source_is_a_part_or_previous_hops() {
    let with = |source: &[u8]| {
        let new = [id(0), preimage(7).payment_hash().0.to_vec(), id(1000), source.to_vec()];
        let records = [record(0, &id(1)), record(102, &new.concat())];
        let read = ChannelMonitorUpdate::read(&[vec![1, 1], records.concat()].concat());
        read.expect_err("it has a source").kind
    };
    let part = record(100, &[&[5; 32][..], &[0; 4]].concat());
    let retry = record(101, &[0; 4]);
    let one = [&CHANNEL.0[..], &id(0)].concat();
    let hops = record(102, &[&[1][..], &one].concat());
    let twice = record(102, &[&[2][..], &one, &one].concat());
    for (source, what) in [
        (vec![], "nothing"),
        (retry.clone(), "a retry of nothing"),
        ([part, hops.clone()].concat(), "both"),
        ([retry, hops].concat(), "a forward is no retry"),
        (twice, "a previous hop stands twice"),
    ] {
        let found = with(&source);
        assert!(matches!(found, DecodeErrorKind::Inconsistent(_)), "{what}: {found:?}");
    }
}

/// A Manager with one open channel.
fn manager(update_id: u64, in_flight: &[u64]) -> Vec<u8> {
    let updates = in_flight
        .iter()
        .map(|number| prefixed(&[record(0, &id(*number)), record(106, &[])].concat()));
    let updates = updates.fold(vec![in_flight.len() as u8], |all, one| [all, one].concat());
    let listed = if in_flight.is_empty() { Vec::new() } else { record(4, &updates) };
    let channel = [record(0, &[]), record(2, &id(update_id)), listed, record(9, &[5])].concat();
    let value = [&[1][..], &CHANNEL.0, &prefixed(&channel)].concat();
    [vec![1, 1], record(100, &value)].concat()
}

#[test]
fn updates_in_flight_have_no_gap() {
    assert!(ChannelManager::read(&manager(3, &[2, 3])).is_ok());
    for listed in [&[1, 3][..], &[1, 2], &[3, 2], &[0, 1, 2, 3], &[4]] {
        let read = ChannelManager::read(&manager(3, listed)).map_err(|error| error.kind);
        assert!(matches!(read, Err(DecodeErrorKind::Inconsistent(_))), "{listed:?}");
    }
    let above = ChannelManager::read(&manager(MAX_ID + 1, &[])).map_err(|error| error.kind);
    assert_eq!(above, Err(DecodeErrorKind::OutOfRange(MAX_ID + 1)));
}

fn empty_monitor(update_id: u64) -> Vec<u8> {
    let bytes = ChannelMonitor::new(CHANNEL, Mode::On).write();
    let at = bytes.windows(10).position(|window| window[..2] == [100, 8]).expect("it is there");
    [&bytes[..at + 2], &id(update_id), &bytes[at + 10..]].concat()
}

fn load(update_id: u64, generated: u64) -> Result<Node<Outbox>, LoadError> {
    let monitors = [(CHANNEL, StoredMonitor::of(empty_monitor(update_id)))].into();
    let stored = StoredNode { monitors, manager: manager(generated, &[]), ..StoredNode::default() };
    Node::load(&stored, Settings::default(), Mode::On, Outbox::default()).map(|(node, _)| node)
}

#[test]
fn ids_are_used_up_before_they_cannot_be_read() {
    let used_up = UpdateError::IdsUsedUp(CHANNEL);
    let mut node = load(MAX_ID, MAX_ID).expect("the last id can be read");
    node.start().expect("nothing is in flight");
    assert_eq!(node.force_close(CHANNEL), Err(StepError::Update(used_up)));
    assert_eq!(load(MAX_ID, 3).map(|_| ()), Err(LoadError::Update(used_up)));
    let gone_back = LoadError::MissingUpdate { channel: CHANNEL, update_id: 4 };
    assert_eq!(load(3, 4).map(|_| ()), Err(gone_back));
}
