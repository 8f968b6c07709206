//! The machine: SPEC.md as a [`stateright::Model`].
//!
//! A guard says where an action is enabled, an effect what it does; they stand next to each other
//! in the module of whoever acts: [`peer`], [`chain`], [`monitor`], [`store`], [`archive`],
//! [`manager`], [`close`], [`received`], [`user`], [`crash`] for what a stop keeps and a start
//! rebuilds, and [`upgrade`] for who starts. Every decision that a rule makes goes through
//! [`Protocol`], so that a mutant can break just that.

pub mod archive;
pub mod chain;
pub mod close;
pub mod crash;
pub mod manager;
pub mod monitor;
pub mod peer;
pub mod received;
pub mod store;
pub mod upgrade;
pub mod user;

use crate::action::{Action, ActionKind, Build, Kept};
use crate::check;
use crate::protocol::{Protocol, Spec};
use crate::scenario::{Flag, Role, Scenario};
use crate::settle;
use crate::state::world::FACTS;
use crate::state::{Boot, CHANNELS, Fault, INBOUND, NO_HTLC, OUTBOUND, State, Status};
use stateright::{Model, Property};

/// A scenario under a protocol.
pub struct Machine<P: Protocol + ?Sized + 'static = Spec> {
    /// The bounded situation.
    pub scenario: Scenario,
    /// The decisions.
    pub protocol: &'static P,
    /// Every action that is spelled possible in this scenario, in a fixed order.
    alphabet: Vec<Action>,
    symmetry: bool,
}

impl Machine<Spec> {
    /// The protocol of SPEC.md.
    pub fn spec(scenario: &Scenario) -> Machine<Spec> {
        Machine::new(scenario, &Spec)
    }
}

impl<P: Protocol + ?Sized> Machine<P> {
    /// A machine without reductions.
    pub fn new(scenario: &Scenario, protocol: &'static P) -> Machine<P> {
        let alphabet = alphabet(scenario);
        Machine { scenario: scenario.clone(), protocol, alphabet, symmetry: false }
    }

    /// The same machine over states up to exchange of its two HTLCs, where that is sound.
    #[must_use]
    pub fn with_symmetry(mut self) -> Machine<P> {
        self.symmetry = self.scenario.is_symmetric();
        self
    }

    /// The same machine without one kind of action; for tests of the gates.
    #[must_use]
    pub fn without(mut self, kind: ActionKind) -> Machine<P> {
        self.alphabet.retain(|action| action.kind() != kind);
        self
    }

    /// Every action that this scenario does not rule out for good, but the expiry.
    pub fn alphabet(&self) -> &[Action] {
        &self.alphabet
    }

