//! A list of scenarios in parts that cost about the same, for as many machines.

use crate::pins::Pins;
use crate::report::text::grouped;
use crate::scenario::{self, Scenario};
use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

/// One of several parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, counted from 1.
    index: usize,
    /// Of how many.
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            Some(Shard { index: index.parse().ok()?, count: count.parse().ok()? })
        });
        let is_one = |shard: &Shard| (1..=shard.count).contains(&shard.index);
        parts.filter(is_one).ok_or_else(|| "expected I/N with I from 1 to N".into())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// The scenarios of a list that a shard runs.
pub struct Part {
    /// Its scenarios, in the order of the list.
    pub scenarios: Vec<&'static Scenario>,
    /// What they cost: the unique states that earlier runs counted.
    cost: u64,
    /// How many the list has.
    of: usize,
    /// The names of those whose count is not pinned.
    unpinned: Vec<&'static str>,
}

impl Shard {
    /// Its part of a list. The costliest scenario comes first, and each goes to the part that costs
    /// least so far; costs are the pinned counts, so that every machine shares alike.
    pub fn part(self, list: &[&'static Scenario], pins: &Pins) -> Part {
        let mut order: Vec<usize> = (0..list.len()).collect();
        order.sort_by_key(|at| (Reverse(cost(list[*at], pins)), list[*at].name));
        let mut costs = vec![0; self.count];
        let mut own = Vec::new();
        for at in order {
            let least = (0..self.count).min_by_key(|part| costs[*part]).unwrap_or_default();
            costs[least] += cost(list[at], pins);
            if least + 1 == self.index {
                own.push(at);
            }
        }
        own.sort_unstable();
        let scenarios: Vec<&Scenario> = own.into_iter().map(|at| list[at]).collect();
        let names = scenarios.iter().map(|scenario| scenario.name);
        let unpinned = names.filter(|name| !pins.reduced.contains_key(*name)).collect();
        Part { scenarios, cost: costs[self.index - 1], of: list.len(), unpinned }
    }
}

impl Part {
    /// One line that says what it is, and one for what nobody has counted.
    pub fn described(&self, shard: Shard) -> String {
        let (own, cost) = (self.scenarios.len(), grouped(self.cost));
        let mut lines = match own {
            0 => format!("Shard {shard}: none of {} scenarios is left for it.", self.of),
            _ => format!("Shard {shard}: {own} of {} scenarios, about {cost} states.", self.of),
        };
        if !self.unpinned.is_empty() {
            let names = self.unpinned.join(", ");
            lines += &format!("\nTaken for as costly as its class has: {names} (not pinned).");
        }
        lines + "\n"
    }
}

/// The unique states of a scenario, as pinned; of one that is not, the most of its class.
fn cost(scenario: &Scenario, pins: &Pins) -> u64 {
    let of_class = |name: &str| scenario::find(name).is_some_and(|s| s.class == scenario.class);
    match pins.reduced.get(scenario.name) {
        Some(counts) => counts.unique,
        None => {
            let alike = pins.reduced.iter().filter(|(name, _)| of_class(name));
            alike.map(|(_, counts)| counts.unique).max().unwrap_or(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Shard, cost};
    use crate::pins::Pins;
    use crate::scenario::{Class, SCENARIOS, Scenario};

    fn names(scenarios: &[&Scenario]) -> Vec<&'static str> {
        scenarios.iter().map(|scenario| scenario.name).collect()
    }

    #[test]
    fn parts_are_disjoint_cover_all_and_cost_about_the_same() {
        let pins = Pins::load();
        for class in [Class::Quick, Class::Nightly, Class::Long] {
            let list: Vec<&Scenario> = SCENARIOS.iter().filter(|s| s.class <= class).collect();
            let costs = || list.iter().map(|scenario| cost(scenario, &pins));
            let (total, dearest) = (costs().sum::<u64>(), costs().max().unwrap_or_default());
            for count in 1..=8 {
                let of = |index| Shard { index, count }.part(&list, &pins);
                let parts: Vec<_> = (1..=count).map(of).collect();
                let mut all: Vec<&str> = parts.iter().flat_map(|p| names(&p.scenarios)).collect();
                let mut wanted = names(&list);
                all.sort_unstable();
                wanted.sort_unstable();
                assert_eq!(all, wanted, "{count} parts");
                assert_eq!(parts.iter().map(|part| part.cost).sum::<u64>(), total);
                let bound = (total / count as u64).max(dearest) * 11 / 10;
                assert!(parts.iter().all(|part| part.cost <= bound), "{count} parts");
            }
        }
    }

    #[test]
    fn a_part_keeps_the_order_of_the_list() {
        let (pins, list) = (Pins::load(), SCENARIOS.iter().collect::<Vec<_>>());
        let part = Shard { index: 2, count: 3 }.part(&list, &pins);
        let at = |scenario: &Scenario| list.iter().position(|s| s.name == scenario.name);
        assert!(part.scenarios.is_sorted_by_key(|scenario| at(scenario)));
        let whole = Shard { index: 1, count: 1 }.part(&list, &pins);
        assert_eq!(names(&whole.scenarios), names(&list));
    }

    #[test]
    fn what_is_not_pinned_counts_as_the_dearest_of_its_class() {
        let list: Vec<&Scenario> = SCENARIOS.iter().filter(|s| s.class == Class::Quick).collect();
        let mut pins = Pins::load();
        let dearest = list.iter().map(|scenario| cost(scenario, &pins)).max();
        pins.reduced.remove("unused_channel");
        let unused = list.iter().find(|scenario| scenario.name == "unused_channel");
        assert_eq!(unused.map(|scenario| cost(scenario, &pins)), dearest);
        let parts = [1, 2].map(|index| Shard { index, count: 2 }.part(&list, &pins));
        let said = |part: &super::Part| part.described(Shard { index: 1, count: 2 });
        let saying = parts.iter().filter(|part| said(part).contains("unused_channel (not pinned)"));
        assert_eq!(saying.count(), 1);
    }

    #[test]
    fn more_parts_than_scenarios_leave_some_empty() {
        let shard = Shard { index: 3, count: 3 };
        let part = shard.part(&[&SCENARIOS[0], &SCENARIOS[1]], &Pins::load());
        assert!(part.scenarios.is_empty());
        assert_eq!(part.described(shard), "Shard 3/3: none of 2 scenarios is left for it.\n");
    }

    #[test]
    fn a_shard_is_read() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, count: 3 }));
        for text in ["", "2", "0/3", "4/3", "1/0", "a/3", "1/b", "-1/3", "1/2/3", " 1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
