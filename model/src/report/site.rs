//! A whole run as one page: what `report DIR` writes, for those who would rather look than read.

use super::drawing::{Drawing, Heading};
use crate::breach::Breach;
use crate::fate::{FATES, Fates};
use crate::finding::{self, FINDINGS, Finding, Page};
use crate::mechanism::MECHANISMS;
use crate::mutant::MUTANTS;
use crate::profile::{PROFILES, Profile};
use crate::property::PROPERTIES;
use crate::rule::{Rule, SPEC, sentence};
use crate::suite::{self, Checked, Trial};
use serde::Serialize;
use std::collections::BTreeMap;

/// The decisions, by rule: what the model asks.
const DECISIONS: &str = include_str!("../protocol.rs");

/// What a site is made from.
pub struct Found<'a> {
    /// The verdict in a word, and then in sentences.
    pub verdict: (&'static str, Vec<String>),
    /// The scenarios, under SPEC.md.
    pub checked: &'a [Checked<'a>],
    /// The pinned violations of the other profiles, run again.
    pub breaches: &'a [Breach],
    /// The mutants.
    pub trials: &'a [Trial],
    /// What becomes of each kind of news, by profile and scenario.
    pub fates: &'a [(&'static Profile, Vec<Fates>)],
    /// What each change of a small scenario costs, in unique states.
    pub growth: &'a [(String, u64)],
}

#[derive(Serialize)]
struct Site {
    schema: u8,
    command: &'static str,
    verdict: Verdict,
    guarantees: Vec<Guarantee>,
    profiles: Vec<Design>,
    mechanisms: Vec<Mechanism>,
    events: Vec<Event>,
    scenarios: Vec<Scenario>,
    growth: Vec<Growth>,
    mutants: Vec<Mutant>,
    rules: Vec<RuleRow>,
    findings: Vec<FindingRow>,
}

#[derive(Serialize)]
struct Verdict {
    word: &'static str,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct Guarantee {
    id: &'static str,
    claim: &'static str,
    sentence: String,
}

#[derive(Serialize)]
struct Design {
    name: &'static str,
    story: &'static str,
    commit: Option<&'static str>,
    departures: Vec<Departure>,
    guarantees: BTreeMap<&'static str, Cell>,
}

#[derive(Serialize)]
struct Departure {
    name: &'static str,
    rules: Vec<&'static str>,
    story: &'static str,
}

#[derive(Serialize)]
struct Cell {
    verdict: &'static str,
    steps: Option<usize>,
    scenario: Option<&'static str>,
    finding: Option<&'static str>,
}

#[derive(Serialize)]
struct Mechanism {
    name: &'static str,
    decides: &'static str,
    values: Vec<Value>,
}

#[derive(Serialize)]
struct Value {
    name: &'static str,
    departure: Option<&'static str>,
    story: &'static str,
    rules: Vec<&'static str>,
}

#[derive(Serialize)]
struct Event {
    news: &'static str,
    fate: &'static str,
    story: &'static str,
    profiles: BTreeMap<&'static str, Told>,
}

#[derive(Serialize)]
struct Told {
    steps: Option<usize>,
    says: String,
}

#[derive(Serialize)]
struct Scenario {
    name: &'static str,
    class: &'static str,
    bounds: BTreeMap<&'static str, u8>,
    flags: Vec<&'static str>,
    unique: u64,
    generated: u64,
    depth: u32,
    verdict: &'static str,
    seconds: f64,
}

#[derive(Serialize)]
struct Growth {
    change: String,
    unique: u64,
    factor: f64,
}

#[derive(Serialize)]
struct Mutant {
    name: &'static str,
    story: &'static str,
    breaks: Vec<&'static str>,
    killed_by: Option<&'static str>,
    steps: Option<usize>,
    scenario: &'static str,
}

#[derive(Serialize)]
struct RuleRow {
    id: &'static str,
    sentence: String,
    mutants: Vec<&'static str>,
    place: Vec<String>,
}

#[derive(Serialize)]
struct FindingRow {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    profile: Option<String>,
    guarantee: Option<&'static str>,
    steps: Option<usize>,
    page: String,
    trace: Option<Drawing>,
}

/// The data of the site, as JSON.
pub fn json(found: &Found) -> String {
    let site = Site {
        schema: 1,
        command: "cargo run -p model --release -- report DIR",
        verdict: Verdict { word: found.verdict.0, lines: found.verdict.1.clone() },
        guarantees: PROPERTIES
            .iter()
            .map(|property| Guarantee {
                id: property.id,
                claim: property.claim,
                sentence: sentence(SPEC, property.id).unwrap_or_default(),
            })
            .collect(),
        profiles: PROFILES.iter().map(|profile| design(profile, found)).collect(),
        mechanisms: MECHANISMS.iter().map(mechanism).collect(),
        events: events(found),
        scenarios: found.checked.iter().map(scenario).collect(),
        growth: growth(found.growth),
        mutants: found.trials.iter().map(mutant).collect(),
        rules: Rule::ALL.iter().map(|rule| rule_row(*rule)).collect(),
        findings: finding::pages().iter().map(finding_row).collect(),
    };
    serde_json::to_string(&site).expect("it has string keys only")
}

fn rules(of: &[Rule]) -> Vec<&'static str> {
    of.iter().map(|rule| rule.id()).collect()
}

