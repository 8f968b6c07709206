//! Lines that are appended and read again.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::marker::PhantomData;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What peers and chain will not forget. Channels, payments and HTLCs go by numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "fields are numbers of what they name")]
pub enum WorldLine {
    /// A channel is there.
    Opened { channel: u64 },
    /// A peer offers an HTLC.
    Adds { channel: u64, htlc: u64, payment: u64, amount_msat: u64 },
    /// A peer was offered an HTLC.
    Offered { channel: u64, htlc: u64, payment: u64 },
    /// A peer shows the preimage of an HTLC by a message.
    Fulfils { channel: u64, htlc: u64 },
    /// A peer signs our commitment without the HTLC.
    Signs { channel: u64, htlc: u64, claims: bool },
    /// A peer has our revocation, and our signature for its commitment without the HTLC.
    HearsRevocation { channel: u64, htlc: u64 },
    /// A peer has our claim or fail of an HTLC that it offered.
    HearsRemoval { channel: u64, htlc: u64, claims: bool },
    /// A peer revokes its last commitment with an HTLC.
    Revokes { channel: u64, outbound: bool, htlc: u64 },
    /// A commitment confirms, with outputs for these HTLCs (outbound, number).
    Confirms { channel: u64, ours: bool, outputs: Vec<(bool, u64)> },
    /// The output of an HTLC is spent, with its preimage or by timeout.
    Spends { channel: u64, outbound: bool, htlc: u64, with_preimage: bool },
    /// The commitment is final.
    Final { channel: u64 },
}

/// The durable record of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "fields are numbers of what they name")]
pub enum UserLine {
    /// The node starts. What was told before may be told again.
    Started,
    /// The user is about to make a payment.
    Pays { payment: u64 },
    /// `PaymentSent`.
    Sent { payment: u64 },
    /// `PaymentFailed`.
    Failed { payment: u64 },
    /// `PaymentForwarded`, with the first HTLC that came in.
    Forwarded { channel: u64, htlc: u64 },
    /// `PaymentClaimable`.
    Claimable { payment: u64 },
    /// `PaymentClaimed`.
    Claimed { payment: u64 },
}

/// A file of lines.
#[derive(Debug)]
pub struct Lines<L> {
    file: File,
    line: PhantomData<L>,
}

impl<L: Serialize + DeserializeOwned> Lines<L> {
    /// Opens a file, and gives what is in it.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is none.
    pub fn open(path: &Path) -> Result<(Self, Vec<L>), Error> {
        let lines = Self::read(path)?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok((Lines { file, line: PhantomData }, lines))
    }

    /// The lines of a file; none if it is not there.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is none.
    pub fn read(path: &Path) -> Result<Vec<L>, Error> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let parse = |(index, line)| {
            serde_json::from_str(line).map_err(|error| {
                let place = format!("{}:{}", path.display(), index + 1);
                Error::new(ErrorKind::InvalidData, format!("{place}: {error}"))
            })
        };
        text.lines().enumerate().map(parse).collect()
    }

    /// Appends a line, all of it or nothing of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&mut self, line: &L) -> Result<(), Error> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        // One call: a process that is killed has made it or not.
        match self.file.write(text.as_bytes())? == text.len() {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::WriteZero, "a line was cut short")),
        }
    }
}