    /// Whether an action may be taken in a state.
    pub fn is_enabled(&self, s: &State, action: Action) -> bool {
        if s.ledger.fault != Fault::None {
            return false;
        }
        match action {
            Action::Pay(h) => self.can_pay(s, h),
            Action::Offer(h) => self.can_offer(s, h),
            Action::PeerFulfil(h) => self.can_peer_fulfil(s, h),
            Action::PeerClaim(h) => self.can_peer_claim(s, h),
            Action::PeerFail(h) => self.can_peer_fail(s, h),
            Action::PeerRevoke(c, h) => self.can_peer_revoke(s, c, h),
            Action::CloseByPeer(c) => self.can_close_by_peer(s, c),
            Action::CloseByUs(c) => self.can_close_by_us(s, c),
            Action::ClaimOnChain(h) => self.can_claim_on_chain(s, h),
            Action::TimeoutOnChain(h) => self.can_time_out_on_chain(s, h),
            Action::Bury => self.can_bury(s),
            Action::Broadcast(c) => self.can_broadcast(s, c),
            Action::ClaimInbound(h) => self.can_claim_inbound(s, h),
            Action::ExpireInbound(h) => self.can_expire_inbound(s, h),
            Action::Rescan(fact) => self.can_rescan(s, fact),
            Action::Complete(c) => self.can_complete(s, c),
            Action::FullWrite(c) => self.can_write_fully(s, c),
            Action::Block(c) => self.can_process_block(s, c),
            Action::BlockSkipped(c) => s.budget.skips > 0 && self.can_process_block(s, c),
            Action::WriteManager => self.can_write_manager(s),
            Action::LandManager => s.disk.manager_writing,
            Action::Replay(c) => self.can_replay(s, c),
            Action::StartWatch => self.can_start_watch(s),
            Action::Resume(c) => self.can_resume(s, c),
            Action::CloseNotice(c) => self.can_notice_close(s, c),
            Action::CompletionNotice(c) => is_watching(s) && s.node.monitors[c].completed > 0,
            Action::Deadline(c) => self.can_reach_deadline(s, c),
            Action::Archive(c) => self.can_archive(s, c),
            Action::Release => self.can_release(s),
            Action::ForwardFail(h) => self.can_forward_fail(s, h),
            Action::Unblock => s.world.blocker && is_running(s),
            Action::SubmitBlocked => self.can_submit_blocked(s),
            Action::ClaimFunds(h) => self.can_claim_funds(s, h),
            Action::Begin(h) => self.can_begin(s, h),
            Action::Handle(h) => usize::from(s.node.handling) == h,
            Action::Refuse(h) => usize::from(s.node.handling) == h && s.budget.refusals > 0,
            Action::Crash(kept) => self.can_crash(s, kept),
        }
    }

    /// The state after an enabled action.
    pub fn after(&self, s: &State, action: Action) -> State {
        let mut next = *s;
        let s = &mut next;
        match action {
            Action::Pay(h) => s.node.manager.statuses[h] = Status::Unsent,
            Action::Offer(h) => self.offer(s, h),
            Action::PeerFulfil(h) => self.peer_fulfil(s, h),
            Action::PeerClaim(h) => self.peer_claim(s, h),
            Action::PeerFail(h) => self.peer_fail(s, h),
            Action::PeerRevoke(c, h) => self.peer_revoke(s, c, h),
            Action::CloseByPeer(c) => self.close_by_peer(s, c),
            Action::CloseByUs(c) => self.close_by_us(s, c),
            Action::Broadcast(c) => self.confirm_ours(s, c),
            Action::ClaimOnChain(h) => self.claim_on_chain(s, h),
            Action::TimeoutOnChain(h) => self.time_out_on_chain(s, h),
            Action::Bury => self.bury(s),
            Action::ClaimInbound(h) => self.claim_inbound(s, h),
            Action::ExpireInbound(h) => self.expire_inbound(s, h),
            Action::Rescan(fact) => self.rescan(s, fact),
            Action::Complete(c) => self.complete(s, c),
            Action::FullWrite(c) => self.write_fully(s, c),
            Action::Block(c) => self.process_block(s, c),
            Action::BlockSkipped(c) => self.process_block_unwritten(s, c),
            Action::WriteManager => self.write_manager(s),
            Action::LandManager => self.land_manager(s),
            Action::Replay(c) => self.replay(s, c),
            Action::StartWatch => self.start_watch(s),
            Action::Resume(c) => self.resume(s, c),
            Action::CloseNotice(c) => self.close_notice(s, c),
            Action::CompletionNotice(c) => self.notice_completion(s, c),
            Action::Deadline(c) => self.reach_deadline(s, c),
            Action::Archive(c) => self.archive(s, c),
            Action::Release => self.release(s),
            Action::ForwardFail(h) => self.forward_fail(s, h),
            Action::Unblock => s.world.blocker = false,
            Action::SubmitBlocked => self.submit_blocked(s),
            Action::ClaimFunds(h) => self.claim_funds(s, h),
            Action::Begin(h) => self.begin(s, h),
            Action::Handle(h) => self.handle(s, h),
            Action::Refuse(h) => self.refuse(s, h),
            Action::Crash(kept) => self.crash(s, kept),
        }
        for monitor in &mut s.node.monitors {
            monitor.normalize_watermark();
        }
        next
    }

