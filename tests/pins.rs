//! `model/pins.json` holds what the model counts. `UPDATE_PINS=1` writes it anew for
//! quick scenarios and mutants, `UPDATE_PINS=nightly` for nightly scenarios too.

use model::bounds;
use model::check::{Settings, Verdict};
use model::machine::Machine;
use model::mutant::MUTANTS;
use model::pins::{Death, Pins};
use model::scenario::{Class, SCENARIOS};
use model::suite;

#[test]
fn every_scenario_and_mutant_is_pinned() {
    if std::env::var_os("UPDATE_PINS").is_some() {
        return update();
    }
    let pins = Pins::load();
    let scenarios: Vec<&str> = SCENARIOS.iter().map(|s| s.name).collect();
    let killed: Vec<&str> = MUTANTS.iter().map(|m| m.name).collect();
    for name in &scenarios {
        assert!(pins.scenarios.contains_key(*name), "{name} is not pinned");
    }
    for name in pins.scenarios.keys() {
        assert!(scenarios.contains(&name.as_str()), "{name} is pinned and does not exist");
    }
    for name in &killed {
        assert!(pins.mutants.contains_key(*name), "{name} is not pinned");
    }
    for name in pins.mutants.keys() {
        assert!(killed.contains(&name.as_str()), "{name} is pinned and not killed");
    }
}

fn update() {
    let wanted = std::env::var("UPDATE_PINS").unwrap_or_default();
    let class = if wanted == "nightly" { Class::Nightly } else { Class::Quick };
    let settings = Settings::default();
    let old = Pins::load();
    let mut pins = Pins::default();
    for scenario in SCENARIOS {
        if scenario.class <= class {
            let report = model::check::check(&Machine::spec(scenario), &settings);
            assert_eq!(report.verdict, Verdict::Holds, "{}", scenario.name);
            pins.scenarios.insert(scenario.name.into(), suite::counts(&report));
        } else if let Some(counts) = old.scenarios.get(scenario.name) {
            pins.scenarios.insert(scenario.name.into(), *counts);
        }
    }
    for mutant in MUTANTS {
        let trial = suite::try_mutant(mutant, &pins, &settings);
        let steps = trial.steps().unwrap_or_else(|| panic!("{} survives", mutant.name));
        let smallest_bounds = bounds::smallest(mutant, &settings).expect("it is killed");
        pins.mutants.insert(mutant.name.into(), Death { steps, smallest_bounds });
    }
    let text = serde_json::to_string_pretty(&pins).expect("string keys only") + "\n";
    std::fs::write(conformance::root().join("model/pins.json"), text).expect("it can be written");
}
