//! A discontinuity of the log: its database was restored from an older backup, or the key that signed it was lost. The
//! note says what was published before, what of it is still here, and under which key the log continues. It informs an
//! auditor who holds an older checkpoint of what happened; it proves nothing about the entries that are gone.
use serde::{Deserialize, Serialize};

use super::time::Timestamp;
use tlog::merkle::Hash;
use tlog::signed_note::{Checkpoint, Note, NoteError, VerifierKey, base64, unbase64};

/// First line of the note.
pub const KIND: &str = "countersign-discontinuity/v1";

/// The cause of a discontinuity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// Entries that were published are gone.
    Restored,
    /// Only the key is gone.
    KeyLost,
}

impl Cause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::KeyLost => "key-lost",
        }
    }
}

/// Size and root of the log at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    pub size: u64,
    pub root: Hash,
}

impl LogHead {
    fn text(&self) -> String {
        format!("{} {}", self.size, base64(&self.root))
    }

    fn parse(text: &str) -> Option<Self> {
        let (size, root) = text.split_once(' ')?;
        Some(Self { size: size.parse().ok()?, root: unbase64(root)? })
    }
}

impl From<&Checkpoint> for LogHead {
    fn from(checkpoint: &Checkpoint) -> Self {
        Self { size: checkpoint.size, root: checkpoint.root }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discontinuity {
    pub cause: Cause,
    pub old: VerifierKey,
    pub new: VerifierKey,
    /// The largest checkpoint that was found outside; its root is missing when a witness only reported its size.
    pub published: (u64, Option<Hash>),
    /// The newest checkpoint under the old key that the present log still extends; an empty log when there is none.
    pub kept: LogHead,
    /// The log as it was when it was resumed.
    pub resumed: LogHead,
    pub at: Timestamp,
}

impl Discontinuity {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let (size, root) = &self.published;
        let root = root.as_ref().map_or_else(|| "-".to_owned(), base64);
        format!(
            "{KIND}\ncause {}\nold {}\nnew {}\npublished {size} {root}\nkept {}\nresumed {}\nat {}\n",
            self.cause.as_str(),
            self.old,
            self.new,
            self.kept.text(),
            self.resumed.text(),
            self.at.to_text(),
        )
    }

    /// Reads a note without checking its signatures; for those see [`Self::signers`].
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let [KIND, cause, old, new, published, kept, resumed, at] = lines[..] else { return None };
        let (size, root) = published.strip_prefix("published ")?.split_once(' ')?;
        let this = Self {
            cause: match cause.strip_prefix("cause ")? {
                "restored" => Cause::Restored,
                "key-lost" => Cause::KeyLost,
                _ => return None,
            },
            old: old.strip_prefix("old ")?.parse().ok()?,
            new: new.strip_prefix("new ")?.parse().ok()?,
            published: (size.parse().ok()?, if root == "-" { None } else { Some(unbase64(root)?) }),
            kept: LogHead::parse(kept.strip_prefix("kept ")?)?,
            resumed: LogHead::parse(resumed.strip_prefix("resumed ")?)?,
            at: at.strip_prefix("at ")?.parse().ok()?,
        };
        // Only one spelling of each value, and only notes that make sense: a lost key loses no entries, and a restored
        // log gets a new name.
        let fits = match this.cause {
            Cause::KeyLost => this.old.name == this.new.name && this.published.0 <= this.resumed.size,
            Cause::Restored => this.old.name != this.new.name,
        };
        (this.text() == text && this.old != this.new && fits && this.kept.size <= this.resumed.size).then_some(this)
    }

    /// Reads a signed note. The new key must have signed it; also returns whether the old key did.
    pub fn signed(note: &Note) -> Option<(Self, bool)> {
        let this = Self::parse(&note.text)?;
        let by_old = note.is_signed_by(&this.old);
        note.is_signed_by(&this.new).then_some((this, by_old))
    }

