//! The list, in the order of the numbers.

use super::{Deferred, Evidence, Facts, Flag, Severity, Who, Writing};

const STALE_MANAGER: &str = "docs/directed/stale_manager_findings_tests.rs";
const ACK_DROPPED_FORWARD: &str = "docs/directed/ack_dropped_forward_tests.rs";
const REFUSED_UPDATE: &str = "docs/directed/refused_update_tests.rs";
const DELTA_GAP: &str = "docs/directed/delta_gap_tests.rs";
const EARLY_ACK: &str = "docs/directed/early_ack_tests.rs";
const ACK_DROPPED: &str = "docs/directed/ack_dropped_tests.rs";

/// What is so of a finding in the stack, where its row says nothing else.
const STACK: Facts = Facts {
    id: "",
    title: "",
    severity: Severity::Unknown,
    who: Who::Stack,
    writing: Writing::Any,
    deferred: Deferred::Reached,
    flag: Flag::On,
    evidence: Evidence::Code,
    tests: &[],
    private: false,
};

/// What is so of a finding in the stack's first version, where its row says nothing else.
const MARCH: Facts = Facts { who: Who::March, ..STACK };

/// What is so of a finding in what people run, where its row says nothing else.
const RELEASED: Facts = Facts { who: Who::Released, flag: Flag::Either, private: true, ..STACK };

