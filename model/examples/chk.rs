//! scratch
use model::{machine::Machine, scenario::SCENARIOS, check::*, coverage::*, mutant::*};
fn main() {
    let th: usize = std::env::args().nth(1).map(|x| x.parse().unwrap()).unwrap_or(2);
    let st = Settings { threads: th, ..Settings::default() };
    let mut cov = Coverage::default();
    let mut tot = 0.0;
    for sc in SCENARIOS {
        let r = check(&Machine::spec(sc), &st);
        cov.add(&r.fired, r.witnessed);
        tot += r.seconds;
        println!("{:32} {:?} {} {} {} {:.2}s {:.0} B/state {:.2}M/s {}", sc.name, r.verdict, r.unique, r.generated, r.depth, r.seconds, r.peak_bytes as f64/r.unique as f64, r.unique as f64/r.seconds/1e6, r.violations.iter().map(|v| format!("{}@{}", v.property.id, v.path.len())).collect::<Vec<_>>().join(" "));
        for v in &r.violations { for a in &v.path { println!("    {a}"); } }
    }
    println!("{tot:.1}s");
    let t = std::time::Instant::now();
    for m in MUTANTS { let d = difference(m, &st); println!("{} {:?}", m.name, d.map(|d| d.len())); 
      if let [r] = m.breaks { cov.rules.push(*r); } }
    println!("{:?} {:?}", t.elapsed(), cov.missing());
}
