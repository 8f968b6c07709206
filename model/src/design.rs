//! Several departures at once.

use crate::departure::Departure;
use crate::protocol::{Combination, Protocol, Spec};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// SPEC.md with some departures: each decision is that of the one which departs from SPEC.md there.
/// Two of them never depart in the same case to different answers; a debug build looks.
pub struct Design {
    departures: &'static [&'static Departure],
    /// Those that are left out again.
    repaired: &'static [&'static Departure],
    /// Those that are only asked what they would have decided.
    probe: Option<&'static Probe>,
}

/// Departures that a design does not make, and which of them would have decided otherwise.
pub struct Probe {
    candidates: &'static [&'static Departure],
    /// Bit i for candidate i.
    departed: AtomicU64,
}

impl Probe {
    fn note<T: PartialEq>(&self, ask: impl Fn(&dyn Protocol) -> T, spec: &T, answer: &T) {
        let mut rest = !self.departed.load(Relaxed) & below(self.candidates.len());
        while rest != 0 {
            let index = rest.trailing_zeros();
            rest &= rest - 1;
            let other = ask(self.candidates[index as usize].protocol);
            if other != *spec && other != *answer {
                self.departed.fetch_or(1 << index, Relaxed);
            }
        }
    }
}

/// The lowest bits.
fn below(count: usize) -> u64 {
    u64::MAX.checked_shr(64 - count as u32).unwrap_or(0)
}

impl Design {
    /// SPEC.md with all of these departures.
    pub const fn new(departures: &'static [&'static Departure]) -> Design {
        Design { departures, repaired: &[], probe: None }
    }

    /// This design without some of its departures: there it keeps SPEC.md.
    #[must_use]
    pub fn without(self, repaired: &'static [&'static Departure]) -> Design {
        Design { repaired, ..self }
    }

    /// This design, and beside each of its decisions the question whether one of these departures
    /// would have decided otherwise. One that never does changes nothing here. Those
    /// whose bit is set in `known` are not asked, and pass for departing.
    #[must_use]
    pub fn probing(self, candidates: &'static [&'static Departure], known: u64) -> Design {
        assert!(candidates.len() <= 64, "one bit for each candidate");
        let probe = Box::leak(Box::new(Probe { candidates, departed: AtomicU64::new(known) }));
        Design { probe: Some(probe), ..self }
    }

    /// Which of the probed departures would have decided otherwise somewhere: bit i for the i-th.
    pub fn departed(&self) -> u64 {
        self.probe.map_or(0, |probe| probe.departed.load(Relaxed))
    }
}

impl Combination for Design {
    fn decide<T: PartialEq>(&self, ask: impl Fn(&dyn Protocol) -> T) -> T {
        let spec = ask(&Spec);
        let repaired = |one: &&&Departure| self.repaired.iter().any(|r| r.name == one.name);
        let kept = self.departures.iter().filter(|one| !repaired(one));
        let mut departing =
            kept.map(|one| (one.name, ask(one.protocol))).filter(|(_, answer)| *answer != spec);
        let decided = departing.next();
        if let (Some((name, answer)), true) = (&decided, cfg!(debug_assertions)) {
            let conflict = departing.find(|(_, other)| other != answer);
            let other = conflict.map(|(other, _)| other);
            assert_eq!(other, None, "'{name}' departs here too, and decides otherwise");
        }
        let answer = decided.map(|(_, answer)| answer);
        let Some(probe) = self.probe else { return answer.unwrap_or(spec) };
        match answer {
            Some(answer) => {
                probe.note(ask, &spec, &answer);
                answer
            }
            None => {
                probe.note(ask, &spec, &spec);
                spec
            }
        }
    }
}
