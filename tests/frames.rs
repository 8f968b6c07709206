//! Frame conditions: what a transition of the machine may touch, its signature says. The whole
//! state is changed in one file, and no transition is given the history.

use conformance::source::{functions, functions_with_signatures};
use conformance::{files_under, read};

/// The step of everything: the only place where the whole state is taken apart.
const STEP: &str = "model/src/machine/step.rs";

/// The machine's face: it is asked about states, and puts each next one together.
const FACE: &str = "model/src/machine/mod.rs";

/// Functions that are given more than a transition may touch: the whole state mutably outside
/// [`STEP`] and [`FACE`], or the history anywhere but in [`FACE`].
fn frame_defects(files: &[(String, String)]) -> Vec<String> {
    let mut defects = Vec::new();
    for (name, text) in files {
        for (function, words) in functions_with_signatures(name, text) {
            let has = |word: &str| words.iter().any(|w| w == word);
            let whole = has("State") || has("Step");
            let history = ["State", "Ledger", "Fault", "Faults"].into_iter().any(has);
            if name != FACE && name != STEP && whole {
                defects.push(format!("{name}::{function} is given the whole state"));
            }
            if name != FACE && history {
                defects.push(format!("{name}::{function} is given the history"));
            }
        }
    }
    defects
}

#[test]
fn a_transition_is_given_the_parts_that_it_may_touch() {
    let files = files_under("model/src/machine");
    assert!(files.len() > 20, "the machine is somewhere else");
    assert_eq!(frame_defects(&files), Vec::<String>::new());
}

/// The face is asked about states; it changes none but by a step.
#[test]
fn the_face_changes_no_state() {
    let changed = functions(FACE, &read(FACE)).into_iter().filter(|function| {
        let head = function.text.split('{').next().unwrap_or_default();
        head.contains("&mut State")
    });
    assert_eq!(changed.map(|function| function.name).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_transition_that_is_given_too_much_is_noticed() {
    let file = |name: &str, text: &str| (format!("model/src/machine/{name}"), text.to_owned());
    let files = [
        file("monitor.rs", "impl M { fn ack(&self, s: &mut State, id: u8) {} }"),
        file("watch.rs", "fn write(s: &mut super::step::Step<P>) {}"),
        file("user.rs", "impl M { fn begin(&self, ledger: &Ledger) {} }"),
        file("store.rs", "fn land(disk: &mut Disk) {}"),
        file("step.rs", "impl Step<'_> { fn pay(&mut self) {} fn peek(&self, s: &State) {} }"),
    ];
    let wrong = [
        "model/src/machine/monitor.rs::ack is given the whole state",
        "model/src/machine/monitor.rs::ack is given the history",
        "model/src/machine/watch.rs::write is given the whole state",
        "model/src/machine/user.rs::begin is given the history",
        "model/src/machine/step.rs::peek is given the history",
    ];
    assert_eq!(frame_defects(&files), wrong);
}
