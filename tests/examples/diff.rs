use conformance::product::{Pair, Product};
use model::trace::known_scenario;
use stateright::Model;
use std::collections::HashMap;
fn main() {
    let name = std::env::args().nth(1).unwrap();
    let s = known_scenario(&name).unwrap();
    let p = Product::new(s);
    let mut seen: HashMap<
        model::state::State,
        (conformance::driver::Driver, Vec<model::action::Action>),
    > = HashMap::new();
    let mut queue: std::collections::VecDeque<(Pair, Vec<model::action::Action>)> =
        p.init_states().into_iter().map(|s| (s, vec![])).collect();
    let mut found = 0;
    while let Some((pair, path)) = queue.pop_front() {
        if let Some((other, otherpath)) = seen.get(&pair.model) {
            if *other != pair.driver {
                found += 1;
                let a = format!("{:#?}", (&other.node, &other.store, &other.outside));
                let b =
                    format!("{:#?}", (&pair.driver.node, &pair.driver.store, &pair.driver.outside));
                let al: Vec<&str> = a.lines().collect();
                let bl: Vec<&str> = b.lines().collect();
                println!(
                    "---- paths\n  {}\n  {}",
                    otherpath.iter().map(|a| a.to_string()).collect::<Vec<_>>().join("; "),
                    path.iter().map(|a| a.to_string()).collect::<Vec<_>>().join("; ")
                );
                let mut i = 0;
                while i < al.len() && i < bl.len() && al[i] == bl[i] {
                    i += 1;
                }
                println!(
                    "{}\n<<<\n{}\n>>>\n{}",
                    al[i.saturating_sub(6)..i].join("\n"),
                    al[i..(i + 8).min(al.len())].join("\n"),
                    bl[i..(i + 8).min(bl.len())].join("\n")
                );
                if found > 2 {
                    return;
                }
            }
            continue;
        }
        seen.insert(pair.model.clone(), (pair.driver.clone(), path.clone()));
        let mut actions = vec![];
        p.actions(&pair, &mut actions);
        for a in actions {
            if let Some(n) = p.next_state(&pair, a) {
                let mut q = path.clone();
                q.push(a);
                queue.push_back((n, q));
            }
        }
    }
    println!("{} model states", seen.len());
}
