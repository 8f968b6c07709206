//! docs/versions.md: what each build does with what each has written, by the fixtures that are kept
//! in reference/tests/fixtures. `UPDATE_DOCS=1` writes the table of the page anew; the fixtures
//! themselves are never written anew (reference/tests/node/fixtures.rs).

use conformance::driver::old::{self, DELTA, Format, MANAGER, MONITOR, Refusal};
use conformance::mechanisms::block;
use conformance::{read, root};
use reference::codec::record;
use reference::{
    ChannelManager, ChannelMonitor, ChannelMonitorUpdate, DecodeErrorKind, LoadError, Mode, Node,
    Outbox, Output, Persistence, Settings, StepError, StoredMonitor, StoredNode, StoredObject,
    UpdateWrites, Writing,
};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = "docs/versions.md";
const VERSIONS: [&str; 3] = ["before_mode", "mode_off", "mode_on"];

/// The objects of a version, by the names of their files.
fn fixtures(version: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = format!("reference/tests/fixtures/{version}/");
    let digits = |text: String| -> Vec<u8> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let line = |line: &str| {
            let pairs = (0..line.len()).step_by(2).map(|at| &line[at..at + 2]);
            pairs.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect::<Vec<_>>()
        };
        lines.flat_map(line).collect()
    };
    let names = std::fs::read_dir(root().join(&folder)).expect("each version has a folder");
    let names = names.map(|file| file.expect("it can be listed").file_name());
    names
        .map(|name| {
            let name = name.to_string_lossy().into_owned();
            let bytes = digits(read(&format!("{folder}{name}")));
            (name.trim_end_matches(".hex").to_string(), bytes)
        })
        .collect()
}

fn format(name: &str) -> Format {
    match name.split('_').next() {
        Some("manager") => MANAGER,
        Some("monitor") => MONITOR,
        _ => DELTA,
    }
}

/// The node of a version.
fn node(version: &str) -> StoredNode {
    let fixtures = fixtures(version);
    let monitors = fixtures.iter().filter(|(name, _)| name.starts_with("monitor"));
    let monitors = monitors.map(|(name, full)| {
        let monitor = ChannelMonitor::read(full).unwrap_or_else(|error| panic!("{name}: {error}"));
        (monitor.channel_id(), StoredMonitor::of(full.clone()))
    });
    StoredNode {
        monitors: monitors.collect(),
        archived: BTreeSet::new(),
        manager: fixtures["manager"].clone(),
    }
}

type Loaded = (Node<Outbox>, reference::LoadReport);

fn load(stored: &StoredNode, mode: Mode) -> Result<Loaded, LoadError> {
    let (persistence, updates) = (Persistence::Synchronous, UpdateWrites::Full);
    let outbox = Outbox::new(persistence, Writing { persistence, updates });
    Node::load(stored, Settings::default(), mode, outbox)
}

/// What a build of this crate, set to a mode, does with a stored node.
fn read_by_new(stored: &StoredNode, mode: Mode) -> String {
    let (node, report) = match load(stored, mode) {
        Ok(loaded) => loaded,
        Err(error) => return format!("refuses: {error}"),
    };
    let of = |channel| node.monitor(channel).expect("it is loaded");
    let listed = |monitor: &ChannelMonitor| monitor.events().count();
    let pushed = stored.monitors.iter().map(|(channel, parts)| {
        listed(of(*channel)) - listed(&ChannelMonitor::read(&parts.full).expect("it was read"))
    });
    let on = stored.monitors.keys().filter(|channel| of(**channel).mode() == Mode::On).count();
    let (pushed, all): (usize, usize) = (pushed.sum(), stored.monitors.len());
    let switched = report.switched.len();
    format!("reads; pushes {pushed}, switches {switched}; then {on} of {all} are on")
}

fn read_by_old(stored: &StoredNode) -> String {
    match old::reads(stored) {
        Err(refusal) => format!("refuses: {refusal}"),
        // It knows the events that an off Monitor lists, and makes again what the state tells.
        Ok(()) => "reads all of it".into(),
    }
}

fn table() -> String {
    let mut table = String::from(
        "| written by | read by a build from before the mode | by one that is set to off | \
         by one that is set to on |\n|---|---|---|---|\n",
    );
    for version in VERSIONS {
        let stored = node(version);
        let [off, on] = [Mode::Off, Mode::On].map(|mode| read_by_new(&stored, mode));
        table += &format!("| `{version}` | {} | {off} | {on} |\n", read_by_old(&stored));
    }
    table.trim_end().into()
}

#[test]
fn the_page_has_what_each_pair_of_builds_does() {
    let page = read(PAGE);
    let (kept, now) = (block(&page, "pairs").to_string(), table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let page = page.replace(&kept, &now);
        std::fs::write(root().join(PAGE), page).expect("it can be written");
    } else {
        assert_eq!(kept, now, "UPDATE_DOCS=1 writes it anew");
    }
}

/// What a version has written, a build of that version reads, and writes so again.
#[test]
fn every_fixture_is_written_again_by_its_own_version() {
    for version in VERSIONS {
        for (name, bytes) in fixtures(version) {
            let again = match (version, format(&name).name()) {
                ("before_mode", _) => old::rewritten(format(&name), &bytes),
                (_, "the Manager") => Ok(ChannelManager::read(&bytes).expect("read").write()),
                (_, "a Monitor") => Ok(ChannelMonitor::read(&bytes).expect("read").write()),
                _ => Ok(ChannelMonitorUpdate::read(&bytes).expect("read").write()),
            };
            assert_eq!(again, Ok(bytes), "{version}/{name}");
        }
    }
}

