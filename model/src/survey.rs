//! Which mechanisms are needed, as far as the quick scenarios can tell.

use crate::check::{self, Settings, Verdict};
use crate::departure::Departure;
use crate::design::Design;
use crate::machine::Machine;
use crate::mechanism::{Setting, departures};
use crate::pins::Pins;
use crate::protocol::Protocol;
use crate::reduction::Reductions;
use crate::scenario::{Class, Flag, Role, SCENARIOS, Scenario};
use std::collections::{BTreeMap, VecDeque};

/// What the quick scenarios say of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Every guarantee holds in every quick scenario, each explored to its end.
    Holds,
    /// A guarantee is violated.
    Violates(Violated),
}

/// A violation: the first one met, with the cheapest scenarios first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violated {
    /// Every guarantee that is violated after so many steps.
    pub guarantees: Vec<&'static str>,
    /// Where.
    pub scenario: &'static str,
    /// The length of the shortest trace to any violation there.
    pub steps: usize,
}

/// The flags of a plain scenario.
const PLAIN: [Flag; 5] =
    [Flag::AsyncOut, Flag::AsyncIn, Flag::AsyncManager, Flag::CloseOut, Flag::CloseIn];

/// The quick scenarios with full writes only, without archival, `PaymentForwarded`, blocked
/// updates, claims by message, changes of the build, notices that wait, payments received or made
/// during the run, HTLCs that wait to be offered, several parts and several previous hops; the one
/// with the fewest states is first.
pub fn scenarios() -> Vec<&'static Scenario> {
    let pins = Pins::load();
    let states = |scenario: &&Scenario| pins.scenarios.get(scenario.name).map(|pin| pin.unique);
    let is_plain = |s: &Scenario| {
        let is_plain = |role: &Role| matches!(role, Role::Own | Role::Forward);
        s.flags.iter().all(|flag| PLAIN.contains(&flag)) && s.htlcs.iter().all(is_plain)
    };
    let is_surveyed = |s: &&Scenario| s.class == Class::Quick && is_plain(s);
    let mut quick: Vec<_> = SCENARIOS.iter().filter(is_surveyed).collect();
    quick.sort_by_key(states);
    quick
}

/// The violations of one design in one scenario that come first; none if all guarantees hold.
///
/// # Panics
/// If the search runs out of memory.
pub fn violated(
    design: &'static Design,
    scenario: &Scenario,
    settings: &Settings,
) -> Option<Violated> {
    let machine = Machine::<dyn Protocol>::new(scenario, design);
    let report = check::hunt_any(&machine, settings);
    assert!(report.verdict != Verdict::Incomplete, "{}: out of memory", scenario.name);
    let steps = report.violations.iter().map(|violation| violation.path.len()).min()?;
    let soonest = report.violations.iter().filter(|violation| violation.path.len() == steps);
    let guarantees = soonest.map(|violation| violation.property.id).collect();
    Some(Violated { guarantees, scenario: scenario.name, steps })
}

/// SPEC.md with these departures. It lives as long as the program.
pub fn design(departures: &[Setting]) -> Design {
    let departures: Vec<_> = departures.iter().filter_map(|one| one.value.departure).collect();
    Design::new(departures.leak())
}

/// So many scenarios have few states.
const CHEAP: usize = 2;

/// A design's departures from SPEC.md, at most one of each mechanism, in their fixed order.
pub type Departures = Vec<Setting>;

/// All that a survey found.
pub struct Survey {
    /// Each departure that leaves something out, alone.
    pub singles: Vec<(Setting, Judged)>,
    /// Those of them that decide nothing otherwise in any quick scenario.
    pub idle: Vec<Setting>,
    /// How many designs were judged, SPEC.md among them, those of the pairs not counted.
    pub judged: usize,
    /// The designs that keep all guarantees, SPEC.md among them.
    pub keeping: Vec<Departures>,
    /// Those of them that keep no more if one more mechanism is left out, whatever is done instead.
    pub minimal: Vec<Departures>,
    /// How many pairs of departures were judged of which one violates something alone.
    pub pairs: usize,
    /// Those of these pairs that keep all guarantees: leaving out less violates more.
    pub repaired: Vec<Departures>,
}

