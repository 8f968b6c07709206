//! The machine: SPEC.md as a [`stateright::Model`].
//!
//! Reading order: [`rows`] has all actions, one row each; `step` is one step of everything, the
//! data flow of the protocol; then the roles of SPEC.md section 3: `monitor`, `watch`, `manager`,
//! `load` (who starts, and what the node makes of what a stop kept), `store` (what that is), `user`
//! and `world`. Guards stand beside the effects of whoever acts; a transition is given the parts
//! that it may touch and no more. Every decision that a rule makes goes through [`Protocol`], so
//! that a mutant can break just that.

mod alphabet;
mod load;
mod manager;
mod monitor;
pub mod need;
pub mod room;
pub mod row;
pub mod rows;
mod step;
mod store;
mod user;
mod watch;
pub mod words;
mod world;

use crate::action::{Action, ActionKind, Args};
use crate::call::Calls;
use crate::history;
use crate::property;
use crate::protocol::{Protocol, Spec};
use crate::reduction::{Reducer, Reduction, Reductions};
use crate::scenario::{Flag, Scenario};
use crate::state::{CHANNELS, HTLCS, Htlc, NO_HTLC, State, View};
use crate::topology::Topology;
use need::Needs;
use room::Uses;
use row::{Deed, Fair, ORDERS, Row, Takes, Turn};
use stateright::{Model, Property};
use step::Step;

