//! The text form of actions, one line each (the script language): the name of the kind, then its
//! arguments. What arguments a kind takes, its row says.
//!
//! Findings, mutants and tests are stored as such scripts, so a line that was once written has to
//! be read for good, and to mean what it did: new words are optional, and what was left out before
//! there was a choice stays left out.

use super::row::Takes;
use super::{Machine, Spec};
use crate::action::{Action, ActionKind, Args, Build, Kept};
use crate::state::{CHANNELS, Channel, HTLCS, Htlc};
use std::fmt;
use std::str::{FromStr, SplitWhitespace};

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names and arguments do not depend on the protocol, so any one will do to ask for the row.
        let row = Machine::<Spec, CHANNELS, HTLCS>::row(self.kind);
        write!(f, "{}", self.kind.name())?;
        match (&row.takes, self.args) {
            (_, Args::None) => Ok(()),
            // Most scenarios have one outbound channel, and scripts older than the second name
            // none.
            (Takes::Channel(Some(implied), _), Args::Channel(c)) if c == *implied => Ok(()),
            (Takes::Block(implied, _), Args::Block(c, block)) if c == *implied => {
                write!(f, " block{block}")
            }
            (_, Args::Htlc(h)) => write!(f, " {h}"),
            (_, Args::Channel(c)) => write!(f, " {c}"),
            (_, Args::On(c, h)) => write!(f, " {c} {h}"),
            (_, Args::Block(c, block)) => write!(f, " {c} block{block}"),
            (_, Args::Kept(kept)) => write!(f, "{kept}"),
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, count)) in Channel::NAMES.iter().zip(self.writes).enumerate() {
            // The first two are in most scenarios, the others said where they matter.
            if index < 2 || count > 0 {
                write!(f, " {name}={count}")?;
            }
        }
        // Said always: which of two versions a crash keeps is what a trace is about.
        let manager = if self.manager { "new" } else { "old" };
        let record = if self.record { "yes" } else { "no" };
        let build = match self.build {
            Build::Old => " build=old",
            Build::Off => " build=off",
            // The build of scenarios without builds, which know no such word.
            Build::On => "",
        };
        write!(f, " manager={manager} record={record}{build}")
    }
}

/// Why a line is no action: what was expected in its place.
///
/// It goes to whoever wrote the script, so it names what could stand there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseActionError(pub String);

impl fmt::Display for ParseActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseActionError {}

impl FromStr for Action {
    type Err = ParseActionError;

    fn from_str(line: &str) -> Result<Action, ParseActionError> {
        let mut words = Words { rest: line.split_whitespace() };
        let name = words.next("an action")?;
        let kind = name.parse::<ActionKind>().map_err(|_| {
            // All names: whoever wrote the line sees which one was meant.
            let names: Vec<&str> = ActionKind::all().map(ActionKind::name).collect();
            expected(&format!("an action ({})", names.join(", ")), name)
        })?;
        let action = Action { kind, args: words.arguments(kind)? };
        // A word too many is an argument that its writer thought would count.
        match words.rest.next() {
            None => Ok(action),
            Some(word) => Err(expected("the end of the line", word)),
        }
    }
}

fn expected(what: &str, found: &str) -> ParseActionError {
    ParseActionError(format!("expected {what}, found '{found}'"))
}

/// The build of a crash; without the word it is the one that keeps events.
const BUILDS: [(&str, Build); 3] =
    [("build=old", Build::Old), ("build=off", Build::Off), ("build=on", Build::On)];

/// The rest of a line, read from the left without a way back; where a word may be missing, a copy
/// looks ahead.
struct Words<'a> {
    rest: SplitWhitespace<'a>,
}

