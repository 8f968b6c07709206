//! scratch
use model::{machine::Machine, scenario, property::*, settle, state::*, action::Action, mutant::*};
use stateright::Model;
use std::collections::{HashMap, VecDeque};
fn main() {
    let only = std::env::args().nth(1);
    for mu in MUTANTS {
        if let Some(o) = &only { if !mu.name.contains(o.as_str()) { continue; } }
        let m = Machine::new(scenario::find(mu.scenario).unwrap(), mu.protocol);
        let t = std::time::Instant::now();
        let mut seen: HashMap<State, (State, Option<Action>)> = HashMap::new();
        let mut q = VecDeque::new();
        let i = m.init_states()[0];
        seen.insert(i, (i, None)); q.push_back((i, 0));
        let mut got = String::new(); let mut stop = 9999;
        while let Some((s, d)) = q.pop_front() {
            if d > stop { break }
            let mut acts = vec![]; m.actions(&s, &mut acts);
            let quiet = s.ledger.fault == Fault::None && !acts.iter().any(|a| settle::is_fair(&s, a));
            for p in PROPERTIES {
                if (p.when == When::Always || quiet) && !(p.holds)(&s) {
                    let x = format!("{}@{d} ", p.id);
                    if !got.contains(p.id) { got += &x; 
                    if mu.killed_by().is_none_or(|k| k == p.id) { stop = d; }
                    if only.is_some() {
                    let mut path = vec![]; let mut c = s;
                    while let (p, Some(a)) = seen[&c] { path.push(a); c = p; }
                    println!("{}", p.id);
                    for a in path.iter().rev() { println!("     {a}"); } } }
                }
            }
            for a in acts { let n = m.next_state(&s, a).unwrap();
                if let std::collections::hash_map::Entry::Vacant(e) = seen.entry(n) { e.insert((s, Some(a))); q.push_back((n, d+1)); } }
        }
        let ok = match mu.killed_by() { Some(k) => got.contains(k), None => got.is_empty() };
        println!("{} {:32} want {:?} got {got} ({} states {:.1}s)", if ok {"ok  "} else {"BAD "}, mu.name, mu.fate, seen.len(), t.elapsed().as_secs_f64());
    }
}
