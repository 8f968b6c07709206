//! `rules`: what SPEC.md asks, and who breaks it.

use super::{Out, Result};
use crate::mechanism::MECHANISMS;
use crate::mutant::MUTANTS;
use crate::property::PROPERTIES;
use crate::rule::{Rule, SPEC, sentence};
use crate::suite::Status;

pub(super) fn run(out: &mut Out) -> Result {
    for rule in Rule::ALL {
        print_wrapped(rule.id(), &rule.sentence(), out);
        let breakers = MUTANTS.iter().filter(|mutant| mutant.departure.from.contains(rule));
        let names: Vec<&str> = breakers.map(|mutant| mutant.departure.name).collect();
        print_wrapped("", &format!("mutants: {}", names.join(", ")), out);
    }
    for property in PROPERTIES {
        print_wrapped(property.id, &sentence(SPEC, property.id).unwrap_or_default(), out);
        let killed = MUTANTS.iter().filter(|mutant| mutant.killed_by == property.id);
        let names: Vec<&str> = killed.map(|mutant| mutant.departure.name).collect();
        print_wrapped("", &format!("kills: {}", names.join(", ")), out);
    }
    for mechanism in MECHANISMS {
        let options = textwrap::Options::new(80).subsequent_indent("        ");
        let (name, decides) = (mechanism.name, mechanism.decides);
        out.line(textwrap::fill(&format!("{name}: {decides}"), &options));
        let values: Vec<&str> = mechanism.all().map(|value| value.name).collect();
        print_wrapped("", &format!("check --set {name}={}", values.join(" | ")), out);
    }
    Ok(Status::Pass)
}

fn print_wrapped(id: &str, text: &str, out: &mut Out) {
    let first = format!("{id:<8}");
    let options = textwrap::Options::new(80).initial_indent(&first).subsequent_indent("        ");
    out.line(textwrap::fill(text, options));
}
