//! `growth`: what each HTLC, crash, write and flag costs in states.

use super::{Out, Result};
use crate::check::{self, Settings, Verdict};
use crate::machine::Machine;
use crate::report::text::{grouped, table, trimmed};
use crate::scenario::{Flags, Role, Scenario};
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
    ("async_out", |s| s.flags.async_out = true),
    ("async_out, 2 writes", |s| {
        s.flags.async_out = true;
        s.writes = 2;
    }),
    ("async_out, delta_out", |s| {
        s.flags.async_out = true;
        s.flags.delta_out = true;
    }),
    ("async_manager", |s| s.flags.async_manager = true),
    ("close_out", |s| s.flags.close_out = true),
    ("skip a block's write", |s| {
        s.flags.close_out = true;
        s.budget.skips = 1;
    }),
    ("rescan", |s| {
        s.flags.close_out = true;
        s.budget.rescans = 1;
    }),
    ("close_out, archival", |s| {
        s.flags.close_out = true;
        s.flags.archival = true;
    }),
    ("refuse", |s| s.budget.refusals = 1),
    ("forward, async_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.async_in = true;
    }),
    ("forward, close_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.close_in = true;
    }),
    ("forward, tell_forwards", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.tell_forwards = true;
    }),
    ("forward, block_in", |s| {
        s.htlcs = &[Role::Forward];
        s.flags.block_in = true;
    }),
    ("claim_messages", |s| s.flags.claim_messages = true),
    ("builds", |s| s.flags.builds = true),
    ("close_out, notices", |s| {
        s.flags.close_out = true;
        s.flags.notices = true;
    }),
    ("a payment received instead", |s| s.htlcs = &[Role::Received]),
    ("close_out, a payment with a retry", |s| {
        s.htlcs = &[Role::Own, Role::Retry];
        s.flags.close_out = true;
    }),
    ("close_out, an unsent payment", |s| {
        s.htlcs = &[Role::Unsent];
        s.flags.close_out = true;
    }),
    ("close_out, an unsent forward", |s| {
        s.htlcs = &[Role::UnsentForward];
        s.flags.close_out = true;
    }),
];

pub(super) fn run(settings: &Settings, out: &mut Out) -> Result {
    let base = Scenario {
        name: "growth",
        class: crate::scenario::Class::Quick,
        htlcs: &[Role::Own],
        flags: Flags::default(),
        writes: 1,
        budget: Budget { crashes: 1, skips: 0, rescans: 0, refusals: 0 },
    };
    let header = ["change to the base", "unique", "factor", "bytes/state", "states/s"];
    let mut table = table(&header, &[1, 2, 3, 4]);
    let mut base_count = None;
    let mut status = Status::Pass;
    for (name, change) in STEPS {
        let mut scenario = base.clone();
        change(&mut scenario);
        let report = check::check(&Machine::spec(&scenario), settings);
        if report.verdict != Verdict::Holds {
            status = status.max(Status::Incomplete);
        }
        let base_count = *base_count.get_or_insert(report.unique);
        table.add_row([
            (*name).to_owned(),
            grouped(report.unique),
            format!("{:.1}", report.unique as f64 / base_count as f64),
            (report.peak_bytes / report.unique).to_string(),
            grouped((report.unique as f64 / report.seconds) as u64),
        ]);
    }
    out.line(trimmed(&table));
    out.line(format_args!("state: {} bytes; threads: {}", size_of::<State>(), settings.threads));
    Ok(status)
}
