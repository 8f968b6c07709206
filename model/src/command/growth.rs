//! `growth`: what each HTLC, crash, write and flag costs in states.

use super::{Out, Result};
use crate::check::{self, Report, Settings, Verdict};
use crate::machine::Machine;
use crate::report::text::{grouped, table, trimmed};
use crate::scenario::{Class, Flag, Flags, Role, Scenario};
use crate::state::{Budget, State};
use crate::suite::Status;

type Change = fn(&mut Scenario);

/// One more of something, on top of the base it is measured against.
const STEPS: &[(&str, Change)] = &[
    ("base: one payment, sync, 1 crash", |_| {}),
    ("no crash", |s| s.budget.crashes = 0),
    ("2 crashes", |s| s.budget.crashes = 2),
    ("3 crashes", |s| s.budget.crashes = 3),
    ("2 payments", |s| s.htlcs = &[Role::Own, Role::Own]),
    ("a forward instead", |s| s.htlcs = &[Role::Forward]),
    ("async_out", |s| s.flags.set(Flag::AsyncOut, true)),
    ("async_out, 2 writes", |s| {
        s.flags.set(Flag::AsyncOut, true);
        s.writes = 2;
    }),
    ("async_out, delta_out", |s| {
        s.flags.set(Flag::AsyncOut, true);
        s.flags.set(Flag::DeltaOut, true);
    }),
    ("async_manager", |s| s.flags.set(Flag::AsyncManager, true)),
    ("close_out", |s| s.flags.set(Flag::CloseOut, true)),
    ("skip a block's write", |s| {
        s.flags.set(Flag::CloseOut, true);
        s.budget.skips = 1;
    }),
    ("rescan", |s| {
        s.flags.set(Flag::CloseOut, true);
        s.budget.rescans = 1;
    }),
    ("close_out, archival", |s| {
        s.flags.set(Flag::CloseOut, true);
        s.flags.set(Flag::Archival, true);
    }),
    ("refuse", |s| s.budget.refusals = 1),
    ("forward, async_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.set(Flag::AsyncIn, true);
    }),
    ("forward, async_in, delta_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags = Flags::of(&[Flag::AsyncIn, Flag::DeltaIn]);
    }),
    ("forward, close_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.set(Flag::CloseIn, true);
    }),
    ("forward, tell_forwards", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.set(Flag::TellForwards, true);
    }),
    ("forward, block_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.set(Flag::BlockIn, true);
    }),
    ("claim_messages", |s| s.flags.set(Flag::ClaimMessages, true)),
    ("builds", |s| s.flags.set(Flag::Builds, true)),
    ("close_out, notices", |s| {
        s.flags.set(Flag::CloseOut, true);
        s.flags.set(Flag::Notices, true);
    }),
    ("a payment received instead", |s| s.htlcs = &[Role::Received]),
    ("close_out, a payment with a retry", |s| {
        s.htlcs = &[Role::Own, Role::Retry];
        s.flags.set(Flag::CloseOut, true);
    }),
    ("close_out, an unsent payment", |s| {
        s.htlcs = &[Role::Unsent];
        s.flags.set(Flag::CloseOut, true);
    }),
    ("close_out, an unsent forward", |s| {
        s.htlcs = &[Role::UnsentForward];
        s.flags.set(Flag::CloseOut, true);
    }),
];

const BASE: Scenario = Scenario {
    name: "growth",
    class: Class::Quick,
    htlcs: &[Role::Own],
    flags: Flags::of(&[]),
    writes: 1,
    budget: Budget { crashes: 1, skips: 0, rescans: 0, refusals: 0 },
};

/// All steps, and one more for each flag that none of them switches on.
fn steps() -> Vec<(String, Scenario)> {
    let changed = |change: &Change| {
        let mut scenario = BASE;
        change(&mut scenario);
        scenario
    };
    let mut steps: Vec<(String, Scenario)> =
        STEPS.iter().map(|(name, change)| ((*name).to_owned(), changed(change))).collect();
    for flag in Flag::ALL {
        if !steps.iter().any(|(_, scenario)| scenario.has(*flag)) {
            let flags = Flags::of(&[*flag]);
            let scenario = Scenario { htlcs: &[Role::Forward], flags, ..BASE };
            steps.push((format!("forward, {}", flag.name()), scenario));
        }
    }
    steps
}

/// What was found after each change; the base is first. Fewer if somebody ends the run.
pub(super) fn measured(settings: &Settings) -> Vec<(String, Report)> {
    let steps = steps();
    let all = steps.len();
    let numbered = steps.into_iter().enumerate().take_while(|_| !settings.is_interrupted());
    let measure = |(index, (name, scenario)): (usize, (String, Scenario))| {
        settings.begin("change", &name, index + 1, all);
        (name, check::check(&Machine::spec(&scenario), settings))
    };
    numbered.map(measure).collect()
}

pub(super) fn run(settings: &Settings, out: &mut Out) -> Result {
    let header = ["change to the base", "unique", "factor", "bytes/state", "states/s"];
    let mut table = table(&header, &[1, 2, 3, 4]);
    let measured = measured(settings);
    let base = measured.first().map_or(1, |(_, report)| report.unique);
    for (name, report) in &measured {
        table.add_row([
            name.clone(),
            grouped(report.unique),
            format!("{:.1}", report.unique as f64 / base as f64),
            (report.peak_bytes / report.unique).to_string(),
            grouped((report.unique as f64 / report.seconds) as u64),
        ]);
    }
    out.line(trimmed(&table));
    out.line(format_args!("state: {} bytes; threads: {}", size_of::<State>(), settings.threads));
    let whole = measured.iter().filter(|(_, report)| report.verdict == Verdict::Holds).count();
    if settings.is_interrupted() || whole < measured.len() {
        out.line(format_args!(
            "incomplete: {whole} of {} changes explored to the end",
            steps().len()
        ));
        return Ok(Status::Incomplete);
    }
    Ok(Status::Pass)
}
