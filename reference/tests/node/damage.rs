//! How much damage the readers notice: of each object of the fixtures, every bit is flipped once,
//! and every record left out, doubled, or put behind the next. The counts are exact: a reader that
//! looks at a field less, or more, has others.

use std::collections::BTreeMap;

use crate::fixture::{kept, records, rewritten};
use reference::DecodeErrorKind;

/// What the readers say to so many damaged objects, by the kind of the error.
fn said<'a>(name: &str, damaged: impl Iterator<Item = Vec<u8>> + 'a) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for bytes in damaged {
        let verdict = match rewritten(name, &bytes) {
            Ok(_) => "accepted".to_string(),
            Err(error) => {
                assert!(error.offset <= bytes.len(), "{error}");
                let kind = format!("{:?}", error.kind);
                kind.split('(').next().unwrap_or_default().to_string()
            }
        };
        *counts.entry(verdict).or_default() += 1;
    }
    counts.into_iter().map(|(verdict, count)| format!("  {count} {verdict}\n")).collect()
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut damaged = bytes.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        damaged
    })
}

/// Each record left out, doubled, and put behind the next.
fn shuffled(bytes: &[u8]) -> Vec<Vec<u8>> {
    let all = records(bytes);
    let joined = |records: Vec<&[u8]>| [&bytes[..2], &records.concat()].concat();
    let mut damaged = Vec::new();
    for at in 0..all.len() {
        let (before, behind) = (&all[..at], &all[at + 1..]);
        damaged.push(joined([before, behind].concat()));
        damaged.push(joined([before, &[all[at], all[at]], behind].concat()));
        if let [next, others @ ..] = behind {
            damaged.push(joined([before, &[*next, all[at]], others].concat()));
        }
    }
    damaged
}

#[test]
fn as_much_damage_is_noticed_as_before() {
    let mut table = String::new();
    for (name, bytes) in &kept("mode_on") {
        table += &format!("{name}: a bit is flipped\n{}", said(name, flipped(bytes)));
        table += &format!("{name}: records are moved\n{}", said(name, shuffled(bytes).into_iter()));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/damage.txt");
    if std::env::var_os("UPDATE_DAMAGE").is_some() {
        std::fs::write(path, &table).expect("it can be written");
    }
    let before = std::fs::read_to_string(path).expect("it can be read");
    for (now, before) in table.lines().zip(before.lines()) {
        assert_eq!(now, before, "UPDATE_DAMAGE=1 writes the counts anew");
    }
    assert_eq!(table, before);
}

/// A number has one form, the shortest: also where the next shorter one is just too short.
#[test]
fn a_number_that_could_be_shorter_is_refused() {
    let delta = &kept("mode_on")["delta_close"];
    let kind = |number: &[u8]| {
        let record = [number, &[0]].concat();
        let bytes = [&delta[..], &record].concat();
        rewritten("delta", &bytes).map_err(|error| error.kind)
    };
    let (largest, not_shortest) = (0xffff_u32.to_be_bytes(), DecodeErrorKind::NotCanonical);
    for short in [&[0xfd, 0, 0xfc][..], &[&[0xfe][..], &largest].concat()] {
        assert_eq!(kind(short), Err(not_shortest), "{short:?}");
    }
    let eight = |number: u64| [&[0xff][..], &number.to_be_bytes()].concat();
    assert_eq!(kind(&eight(0xffff_ffff)), Err(not_shortest));
    // Of unknown records with odd numbers, these are the shortest forms.
    for shortest in [&[0xfd, 0, 0xfd][..], &[0xfe, 0, 1, 0, 1], &eight((1 << 32) + 1)] {
        assert_eq!(kind(shortest), Ok(delta.clone()), "{shortest:?}");
    }
}
