//! `model/pins.json` holds what the model counts. `UPDATE_PINS=1` writes it anew for
//! quick scenarios, mutants, profiles and findings (with the scripts of the latter),
//! `UPDATE_PINS=nightly` and `UPDATE_PINS=long` for dearer scenarios and findings too,
//! `UPDATE_PINS=012` for one finding alone; scenarios and mutants by name, too. What is not counted
//! anew stays as it is.

use model::bounds;
use model::breach;
use model::check::{Settings, Verdict, hunt};
use model::design::Design;
use model::finding::{FINDINGS, Finding};
use model::machine::Machine;
use model::mutant::{self, MUTANTS, Mutant};
use model::pins::{Counts, Death, Pins, Shortest};
use model::profile::{self, PROFILES, Profile};
use model::property::PROPERTIES;
use model::protocol::Protocol;
use model::reduction::Reductions;
use model::scenario::{Class, SCENARIOS, Scenario};
use model::suite;
use model::trace::{Expectation, Script};
use std::collections::BTreeMap;

#[test]
fn every_scenario_and_mutant_is_pinned() {
    if std::env::var_os("UPDATE_PINS").is_some() {
        return update();
    }
    let pins = Pins::load();
    let scenarios: Vec<&str> = SCENARIOS.iter().map(|s| s.name).collect();
    let killed: Vec<&str> = MUTANTS.iter().map(|m| m.departure.name).collect();
    for Scenario { name, class, .. } in SCENARIOS {
        assert!(pins.reduced.contains_key(*name), "{name} is not pinned");
        // Of the largest not every state fits into memory.
        let is_counted = pins.scenarios.contains_key(*name) || *class == Class::Long;
        assert!(is_counted, "{name} is not pinned without reductions");
    }
    for name in pins.scenarios.keys().chain(pins.reduced.keys()) {
        assert!(scenarios.contains(&name.as_str()), "{name} is pinned and does not exist");
    }
    for name in &killed {
        assert!(pins.mutants.contains_key(*name), "{name} is not pinned");
    }
    for name in pins.mutants.keys() {
        assert!(killed.contains(&name.as_str()), "{name} is pinned and not killed");
    }
    for (name, violations) in &pins.profiles {
        assert!(model::profile::find(name).is_some(), "{name} is pinned and does not exist");
        for (id, pin) in violations {
            assert!(PROPERTIES.iter().any(|p| p.id == id), "{name}: {id} is pinned, no guarantee");
            assert!(scenarios.contains(&pin.scenario.as_str()), "{name}: no {}", pin.scenario);
        }
    }
    assert_eq!(pins.profiles.len(), PROFILES.len() - 1, "a profile is not pinned");
    let found: Vec<&str> = FINDINGS.iter().map(|finding| finding.id).collect();
    assert_eq!(pins.findings.keys().collect::<Vec<_>>(), found, "findings and their pins");
}

/// The shortest violation of each guarantee over the quick scenarios, each explored to its end;
/// what only a dearer scenario shows is kept.
fn violations(
    profile: &Profile,
    kept: BTreeMap<String, Shortest>,
    settings: &Settings,
) -> BTreeMap<String, Shortest> {
    let is_quick = |name: &str| model::scenario::find(name).map(|s| s.class) == Some(Class::Quick);
    let mut shortest: BTreeMap<String, Shortest> = BTreeMap::new();
    let counts = |s: &&Scenario| s.class == Class::Quick && s.judges_profiles();
    for scenario in SCENARIOS.iter().filter(counts) {
        let checked = breach::check_scenario(profile, scenario, settings);
        assert!(checked.report.complete, "{} in {}", profile.name, scenario.name);
        for violation in &checked.report.violations {
            let steps = violation.path.len();
            let found = Shortest { scenario: scenario.name.into(), steps };
            let pin = shortest.entry(violation.property.id.into()).or_insert(found.clone());
            if steps < pin.steps {
                *pin = found;
            }
        }
    }
    let dearer = kept.into_iter().filter(|(_, pin)| !is_quick(&pin.scenario));
    for (id, pin) in dearer {
        shortest.entry(id).or_insert(pin);
    }
    shortest
}

/// Searches a finding's trace anew, cuts it where the profile violates the guarantee, and writes
/// it, unless the old one is as short or was made by hand and says so: a page tells its story. Its
/// length; none if the profile does not violate the guarantee on that path.
fn rewrite(finding: &'static Finding, settings: &Settings) -> Option<usize> {
    if finding.script.contains("\n# The order of the steps was chosen by hand.\n") {
        return finding.steps();
    }
    let scenario = finding.scenario();
    let only: &'static Design = Box::leak(Box::new(Design::new(finding.causes)));
    let report = hunt(&Machine::<dyn Protocol>::new(scenario, only), settings, finding.guarantee);
    let found = report.violations.into_iter().find(|v| v.property.id == finding.guarantee)?;
    let mut script = Script {
        scenario: scenario.clone(),
        profile: finding.profile(),
        mutant: None,
        expect: Some(Expectation::Violates(found.property.id)),
        steps: vec![],
    };
    for action in found.path {
        script.steps.push((0, action));
        let states = script.run().ok()?;
        let violated = script.violated(&states[states.len() - 1]);
        if violated.iter().any(|property| property.id == finding.guarantee) {
            break;
        }
    }
    let states = script.run().ok()?;
    let violated = script.violated(&states[states.len() - 1]);
    violated.iter().find(|property| property.id == finding.guarantee)?;
    if finding.steps() == Some(script.steps.len()) {
        return finding.steps();
    }
    let text = format!("# {}\n{script}", finding.claim);
    std::fs::write(conformance::root().join(finding.script_path()), text).expect("it is written");
    Some(script.steps.len())
}

