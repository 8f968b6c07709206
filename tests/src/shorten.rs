//! A shorter script for what two sides part over.
//!
//! Steps hang together: a crash can go only with the steps of its load, a block with the commitment
//! in it. So whole runs of steps are taken out, not one at a time.

use crate::lockstep::{Disagreement, Lockstep};
use model::trace::Script;

/// Takes runs of steps out of a script, short ones first, as long as model and reference part over
/// what is left; none if they do not part at all. No run can be taken out of the result.
pub fn shorten(script: &Script) -> Option<(Script, Disagreement)> {
    let (mut shortest, mut why) = parted(script)?;
    let mut length = 1;
    while length < shortest.steps.len() {
        let mut starts = 0..=shortest.steps.len() - length;
        match starts.find_map(|start| parted(&without(&shortest, start, length))) {
            Some(shorter) => {
                (shortest, why) = shorter;
                length = 1;
            }
            None => length += 1,
        }
    }
    Some((shortest, why))
}

fn without(script: &Script, start: usize, length: usize) -> Script {
    let mut shorter = script.clone();
    shorter.steps.drain(start..start + length);
    shorter
}

/// The script up to where the two sides part; none if a step is not enabled before that.
fn parted(script: &Script) -> Option<(Script, Disagreement)> {
    let mut lockstep = Lockstep::of_script(script);
    for (index, (_, action)) in script.steps.iter().enumerate() {
        if !lockstep.enabled().contains(action) {
            return None;
        }
        if let Err(why) = lockstep.step(*action) {
            let steps = script.steps[..=index].to_vec();
            return Some((Script { steps, ..script.clone() }, why));
        }
    }
    None
}
