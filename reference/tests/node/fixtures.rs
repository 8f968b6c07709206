//! Objects as builds of each version have written them, kept as text: what was written once has to
//! be read for ever. A fixture is never written anew: `UPDATE_FIXTURES=1` writes those that are
//! missing. What each build does with those of the others, docs/versions.md has.

use crate::common::{CLAIM, FAIL, IN, IN_TOO, OUT, OUT_TOO, Step, World};
use crate::common::{hop, of_part, part, preimage, ways};
use crate::fixture::{folder, kept, rewritten};
use hex_conservative::prelude::*;
use reference::{
    ChannelManager, ChannelMonitor, ChannelMonitorUpdate, ChannelMonitorUpdateStep, Event,
    HTLCResolution, HTLCSource, HtlcId, Mode, NewHtlc, NewPart, PartId, PaymentId, Settings,
};

/// The versions, each a folder. Those of a build from before the mode are frozen: nothing in this
/// tree writes them any more.
const VERSIONS: [(&str, Mode); 3] =
    [("before_mode", Mode::Off), ("mode_off", Mode::Off), ("mode_on", Mode::On)];

fn text(comment: &str, bytes: &[u8]) -> String {
    let lines = bytes.chunks(40).map(|line| format!("{}\n", line.as_hex()));
    format!("# {comment}\n{}", lines.collect::<String>())
}

/// A node with something in every record: a channel that is closed on chain, two that are open,
/// with updates in flight and blocked, and one that is about to be archived.
fn node(mode: Mode) -> World {
    let mut world = World::bare(ways()[0], Settings::default(), mode);
    [OUT, IN, OUT_TOO, IN_TOO].into_iter().for_each(|channel| world.open(channel));
    let outbound = HtlcId::outbound;
    let tried_twice = NewPart { channel_id: OUT, amount_msat: 1000, retry_by: Some(IN) };
    // Own payments on the channel that will close: they end by a signature, by a revocation, by a
    // spend, and not yet.
    for (n, first) in [(1, part(OUT)), (2, tried_twice), (3, part(OUT)), (4, part(OUT))] {
        world.pay(n, &[first]);
    }
    let came = [world.arrive(IN, 11), world.arrive(IN_TOO, 11)];
    world.forward(&came, OUT);
    world.pay(6, &[part(OUT)]);
    world.arrive(OUT, 12);
    world.go(Step::Sign(OUT, 0, CLAIM));
    world.go(Step::Sign(OUT, 1, FAIL));
    world.go(Step::Sign(OUT, 4, CLAIM));
    world.flush();
    world.go(Step::Revoke(OUT, outbound(1)));
    world.flush();
    while world.step(Step::Release(OUT)) {}
    world.flush();
    // One that is over.
    world.pay(5, &[part(OUT_TOO)]);
    world.all(&[Step::PeerCloses(OUT_TOO, false), Step::Spend(OUT_TOO, outbound(0), FAIL)]);
    world.go(Step::Final(OUT_TOO));
    while world.step(Step::See(OUT_TOO, true)) {}
    world.pump();
    world.handle(crate::common::told_by(5, 0));
    world.flush();
    world.go(Step::Archive(OUT_TOO));
    world.go(Step::PersistMonitor(OUT_TOO));
    // Payments received: one to be claimed, one claimed, and a revocation that this one blocks.
    let parts = [world.arrive(IN, 13), world.arrive(IN_TOO, 14)];
    let failed = world.arrive(IN_TOO, 15);
    world.all(&[Step::Receive(vec![parts[0]]), Step::Receive(vec![parts[1]]), Step::Claim(14)]);
    world.all(&[Step::FailHtlc(failed), Step::ForwardFail(failed)]);
    world.flush();
    world.go(Step::Revoke(IN_TOO, failed.htlc()));
    // The close, and what the chain shows.
    world.go(Step::ForceClose(OUT));
    world.all(&[Step::PeerCloses(OUT, false), Step::Spend(OUT, outbound(2), CLAIM)]);
    for late in [3, 5] {
        world.go(Step::Spend(OUT, outbound(late), FAIL));
    }
    world.go(Step::Final(OUT));
    while world.step(Step::See(OUT, true)) {}
    world.flush();
    // A claim and a fail are told, and another fail is not yet.
    world.all(&[Step::Release(OUT), Step::Release(OUT)]);
    // What is in flight when the Manager is written.
    world.all(&[Step::Offer(of_part(2, 1)), Step::PersistManager, Step::Land(None)]);
    world.go(Step::PersistMonitor(OUT));
    while world.step(Step::Land(Some(OUT))) {}
    world
}