/// What a search of a design in a scenario, up to its first violation, has shown.
#[derive(Clone)]
struct Seen {
    violated: Option<Violated>,
    /// Which of the surveyed departures would have decided something otherwise on the way. One that
    /// would not can be added without a search: it would go the same way.
    departing: u64,
}

/// Judges designs, each once.
pub struct Surveyor<'a> {
    settings: Settings<'a>,
    scenarios: Vec<&'static Scenario>,
    known: BTreeMap<String, Judged>,
    /// What is known of a design in a scenario.
    seen: BTreeMap<(String, &'static str), Seen>,
    candidates: &'static [&'static Departure],
    /// Which of the surveyed departures are known to violate something alone: to ask whether they
    /// depart would cost more than it saves.
    violating: u64,
    /// Told of each design and what became of it.
    told: &'a dyn Fn(&[Setting], &Judged),
}

impl<'a> Surveyor<'a> {
    /// One that has judged nothing yet.
    pub fn new(settings: Settings<'a>, told: &'a dyn Fn(&[Setting], &Judged)) -> Surveyor<'a> {
        let candidates: Vec<_> = lesser().filter_map(|one| one.value.departure).collect();
        Surveyor {
            settings: Settings { reductions: Reductions::ALL, ..settings },
            scenarios: scenarios(),
            known: BTreeMap::new(),
            seen: BTreeMap::new(),
            candidates: candidates.leak(),
            violating: 0,
            told,
        }
    }

    /// Judges a design. Where one of its departures violates something alone, and soon, is a good
    /// place to look first; beyond that the cheapest scenario goes first.
    pub fn judge(&mut self, design: &[Setting]) -> Judged {
        let name = format!("{design:?}");
        if let Some(judged) = self.known.get(&name) {
            return judged.clone();
        }
        let hints: Vec<&Violated> = design.iter().filter_map(|one| self.alone(*one)).collect();
        let soonest = |scenario: &Scenario| {
            let there = hints.iter().filter(|violated| violated.scenario == scenario.name);
            there.map(|violated| violated.steps).min().unwrap_or(usize::MAX)
        };
        let mut order = self.scenarios.clone();
        order.sort_by_key(|scenario| soonest(scenario));
        let violated = order.into_iter().find_map(|place| self.violated_in(design, place));
        let judged = violated.map_or(Judged::Holds, Judged::Violates);
        self.learn(design, &judged);
        judged
    }

    fn learn(&mut self, design: &[Setting], judged: &Judged) {
        (self.told)(design, judged);
        self.known.insert(format!("{design:?}"), judged.clone());
        if let ([single], Judged::Violates(_)) = (design, judged) {
            self.violating |= bit(*single);
        }
    }

    /// Most departures violate something where there are few states: that makes what follows
    /// cheaper, and changes no verdict.
    fn judge_the_obvious(&mut self) {
        for single in lesser() {
            let cheap = self.scenarios[..CHEAP].to_vec();
            let design: &'static Design = Box::leak(Box::new(design(&[single])));
            let judged = |place| violated(design, place, &self.settings);
            if let Some(found) = cheap.into_iter().find_map(judged) {
                self.learn(&[single], &Judged::Violates(found));
            }
        }
    }

    fn violated_in(
        &mut self,
        departures: &[Setting],
        place: &'static Scenario,
    ) -> Option<Violated> {
        let seen = self.seen_in_a_larger(departures, place).unwrap_or_else(|| {
            let design = design(departures).probing(self.candidates, self.violating);
            let design: &'static Design = Box::leak(Box::new(design));
            let violated = violated(design, place, &self.settings);
            Seen { violated, departing: design.departed() }
        });
        let violated = seen.violated.clone();
        self.seen.insert((format!("{departures:?}"), place.name), seen);
        violated
    }

    /// If this scenario cannot tell the design from one that has one mechanism more: what was seen
    /// of that one.
    fn seen_in_a_larger(&self, design: &[Setting], place: &Scenario) -> Option<Seen> {
        design.iter().find_map(|left_out| {
            let others = design.iter().filter(|one| *one != left_out);
            let larger: Vec<Setting> = others.copied().collect();
            let seen = self.seen.get(&(format!("{larger:?}"), place.name))?;
            (seen.departing & bit(*left_out) == 0).then(|| seen.clone())
        })
    }

    /// What a departure violates alone.
    fn alone(&self, single: Setting) -> Option<&Violated> {
        match self.known.get(&format!("{:?}", [single])) {
            Some(Judged::Violates(violated)) => Some(violated),
            _ => None,
        }
    }

    /// The departures that decide nothing otherwise in any scenario under SPEC.md.
    fn idle(&self) -> Vec<Setting> {
        let spec = self.seen.iter().filter(|((design, _), _)| design == "[]");
        let departing = spec.fold(0, |all, (_, seen)| all | seen.departing);
        lesser().filter(|one| departing & bit(*one) == 0).collect()
    }

    /// The whole survey: singles, pairs of which one violates something, and from every design
    /// that keeps all guarantees downwards as long as some do.
    pub fn survey(mut self) -> Survey {
        self.judge_the_obvious();
        assert_eq!(self.judge(&[]), Judged::Holds, "SPEC.md keeps its own guarantees");
        let singles: Vec<(Setting, Judged)> =
            lesser().map(|single| (single, self.judge(&[single]))).collect();
        let idle = self.idle();
        let (pairs, repaired) = self.pairs(&singles);
        let before = self.known.len();
        let mut keeping: Vec<Departures> = vec![];
        let mut minimal = vec![];
        let mut queue: VecDeque<Departures> =
            [vec![]].into_iter().chain(repaired.clone()).collect();
        while let Some(design) = queue.pop_front() {
            if keeping.contains(&design) || self.judge(&design) != Judged::Holds {
                continue;
            }
            keeping.push(design.clone());
            let smaller = lesser().filter_map(|one| extended(&design, one));
            let smaller: Vec<Departures> =
                smaller.filter(|other| self.judge(other) == Judged::Holds).collect();
            if smaller.is_empty() {
                minimal.push(design);
            }
            queue.extend(smaller);
        }
        let judged = 1 + singles.len() + self.known.len() - before;
        Survey { singles, idle, judged, keeping, minimal, pairs, repaired }
    }

    /// Every pair of departures of which one at least violates something alone, and those that
    /// keep all guarantees together.
    fn pairs(&mut self, singles: &[(Setting, Judged)]) -> (usize, Vec<Departures>) {
        let (mut count, mut repaired) = (0, vec![]);
        for (index, (one, alone)) in singles.iter().enumerate() {
            for (other, other_alone) in &singles[index + 1..] {
                let both_hold = (alone, other_alone) == (&Judged::Holds, &Judged::Holds);
                let Some(pair) = extended(&[*one], *other).filter(|_| !both_hold) else { continue };
                count += 1;
                if self.judge(&pair) == Judged::Holds {
                    repaired.push(pair);
                }
            }
        }
        (count, repaired)
    }
}

/// The departures that leave something out; only of them can be asked whether it is needed.
pub fn lesser() -> impl Iterator<Item = Setting> {
    departures().filter(|one| one.mechanism.surveyed)
}

/// The place of a departure among those that are surveyed, as a bit.
fn bit(setting: Setting) -> u64 {
    1 << lesser().position(|one| one == setting).expect("it is one of them")
}

/// A design with one departure more; none if it departs in that mechanism already.
fn extended(design: &[Setting], one: Setting) -> Option<Departures> {
    if design.iter().any(|other| other.mechanism.name == one.mechanism.name) {
        return None;
    }
    let chosen = |setting: &Setting| *setting == one || design.contains(setting);
    Some(departures().filter(chosen).collect())
}
