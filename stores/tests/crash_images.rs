//! Every image that a crash can leave of short histories, and samples of long ones.

use stores::disk::{Defence, Defences};
use stores::images::{Counts, History, Schedule, Way, every_image};

#[test]
fn every_image_of_short_histories_recovers() {
    let mut all = Counts::default();
    for history in History::ALL {
        for way in Way::ALL {
            for schedule in [Schedule::AtOnce, Schedule::Late, Schedule::Interleaved] {
                let counts = every_image(history, way, schedule, &Defences::all());
                let counts =
                    counts.unwrap_or_else(|f| panic!("{history:?} {way:?} {schedule:?}: {f}"));
                all += counts;
            }
        }
    }
    println!("{all:?}");
}

#[test]
fn defences() {
    for defence in Defence::ALL {
        for history in History::ALL {
            for way in Way::ALL {
                for schedule in [Schedule::AtOnce, Schedule::Late, Schedule::Interleaved] {
                    let counts =
                        every_image(history, way, schedule, &Defences::all().without(defence));
                    let damage = match counts {
                        Err(f) => format!("{}", f.damage),
                        Ok(_) => "-".into(),
                    };
                    println!("{defence}: {history:?} {way:?} {schedule:?}: {damage}");
                }
            }
        }
    }
}
