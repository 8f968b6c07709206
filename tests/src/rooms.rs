//! Where a rule is kept: in the room of its role, which has one name in model and reference.
//!
//! SPEC.md names the role of a rule by its id (`MON`, `WCH`, `MGR`) or the occasion (`RST`, `UPG`:
//! a load). Who looks for a rule opens the file or the folder of that name, on either side.

use crate::mapping::Tree;
use model::rule::Rule;

/// What stands for the roles, on each side: the beginning of a path below `src`.
const ROOMS: [(&str, &str); 5] =
    [("MON", "monitor"), ("WCH", "watch"), ("MGR", "manager/"), ("RST", "load/"), ("UPG", "load/")];

/// Rules of the Manager that speak of the end of the user's handling.
const AT_THE_USER: [&str; 2] = ["MGR-1", "MGR-18"];

/// One of the two descriptions of SPEC.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The model: where the machine asks the protocol.
    Model,
    /// The reference: where the rule's sentence is quoted.
    Reference,
}

impl Side {
    /// The folder below `src` that holds the rooms.
    fn folder(self) -> &'static str {
        match self {
            Side::Model => "machine/",
            Side::Reference => "",
        }
    }

    /// The functions that keep a rule.
    fn kept_in(self, rule: &Rule, tree: &Tree) -> Vec<String> {
        match self {
            Side::Model => tree.asked_in(&tree.method_of(rule.id())),
            Side::Reference => tree.quoted_in(rule.id()),
        }
    }
}

/// The rules that a side keeps outside their room, each with the place.
pub fn displaced(side: Side, tree: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    for rule in Rule::ALL {
        let places = side.kept_in(rule, tree);
        let outside = places.iter().filter(|place| !is_in_its_room(side, rule.id(), place));
        wrong.extend(outside.map(|place| format!("{} is kept in {place}", rule.id())));
    }
    wrong
}

fn is_in_its_room(side: Side, id: &str, place: &str) -> bool {
    let Some(place) = place.strip_prefix(side.folder()) else { return false };
    let room = ROOMS.iter().find(|(role, _)| id.split('-').next() == Some(role));
    room.is_some_and(|(_, room)| is_in(place, room))
        || AT_THE_USER.contains(&id) && is_in(place, "user")
}

/// Whether a place is in a folder, or in the file or the folder of a name.
fn is_in(place: &str, room: &str) -> bool {
    match place.strip_prefix(room) {
        Some(rest) => room.ends_with('/') || rest.starts_with(['/', '.']),
        None => false,
    }
}
