//! What a check of an export starts from, and what it comes to.
use serde::{Deserialize, Serialize};

use super::signed_note::{Note, VerifierKey};

/// What the reader knew before the file came.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// The log's key, as printed where it was made.
    pub key: Option<VerifierKey>,
    /// Keys of witnesses that have to have signed one of `earlier`, or the checkpoint of the file.
    pub witnesses: Vec<VerifierKey>,
    /// Checkpoints received before, by mail or from a witness.
    pub earlier: Vec<Note>,
}

/// How far the word of a file reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Signed by the key that the reader had.
    PinnedKey,
    /// Signed by the key that lies in the file: whoever made the file could have made the key.
    KeyInFile,
    /// Numbers without a gap and nothing else: there was no checkpoint.
    SequenceOnly,
    /// The log does not simply go on from what the reader had: entries that were published are gone, or only the new key speaks
    /// for itself. What is in the file fits together.
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

/// What was found when nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub level: Level,
    pub origin: String,
    /// `name+hash` of the key that signed.
    pub key: String,
    /// Entries of the log at the checkpoint.
    pub size: u64,
    /// Hex.
    pub root: String,
    pub filter: String,
    /// Entries in the file.
    pub entries: u64,
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// Whether the entries in the file are all there are from the first to the last.
    pub without_gap: bool,
    /// Personal values that open their commitment, and those that have been erased.
    pub opened: u64,
    pub erased: u64,
    /// Rows of the table of decisions, each the same as its entry.
    pub rows: u64,
    pub proofs: u64,
    /// Sizes of the checkpoints received before that this log goes on from.
    pub earlier: Vec<u64>,
    /// Witnesses, and when they signed, in seconds since 1970.
    pub witnesses: Vec<(String, u64)>,
    /// A key, witness or checkpoint was given, and there was nothing to use it on.
    pub key_unused: bool,
    /// Sizes of the checkpoints received before of which entries are gone, as a discontinuity says.
    pub lost: Vec<u64>,
    /// Where the log does not simply go on, in words, oldest first.
    pub gaps: Vec<String>,
}

impl Report {
    /// Whether a key vouches for the entries and for what came before them.
    pub fn is_proved(&self) -> bool {
        matches!(self.level, Level::PinnedKey | Level::KeyInFile)
    }

    /// What a reader may not conclude.
    pub fn not_proved(&self) -> Vec<&'static str> {
        let mut not = Vec::new();
        match self.level {
            Level::SequenceOnly => {
                not.push(
                    "that any entry is what it was when it was written: there is no signature to hold it to. Export the zip, which has one",
                );
                if self.key_unused {
                    not.push("anything by the key, witness or checkpoint that you gave: lines have nothing to hold against them");
                }
            }
            Level::KeyInFile => not.push(
                "whose log this is: the key came with the file. Give the key that was printed when the log was set up (--key)",
            ),
            Level::Discontinued => not.push(
                "that what is gone is what the desk says it is, nor that the key after it is the desk's: ask for the reason, and for that \
                 key by another way than this file; then check again with it (--key)",
            ),
            Level::PinnedKey => {}
        }
        if self.level != Level::SequenceOnly && self.earlier.is_empty() && self.witnesses.is_empty() {
            not.push(
                "that nobody else was shown another log: give a checkpoint received earlier (--checkpoint), or a witness's",
            );
        }
        if self.entries < self.size {
            not.push("that entries outside the filter do not exist: the file holds a part of the log");
        }
        not.push("that everything that happened was recorded, or that what a person wrote is true");
        not
    }
}

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{at}: {why}")]
pub struct Fault {
    pub kind: Kind,
    /// `entry 17`, `tile/0/003`, `checkpoint`, …
    pub at: String,
    pub why: String,
}

/// What a fault is a fault of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The file is an export, and is not what the log was.
    NotIntact,
    /// Nothing was checked: the file is of another kind or cannot be read, or what was given beside it does not belong to it.
    NotChecked,
}

pub(super) fn fault(at: impl Into<String>, why: impl Into<String>) -> Fault {
    Fault { kind: Kind::NotIntact, at: at.into(), why: why.into() }
}

/// Nothing can be checked, and that is no sign that the log is damaged.
pub fn unfit(at: impl Into<String>, why: impl Into<String>) -> Fault {
    Fault { kind: Kind::NotChecked, at: at.into(), why: why.into() }
}

impl From<super::zip::ZipError> for Fault {
    fn from(error: super::zip::ZipError) -> Self {
        match error {
            super::zip::ZipError::Unreadable(why) => unfit("file", format!("it cannot be read: {why}")),
            error => fault("file", error.to_string()),
        }
    }
}
