//! Short histories of a node: what happens, without what the store does meanwhile.

use reference::{HtlcId, Origin, Outcome};

use super::surroundings::{
    CLAIM, FAIL, IN, IN_TOO, OUT, Step, hop, of_part, part, preimage, told_by,
};

const H0: HtlcId = HtlcId { direction: reference::Direction::Outbound, id: 0 };

/// A short history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum History {
    /// A channel opens, a payment leaves by it, the peer claims it, the user is told, the event is
    /// acked.
    Payment,
    /// Two payments at a time, so that a channel has several updates in flight: the acks are full
    /// writes behind them. Then a third payment, which brings more of them.
    ThreePayments,
    /// An HTLC comes in, leaves by another channel and is claimed there.
    ForwardClaimed,
    /// An HTLC comes in, leaves by another channel and is failed there.
    ForwardFailed,
    /// A payment for us comes in by two channels, and the user claims it.
    Received,
    /// A channel closes with an HTLC that the peer claims on chain; all is acked, and the Monitor
    /// archived.
    Archival,
}

impl History {
    /// All of them.
    pub const ALL: [History; 6] = [
        History::Payment,
        History::ThreePayments,
        History::ForwardClaimed,
        History::ForwardFailed,
        History::Received,
        History::Archival,
    ];

    pub(super) fn steps(self) -> Vec<Step> {
        match self {
            History::Payment => [open(), payment(7, 0)].concat(),
            History::ThreePayments => [open(), two_payments(), payment(9, 2)].concat(),
            History::ForwardClaimed => forward(CLAIM),
            History::ForwardFailed => forward(FAIL),
            History::Received => received(),
            History::Archival => archival(),
        }
    }
}

fn open() -> Vec<Step> {
    vec![Step::Open(OUT), Step::PersistManager]
}

/// Payment `n` is the HTLC with this id.
fn payment(n: u8, id: u64) -> Vec<Step> {
    vec![
        Step::Pay(n, vec![part(OUT)]),
        Step::Offer(of_part(n, 0)),
        Step::PersistManager,
        Step::Sign(OUT, id, CLAIM),
        Step::Revoke(OUT, HtlcId::outbound(id)),
        Step::Release(OUT),
        Step::Begin(told_by(n, 0)),
        Step::EndOk(told_by(n, 0)),
        Step::PersistManager,
    ]
}

fn two_payments() -> Vec<Step> {
    let both = [(7, 0), (8, 1)];
    let mut steps: Vec<Step> = both.iter().map(|(n, _)| Step::Pay(*n, vec![part(OUT)])).collect();
    steps.extend(both.iter().map(|(n, _)| Step::Offer(of_part(*n, 0))));
    steps.push(Step::PersistManager);
    steps.extend(both.iter().map(|(_, id)| Step::Sign(OUT, *id, CLAIM)));
    steps.extend(both.iter().map(|(_, id)| Step::Revoke(OUT, HtlcId::outbound(*id))));
    for (n, _) in both {
        steps.extend([Step::Release(OUT), Step::Begin(told_by(n, 0)), Step::EndOk(told_by(n, 0))]);
        steps.push(Step::PersistManager);
    }
    steps
}

fn forward(outcome: Outcome) -> Vec<Step> {
    let came = hop(IN, 0);
    vec![
        Step::Open(IN),
        Step::Open(OUT),
        Step::PersistManager,
        Step::Arrive(IN, 7, 1100),
        Step::Forward(vec![came], OUT, 1000),
        Step::Offer(Origin::Forward(came)),
        Step::PersistManager,
        Step::Sign(OUT, 0, outcome),
        Step::Revoke(OUT, H0),
        Step::Release(OUT),
        match outcome {
            Outcome::Claim => Step::Begin(reference::EventKey::Outbound(Origin::Forward(came))),
            Outcome::Fail => Step::ForwardFail(came),
        },
        Step::Revoke(IN, came.htlc()),
        Step::PersistManager,
    ]
}

fn received() -> Vec<Step> {
    let hops = [hop(IN, 0), hop(IN_TOO, 0)];
    let claimed = reference::EventKey::Claimed(preimage(7).payment_hash());
    vec![
        Step::Open(IN),
        Step::Open(IN_TOO),
        Step::PersistManager,
        Step::Arrive(IN, 7, 600),
        Step::Arrive(IN_TOO, 7, 600),
        Step::Receive(hops.to_vec()),
        Step::PersistManager,
        Step::Claim(7),
        Step::Begin(claimed),
        Step::EndOk(claimed),
        Step::Revoke(IN, hops[0].htlc()),
        Step::Revoke(IN_TOO, hops[1].htlc()),
        Step::PersistManager,
    ]
}

fn archival() -> Vec<Step> {
    let paid = vec![
        Step::Pay(7, vec![part(OUT)]),
        Step::Offer(of_part(7, 0)),
        Step::PersistManager,
        Step::ForceClose(OUT),
        Step::Broadcast(OUT),
        Step::Spend(OUT, H0, CLAIM),
        Step::Final(OUT),
        Step::See(OUT, true),
        Step::See(OUT, true),
        Step::See(OUT, true),
        Step::Notice(OUT),
        Step::Release(OUT),
        Step::Begin(told_by(7, 0)),
        Step::EndOk(told_by(7, 0)),
        Step::PersistManager,
        Step::PersistMonitor(OUT),
        Step::Archive(OUT),
        Step::PersistMonitor(OUT),
        Step::Archive(OUT),
        Step::PersistManager,
    ];
    [open(), paid].concat()
}