    /// What this means for a checkpoint under the old key.
    pub fn covers(&self, earlier: &Checkpoint) -> Covered {
        let (published, root) = self.published;
        match () {
            () if earlier.origin != self.old.name => Covered::No,
            // No signed entry is gone: the checkpoint is compared with the log like any other.
            () if self.cause == Cause::KeyLost || earlier.size <= self.kept.size => Covered::Kept,
            () if earlier.size > published => Covered::No,
            () if earlier.size == published && root.is_some_and(|root| root != earlier.root) => Covered::No,
            () => Covered::Lost,
        }
    }
}

/// What a discontinuity means for an earlier checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covered {
    /// The log still has all of its entries: its root can be compared.
    Kept,
    /// It covers entries that the note says are gone.
    Lost,
    /// The note says nothing about it.
    No,
}

/// Reads a note as a checkpoint, and returns it with the one of these keys that signed it.
pub fn checkpoint_by<'a>(
    note: &str,
    keys: &'a [VerifierKey],
) -> Result<Option<(Checkpoint, &'a VerifierKey)>, NoteError> {
    let note: Note = note.parse()?;
    let checkpoint = Checkpoint::parse(&note.text)?;
    let key = keys.iter().find(|key| key.name == checkpoint.origin && note.is_signed_by(key));
    Ok(key.map(|key| (checkpoint, key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlog::signed_note::SignerKey;

    fn keys() -> (SignerKey, SignerKey) {
        (SignerKey::of_log("desk.example/log", &[1; 32]), SignerKey::of_log("desk.example/log-2", &[2; 32]))
    }

    fn restored() -> Discontinuity {
        let (old, new) = keys();
        Discontinuity {
            cause: Cause::Restored,
            old: old.verifier(),
            new: new.verifier(),
            published: (300, Some([3; 32])),
            kept: LogHead { size: 100, root: [1; 32] },
            resumed: LogHead { size: 120, root: [2; 32] },
            at: Timestamp::from_micros(1_795_000_000_000_000),
        }
    }

    #[test]
    fn a_note_is_read_back_and_says_who_signed_it() {
        let (old, new) = keys();
        let this = restored();
        assert_eq!(Discontinuity::parse(&this.text()), Some(this.clone()));
        let unread = Discontinuity { published: (300, None), ..this.clone() };
        assert_eq!(Discontinuity::parse(&unread.text()), Some(unread));
        let both = Note::signed(this.text(), &[new.clone(), old.clone()]);
        assert_eq!(Discontinuity::signed(&both), Some((this.clone(), true)));
        assert_eq!(Discontinuity::signed(&Note::signed(this.text(), &[new])), Some((this.clone(), false)));
        // The old key alone hands nothing over: anyone who found it could have written that note.
        assert_eq!(Discontinuity::signed(&Note::signed(this.text(), &[old])), None);
    }

    #[test]
    fn what_makes_no_sense_is_not_read() {
        let (old, _) = keys();
        let this = restored();
        let renamed = Discontinuity { cause: Cause::KeyLost, ..this.clone() };
        let same_key = Discontinuity { new: old.verifier(), ..this.clone() };
        let backwards = Discontinuity { kept: LogHead { size: 121, root: [1; 32] }, ..this.clone() };
        for bad in
            [renamed.text(), same_key.text(), backwards.text(), this.text().replace("300", "0300"), String::new()]
        {
            assert_eq!(Discontinuity::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_checkpoint_from_before_is_kept_lost_or_not_spoken_of() {
        let this = restored();
        let of = |size, root| Checkpoint { origin: "desk.example/log".into(), size, root };
        assert_eq!(this.covers(&of(100, [9; 32])), Covered::Kept);
        assert_eq!(this.covers(&of(101, [9; 32])), Covered::Lost);
        assert_eq!(this.covers(&of(300, [3; 32])), Covered::Lost);
        assert_eq!(this.covers(&of(300, [9; 32])), Covered::No, "another root than the one that it names");
        assert_eq!(this.covers(&of(301, [3; 32])), Covered::No);
        assert_eq!(this.covers(&Checkpoint { origin: "other".into(), ..of(50, [1; 32]) }), Covered::No);
    }
}
