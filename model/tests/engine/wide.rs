//! Large states, of which an action changes little.

use model::engine::{Column, Inspect, Options, column, explore};
use stateright::Model;

use crate::options;

/// Three counters up to 20, far apart.
struct Wide;

type Counters = [[u8; 128]; 3];

impl Model for Wide {
    type State = Counters;
    type Action = usize;

    fn init_states(&self) -> Vec<Counters> {
        vec![[[0; 128]; 3]]
    }

    fn actions(&self, state: &Counters, actions: &mut Vec<usize>) {
        actions.extend((0..3).filter(|&at| state[at][0] < 20));
    }

    fn next_state(&self, state: &Counters, at: usize) -> Option<Counters> {
        let mut next = *state;
        next[at][0] += 1;
        Some(next)
    }
}

struct Count;

impl Inspect<Wide> for Count {
    fn violations(&self, _: &Wide, state: &Counters, _: &[usize]) -> u64 {
        u64::from(*state == [[20; 128]; 3])
    }

    fn kind(&self, at: &usize) -> usize {
        *at
    }

    fn is_terminal(&self, _: &Counters) -> bool {
        false
    }

    fn columns(&self) -> Vec<Box<dyn Column<Counters>>> {
        vec![
            column(|state: &mut Counters| &mut state[0]),
            column(|state: &mut Counters| &mut state[1]),
            column(|state: &mut Counters| &mut state[2]),
        ]
    }
}

#[test]
fn packs_states_into_less_memory() {
    let run = |pack| explore(&Wide, &Count, &Options { pack, ..options(1) });
    let (packed, whole) = (run(true), run(false));
    assert_eq!((packed.unique, whole.unique), (21 * 21 * 21, 21 * 21 * 21));
    let table = 16 * 21 * 21 * 21;
    assert!(packed.peak_bytes > table && whole.peak_bytes > packed.peak_bytes + 20_000);
}
