//! The objects that are kept as text (`reference/tests/fixtures.rs`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reference::{ChannelManager, ChannelMonitor, ChannelMonitorUpdate, DecodeError};

/// Where the fixtures of a version are.
pub fn folder(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version)
}

/// The bytes of a fixture: hexadecimal digits behind the lines of a comment.
fn bytes(text: &str) -> Vec<u8> {
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    hex_conservative::decode_to_vec(&digits).expect("a fixture is made of hexadecimal digits")
}

/// The fixtures of a version, by their names.
pub fn kept(version: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder(version)).expect("each version has a folder");
    let files = files.map(|file| file.expect("it can be listed").path()).map(|path| {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        (name, bytes(&std::fs::read_to_string(path).expect("it can be read")))
    });
    files.collect()
}

/// What an object of this name says, written anew.
pub fn rewritten(name: &str, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    match name.split('_').next() {
        Some("manager") => ChannelManager::read(bytes).map(|object| object.write()),
        Some("monitor") => ChannelMonitor::read(bytes).map(|object| object.write()),
        _ => ChannelMonitorUpdate::read(bytes).map(|object| object.write()),
    }
}

/// The records of an object. None of those in the fixtures is longer than two bytes can say.
pub fn records(object: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut all) = (&object[2..], Vec::new());
    while !rest.is_empty() {
        let length = match rest[1] {
            0xfd => 4 + usize::from(u16::from_be_bytes([rest[2], rest[3]])),
            short => 2 + usize::from(short),
        };
        let (record, behind) = rest.split_at(length);
        all.push(record);
        rest = behind;
    }
    all
}