    fn canonical(&self, state: State) -> State {
        if self.symmetry { state.min(state.with_htlcs_swapped()) } else { state }
    }
}

impl<P: Protocol + ?Sized> Model for Machine<P> {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.canonical(self.scenario.initial())]
    }

    fn actions(&self, s: &State, actions: &mut Vec<Action>) {
        let others = self.alphabet.iter().copied().take_while(|a| !matches!(a, Action::Crash(_)));
        actions.extend(others.filter(|a| self.is_enabled(s, *a)));
        // Of the many crashes that are spelled possible few are in one state.
        if s.budget.crashes > 0 && matches!(self.alphabet.last(), Some(Action::Crash(_))) {
            let (writes, manager) = (s.disk.writes_len, s.disk.manager_writing);
            let handling = s.node.handling != NO_HTLC;
            let possible = crashes(writes, manager, handling, builds(&self.scenario));
            actions.extend(possible.filter(|a| self.is_enabled(s, *a)));
        }
        // The world may expire an inbound HTLC only where the node has had its chance. Waiting for
        // a slow user is no excuse: a claim has to reach the inbound monitor without the user. Nor
        // is archival, which comes long after.
        if !actions.iter().any(|action| settle::is_fair(s, action) && !is_no_excuse(action)) {
            let expiries = self.scenario.htlcs().map(Action::ExpireInbound);
            actions.extend(expiries.filter(|a| self.is_enabled(s, *a)));
        }
    }

    fn next_state(&self, s: &State, action: Action) -> Option<State> {
        Some(self.canonical(self.after(s, action)))
    }

    /// For stateright's own checkers, the second opinion: all guarantees as one.
    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("guarantees", |machine: &Self, s| {
            let mut actions = Vec::new();
            machine.actions(s, &mut actions);
            check::violated(s, &actions).next().is_none()
        })]
    }
}

fn is_no_excuse(action: &Action) -> bool {
    matches!(action, Action::Begin(_) | Action::Handle(_) | Action::Archive(_))
}

/// Whether the monitors are in the Watch.
pub(crate) fn is_watching(s: &State) -> bool {
    s.node.boot == Boot::Watching
}

/// Whether the monitors are in the Watch and every channel's background step has run.
pub(crate) fn is_running(s: &State) -> bool {
    is_watching(s) && s.node.resumed == [true; CHANNELS]
}

