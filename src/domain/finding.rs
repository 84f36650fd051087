//! Input and result of a check of an export.
use serde::{Deserialize, Serialize};

use tlog::signed_note::{Note, VerifierKey};

/// What the auditor knew before the file came.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The log's key, as printed where it was created.
    pub key: Option<VerifierKey>,
    /// Keys of witnesses, each of which must have signed one of `earlier` or the checkpoint in the file.
    pub witnesses: Vec<VerifierKey>,
    /// Checkpoints received earlier, by mail or from a witness.
    pub earlier: Vec<Note>,
}

/// How much the check proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Signed by the key that the auditor had.
    PinnedKey,
    /// Signed by the key inside the file: the maker of the file could also have made the key.
    KeyInFile,
    /// Entry numbers without a gap and nothing else: there was no checkpoint.
    SequenceOnly,
    /// The log does not continue from what the auditor had: published entries are gone, or only the new key vouches for
    /// itself. The content of the file is consistent.
    Discontinued,
}

impl Level {
    pub const fn label(self) -> &'static str {
        match self {
            Self::PinnedKey => "pinned key",
            Self::KeyInFile => "key inside the file",
            Self::SequenceOnly => "sequence only; nothing proves these lines were not rewritten",
            Self::Discontinued => "discontinued",
        }
    }
}

/// The result of a check that found no fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    pub level: Level,
    pub origin: String,
    /// `name+hash` of the key that signed.
    pub key: String,
    /// Number of entries in the log at the checkpoint.
    pub size: u64,
    /// Hex.
    pub root: String,
    pub filter: String,
    /// Number of entries in the file.
    pub entries: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// Whether the file has every entry from the first to the last.
    pub without_gap: bool,
    /// Personal values that match their commitment, and those that were erased.
    pub opened: u64,
    pub erased: u64,
    /// Rows of the table of decisions, each equal to its entry.
    pub rows: u64,
    pub proofs: u64,
    /// Sizes of the earlier checkpoints that this log continues.
    pub earlier: Vec<u64>,
    /// Witnesses, and when they signed, in seconds since 1970.
    pub witnesses: Vec<(String, u64)>,
    /// Whether a key, witness or checkpoint was given that could not be used.
    pub key_unused: bool,
    /// Sizes of earlier checkpoints of which entries are gone, according to a discontinuity.
    pub lost: Vec<u64>,
    /// The discontinuities of the log in words, oldest first.
    pub gaps: Vec<String>,
}

impl CheckReport {
    /// Whether a key vouches for the entries and for what came before them.
    pub fn is_proved(&self) -> bool {
        matches!(self.level, Level::PinnedKey | Level::KeyInFile)
    }

    /// What an auditor must not conclude.
    pub fn not_proved(&self) -> Vec<&'static str> {
        let mut not = Vec::new();
        match self.level {
            Level::SequenceOnly => {
                not.push(
                    "that any entry is still what it was when it was written: the file has no signature. Export the zip, which has one",
                );
                if self.key_unused {
                    not.push("anything with the key, witness or checkpoint that you gave: a file of lines cannot be compared with them");
                }
            }
            Level::KeyInFile => not.push(
                "whose log this is: the key came with the file. Give the key that was printed when the log was set up (--key)",
            ),
            Level::Discontinued => not.push(
                "that only the entries named by the desk are gone, or that the new key is the desk's: ask for the reason, get the new key \
                 from somewhere other than this file, then check again with it (--key)",
            ),
            Level::PinnedKey => {}
        }
        if self.level != Level::SequenceOnly && self.earlier.is_empty() && self.witnesses.is_empty() {
            not.push(
                "that everyone was shown the same log: give a checkpoint that you received earlier (--checkpoint), or a witness's",
            );
        }
        if self.entries < self.size {
            not.push("that no entries exist outside the filter: the file is only a part of the log");
        }
        not.push("that everything that happened was recorded, or that what a person wrote is true");
        not
    }
}

/// The first fault found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{at}: {why}")]
pub struct Fault {
    pub kind: FaultKind,
    /// `entry 17`, `tile/0/003`, `checkpoint`, …
    pub at: String,
    pub why: String,
}

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The file is an export, but it is not what the log was.
    NotIntact,
    /// Nothing was checked: the file is of another kind or cannot be read, or a given key or checkpoint does not belong
    /// to it.
    NotChecked,
}

pub(super) fn fault(at: impl Into<String>, why: impl Into<String>) -> Fault {
    Fault { kind: FaultKind::NotIntact, at: at.into(), why: why.into() }
}

/// A fault after which nothing can be checked. It is no sign that the log is damaged.
pub fn unfit(at: impl Into<String>, why: impl Into<String>) -> Fault {
    Fault { kind: FaultKind::NotChecked, at: at.into(), why: why.into() }
}

impl From<tlog::zip::ZipError> for Fault {
    fn from(error: tlog::zip::ZipError) -> Self {
        match error {
            tlog::zip::ZipError::Unreadable(why) => unfit("file", format!("it cannot be read: {why}")),
            error => fault("file", error.to_string()),
        }
    }
}
