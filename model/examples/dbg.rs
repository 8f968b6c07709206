//! scratch
use model::{machine::Machine, scenario::SCENARIOS, property::*, settle, state::*, action::Action};
use stateright::Model;
use std::collections::{HashMap, VecDeque};
fn main() {
    println!("state {} bytes", std::mem::size_of::<State>());
    let only = std::env::args().nth(1);
    for sc in SCENARIOS {
        if let Some(o) = &only { if !sc.name.contains(o.as_str()) { continue; } }
        let m = Machine::spec(sc);
        let t = std::time::Instant::now();
        let mut seen: HashMap<State, (State, Option<Action>)> = HashMap::new();
        let mut q = VecDeque::new();
        let i = m.init_states()[0];
        seen.insert(i, (i, None)); q.push_back((i, 0));
        let mut generated = 1u64; let mut depth = 0;
        let mut bad = vec![];
        while let Some((s, d)) = q.pop_front() {
            depth = d;
            let mut acts = vec![]; m.actions(&s, &mut acts);
            let quiet = s.ledger.fault == Fault::None && !acts.iter().any(|a| settle::is_fair(&s, a));
            for p in PROPERTIES {
                if (p.when == When::Always || quiet) && !(p.holds)(&s) && !bad.contains(&p.id) {
                    bad.push(p.id);
                    println!("  VIOLATED {} {} depth {d}", p.id, p.claim);
                    let mut path = vec![]; let mut c = s;
                    while let (p, Some(a)) = seen[&c] { path.push(a); c = p; }
                    for a in path.iter().rev() { println!("     {a}"); }
                    println!("{s:#?}");
                }
            }
            if seen.len() > 12_000_000 || !bad.is_empty() { println!("  TRUNC"); break; }
            for a in acts { let n = m.next_state(&s, a).unwrap(); generated += 1;
                if let std::collections::hash_map::Entry::Vacant(e) = seen.entry(n) { e.insert((s, Some(a))); q.push_back((n, d+1)); } }
        }
        println!("{} unique {} generated {} depth {} {:.1}s", sc.name, seen.len(), generated, depth, t.elapsed().as_secs_f64());
    }
}