impl<'a> Words<'a> {
    fn next(&mut self, what: &str) -> Result<&'a str, ParseActionError> {
        self.rest
            .next()
            .ok_or_else(|| ParseActionError(format!("expected {what}, found the end of the line")))
    }

    /// One word out of a closed list; returns its value.
    fn choice<T: Copy>(&mut self, choices: &[(impl AsRef<str>, T)]) -> Result<T, ParseActionError> {
        // The list is at once what is accepted and what the message says was expected.
        let names: Vec<&str> = choices.iter().map(|(name, _)| name.as_ref()).collect();
        let what = names.join(" or ");
        let word = self.next(&what)?;
        let found = choices.iter().find(|(name, _)| name.as_ref() == word);
        found.map(|(_, value)| *value).ok_or_else(|| expected(&what, word))
    }

    /// One word out of a closed list if there is any word left; else `missing`.
    fn last_choice<T: Copy>(
        &mut self,
        missing: T,
        choices: &[(&str, T)],
    ) -> Result<T, ParseActionError> {
        // Missing only where the line ends: any other word is meant to be this one.
        if self.rest.clone().next().is_none() { Ok(missing) } else { self.choice(choices) }
    }

    fn htlc(&mut self) -> Result<Htlc, ParseActionError> {
        // All that a state can have: whether the scenario has it, the alphabet says.
        let htlcs = (0..HTLCS).map(Htlc::at).map(|h| (h.to_string(), h));
        self.choice(&htlcs.collect::<Vec<_>>())
    }

    fn channel(&mut self) -> Result<Channel, ParseActionError> {
        let channels = (0..CHANNELS).map(Channel::at).map(|c| (c.name(), c));
        self.choice(&channels.collect::<Vec<_>>())
    }

    /// The channel, if the next word names one; it is left out where it goes without saying.
    fn implied(&mut self, channel: Channel) -> Channel {
        let mut ahead = self.rest.clone();
        // A word that names no channel is the next argument, and stays where it is.
        let named = ahead.next().and_then(|word| Channel::NAMES.iter().position(|n| *n == word));
        match named {
            Some(index) => {
                self.rest = ahead;
                Channel::at(index)
            }
            None => channel,
        }
    }

    fn block(&mut self) -> Result<u8, ParseActionError> {
        let blocks = (0..crate::state::world::FACTS as u8).map(|b| (format!("block{b}"), b));
        self.choice(&blocks.collect::<Vec<_>>())
    }

    fn arguments(&mut self, kind: ActionKind) -> Result<Args, ParseActionError> {
        Ok(match Machine::<Spec, CHANNELS, HTLCS>::row(kind).takes {
            Takes::Nothing(_) => Args::None,
            Takes::Htlc(_) => Args::Htlc(self.htlc()?),
            Takes::Channel(None, _) => Args::Channel(self.channel()?),
            Takes::Channel(Some(channel), _) => Args::Channel(self.implied(channel)),
            Takes::On(_) => Args::On(self.channel()?, self.htlc()?),
            Takes::Block(channel, _) => Args::Block(self.implied(channel), self.block()?),
            Takes::Kept(_) => Args::Kept(self.kept()?),
        })
    }

    fn kept(&mut self) -> Result<Kept, ParseActionError> {
        let mut writes = [0; CHANNELS];
        for (index, (name, kept)) in Channel::NAMES.iter().zip(&mut writes).enumerate() {
            // The first two are always said, the others where they keep something (`Display`).
            let is_said =
                self.rest.clone().next().is_some_and(|w| w.starts_with(&format!("{name}=")));
            if index >= 2 && !is_said {
                continue;
            }
            let counts =
                (0..=crate::state::store::WRITES as u8).map(|n| (format!("{name}={n}"), n));
            *kept = self.choice(&counts.collect::<Vec<_>>())?;
        }
        Ok(Kept {
            writes,
            manager: self.choice(&[("manager=old", false), ("manager=new", true)])?,
            record: self.choice(&[("record=no", false), ("record=yes", true)])?,
            build: self.last_choice(Build::On, &BUILDS)?,
        })
    }
}