fn design(profile: &'static Profile, found: &Found) -> Design {
    let mut cells = BTreeMap::new();
    for (property, verdict) in suite::guarantees(found.checked) {
        let own = |b: &&Breach| b.profile.name == profile.name && b.guarantee == property.id;
        let breach = found.breaches.iter().find(own).filter(|breach| breach.steps().is_some());
        let cell = match breach {
            Some(breach) => Cell {
                verdict: "violated",
                steps: breach.steps(),
                scenario: Some(breach.scenario.name),
                finding: of_breach(breach).map(|finding| finding.id),
            },
            None => Cell {
                verdict: if profile.is_spec() { verdict.name() } else { "not_checked" },
                steps: None,
                scenario: None,
                finding: None,
            },
        };
        cells.insert(property.id, cell);
    }
    let departures = profile.departures.iter().map(|departure| Departure {
        name: departure.name,
        rules: rules(departure.from),
        story: departure.story,
    });
    Design {
        name: profile.name,
        story: profile.outline.story,
        commit: profile.outline.commit,
        departures: departures.collect(),
        guarantees: cells,
    }
}

/// A finding that violates the same: the one with the same trace, or else any.
fn of_breach(breach: &Breach) -> Option<&'static Finding> {
    let violates = |finding: &&Finding| {
        (finding.profile, finding.guarantee) == (breach.profile.name, breach.guarantee)
            && finding.set.is_empty()
    };
    let is_same = |finding: &&Finding| finding.steps() == breach.steps();
    let mut all = FINDINGS.iter().filter(violates);
    all.clone().find(is_same).or_else(|| all.next())
}

fn mechanism(mechanism: &crate::mechanism::Mechanism) -> Mechanism {
    let values = mechanism.all().map(|value| Value {
        name: value.name,
        departure: value.departure.map(|departure| departure.name),
        story: value.departure.map_or("as SPEC.md says", |departure| departure.story),
        rules: value.departure.map_or(vec![], |departure| rules(departure.from)),
    });
    let (name, decides) = (mechanism.name, mechanism.decides);
    Mechanism { name, decides, values: values.collect() }
}

fn events(found: &Found) -> Vec<Event> {
    let told = |index: usize, fates: &[Fates]| {
        let complete = fates.iter().all(|fates| fates.complete);
        let paths = fates.iter().filter_map(|fates| fates.paths[index].as_ref());
        let steps = paths.map(Vec::len).min();
        let never = if complete { "never" } else { "not seen" };
        Told { steps, says: steps.map_or(never.into(), |steps| steps.to_string()) }
    };
    FATES
        .iter()
        .enumerate()
        .map(|(index, fate)| Event {
            news: fate.news,
            fate: fate.fate,
            story: fate.story,
            profiles: found.fates.iter().map(|(p, fates)| (p.name, told(index, fates))).collect(),
        })
        .collect()
}

fn scenario(one: &Checked) -> Scenario {
    let Checked { scenario, report, .. } = one;
    Scenario {
        name: scenario.name,
        class: scenario.class.name(),
        bounds: scenario.bounds().into_iter().collect(),
        flags: scenario.switches(),
        unique: report.unique,
        generated: report.generated,
        depth: report.depth,
        verdict: report.verdict.name(),
        seconds: report.seconds,
    }
}

fn growth(growth: &[(String, u64)]) -> Vec<Growth> {
    let base = growth.first().map_or(1, |(_, unique)| *unique) as f64;
    let row = |(change, unique): &(String, u64)| Growth {
        change: change.clone(),
        unique: *unique,
        factor: *unique as f64 / base,
    };
    growth.iter().map(row).collect()
}

fn mutant(trial: &Trial) -> Mutant {
    let departure = trial.mutant.departure;
    let steps = trial.steps();
    Mutant {
        name: departure.name,
        story: departure.story,
        breaks: rules(departure.from),
        killed_by: steps.map(|_| trial.mutant.killed_by),
        steps,
        scenario: trial.scenario.name,
    }
}

fn rule_row(rule: Rule) -> RuleRow {
    let breakers = MUTANTS.iter().filter(|mutant| mutant.departure.from.contains(&rule));
    RuleRow {
        id: rule.id(),
        sentence: rule.sentence(),
        mutants: breakers.map(|mutant| mutant.departure.name).collect(),
        place: decisions(DECISIONS, rule.id()),
    }
}

/// The decisions whose comment names a rule.
fn decisions(text: &str, rule: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut comment = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("///") {
            comment.push_str(said);
            comment.push(' ');
            continue;
        }
        if let Some(name) = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next()) {
            let mut words = comment.split(|c: char| !c.is_alphanumeric() && c != '-');
            if words.any(|word| word == rule) {
                found.push(format!("model/src/protocol.rs: {name}"));
            }
        }
        comment.clear();
    }
    found
}

fn finding_row(page: &Page) -> FindingRow {
    let finding = finding::find(page.id);
    let trace = finding.and_then(|finding| {
        let heading = Heading {
            title: format!("Finding {}: {}", finding.id, finding.claim),
            about: vec![],
            arguments: vec!["show".into(), finding.id.into()],
        };
        Drawing::new(&finding.trace(), heading).ok()
    });
    FindingRow {
        id: page.id,
        title: page.facts.title,
        severity: page.facts.severity.into(),
        profile: finding.map(|finding| finding.profile().title()),
        guarantee: finding.map(|finding| finding.guarantee),
        steps: finding.and_then(Finding::steps),
        page: page.path(),
        trace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_place() {
        for rule in Rule::ALL {
            assert!(!decisions(DECISIONS, rule.id()).is_empty(), "{}", rule.id());
        }
        assert_eq!(decisions("/// MON-11.\nfn a(&self)", "MON-1"), Vec::<String>::new());
    }
}