/// All actions but the expiry, which depends on the others. What a scenario's roles, flags and
/// budgets rule out for good is left out: asking for it in every state would double the run time.
fn alphabet(scenario: &Scenario) -> Vec<Action> {
    let mut all = Vec::new();
    for h in scenario.htlcs() {
        if scenario.htlcs[h].leaves() {
            all.extend(scenario.has(Flag::ClaimMessages).then_some(Action::PeerFulfil(h)));
            all.extend([Action::PeerClaim(h), Action::PeerFail(h)]);
            all.push(Action::PeerRevoke(OUTBOUND, h));
            all.extend([Action::ClaimOnChain(h), Action::TimeoutOnChain(h)]);
        }
        all.extend(scenario.htlcs[h].may_be_offered().then_some(Action::Offer(h)));
        all.extend((scenario.htlcs[h] == Role::Unmade).then_some(Action::Pay(h)));
        match scenario.htlcs[h] {
            Role::Own | Role::Unsent | Role::Part | Role::Unmade | Role::Retry => {
                all.extend([Action::Begin(h), Action::Handle(h)]);
                all.extend((scenario.budget.refusals > 0).then_some(Action::Refuse(h)));
            }
            Role::Forward | Role::UnsentForward | Role::PreviousHop => {
                all.extend([Action::ForwardFail(h), Action::PeerRevoke(INBOUND, h)]);
                all.push(Action::ClaimInbound(h));
                if scenario.has(Flag::TellForwards) && scenario.htlcs[h].is_forward() {
                    all.extend([Action::Begin(h), Action::Handle(h)]);
                    all.extend((scenario.budget.refusals > 0).then_some(Action::Refuse(h)));
                }
            }
            Role::Received => {
                all.extend([Action::ClaimFunds(h), Action::Begin(h), Action::Handle(h)]);
                all.extend((scenario.budget.refusals > 0).then_some(Action::Refuse(h)));
                all.extend([Action::PeerRevoke(INBOUND, h), Action::ClaimInbound(h)]);
            }
            Role::ReceivedPart => {
                all.extend([Action::PeerRevoke(INBOUND, h), Action::ClaimInbound(h)]);
            }
        }
    }
    for c in scenario.channels() {
        if scenario.may_close(c) {
            all.extend([Action::CloseByPeer(c), Action::CloseByUs(c)]);
            all.extend(scenario.has(Flag::Notices).then_some(Action::Deadline(c)));
        }
        let late = scenario.has(Flag::Notices) && scenario.is_async(c);
        all.extend(late.then_some(Action::CompletionNotice(c)));
        all.extend(scenario.is_async(c).then_some(Action::Complete(c)));
        all.extend((scenario.budget.skips > 0).then_some(Action::BlockSkipped(c)));
        all.extend([Action::Broadcast(c), Action::FullWrite(c), Action::CloseNotice(c)]);
        all.extend([Action::Block(c), Action::Replay(c), Action::Resume(c)]);
        all.extend(scenario.has(Flag::Archival).then_some(Action::Archive(c)));
    }
    all.extend([Action::Bury, Action::Release, Action::StartWatch, Action::WriteManager]);
    all.extend(scenario.has(Flag::AsyncManager).then_some(Action::LandManager));
    let receives = scenario.htlcs.iter().any(|role| role.is_received());
    all.extend(scenario.has(Flag::BlockIn).then_some(Action::Unblock));
    all.extend((scenario.has(Flag::BlockIn) || receives).then_some(Action::SubmitBlocked));
    if scenario.budget.rescans > 0 {
        all.extend((0..FACTS).map(Action::Rescan));
    }
    let is_async = |c| scenario.channels().contains(&c) && scenario.is_async(c);
    let writes = [OUTBOUND, INBOUND].map(|c| if is_async(c) { scenario.writes } else { 0 });
    let own = scenario.htlcs.iter().any(|role| role.is_own());
    let record = scenario.has(Flag::TellForwards) || own || receives;
    all.extend(crashes(writes, scenario.has(Flag::AsyncManager), record, builds(scenario)));
    all
}

/// The builds that a start can be by.
fn builds(scenario: &Scenario) -> &'static [Build] {
    if scenario.has(Flag::Builds) { &Build::ALL } else { &[Build::On] }
}

/// Every combination of what a crash may keep: up to so many writes of each monitor, the manager's
/// write, the user's record. Then every build that may be started.
fn crashes(
    writes: [u8; CHANNELS],
    manager: bool,
    record: bool,
    builds: &'static [Build],
) -> impl Iterator<Item = Action> {
    let choices = |there: bool| if there { &[false, true][..] } else { &[false] };
    let (managers, records) = (choices(manager), choices(record));
    (0..=writes[OUTBOUND])
        .flat_map(move |out| (0..=writes[INBOUND]).map(move |inbound| [out, inbound]))
        .flat_map(move |writes| managers.iter().map(move |manager| (writes, *manager)))
        .flat_map(move |(writes, manager)| records.iter().map(move |r| (writes, manager, *r)))
        .flat_map(move |(writes, manager, record)| {
            let kept = move |build| Kept { writes, manager, record, build };
            builds.iter().map(move |build| Action::Crash(kept(*build)))
        })
}
