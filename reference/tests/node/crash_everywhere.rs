//! A crash behind every step of some schedules, with every prefix of the writes in flight kept, and
//! with builds of both modes. The node that loads settles everything.

use crate::common::{
    CLAIM, FAIL, IN, IN_TOO, Keep, OUT, OUT_TOO, Step, World, hop, of_part, part, preimage,
    told_by, ways,
};
use reference::{ChannelId, EventKey, HtlcId, NewPart, Origin, Outcome, Settings};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };

fn land(channel: ChannelId) -> [Step; 2] {
    [Step::Land(Some(channel)), Step::Completed(channel)]
}

fn write_manager() -> [Step; 2] {
    [Step::PersistManager, Step::Land(None)]
}

/// Crashes behind each step, and settles.
fn crash_everywhere(steps: &[Step]) {
    for writing in ways() {
        let mut world = World::with(writing, Settings::default());
        for step in steps {
            // With synchronous writes there is nothing to land.
            world.step(step.clone());
            for keep in world.all_keeps() {
                for mode in [false, true] {
                    let mut crashed = world.clone();
                    crashed.go(Step::Crash(Keep { mode, ..keep.clone() }));
                    crashed.settle();
                }
            }
        }
        world.settle();
    }
}

fn offer(n: u8, number: u32, channel: ChannelId) -> Vec<Step> {
    [&[Step::Offer(of_part(n, number))][..], &land(channel)].concat()
}

/// The peer signs the end of HTLC 0, revokes, and the event is handled.
fn end(channel: ChannelId, outcome: Outcome) -> Vec<Step> {
    let sign = Step::Sign(channel, 0, outcome);
    [&[sign][..], &land(channel), &[Step::Revoke(channel, H0)], &land(channel)].concat()
}

#[test]
fn an_own_payment() {
    for outcome in [CLAIM, FAIL] {
        let handle = [Step::Release(OUT), Step::Begin(told_by(7, 0)), Step::EndOk(told_by(7, 0))];
        crash_everywhere(
            &[
                vec![Step::Pay(7, vec![part(OUT)])],
                offer(7, 0, OUT),
                write_manager().to_vec(),
                end(OUT, outcome),
                handle.to_vec(),
                write_manager().to_vec(),
                land(OUT).to_vec(),
            ]
            .concat(),
        );
    }
}

#[test]
fn two_parts_and_a_retry() {
    let first = NewPart { channel_id: OUT, amount_msat: 1000, retry_by: Some(OUT_TOO) };
    crash_everywhere(
        &[
            vec![Step::Pay(7, vec![first, part(OUT_TOO)])],
            offer(7, 0, OUT),
            offer(7, 1, OUT_TOO),
            end(OUT, FAIL),
            vec![Step::Release(OUT)],
            write_manager().to_vec(),
            offer(7, 2, OUT_TOO),
            vec![Step::Sign(OUT_TOO, 1, CLAIM)],
            land(OUT_TOO).to_vec(),
            vec![Step::Release(OUT_TOO)],
        ]
        .concat(),
    );
}

fn forward(outcome: Outcome) -> Vec<Step> {
    let hops = vec![hop(IN, 0), hop(IN_TOO, 0)];
    let mut steps = [
        vec![Step::Arrive(IN, 7, 600)],
        land(IN).to_vec(),
        vec![Step::Arrive(IN_TOO, 7, 600)],
        land(IN_TOO).to_vec(),
        vec![Step::Forward(hops.clone(), OUT, 1000), Step::Offer(Origin::Forward(hops[0]))],
        land(OUT).to_vec(),
        write_manager().to_vec(),
        end(OUT, outcome),
        vec![Step::Release(OUT), Step::ForwardFail(hops[0]), Step::ForwardFail(hops[1])],
    ]
    .concat();
    for came in hops {
        steps.extend(land(came.channel_id));
        steps.push(Step::Revoke(came.channel_id, came.htlc()));
        steps.extend(land(came.channel_id));
    }
    steps.extend(write_manager());
    steps
}

#[test]
fn a_forward_of_two_previous_hops() {
    crash_everywhere(&forward(CLAIM));
    crash_everywhere(&forward(FAIL));
}

#[test]
fn a_payment_received_in_parts() {
    let claimed = EventKey::Claimed(preimage(7).payment_hash());
    for (end, is_written) in [
        (Step::Claim(7), false),
        (Step::Claim(7), true),
        (Step::FailBack(7), false),
        (Step::FailBack(7), true),
    ] {
        crash_everywhere(
            &[
                vec![Step::Arrive(IN, 7, 600)],
                land(IN).to_vec(),
                vec![Step::Arrive(IN_TOO, 7, 600)],
                land(IN_TOO).to_vec(),
                vec![Step::Receive(vec![hop(IN, 0), hop(IN_TOO, 0)])],
                if is_written { write_manager().to_vec() } else { Vec::new() },
                vec![end.clone()],
                vec![Step::ForwardFail(hop(IN, 0)), Step::ForwardFail(hop(IN_TOO, 0))],
                land(IN).to_vec(),
                vec![Step::Begin(claimed), Step::EndOk(claimed)],
                vec![Step::Revoke(IN, hop(IN, 0).htlc())],
                write_manager().to_vec(),
                land(IN_TOO).to_vec(),
                vec![Step::SubmitBlocked(IN)],
                land(IN).to_vec(),
            ]
            .concat(),
        );
    }
}

#[test]
fn a_close_on_chain() {
    for outcome in [CLAIM, FAIL] {
        for close in [Step::ForceClose(OUT), Step::Deadline(OUT), Step::PeerCloses(OUT, false)] {
            crash_everywhere(
                &[
                    vec![Step::Arrive(IN, 7, 1100)],
                    land(IN).to_vec(),
                    vec![
                        Step::Forward(vec![hop(IN, 0)], OUT, 1000),
                        Step::Offer(Origin::Forward(hop(IN, 0))),
                    ],
                    land(OUT).to_vec(),
                    write_manager().to_vec(),
                    vec![close.clone(), Step::Notice(OUT), Step::Broadcast(OUT)],
                    land(OUT).to_vec(),
                    vec![Step::See(OUT, false), Step::Notice(OUT), Step::Spend(OUT, H0, outcome)],
                    vec![Step::See(OUT, true), Step::Release(OUT), Step::Final(OUT)],
                    vec![Step::ForwardFail(hop(IN, 0))],
                    land(IN).to_vec(),
                    vec![Step::Revoke(IN, hop(IN, 0).htlc())],
                    land(IN).to_vec(),
                    write_manager().to_vec(),
                    vec![Step::See(OUT, true), Step::Archive(OUT), Step::Archive(OUT)],
                ]
                .concat(),
            );
        }
    }
}
