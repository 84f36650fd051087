//! Checks the discontinuities in an export: what they say about earlier checkpoints and keys, against the tree.
use std::collections::BTreeMap;

use super::checker::{Checker, lowest_tile};
use crate::domain::discontinuity::{Cause, Covered, Discontinuity};
use crate::domain::export::DISCONTINUITIES;
use crate::domain::finding::{Fault, fault};
use tlog::merkle::{self, Hash, Tiles};
use tlog::signed_note::{Checkpoint, Note, VerifierKey};
use tlog::zip::{Bytes, Member};

/// A discontinuity, and whether the key before it signed it too.
pub(super) struct Gap {
    pub this: Discontinuity,
    pub by_old: bool,
}

impl Gap {
    /// The discontinuity in words.
    pub fn told(&self) -> String {
        let Discontinuity { old, new, published, kept, resumed, at, cause } = &self.this;
        let who = if self.by_old { "signed by both keys" } else { "signed by the new key only" };
        match cause {
            Cause::KeyLost => format!(
                "{}: the key {} was lost, and {} has signed since entry {}. No entries are reported as gone ({who})",
                at.to_minute_text(),
                old.short(),
                new.short(),
                resumed.size
            ),
            Cause::Restored => format!(
                "{}: the database was restored from an older copy. {} entries had been published under {}. The log had {} when it was \
                 resumed under {}, and continues from the published checkpoint of {} entries. Entries after that one are gone ({who})",
                at.to_minute_text(),
                published.0,
                old.short(),
                resumed.size,
                new.short(),
                kept.size
            ),
        }
    }
}

/// Reads the discontinuities, in order.
pub(super) async fn gaps<B: Bytes>(file: &mut Checker<'_, B>) -> Result<Vec<Gap>, Fault> {
    let mut gaps = Vec::new();
    for number in 0.. {
        let name = format!("{DISCONTINUITIES}{number}.note");
        if file.zip.find(&name).is_none() {
            break;
        }
        let note = file.note(&name).await?;
        let (this, by_old) = Discontinuity::signed(&note)
            .ok_or_else(|| fault(&name, "it is not a discontinuity, or the new key did not sign it"))?;
        gaps.push(Gap { this, by_old });
    }
    let extra = file.under(DISCONTINUITIES).count() != gaps.len();
    if extra { Err(fault(DISCONTINUITIES, "its notes are not numbered from 0")) } else { Ok(gaps) }
}

/// The root over the first `size` entries, if the tiles in the file are enough for it.
pub(super) async fn root_at<'a, B: Bytes>(
    file: &mut Checker<'a, B>,
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    size: u64,
) -> Result<Option<Hash>, Fault> {
    if size == 0 {
        return Ok(Some(merkle::empty()));
    }
    let mut with = tiles.clone();
    for id in merkle::tiles_of_root(size).into_iter().filter(|id| id.level == 0) {
        if with.get(id).is_none() && lowest.contains_key(&id.number) {
            with.insert(id, lowest_tile(file, tiles, lowest, id.number).await?);
        }
    }
    Ok(with.root(size).ok())
}

/// Checks that what they say about this log is true.
pub(super) async fn fit<'a, B: Bytes>(
    file: &mut Checker<'a, B>,
    gaps: &[Gap],
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    size: u64,
) -> Result<(), Fault> {
    for (number, Gap { this, .. }) in gaps.iter().enumerate() {
        for head in [this.kept, this.resumed].into_iter().filter(|head| head.size <= size) {
            let root = root_at(file, tiles, lowest, head.size).await?;
            if root.is_some_and(|root| root != head.root) {
                return Err(fault(
                    format!("{DISCONTINUITIES}{number}.note"),
                    format!("it names a root over the first {} entries that this log does not have", head.size),
                ));
            }
        }
    }
    Ok(())
}

/// What discontinuities say about a checkpoint from before the log got its present name or its present key.
///
/// `before` are keys that were handed over, which may have signed it too.
pub(super) fn covers(gaps: &[Gap], before: &[VerifierKey], note: &Note, then: &Checkpoint) -> Covered {
    let mut best = Covered::No;
    for Gap { this, .. } in
        gaps.iter().filter(|gap| before.iter().chain([&gap.this.old]).any(|key| note.is_signed_by(key)))
    {
        match this.covers(then) {
            Covered::Lost => return Covered::Lost,
            Covered::Kept => best = Covered::Kept,
            Covered::No => {}
        }
    }
    best
}

/// The keys that the log had before its discontinuities.
pub(super) fn keys(gaps: &[Gap]) -> impl Iterator<Item = VerifierKey> + '_ {
    gaps.iter().flat_map(|gap| [gap.this.old.clone(), gap.this.new.clone()])
}