/// An update of each kind.
fn updates() -> [(&'static str, ChannelMonitorUpdateStep); 7] {
    use ChannelMonitorUpdateStep::{
        ChannelForceClosed, OfferHTLC, ReceiveHTLC, Revocation, SignRemoval,
    };
    let new = NewHtlc { id: 3, payment_hash: preimage(7).payment_hash(), amount_msat: 1000 };
    let (out, came) = (HtlcId::outbound(3), HtlcId::inbound(3));
    let part = PartId { payment_id: PaymentId([7; 32]), part: 1 };
    let own = HTLCSource::OutboundRoute { part, retry_of: Some(0) };
    let hops = HTLCSource::forward_of(&[hop(IN, 0), hop(IN_TOO, 300)]).expect("there are two");
    let claimed = HTLCResolution::Claimed(preimage(7));
    [
        ("delta_offer_own", OfferHTLC(new, own)),
        ("delta_offer_forward", OfferHTLC(new, hops)),
        ("delta_receive", ReceiveHTLC(new)),
        ("delta_sign_claim", SignRemoval { htlc: out, resolution: claimed }),
        ("delta_sign_fail", SignRemoval { htlc: came, resolution: HTLCResolution::Failed }),
        ("delta_revocation", Revocation { htlc: out }),
        ("delta_close", ChannelForceClosed),
    ]
}

/// What a build writes of that node today: name, comment, bytes.
fn objects(mode: Mode) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let world = node(mode);
    let monitor = |channel| world.disk.stored.monitors[&channel].full.clone();
    let mut all = vec![
        ("manager", "The Manager of the four channels.", world.disk.stored.manager.clone()),
        ("monitor_01", "A Monitor: closed on chain, with events.", monitor(OUT)),
        ("monitor_02", "A Monitor: open, with HTLCs that came in.", monitor(IN)),
        ("monitor_03", "A Monitor: resolved, its archival clock runs.", monitor(OUT_TOO)),
        ("monitor_04", "A Monitor: open, a revocation of it is blocked.", monitor(IN_TOO)),
    ];
    all.extend(updates().into_iter().map(|(name, step)| {
        (name, "An update.", ChannelMonitorUpdate { update_id: 300, step }.write())
    }));
    all
}

#[test]
fn what_was_written_once_is_read_and_written_so_again() {
    for (version, mode) in VERSIONS {
        let objects = objects(mode);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::create_dir_all(folder(version)).expect("it can be made");
            for (name, comment, bytes) in &objects {
                let path = folder(version).join(format!("{name}.hex"));
                if !path.exists() {
                    std::fs::write(path, text(comment, bytes)).expect("it can be written");
                }
            }
        }
        let kept = kept(version);
        for (name, bytes) in &kept {
            assert_eq!(rewritten(name, bytes).as_ref(), Ok(bytes), "{version}/{name}");
        }
        for (name, _, _) in objects {
            assert!(kept.contains_key(name), "{version}/{name}.hex: UPDATE_FIXTURES=1 writes it");
        }
    }
}

/// They hold what there is to hold: else a change of it would go unseen.
#[test]
fn each_kind_of_thing_is_in_a_fixture() {
    for (version, mode) in VERSIONS {
        let kept = kept(version);
        let manager = ChannelManager::read(&kept["manager"]).expect("it can be read");
        let events: Vec<_> = manager.pending_events().values().map(|q| &q.event).collect();
        assert!(events.iter().any(|e| matches!(e, Event::PaymentSent { .. })), "{version}");
        assert!(events.iter().any(|e| matches!(e, Event::PaymentFailed { .. })), "{version}");
        assert!(events.iter().any(|e| matches!(e, Event::PaymentForwarded { .. })), "{version}");
        assert!(events.iter().any(|e| matches!(e, Event::PaymentClaimable { .. })), "{version}");
        assert!(events.iter().any(|e| matches!(e, Event::PaymentClaimed { .. })), "{version}");
        let channels = || manager.channels().values();
        assert!(channels().any(|channel| !channel.in_flight_monitor_updates.is_empty()));
        assert!(channels().any(|channel| !channel.blocked_monitor_updates.is_empty()));
        let parts = manager.payments().values().flat_map(|payment| payment.parts.values());
        assert!(parts.clone().any(|part| part.retry_of.is_some()), "{version}");
        assert_eq!(
            manager.forwards().values().map(|f| f.prev_htlcs.len()).collect::<Vec<_>>(),
            [2]
        );
        let monitor = |name| ChannelMonitor::read(&kept[name]).expect("it can be read");
        let closed = monitor("monitor_01");
        assert_eq!(closed.mode(), mode);
        assert_eq!(closed.events().count(), if mode == Mode::On { 5 } else { 1 }, "{version}");
        assert!(monitor("monitor_03").archival_clock_runs(), "{version}");
    }
}

/// A change of the format is a new version, with fixtures of its own beside these.
#[test]
fn a_build_of_today_writes_what_its_fixtures_say() {
    for (version, mode) in &VERSIONS[1..] {
        let kept = kept(version);
        for (name, _, bytes) in objects(*mode) {
            assert_eq!(kept.get(name), Some(&bytes), "{version}/{name}");
        }
    }
}