/// The facts of all findings.
pub const FACTS: &[Facts] = &[
    Facts {
        id: "001",
        title: "A force-close broadcasts a commitment that no finished write holds; a crash \
            then costs a claimed HTLC",
        severity: Severity::Funds,
        writing: Writing::Async,
        ..RELEASED
    },
    Facts {
        id: "002",
        title: "An ack reaches the disk before the `ChannelManager` does; after a crash the \
            payment stays pending",
        severity: Severity::Stuck,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "003",
        title: "Event ids differ after a crash: a stored ack removes another payment's event \
            (full monitors)",
        severity: Severity::Stuck,
        writing: Writing::Async,
        evidence: Evidence::RunInPart,
        ..STACK
    },
    Facts {
        id: "004",
        title: "A claim that was seen on chain is pushed again by the update in flight that a \
            load resubmits",
        severity: Severity::Duplicate,
        writing: Writing::Async,
        evidence: Evidence::RunInPart,
        ..STACK
    },
    Facts {
        id: "005",
        title: "A stale `ChannelManager` gives the inbound monitor a preimage that it has already",
        severity: Severity::Duplicate,
        deferred: Deferred::NotReached,
        ..STACK
    },
    Facts {
        id: "006",
        title: "A replayed fail is acked while the update that removes the inbound HTLC is \
            in flight",
        severity: Severity::Unknown,
        writing: Writing::Async,
        ..STACK
    },
    Facts {
        id: "007",
        title: "An event replayed under another id is acked before the user has handled \
            `PaymentSent`",
        severity: Severity::Unknown,
        writing: Writing::Async,
        evidence: Evidence::RunInPart,
        ..STACK
    },
    Facts {
        id: "008",
        title: "A fail is released, and sent upstream, before the monitor update that made it \
            is persisted",
        severity: Severity::Funds,
        writing: Writing::Async,
        ..MARCH
    },
    Facts {
        id: "009",
        title: "An on-chain claim is pushed again while it is provided: the check reads pending \
            events only",
        severity: Severity::Duplicate,
        ..MARCH
    },
    Facts {
        id: "010",
        title: "A monitor event that is dropped at its release is lost if the `ChannelManager` \
            is not persisted",
        severity: Severity::Stuck,
        who: Who::Nobody,
        flag: Flag::Off,
        ..MARCH
    },
    Facts {
        id: "011",
        title: "An event released before it is persisted is lost in a crash; its id goes to \
            another payment",
        severity: Severity::Stuck,
        writing: Writing::Async,
        evidence: Evidence::RunInPart,
        ..MARCH
    },
    Facts {
        id: "012",
        title: "Event ids differ after deltas are replayed: a stored ack removes another \
            payment's event",
        severity: Severity::Stuck,
        writing: Writing::AsyncDeltas,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "013",
        title: "A `ChannelMonitor` is archived although an event that it provided is not acked",
        severity: Severity::Stuck,
        evidence: Evidence::RunInPart,
        ..STACK
    },
    Facts {
        id: "014",
        title: "A `ChannelManager` that lists an update in flight of an archived monitor cannot \
            be read",
        severity: Severity::Stuck,
        writing: Writing::Async,
        evidence: Evidence::RunInPart,
        ..RELEASED
    },
    Facts {
        id: "015",
        title: "A replayed claim for an inbound channel whose monitor is archived panics, at \
            every start",
        severity: Severity::Stuck,
        deferred: Deferred::NotReached,
        evidence: Evidence::RunInPart,
        ..STACK
    },
    Facts {
        id: "016",
        title: "A `ChannelMonitor` is archived while an update is in flight; `Completed` \
            never comes",
        severity: Severity::Stuck,
        writing: Writing::Async,
        evidence: Evidence::RunInPart,
        ..RELEASED
    },
    Facts {
        id: "017",
        title: "A claim on chain is not recorded while its event is un-acked; the monitor is \
            never archived",
        severity: Severity::Leak,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "018",
        title: "A payment that is settled is pending again after a restart, once its channel is \
            closed",
        severity: Severity::Stuck,
        evidence: Evidence::RunInPart,
        ..STACK
    },
    Facts {
        id: "019",
        title: "A fail reaches nobody if the manager counts on events and the monitor makes none",
        severity: Severity::Stuck,
        who: Who::Refused,
        flag: Flag::ManagerOnly,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "020",
        title: "A forward's claim event is never acked if the monitor keeps events and the \
            manager does not ack",
        severity: Severity::Leak,
        who: Who::Refused,
        flag: Flag::MonitorOnly,
        ..STACK
    },
    Facts {
        id: "021",
        title: "The archival delay starts with an event un-acked; after a restart the monitor \
            is not resolved",
        severity: Severity::Leak,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "022",
        title: "A payment in the holding cell of a channel that a load closes as stale never fails",
        severity: Severity::Stuck,
        deferred: Deferred::NotReached,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "023",
        title: "A stale `ChannelManager` drops a blocked revocation whose id a preimage update \
            has taken",
        severity: Severity::Funds,
        deferred: Deferred::NotReached,
        evidence: Evidence::Run,
        tests: &[STALE_MANAGER],
        ..RELEASED
    },
    Facts {
        id: "024",
        title: "The ack of a fail is lost if the update with the inbound revocation is blocked",
        severity: Severity::Leak,
        ..MARCH
    },
    Facts {
        id: "025",
        title: "A trampoline claim is acked once the first previous hop has the preimage; the \
            others may lose it",
        severity: Severity::Funds,
        writing: Writing::Async,
        ..MARCH
    },
    Facts {
        id: "026",
        title: "A load fails a stale holding cell's forward upstream although the monitor has \
            it committed",
        severity: Severity::Funds,
        deferred: Deferred::NotReached,
        evidence: Evidence::Run,
        tests: &[STALE_MANAGER],
        ..RELEASED
    },
    Facts {
        id: "027",
        title: "A forward in the holding cell of a channel that a load closes as stale is never \
            failed",
        severity: Severity::Stuck,
        who: Who::Sketch,
        deferred: Deferred::NotReached,
        ..STACK
    },
    Facts {
        id: "028",
        title: "An ack that joins a user event while the handler runs is dropped with that event",
        severity: Severity::Leak,
        evidence: Evidence::Run,
        tests: &[ACK_DROPPED_FORWARD, ACK_DROPPED],
        ..STACK
    },
    Facts {
        id: "029",
        title: "A queued fail is lost at a load that rebuilds the forward queue and counts \
            on events",
        severity: Severity::Stuck,
        who: Who::Refused,
        ..STACK
    },
    Facts {
        id: "030",
        title: "A fail released before persistent events are switched on is lost in a crash at \
            the switch",
        severity: Severity::Stuck,
        who: Who::Sketch,
        flag: Flag::Switched,
        ..STACK
    },
    Facts {
        id: "031",
        title: "`PaymentClaimed` is told again at every start while the monitor has the \
            preimage (intended)",
        severity: Severity::Duplicate,
        private: false,
        ..RELEASED
    },
    Facts {
        id: "032",
        title: "The monitor is archived while a preimage update is in flight; `PaymentClaimed` \
            never comes",
        severity: Severity::Stuck,
        writing: Writing::Async,
        ..RELEASED
    },
    Facts {
        id: "033",
        title: "A never-used channel's monitor is archived with its queued `Completed`; the \
            next start fails",
        severity: Severity::Stuck,
        flag: Flag::Either,
        evidence: Evidence::Run,
        ..STACK
    },
    Facts {
        id: "034",
        title: "`PaymentFailed` at a force-close that a crash takes back; the HTLC is then sent",
        severity: Severity::Contradiction,
        writing: Writing::Async,
        deferred: Deferred::Too,
        ..RELEASED
    },
    Facts {
        id: "035",
        title: "A fail is acked while its inbound channel's close update is in flight; a crash \
            loses both",
        severity: Severity::Stuck,
        writing: Writing::Async,
        evidence: Evidence::Run,
        tests: &[EARLY_ACK],
        ..STACK
    },
    Facts {
        id: "036",
        title: "A refused update never completes: no `PaymentClaimed`, no `PaymentForwarded` \
            until a restart",
        severity: Severity::Stuck,
        writing: Writing::Shipped,
        deferred: Deferred::Expected,
        evidence: Evidence::Run,
        tests: &[REFUSED_UPDATE],
        ..RELEASED
    },
    Facts {
        id: "037",
        title: "HTLC events are held back behind a refused update: a forward claimed on chain \
            is lost",
        severity: Severity::Funds,
        writing: Writing::Shipped,
        deferred: Deferred::Expected,
        flag: Flag::Either,
        evidence: Evidence::Run,
        tests: &[REFUSED_UPDATE],
        ..STACK
    },
    Facts {
        id: "038",
        title: "A delta is durable and an earlier write of its monitor is not: every start panics",
        severity: Severity::Stuck,
        who: Who::Main,
        writing: Writing::ShippedDeltas,
        deferred: Deferred::Expected,
        evidence: Evidence::Run,
        tests: &[DELTA_GAP],
        ..RELEASED
    },
];