/// An action, what it needs, and its row.
type Asked<P, const C: usize, const H: usize> = (Action, Needs, &'static Row<P, C, H>);

/// A scenario under a protocol.
pub struct Machine<
    P: Protocol + ?Sized + 'static = Spec,
    const C: usize = CHANNELS,
    const H: usize = HTLCS,
> {
    /// The bounded situation.
    pub scenario: Scenario,
    /// What there is in it.
    pub topology: Topology,
    /// The decisions.
    pub protocol: &'static P,
    /// Every action that is spelled possible in this scenario, in a fixed order.
    alphabet: Vec<Action>,
    /// What each of them needs, crashes left out, and its row.
    asked: Vec<Asked<P, C, H>>,
    /// Those that may be fair, in each settling order.
    turns: [Vec<Asked<P, C, H>>; ORDERS.len()],
    reducer: Reducer,
}

impl Machine<Spec> {
    /// The protocol of SPEC.md.
    pub fn spec(scenario: &Scenario) -> Machine<Spec> {
        Machine::new(scenario, &Spec)
    }
}

impl<P: Protocol + ?Sized> Machine<P> {
    /// A machine without reductions: every state stands for itself.
    pub fn new(scenario: &Scenario, protocol: &'static P) -> Machine<P> {
        let (scenario, topology) = (scenario.clone(), Topology::of(scenario));
        let machine = Machine::unspelled(scenario, topology, protocol, Reducer::default());
        let alphabet = machine.spell();
        machine.over(alphabet)
    }
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Machine<P, C, H> {
    /// A machine that offers nothing.
    fn unspelled(
        scenario: Scenario,
        topology: Topology,
        protocol: &'static P,
        reducer: Reducer,
    ) -> Machine<P, C, H> {
        let (alphabet, asked, turns) = Default::default();
        Machine { scenario, topology, protocol, alphabet, asked, turns, reducer }
    }

    /// This machine over another alphabet.
    fn over(self, alphabet: Vec<Action>) -> Machine<P, C, H> {
        // Crashes are offered apart: many are spelled, and few fit the writes that a state has.
        let others = alphabet.iter().filter(|action| action.kind != ActionKind::Crash);
        let needs = |action: &Action| (*action, self.needs(*action), Self::row(action.kind));
        let asked: Vec<_> = others.map(needs).collect();
        let turns = std::array::from_fn(|order| {
            let fair = asked.iter().filter(|(_, _, row)| !matches!(row.fair, Fair::Never));
            let mut turns: Vec<_> = fair.copied().collect();
            // Stable: among actions of one turn the alphabet's order decides, in every run alike.
            turns.sort_by_key(|(_, _, row)| row.turn.rank(order));
            turns
        });
        Machine { asked, turns, alphabet, ..self }
    }

    /// This machine over states of another size, in which its scenario has to fit.
    pub fn sized<const C2: usize, const H2: usize>(&self) -> Machine<P, C2, H2> {
        let (scenario, topology, protocol) = (self.scenario.clone(), self.topology, self.protocol);
        let empty = Machine::unspelled(scenario, topology, protocol, self.reducer.clone());
        empty.over(self.alphabet.clone())
    }

    fn needs(&self, action: Action) -> Needs {
        Needs::of(Self::row(action.kind).needs, &self.topology, action.args)
    }

    /// This machine with those reductions of a set that are sound for its protocol.
    #[must_use]
    pub fn with(mut self, reductions: Reductions) -> Machine<P, C, H> {
        let roles = &self.scenario.htlcs;
        let alike = |one: Htlc, other: Htlc| roles[one.index()] == roles[other.index()];
        self.reducer = Reducer::new(self.sound(reductions), &self.topology, alike);
        self
    }

    /// Those reductions of a set that take no states for one which the protocol can tell apart.
    pub fn sound(&self, reductions: Reductions) -> Reductions {
        // A mutant may break one of the two claim sites; then whose commitment confirmed counts.
        if self.treats_claim_sites_alike() {
            reductions
        } else {
            reductions.without(Reduction::Closer)
        }
    }

    /// The state that stands for one; itself, without reductions.
    pub fn reduced(&self, mut state: State<C, H>) -> State<C, H> {
        self.reducer.reduce(&self.topology, &mut state);
        state
    }

    /// This machine without one kind of action; for tests of the gates.
    #[must_use]
    pub fn without(self, kind: ActionKind) -> Machine<P, C, H> {
        let kept = self.alphabet.iter().copied().filter(|action| action.kind != kind);
        let alphabet = kept.collect();
        self.over(alphabet)
    }

    /// Every action that this scenario does not rule out for good, but the expiry.
    pub fn alphabet(&self) -> &[Action] {
        &self.alphabet
    }

    /// What there is to say of a kind of action.
    pub fn row(kind: ActionKind) -> &'static Row<P, C, H> {
        &Self::ROWS[kind as usize]
    }

    /// Whether an action may be taken in a state. Of an expiry this does not ask whether the node
    /// has had its chance; [`Model::actions`] does.
    pub fn is_enabled(&self, s: &State<C, H>, action: Action) -> bool {
        let (row, view) = (Self::row(action.kind), s.view());
        // Cheap questions first: a state is asked this of every action that is spelled.
        !s.is_stuck()
            && row.takes.exists(self, action.args)
            && self.needs(action).are_in(Needs::met_in(view))
            && self.is_possible(row, view, action)
    }

    /// All that is asked beside the needs.
    fn is_possible(&self, row: &Row<P, C, H>, s: View<C, H>, action: Action) -> bool {
        row.cost.is_affordable(s.budget) && row.takes.is_enabled(self, s, action.args)
    }

    /// Whether the bound on updates and writes in flight leaves room for an action, whatever else
    /// speaks against it. A judge of another implementation asks, which knows no such bound.
    pub fn leaves_room(&self, s: &State<C, H>, action: Action) -> bool {
        self.has_room(s.view(), Self::row(action.kind).takes.uses(self, s.view(), action.args))
    }

    /// Whether the bound on updates and writes in flight leaves so much room.
    fn has_room(&self, s: View<C, H>, uses: Uses) -> bool {
        if uses == Uses::NOTHING {
            return true;
        }
        let bound = self.scenario.writes;
        // A bound of the exploration, no promise of LDK: a real node may have more in flight. An
        // action without room is not refused, it waits until a write has landed.
        self.topology.channels().all(|c| {
            let (updates, writes) = (uses.updates[c], uses.updates[c] + uses.writes[c]);
            let stays =
                self.scenario.is_async(c) || (updates > 0 && self.scenario.has(Flag::Deferred));
            writes == 0
                || !stays
                || (s.disk.writes_len[c] + writes <= bound
                    && (updates == 0 || s.node.manager.in_flight_len(c) as u8 + updates <= bound))
        })
    }

    /// The state after an enabled action.
    pub fn after(&self, s: &State<C, H>, action: Action) -> State<C, H> {
        self.step(s, action, &mut Calls::new())
    }

    /// The state after an enabled action; the calls of its components on each other are added.
    pub fn step(&self, s: &State<C, H>, action: Action, calls: &mut Calls) -> State<C, H> {
        let mut next = *s;
        // The history is not among them: no transition can read what properties remember.
        let State { world, disk, node, ledger: _, budget } = &mut next;
        let row = Self::row(action.kind);
        // What costs is never fair (`Row::costs`): settling must not hang on a budget.
        if let Some(left) = row.cost.purse(budget) {
            *left -= 1;
        }
        let mut step = Step::new(self, world, disk, node, calls);
        row.takes.perform(&mut step, action.args);
        step.finish();
        // Behind the whole step: an ack that found nothing to remove leaves a trace in `calls`
        // alone.
        history::note(&self.topology, s, action, calls, &mut next);
        next
    }

    /// Whether an action is bound to happen if it stays enabled.
    pub fn is_fair(&self, s: &State<C, H>, action: &Action) -> bool {
        match Self::row(action.kind).fair {
            Fair::Always => true,
            Fair::Never => false,
            Fair::Where(holds) => holds(&self.topology, s.view(), action.args),
        }
    }

    /// The fair action that a settling order takes, as [`settle::choice`] finds it among all.
    pub fn fair_action(&self, s: &State<C, H>, order: usize) -> Option<Action> {
        if s.is_stuck() {
            return None;
        }
        let view = s.view();
        let met = Needs::met_in(view);
        // `Model::actions` and `settle::choice` say the like at more cost; a test holds the two
        // together.
        let is_next = |(action, needs, row): &&Asked<P, C, H>| {
            needs.are_in(met) && self.is_fair(s, action) && self.is_possible(row, view, *action)
        };
        let next = self.turns[order].iter().find(is_next).map(|(action, _, _)| *action);
        // An expiry is offered behind all of them; where none is fair, it is what is left.
        next.or_else(|| self.expiries(view).next())
    }

    /// The inbound HTLCs that may expire if the node has had its chance.
    fn expiries(&self, s: View<C, H>) -> impl Iterator<Item = Action> {
        // They are not spelled in the alphabet, as they depend on what else is enabled.
        let all = self.topology.htlcs().map(|h| Action::htlc(ActionKind::ExpireInbound, h));
        let row = Self::row(ActionKind::ExpireInbound);
        all.filter(move |a| row.takes.exists(self, a.args) && self.is_possible(row, s, *a))
    }

    /// Whether nothing fair is enabled. A state that is stuck has no successors, and is not
    /// quiescent.
    pub fn is_quiescent(&self, s: &State<C, H>, actions: &[Action]) -> bool {
        !s.is_stuck() && !actions.iter().any(|action| self.is_fair(s, action))
    }

    /// The guarantees that a state violates in which these actions are enabled, by index in
    /// [`property::PROPERTIES`].
    pub fn violated(&self, s: &State<C, H>, actions: &[Action]) -> impl Iterator<Item = usize> {
        property::violated(&self.topology, s, self.is_quiescent(s, actions))
    }

    /// Whose turn it is with an action of this kind.
    pub fn turn(&self, action: &Action) -> Turn {
        Self::row(action.kind).turn
    }
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Takes<P, C, H> {
    fn exists(&self, m: &Machine<P, C, H>, args: Args) -> bool {
        match (self, args) {
            (Takes::Nothing(deed), Args::None) => (deed.exists)(m, ()),
            (Takes::Htlc(deed), Args::Htlc(h)) => (deed.exists)(m, h),
            (Takes::Channel(_, deed), Args::Channel(c)) => (deed.exists)(m, c),
            (Takes::On(deed), Args::On(c, h)) => (deed.exists)(m, (c, h)),
            (Takes::Block(_, deed), Args::Block(c, block)) => (deed.exists)(m, (c, block)),
            (Takes::Kept(deed), Args::Kept(kept)) => (deed.exists)(m, kept),
            _ => false,
        }
    }

    fn is_enabled(&self, m: &Machine<P, C, H>, s: View<C, H>, args: Args) -> bool {
        match (self, args) {
            (Takes::Nothing(deed), Args::None) => deed.is_enabled(m, s, ()),
            (Takes::Htlc(deed), Args::Htlc(h)) => deed.is_enabled(m, s, h),
            (Takes::Channel(_, deed), Args::Channel(c)) => deed.is_enabled(m, s, c),
            (Takes::On(deed), Args::On(c, h)) => deed.is_enabled(m, s, (c, h)),
            (Takes::Block(_, deed), Args::Block(c, block)) => deed.is_enabled(m, s, (c, block)),
            (Takes::Kept(deed), Args::Kept(kept)) => deed.is_enabled(m, s, kept),
            _ => false,
        }
    }

    /// Does what an action does.
    fn perform(&self, step: &mut Step<P, C, H>, args: Args) {
        match (self, args) {
            (Takes::Nothing(deed), Args::None) => (deed.effect)(step, ()),
            (Takes::Htlc(deed), Args::Htlc(h)) => (deed.effect)(step, h),
            (Takes::Channel(_, deed), Args::Channel(c)) => (deed.effect)(step, c),
            (Takes::On(deed), Args::On(c, h)) => (deed.effect)(step, (c, h)),
            (Takes::Block(_, deed), Args::Block(c, block)) => (deed.effect)(step, (c, block)),
            (Takes::Kept(deed), Args::Kept(kept)) => (deed.effect)(step, kept),
            _ => unreachable!("an action has the arguments of its kind"),
        }
    }

    /// What an action uses of the bounds.
    fn uses(&self, m: &Machine<P, C, H>, s: View<C, H>, args: Args) -> Uses {
        match (self, args) {
            (Takes::Nothing(deed), Args::None) => (deed.uses)(m, s, ()),
            (Takes::Htlc(deed), Args::Htlc(h)) => (deed.uses)(m, s, h),
            (Takes::Channel(_, deed), Args::Channel(c)) => (deed.uses)(m, s, c),
            (Takes::On(deed), Args::On(c, h)) => (deed.uses)(m, s, (c, h)),
            (Takes::Block(_, deed), Args::Block(c, block)) => (deed.uses)(m, s, (c, block)),
            (Takes::Kept(deed), Args::Kept(kept)) => (deed.uses)(m, s, kept),
            _ => unreachable!("an action has the arguments of its kind"),
        }
    }
}

impl<P: Protocol + ?Sized, A: Copy, const C: usize, const H: usize> Deed<P, A, C, H> {
    fn is_enabled(&self, m: &Machine<P, C, H>, s: View<C, H>, argument: A) -> bool {
        (self.guard)(m, s, argument) && m.has_room(s, (self.uses)(m, s, argument))
    }
}

impl<P: Protocol + ?Sized, const C: usize, const H: usize> Model for Machine<P, C, H> {
    type State = State<C, H>;
    type Action = Action;

    fn init_states(&self) -> Vec<State<C, H>> {
        // One initial state: what varies before a run is the choice of a scenario.
        vec![self.reduced(self.scenario.initial())]
    }

    fn actions(&self, s: &State<C, H>, actions: &mut Vec<Action>) {
        if s.is_stuck() {
            return;
        }
        let view = s.view();
        let met = Needs::met_in(view);
        for (action, needs, row) in &self.asked {
            if needs.are_in(met) && self.is_possible(row, view, *action) {
                actions.push(*action);
            }
        }
        // Of the many crashes that are spelled possible few are in one state.
        if s.budget.crashes > 0 && self.alphabet.last().is_some_and(|a| a.kind == ActionKind::Crash)
        {
            let mut writes = [0; CHANNELS];
            writes[..C].copy_from_slice(&s.disk.writes_len);
            let manager = s.disk.manager_writing;
            let handling = s.node.handling != NO_HTLC;
            let possible = alphabet::crashes(writes, manager, handling, self.builds());
            let row = Self::row(ActionKind::Crash);
            actions.extend(possible.filter(|a| self.is_possible(row, view, *a)));
        }
        // The world may expire an inbound HTLC only where the node has had its chance. Waiting for
        // a slow user is no excuse: a claim has to reach the inbound monitor without the user. Nor
        // is archival, which comes long after.
        if !actions.iter().any(|action| self.is_fair(s, action) && !is_no_excuse(action)) {
            actions.extend(self.expiries(view));
        }
    }

    fn next_state(&self, s: &State<C, H>, action: Action) -> Option<State<C, H>> {
        let mut next = self.after(s, action);
        self.reducer.reduce(&self.topology, &mut next);
        Some(next)
    }

    /// For stateright's own checkers, the second opinion: all guarantees as one.
    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("guarantees", |machine: &Self, s| {
            let mut actions = Vec::new();
            machine.actions(s, &mut actions);
            machine.violated(s, &actions).next().is_none()
        })]
    }
}

fn is_no_excuse(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Begin | ActionKind::Handle | ActionKind::Archive)
}
