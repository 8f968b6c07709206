//! The rules of SPEC.md, by id. SPEC.md is the only place where their sentences stand.

/// SPEC.md, as this build was made from it.
pub const SPEC: &str = include_str!("../../SPEC.md");

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $id:literal),+ $(,)?) => {
        /// One rule of SPEC.md that the protocol has to keep.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $($(#[$doc])* $variant),+ }

        impl Rule {
            /// All rules, in the order of SPEC.md.
            pub const ALL: &[Rule] = &[$(Rule::$variant),+];

            /// The id in SPEC.md.
            pub fn id(self) -> &'static str {
                match self { $(Rule::$variant => $id),+ }
            }
        }
    };
}

rules! {
    /// An event is pushed at every push site.
    PushAtEverySite = "MON-1",
    /// One HTLC event per HTLC across both lists.
    OneEventPerHtlc = "MON-2",
    /// A known preimage rules out a fail.
    ClaimDominates = "MON-3",
    /// An off-chain fail is an event only once it is irrevocable.
    FailAtRevocation = "MON-4",
    /// Release keeps the event.
    ReleaseKeeps = "MON-5",
    /// A full write holds both lists.
    WriteBothLists = "MON-6",
    /// All stored events are pending after a load.
    LoadAsPending = "MON-7",
    /// An ack removes what it names, and nothing else.
    AckExactly = "MON-9",
    /// Only a durable commitment is broadcast.
    BroadcastDurable = "MON-10",
    /// A stored delta makes its event again.
    ReplayPushes = "MON-11",
    /// What the chain shows of an output is recorded, event or not.
    RecordSpends = "MON-12",
    /// An event stops the archival clock.
    StopClock = "MON-13",
    /// An event is released once the updates behind it are reported.
    ReleaseReported = "WCH-1",
    /// Only a monitor without events is archived.
    ArchiveDrained = "WCH-4",
    /// Only a monitor without writes in flight and without a completion that waits is archived.
    ArchiveWritten = "WCH-5",
    /// A monitor that has dropped an event on an ack is written.
    WriteAcked = "WCH-6",
    /// Own payment: ack after handling.
    AckOwnHandled = "MGR-1",
    /// Forward claim, inbound open: ack after removal.
    AckClaimRemoved = "MGR-2",
    /// Forward fail, inbound open: ack after removal.
    AckFailRemoved = "MGR-3",
    /// Forward claim, inbound closed: ack after the preimage is durable.
    AckClaimClosed = "MGR-4",
    /// Forward fail, inbound closed: ack.
    AckFailClosed = "MGR-5",
    /// A settled event is acked.
    AckSettled = "MGR-6",
    /// A settled event has no effect.
    EffectOnce = "MGR-7",
    /// An ack waits for a manager write.
    AckAfterManager = "MGR-8",
    /// A completion covers what it names.
    CompleteCovered = "MGR-9",
    /// Nothing is submitted to an archived monitor.
    ArchivedIsResolved = "MGR-10",
    /// The holding cell of a channel that closes is failed.
    FailUnsent = "MGR-11",
    /// The user is told of a claimed forward, once.
    TellForward = "MGR-12",
    /// What was blocked is handed over.
    SubmitBlocked = "MGR-13",
    /// A claim overtakes what is blocked.
    Overtake = "MGR-14",
    /// An ack waits for every previous hop.
    AckAllHops = "MGR-15",
    /// A payment is sent with its first part.
    SendOnce = "MGR-16",
    /// A payment fails with its last part.
    FailWithLast = "MGR-17",
    /// An ack that comes during the handling is not lost.
    AckAfterHandling = "MGR-18",
    /// The user is told of a payment received once its preimage is durable.
    TellDurableClaim = "MGR-19",
    /// A claim of which the user does not know blocks revocations.
    BlockUntilTold = "MGR-20",
    /// The holding cell is failed once the close is durable.
    FailClosed = "MGR-21",
    /// No write of the manager names an event.
    NoEventIds = "MGR-22",
    /// A due ack is called.
    CallAcks = "MGR-23",
    /// A due ack asks for a write of the manager.
    AskForWrite = "MGR-24",
    /// A stale channel is closed.
    CloseStale = "RST-1",
    /// Missing updates are submitted again.
    Resubmit = "RST-2",
    /// In-flight updates stay listed.
    KeepInFlight = "RST-3",
    /// No HTLC is failed at load because it is not listed.
    LeaveToEvent = "RST-4",
    /// Closure is derived again from the monitor.
    RederiveClose = "RST-5",
    /// A closed channel's HTLCs are taken from its monitor.
    AdoptInbound = "RST-6",
    /// Updates in flight of an archived monitor are dropped.
    DropOrphans = "RST-7",
    /// What is settled is not waited for again.
    StaySettled = "RST-8",
    /// What never reached the monitor is failed.
    FailUnknown = "RST-9",
    /// A blocked update is known by what it says.
    DropBlocked = "RST-10",
    /// What reached the monitor behind the manager's back is left to its event.
    LeaveKnown = "RST-11",
    /// All parts are claimed if one is.
    ClaimAllParts = "RST-12",
    /// What a closed channel's monitor has, and the manager does not know, is waited for.
    AdoptPayments = "RST-13",
    /// A build refuses a mode that it does not know.
    RefuseUnknownMode = "UPG-1",
    /// With the mode off a claimed HTLC is kept until the ack.
    RetainClaims = "UPG-2",
    /// A load makes again what a monitor whose mode was off may have dropped.
    PushOwed = "UPG-3",
    /// The mode is not switched off with an event listed.
    DrainBeforeOff = "UPG-4",
    /// A changed mode is written first.
    WriteSwitch = "UPG-5",
}

impl Rule {
    /// The rule's sentence in SPEC.md.
    ///
    /// # Panics
    /// If SPEC.md has no such rule; a test rules that out.
    pub fn sentence(self) -> String {
        sentence(SPEC, self.id()).unwrap_or_else(|| panic!("SPEC.md has no rule {}", self.id()))
    }
}

/// The sentence of the rule with this id in a specification text: the list item that begins with
/// the id in bold, its lines joined.
pub fn sentence(spec: &str, id: &str) -> Option<String> {
    let head = format!("- **{id}** ");
    let mut lines = spec.lines().skip_while(|line| !line.starts_with(&head));
    let mut text = lines.next()?[head.len()..].trim().to_owned();
    for line in lines.take_while(|line| line.starts_with("  ") && !line.trim().is_empty()) {
        text.push(' ');
        text.push_str(line.trim());
    }
    Some(text)
}

/// The ids of all rules in a specification text, in order.
pub fn ids(spec: &str) -> Vec<String> {
    let bold = spec.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("** "));
    bold.map(|(id, _)| id.to_owned()).filter(|id| is_rule_id(id)).collect()
}

fn is_rule_id(text: &str) -> bool {
    let Some((prefix, number)) = text.split_once('-') else { return false };
    matches!(prefix, "MON" | "WCH" | "MGR" | "RST" | "UPG" | "GUA") && number.parse::<u8>().is_ok()
}
