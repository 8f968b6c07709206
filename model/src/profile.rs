//! Profiles: other designs of the same hand-over, as the departures from SPEC.md that they make.
//!
//! An [`Outline`] is what is written down of a design: the design it starts from, what it does
//! otherwise, and where its code says so. A [`Profile`] is what follows: the list of departures and
//! a protocol that makes them. Whatever no departure speaks of is as in SPEC.md: so a violation
//! under a profile is a violation of the *model* of that design, and the page of the finding says
//! how sure we are of the design itself. How writes behave (synchronous or not) is part of a
//! scenario, never of a profile.

mod list;

use crate::departure::Departure;
use crate::design::Design;
use crate::mechanism::{self, Setting};
use crate::protocol::{Protocol, Spec};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A departure that a design makes, with what says so.
pub struct Made {
    /// What it does.
    pub departure: &'static Departure,
    /// Where it does so: `file::function @commit`.
    pub evidence: &'static [&'static str],
}

/// What is written down of a design.
pub struct Outline {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub story: &'static str,
    /// The commit at which it was read; none for SPEC.md.
    pub commit: Option<&'static str>,
    /// The design that it starts from; SPEC.md if there is none.
    pub base: Option<&'static Outline>,
    /// What it does, and its base does not.
    pub adds: &'static [Made],
    /// What its base does, and it does not.
    pub drops: &'static [&'static Departure],
    /// What its base does, and it does still: looked up again at its own commit.
    pub still: &'static [Made],
    /// What it does if it is set up so, or with a pull request on top: for `check --set`.
    pub optional: &'static [Made],
    /// What of the design the core cannot say yet, so that no verdict here is about it.
    pub unsaid: &'static [&'static str],
}

impl Outline {
    /// Every departure that it makes: those of its base first.
    pub fn departures(&self) -> Vec<&'static Departure> {
        let mut departures = self.base.map(Outline::departures).unwrap_or_default();
        departures.retain(|one| !self.drops.iter().any(|dropped| dropped.name == one.name));
        departures.extend(self.adds.iter().map(|made| made.departure));
        departures
    }

    /// Where the design makes a departure, as it was last looked up: in its own commit, or else in
    /// that of its base. None if nobody has said.
    pub fn evidence(&self, departure: &Departure) -> &'static [&'static str] {
        let own = [self.adds, self.still, self.optional].into_iter().flatten();
        match own.into_iter().find(|made| made.departure.name == departure.name) {
            Some(made) => made.evidence,
            None => self.base.map_or(&[], |base| base.evidence(departure)),
        }
    }
}

/// A design.
pub struct Profile {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is written down of it.
    pub outline: &'static Outline,
    /// Where it departs from SPEC.md.
    pub departures: &'static [&'static Departure],
    /// Its decisions.
    pub protocol: &'static dyn Protocol,
    /// Which mechanisms were set on top of the outline; none in [`PROFILES`].
    pub set: &'static [Setting],
}

/// All profiles; the first is SPEC.md itself.
pub static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let profile = |outline: &'static Outline| Profile::new(outline, outline.departures(), &[]);
    list::OUTLINES.iter().map(profile).collect()
});

impl Profile {
    /// A design lives as long as the program; there are few of them in a run.
    fn new(
        outline: &'static Outline,
        departures: Vec<&'static Departure>,
        set: &'static [Setting],
    ) -> Profile {
        let departures: &'static [&'static Departure] = departures.leak();
        let protocol = match departures {
            [] => &Spec,
            [only] => only.protocol,
            _ => Box::leak(Box::new(Design::new(departures))),
        };
        Profile { name: outline.name, outline, departures, protocol, set }
    }

    /// Its decisions with some departures repaired: there it keeps SPEC.md.
    pub fn repaired(&self, causes: &'static [&'static Departure]) -> Design {
        Design::new(self.departures).without(causes)
    }

    /// This profile with some mechanisms set, also back to SPEC.md. What comes out as a known
    /// profile is that profile.
    ///
    /// # Errors
    /// If one mechanism is set twice.
    pub fn with(&'static self, settings: &[Setting]) -> Result<&'static Profile, String> {
        let mut departures = self.departures.to_vec();
        for (index, setting) in settings.iter().enumerate() {
            let name = setting.mechanism.name;
            let is_piece = |one: &Setting| one.is_piece() && setting.is_piece() && one != setting;
            let mut earlier = settings[..index].iter().filter(|one| one.mechanism.name == name);
            let goes_with = earlier.clone().next().is_some() && earlier.clone().all(is_piece);
            if earlier.next().is_some() && !goes_with {
                return Err(format!("'{name}' is set twice"));
            }
            departures.retain(|d| {
                goes_with || mechanism::of_departure(d).is_none_or(|own| own.mechanism.name != name)
            });
            departures.extend(setting.value.departure);
        }
        let is_same = |profile: &&Profile| {
            let known = |d: &&Departure| profile.departures.iter().any(|own| own.name == d.name);
            profile.departures.len() == departures.len() && departures.iter().all(known)
        };
        if let Some(profile) = PROFILES.iter().find(is_same) {
            return Ok(profile);
        }
        let set = settings.to_vec().leak();
        Ok(Box::leak(Box::new(Profile::new(self.outline, departures, set))))
    }

    /// Its name, and what was set on top of it.
    pub fn title(&self) -> String {
        let set: Vec<String> = self.set.iter().map(Setting::to_string).collect();
        if set.is_empty() {
            self.name.to_owned()
        } else {
            format!("{} with {}", self.name, set.join(", "))
        }
    }

    /// What was set on top of it, by flag; of one that is set piece by piece, the pieces.
    pub fn settings(&self) -> BTreeMap<&'static str, String> {
        let mut flags = BTreeMap::new();
        for Setting { mechanism, value } in self.set {
            let values: &mut String = flags.entry(mechanism.name).or_default();
            let comma = if values.is_empty() { "" } else { "," };
            *values += &format!("{comma}{}", value.name);
        }
        flags
    }

    /// Whether it is SPEC.md.
    pub fn is_spec(&self) -> bool {
        self.departures.is_empty()
    }
}

/// Finds a profile by name.
pub fn find(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// The profile of SPEC.md.
pub fn spec() -> &'static Profile {
    &PROFILES[0]
}
