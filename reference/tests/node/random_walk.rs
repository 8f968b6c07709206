//! Walks through whatever can happen, with crashes: at the end of each everybody has what is due,
//! and nothing is left in a list.

use crate::common::walk::{walk, walks};
use crate::common::{World, ways};
use reference::Settings;

#[test]
fn every_walk_settles() {
    for (index, writing) in ways().into_iter().enumerate() {
        for update_confirmed_closes in [false, true] {
            let mut settings = Settings::default();
            settings.update_confirmed_closes = update_confirmed_closes;
            for seed in 0..walks() {
                let seed = seed * 10 + index as u64 + 1;
                walk(seed, 400, World::with(writing, settings), |_| {});
            }
        }
    }
}