/// Every record that a version knows is in one of its fixtures.
#[test]
fn every_record_is_in_a_fixture() {
    use record::{MONITOR_EVENTS as EVENTS, MONITOR_LEGACY_EVENTS as LEGACY, MONITOR_MODE as MODE};
    for version in VERSIONS {
        let mut found: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for (name, bytes) in &fixtures(version) {
            let records = old::records(bytes).expect("it is made of records");
            let numbers = records.into_iter().map(|(number, _)| number);
            found.entry(format(name).name()).or_default().extend(numbers);
        }
        for known in [MONITOR, MANAGER, DELTA] {
            let mut wanted: BTreeSet<u64> = known.numbers().collect();
            if version == "mode_on" && known.name() == "a Monitor" {
                wanted.remove(&LEGACY);
                wanted.extend([MODE, EVENTS]);
            }
            assert_eq!(found[known.name()], wanted, "{version}: {}", known.name());
        }
    }
}

/// An old build takes the deltas of all versions: a Monitor's mode is in its full write.
#[test]
fn deltas_are_the_same_in_all_versions() {
    let deltas = |version| {
        let mut all = fixtures(version);
        all.retain(|name, _| name.starts_with("delta"));
        all
    };
    assert_eq!(deltas("mode_on"), deltas("before_mode"));
    assert_eq!(deltas("mode_off"), deltas("before_mode"));
    assert_eq!(deltas("mode_on").len(), 7);
}

/// `UPG-1`: a Monitor whose mode is on is refused by name, whatever else is stored.
#[test]
fn an_old_build_refuses_each_monitor_that_is_on() {
    for (channel, on) in node("mode_on").monitors {
        let mut stored = node("mode_off");
        assert_eq!(old::reads(&stored), Ok(()));
        stored.monitors.insert(channel, on);
        let (object, number) = ("a Monitor", record::MONITOR_MODE);
        assert_eq!(old::reads(&stored), Err(Refusal::UnknownRecord { object, number }));
    }
}

/// So does this crate refuse a record of a later build.
#[test]
fn a_record_of_a_later_build_is_refused_by_name() {
    for (name, bytes) in fixtures("mode_on") {
        let later = [&bytes[..], &[200, 0]].concat();
        let kind = match format(&name).name() {
            "the Manager" => ChannelManager::read(&later).map(drop),
            "a Monitor" => ChannelMonitor::read(&later).map(drop),
            _ => ChannelMonitorUpdate::read(&later).map(drop),
        };
        let kind = kind.map_err(|error| error.kind);
        assert_eq!(kind, Err(DecodeErrorKind::UnknownRecord(200)), "{name}");
    }
}

/// Carries out the writes of a node that writes at once.
fn carry_out(node: &mut Node<Outbox>, stored: &mut StoredNode) {
    while let Some(output) = node.poll() {
        let Output::Persist(write) = output else { continue };
        match write.object {
            StoredObject::Monitor(channel) => {
                stored.monitors.insert(channel, StoredMonitor::of(write.bytes));
            }
            StoredObject::Manager => stored.manager = write.bytes,
            other => panic!("{other} is not written here"),
        }
    }
}

/// Lets the node do all that it can, its peers revoke all that they can, and the User take all.
fn settle(node: &mut Node<Outbox>, stored: &mut StoredNode) -> Result<(), StepError> {
    node.start()?;
    let channels: Vec<_> = node.manager().channels().ids().collect();
    for _ in 0..4 {
        node.process_pending_monitor_events()?;
        node.process_pending_events(|_| Ok(()))?;
        node.process_pending_htlc_forwards()?;
        for channel in &channels {
            // Each of these may have nothing to do.
            while node.submit_blocked_update(*channel).is_ok() {}
            let htlcs = node.monitor(*channel).map(|monitor| monitor.htlcs().clone());
            for htlc in htlcs.unwrap_or_default().into_keys() {
                let _revoked = node.revoke_and_ack(*channel, htlc);
            }
        }
        let _written = node.persist_manager();
        carry_out(node, stored);
    }
    Ok(())
}

/// The way down, and up again: off where no event is listed, in several starts (`UPG-4`); then the
/// old build reads all.
#[test]
fn a_node_goes_down_to_an_old_build_and_up_again() {
    let mut stored = node("mode_on");
    let mut starts = 0;
    while old::reads(&stored).is_err() {
        starts += 1;
        assert!(starts < 4, "the modes do not get off: {}", read_by_new(&stored, Mode::Off));
        let (mut node, _) = load(&stored, Mode::Off).expect("it reads what it wrote");
        carry_out(&mut node, &mut stored);
        settle(&mut node, &mut stored).expect("the node goes on");
    }
    assert_eq!(starts, 2, "the first one ends what the events tell");
    let (mut node, report) = load(&stored, Mode::On).expect("it reads what it wrote");
    assert_eq!(report.switched.len(), stored.monitors.len());
    carry_out(&mut node, &mut stored);
    assert!(old::reads(&stored).is_err());
}

/// There is no version without fixtures, and none that nobody reads.
#[test]
fn the_versions_are_those_of_the_folders() {
    let folders = std::fs::read_dir(root().join("reference/tests/fixtures")).expect("a folder");
    let folders: BTreeSet<_> = folders
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, VERSIONS.map(String::from).into());
}
