//! Findings: violations of other profiles than `spec`, one for each distinct cause.
//!
//! A cause is one departure, or several that only together suffice: with no other departure the
//! violation is there, and with any one of them repaired the trace leads nowhere (a test holds
//! both against every finding). Each has a script, a page in `docs/findings/`, and [`facts`] that
//! the box at the top of the page and the index are written from. What is wrong in LDK and cannot
//! be said in the model yet has a page and facts alone ([`UNMODELLED`]).

pub mod facts;
mod list;
mod unmodelled;

pub use list::FINDINGS;
pub use unmodelled::{UNMODELLED, Unmodelled};

use self::facts::{FACTS, Facts};
use crate::departure::Departure;
use crate::mechanism;
use crate::pins::Pins;
use crate::profile::{self, Profile};
use crate::protocol::Protocol;
use crate::scenario::{self, Scenario};
use crate::trace::Script;

/// A violation, and why it is there.
pub struct Finding {
    /// Its number, three digits.
    pub id: &'static str,
    /// Its name: what happens.
    pub name: &'static str,
    /// The profile it was found under.
    pub profile: &'static str,
    /// What was set on top of that profile, as `FLAG=VALUE`.
    pub set: &'static [&'static str],
    /// The guarantee it violates.
    pub guarantee: &'static str,
    /// The scenario its trace was found in.
    pub scenario: &'static str,
    /// The departures that cause it.
    pub causes: &'static [&'static Departure],
    /// What happens, in one sentence.
    pub claim: &'static str,
    /// Its script: a shortest trace in its scenario with only these causes, which violates the
    /// guarantee under the profile as well; where that is none, one made by hand that does.
    pub script: &'static str,
}

/// A page of `docs/findings/`, as its box and the index show it.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Its number, three digits.
    pub id: &'static str,
    /// Its name: what happens.
    pub name: &'static str,
    /// How bad it is, who has it, what it takes, how sure it is.
    pub facts: &'a Facts,
    /// What the model would have to have to say it; nothing where it says it.
    pub lacks: Option<&'static str>,
}

impl Page<'_> {
    /// Where it is in the tree.
    pub fn path(&self) -> String {
        format!("docs/findings/{}-{}.md", self.id, self.name)
    }
}

/// The pages of all findings and of what is not modelled, by number.
pub fn pages() -> Vec<Page<'static>> {
    let unmodelled = UNMODELLED.iter().map(Unmodelled::page);
    let mut pages: Vec<_> = FINDINGS.iter().map(Finding::page).chain(unmodelled).collect();
    pages.sort_by_key(|page| page.id);
    pages
}

fn facts_of(id: &str) -> &'static Facts {
    FACTS.iter().find(|facts| facts.id == id).expect("each number has facts")
}

/// Finds a finding by its number.
pub fn find(id: &str) -> Option<&'static Finding> {
    FINDINGS.iter().find(|finding| finding.id == id)
}

/// Findings whose script does not violate its guarantee after the pinned number of steps, one line
/// each.
pub fn changed(pins: &Pins) -> Vec<String> {
    let pinned = |finding: &Finding| pins.findings.get(finding.id).copied();
    let changed = FINDINGS.iter().filter(|finding| finding.steps() != pinned(finding));
    let line = |finding: &Finding| format!("finding {}: its script is not as pinned", finding.id);
    changed.map(line).collect()
}

impl Finding {
    /// Its page.
    ///
    /// # Panics
    /// If there are no facts of it; a test rules that out.
    pub fn page(&self) -> Page<'static> {
        Page { id: self.id, name: self.name, facts: facts_of(self.id), lacks: None }
    }

    /// Its script, as a path in the tree.
    pub fn script_path(&self) -> String {
        format!("tests/scenarios/finding_{}_{}.scn", self.id, self.name.replace('-', "_"))
    }

    /// The profile it was found under, with what was set on top of it.
    ///
    /// # Panics
    /// If there is no such profile or setting; a test rules that out.
    pub fn profile(&self) -> &'static Profile {
        let base = profile::find(self.profile).expect("a finding names a profile");
        let set = self.set.iter().map(|text| mechanism::parse(text));
        let set: Vec<_> = set.collect::<Result<_, _>>().expect("a finding names settings");
        base.with(&set).expect("each is set once")
    }

    /// Its script, read.
    ///
    /// # Panics
    /// If it is no script; a test rules that out.
    pub fn trace(&self) -> Script {
        Script::parse(self.script).expect("a finding's script is well-formed")
    }

    /// The scenario its trace was found in.
    ///
    /// # Panics
    /// If there is no such scenario; a test rules that out.
    pub fn scenario(&self) -> &'static Scenario {
        scenario::find(self.scenario).expect("a finding names a scenario")
    }

    /// How many steps its script has, if its last state violates the guarantee.
    pub fn steps(&self) -> Option<usize> {
        self.steps_under(self.profile().protocol)
    }

    /// How many steps its script has, if its last state violates the guarantee under these
    /// decisions.
    pub fn steps_under(&self, protocol: &'static dyn Protocol) -> Option<usize> {
        let script = Script::parse(self.script).ok()?;
        let states = script.run_under(protocol).ok()?;
        let violated = script.violated(&states[states.len() - 1]);
        violated.iter().any(|property| property.id == self.guarantee).then(|| states.len() - 1)
    }
}