/// How a mutant dies; its script is written, if it has none yet.
fn death(mutant: &'static Mutant, settings: &Settings) -> Death {
    let name = mutant.departure.name;
    let trial = suite::try_mutant(mutant, &Pins::load(), settings);
    let steps = trial.steps().unwrap_or_else(|| panic!("{name} survives"));
    let path = conformance::root().join(format!("tests/scenarios/{name}.scn"));
    let killing = trial.report.violations.iter().find(|v| v.property.id == mutant.killed_by);
    if let Some(killing) = killing.filter(|_| !path.exists()) {
        let script = Script {
            scenario: trial.scenario.clone(),
            profile: profile::spec(),
            mutant: Some(mutant),
            expect: Some(Expectation::Violates(mutant.killed_by)),
            steps: killing.path.iter().map(|action| (0, *action)).collect(),
        };
        std::fs::write(path, script.to_string()).expect("it can be written");
    }
    Death { steps, smallest_bounds: bounds::smallest(mutant, settings).expect("it is killed") }
}

fn update() {
    let wanted = std::env::var("UPDATE_PINS").unwrap_or_default();
    let class = match wanted.as_str() {
        "long" => Class::Long,
        "nightly" => Class::Nightly,
        _ => Class::Quick,
    };
    let settings = Settings::default();
    let old = Pins::load();
    if let Some(scenario) = model::scenario::find(&wanted) {
        let mut pins = old;
        pins.reduced.insert(wanted.clone(), counted(scenario, Reductions::ALL));
        if scenario.class != Class::Long {
            pins.scenarios.insert(wanted, counted(scenario, Reductions::NONE));
        }
        return write(&pins);
    }
    if let Some(finding) = model::finding::find(&wanted) {
        let steps = rewrite(finding, &settings).expect("the profile violates the guarantee");
        let mut pins = old;
        pins.findings.insert(finding.id.into(), steps);
        return write(&pins);
    }
    if let Some(mutant) = mutant::find(&wanted) {
        let mut pins = old;
        pins.mutants.insert(mutant.departure.name.into(), death(mutant, &settings));
        return write(&pins);
    }
    let mut pins = Pins::default();
    for scenario in SCENARIOS {
        let name = scenario.name;
        let kept = |pins: &BTreeMap<String, Counts>| pins.get(name).copied();
        let is_due = scenario.class <= class;
        let reduced = kept(&old.reduced).filter(|_| !is_due);
        let reduced = reduced.unwrap_or_else(|| counted(scenario, Reductions::ALL));
        pins.reduced.insert(name.into(), reduced);
        let full = match kept(&old.scenarios) {
            _ if is_due && scenario.class < Class::Long => {
                Some(counted(scenario, Reductions::NONE))
            }
            full => full,
        };
        pins.scenarios.extend(full.map(|full| (name.to_owned(), full)));
    }
    for mutant in MUTANTS {
        pins.mutants.insert(mutant.departure.name.into(), death(mutant, &settings));
    }
    for profile in PROFILES.iter().filter(|profile| !profile.is_spec()) {
        let kept = old.profiles.get(profile.name).cloned().unwrap_or_default();
        pins.profiles.insert(profile.name.into(), violations(profile, kept, &settings));
    }
    for finding in FINDINGS {
        let found =
            if finding.scenario().class <= class { rewrite(finding, &settings) } else { None };
        let steps = found.or_else(|| finding.steps());
        let steps = steps.unwrap_or_else(|| panic!("{}: its script leads to nothing", finding.id));
        pins.findings.insert(finding.id.into(), steps);
    }
    write(&pins);
}

/// What a check counts that holds.
fn counted(scenario: &Scenario, reductions: Reductions) -> Counts {
    let settings = Settings { reductions, memory_bytes: 16 << 30, ..Settings::default() };
    let report = model::check::check(&Machine::spec(scenario), &settings);
    assert_eq!(report.verdict, Verdict::Holds, "{}", scenario.name);
    suite::counts(&report)
}

fn write(pins: &Pins) {
    let text = serde_json::to_string_pretty(pins).expect("string keys only") + "\n";
    std::fs::write(conformance::root().join("model/pins.json"), text).expect("it can be written");
}
