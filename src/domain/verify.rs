//! Whether an export of the log is what the log was. The steps are in one file, because their order matters: each
//! relies on what the earlier ones have checked. One function for the command line, the page (a file dropped on it) and
//! the tests. It needs no server and no database, and trusts only the keys and checkpoints that it is given.
//!
//! From the top: the checkpoint's signature, the tiles under its root, each entry under its tile, each personal value
//! and each row of the table under its entry, every byte of the file under the manifest.
mod checker;
mod entries;
mod file_kind;
mod gaps;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use sha2::{Digest, Sha256};

use checker::{Checker, hashes};
use entries::{entries, sequence_only};
use file_kind::{ExportFile, kind};
use gaps::Gap;

use super::discontinuity::Covered;
use super::export::{
    CHECKPOINT, CONSISTENCY, ENTRIES, KEY, MANIFEST, MANIFEST_NOTE, Manifest, PROOFS, ROTATION_KIND, ROTATIONS,
    parse_proof, rotation_text,
};
use super::finding::fault;
pub use super::finding::{CheckReport, Fault, FaultKind, Level, Trust, unfit};
use super::line_reader::LineReader;
use tlog::merkle::{self, Hash, TILE_WIDTH, TileId, Tiles};
use tlog::signed_note::{Checkpoint, Note, Signature, VerifierKey};
use tlog::zip::{Bytes, Member};

/// The key that must have signed, how much it proves, and the keys that the log had before.
async fn signing_key<B: Bytes>(
    file: &mut Checker<'_, B>,
    trust: &Trust,
    gaps: &[Gap],
) -> Result<(VerifierKey, Level, Vec<VerifierKey>), Fault> {
    let in_file = VerifierKey::from_str(&file.text(KEY).await?).map_err(|error| fault(KEY, error.to_string()))?;
    let mut handovers = Vec::new();
    for member in file.under(ROTATIONS) {
        let note = file.note(&member.name).await?;
        let lines: Vec<&str> = note.text.lines().collect();
        let [ROTATION_KIND, whose, old, new] = lines[..] else {
            return Err(fault(&member.name, "it is not a change from one key to another"));
        };
        let keys = VerifierKey::from_str(old).ok().zip(VerifierKey::from_str(new).ok());
        let Some((old, new)) = keys else { return Err(fault(&member.name, "it does not name two keys")) };
        let named = old.name == whose && new.name == whose;
        let said = note.text == rotation_text(whose, &old.to_string(), &new.to_string()) && named;
        if !said || !note.is_signed_by(&old) || !note.is_signed_by(&new) {
            return Err(fault(&member.name, "it is not signed by both the old key and the new one"));
        }
        handovers.push((old, new));
    }
    let known = handovers.iter().map(|(old, _)| old.clone()).chain(gaps::keys(gaps)).collect();
    let Some(pinned) = &trust.key else { return Ok((in_file, Level::KeyInFile, known)) };
    if pinned.is_witness() {
        return Err(unfit("key", "the key that you gave is a witness's. Give the log's own key".to_owned()));
    }
    if pinned.name != in_file.name && !gaps.iter().any(|gap| gap.this.old.name == pinned.name) {
        return Err(unfit(
            "key",
            format!(
                "the key that you gave is of the log {}, but the file is of {}. Give the key of that log",
                pinned.name, in_file.name
            ),
        ));
    }
    let (mut key, mut level) = (pinned.clone(), Level::PinnedKey);
    for _ in 0..=handovers.len() + gaps.len() {
        if key == in_file {
            return Ok((key, level, known));
        }
        if let Some((_, new)) = handovers.iter().find(|(old, _)| *old == key) {
            key = new.clone();
        } else if let Some(gap) = gaps.iter().find(|gap| gap.this.old == key) {
            // The key before it may be lost, and then only the new key vouches for itfile.
            (key, level) = (gap.this.new.clone(), Level::Discontinued);
        } else {
            break;
        }
    }
    Err(fault(
        KEY,
        format!("the log is signed by {}, and no change of keys leads there from {}", in_file.short(), pinned.short()),
    ))
}

/// The ids of the keys with the log's own name that signed a note.
fn signers(note: &Note, name: &str) -> Vec<[u8; 4]> {
    let mut ids: Vec<[u8; 4]> = note.signatures.iter().filter(|one| one.name == name).map(|one| one.id).collect();
    ids.sort_unstable();
    ids
}

/// Checks an export. `progress` is called now and then with the number of entries checked.
pub async fn verify<B: Bytes>(bytes: B, trust: &Trust, mut progress: impl FnMut(u64)) -> Result<CheckReport, Fault> {
    let zip = match kind(bytes).await? {
        ExportFile::Zip(zip) => zip,
        ExportFile::Lines(bytes) => return sequence_only(bytes, trust, progress).await,
    };
    let names: BTreeSet<&str> = zip.members.iter().map(|member| member.name.as_str()).collect();
    if names.len() != zip.members.len() {
        return Err(fault("file", "two members have the same name"));
    }
    let mut file = Checker { zip: &zip, sums: BTreeMap::new() };

    let note = file.note(CHECKPOINT).await?;
    let checkpoint = Checkpoint::parse(&note.text).map_err(|error| fault(CHECKPOINT, error.to_string()))?;
    let gaps = gaps::gaps(&mut file).await?;
    let (key, level, before) = signing_key(&mut file, trust, &gaps).await?;
    if !note.is_signed_by(&key) {
        return Err(fault(CHECKPOINT, format!("it is not signed by {}", key.short())));
    }
    if checkpoint.origin != key.name {
        return Err(fault(
            CHECKPOINT,
            format!("it is of the log {}, but the key is of {}", checkpoint.origin, key.name),
        ));
    }
    let size = checkpoint.size;
    let manifest_note = file.note(MANIFEST_NOTE).await?;
    let manifest =
        Manifest::parse(&manifest_note.text).ok_or_else(|| fault(MANIFEST_NOTE, "it is not the note of an export"))?;
    if !manifest_note.is_signed_by(&key) || manifest.origin != checkpoint.origin || manifest.size != size {
        return Err(fault(MANIFEST_NOTE, "it is not signed by the log's key, or is about another log or size"));
    }
    // Nothing else covers this note: a signature that was spoilt, dropped or added has to show here.
    let spoilt = |one: &Signature| {
        let mut keys = before.iter().chain([&key]);
        !keys.any(|key| one.name == key.name && one.id == key.id() && manifest_note.is_signed_by(key))
    };
    if signers(&manifest_note, &key.name) != signers(&note, &key.name) || manifest_note.signatures.iter().any(spoilt) {
        return Err(fault(MANIFEST_NOTE, "it is not signed by the same keys as the checkpoint"));
    }
    let (tiles, lowest) = file.tiles(size, &checkpoint.root).await?;
    let seen = entries(&mut file, &tiles, &lowest, size, &mut progress).await?;
    if seen.entries != manifest.entries {
        return Err(fault(
            ENTRIES,
            format!("it has {} entries, but the manifest says {}", seen.entries, manifest.entries),
        ));
    }
    // Numbers grow, and none is past the end, so as many entries as the log has are all of them.
    if manifest.filter == "all" && seen.entries != size {
        return Err(fault(ENTRIES, format!("it claims to be the whole log of {size} entries, but it is not")));
    }
    let proofs = proofs(&mut file, &note.text, size, &checkpoint.root).await?;
    gaps::fit(&mut file, &gaps, &tiles, &lowest, size).await?;
    let Past { agree: earlier, lost } =
        earlier(&mut file, trust, (&key, &before, &gaps), &tiles, &lowest, &checkpoint).await?;
    let witnesses = witnesses(trust, &note, &earlier)?;
    all_bytes(&mut file, &manifest.hash).await?;
    Ok(CheckReport {
        level: if lost.is_empty() { level } else { Level::Discontinued },
        lost,
        gaps: gaps.iter().map(Gap::told).collect(),
        origin: checkpoint.origin,
        key: key.short(),
        size,
        root: hex::encode(checkpoint.root),
        filter: manifest.filter,
        without_gap: seen.without_gap(),
        entries: seen.entries,
        first: seen.first,
        last: seen.last,
        opened: seen.opened,
        erased: seen.erased,
        rows: seen.rows,
        proofs,
        earlier: earlier.into_iter().map(|(_, size)| size).collect(),
        witnesses,
        key_unused: false,
    })
}

async fn proofs<B: Bytes>(file: &mut Checker<'_, B>, checkpoint: &str, size: u64, root: &Hash) -> Result<u64, Fault> {
    let mut count = 0;
    for member in file.under(PROOFS) {
        let text = file.text(&member.name).await?;
        let (index, proof, note) = parse_proof(&text).ok_or_else(|| fault(&member.name, "it is not a proof"))?;
        let named = member.name == format!("{PROOFS}{index}.tlog-proof");
        let same = note.parse::<Note>().is_ok_and(|note| note.text == checkpoint);
        // The leaf itself was checked with its tile. The proof must lead from it to the same root.
        let leaf = proved_leaf(file, index).await?;
        if !named || !same || !leaf.is_some_and(|leaf| merkle::included(index, size, leaf, &proof, root)) {
            return Err(fault(&member.name, "it does not prove that its entry is covered by the checkpoint"));
        }
        count += 1;
    }
    Ok(count)
}

/// The leaf hash of an entry, from its tile, which has been checked.
async fn proved_leaf<B: Bytes>(file: &mut Checker<'_, B>, index: u64) -> Result<Option<Hash>, Fault> {
    let number = index / TILE_WIDTH;
    let full = TileId { level: 0, number }.path(u64::MAX);
    let found =
        file.under("tile/0/").find(|member| member.name == full || member.name.starts_with(&format!("{full}.p/")));
    let Some(member) = found else { return Ok(None) };
    let place = usize::try_from(index % TILE_WIDTH).unwrap_or(0);
    Ok(hashes(&file.whole(member).await?).get(place).copied())
}

/// The auditor's earlier checkpoints: those that this log continues, and the sizes of those of which entries are said
/// to be gone.
#[derive(Default)]
struct Past {
    agree: Vec<(Note, u64)>,
    lost: Vec<u64>,
}

/// Checks the auditor's earlier checkpoints: each must be signed by the same log and be the beginning of this one, or
/// be named by a discontinuity.
async fn earlier<'a, B: Bytes>(
    file: &mut Checker<'a, B>,
    trust: &Trust,
    (key, before, gaps): (&VerifierKey, &[VerifierKey], &[Gap]),
    tiles: &Tiles,
    lowest: &BTreeMap<u64, &'a Member>,
    now: &Checkpoint,
) -> Result<Past, Fault> {
    let mut past = Past::default();
    for note in &trust.earlier {
        let at = || "earlier checkpoint".to_owned();
        let then = Checkpoint::parse(&note.text).map_err(|error| fault(at(), error.to_string()))?;
        let covered = gaps::covers(gaps, before, note, &then);
        let known = note.is_signed_by(key) || trust.key.as_ref().is_some_and(|pinned| note.is_signed_by(pinned));
        if covered == Covered::No && (then.origin != now.origin || !known) {
            return Err(fault(at(), "it is of another log, or not signed by the key"));
        }
        if then.size > now.size {
            if covered == Covered::Lost {
                past.lost.push(then.size);
                continue;
            }
            return Err(fault(
                at(),
                format!(
                    "it says that the log had {} entries; this file ends at {}. Entries are gone",
                    then.size, now.size
                ),
            ));
        }
        let name = format!("{CONSISTENCY}{}", then.size);
        let same = if then.size == now.size {
            then.root == now.root
        } else if let Some(member) = file.zip.find(&name) {
            let text = String::from_utf8_lossy(&file.whole(member).await?).into_owned();
            let proof: Option<Vec<Hash>> = text.lines().map(tlog::signed_note::unbase64).collect();
            proof.is_some_and(|proof| merkle::consistent(then.size, &then.root, now.size, &now.root, &proof))
        } else {
            let root = gaps::root_at(file, tiles, lowest, then.size).await?;
            let root = root.ok_or_else(|| {
                let ask = format!("the file has no proof for it. Export again, from entry {} on", then.size);
                fault(at(), ask)
            })?;
            root == then.root
        };
        if !same && covered == Covered::Lost {
            past.lost.push(then.size);
            continue;
        }
        if !same {
            return Err(fault(at(), format!("its first {} entries are not the first ones of this log", then.size)));
        }
        past.agree.push((note.clone(), then.size));
    }
    Ok(past)
}

/// Checks that each requested witness has signed one of the checkpoints that agree.
fn witnesses(trust: &Trust, note: &Note, earlier: &[(Note, u64)]) -> Result<Vec<(String, u64)>, Fault> {
    trust
        .witnesses
        .iter()
        .map(|key| {
            let times = earlier.iter().map(|(note, _)| note).chain([note]).filter_map(|note| note.witnessed_by(key));
            let time =
                times.max().ok_or_else(|| fault("witness", format!("{} signed no checkpoint here", key.short())))?;
            Ok((key.name.clone(), time))
        })
        .collect()
}

/// Checks that every member is in the manifest with its hash, and nothing else is.
async fn all_bytes<B: Bytes>(file: &mut Checker<'_, B>, hash: &str) -> Result<(), Fault> {
    let text = file.text(MANIFEST).await?;
    if hex::encode(Sha256::digest(text.as_bytes())) != hash {
        return Err(fault(MANIFEST, "it is not the one that was signed"));
    }
    let mut said = BTreeMap::new();
    for line in text.lines() {
        let (sum, name) = line.split_once("  ").ok_or_else(|| fault(MANIFEST, "a line is not a hash and a name"))?;
        said.insert(name, sum);
    }
    for member in &file.zip.members {
        if member.name == MANIFEST || member.name == MANIFEST_NOTE {
            continue;
        }
        if !file.sums.contains_key(member.name.as_str()) {
            let sum = LineReader::open(file.zip, member).await?.hashed().await?;
            file.sums.insert(&member.name, sum);
        }
        let sum = file.sums.get(member.name.as_str()).map(hex::encode);
        match said.remove(member.name.as_str()) {
            None => return Err(fault(&member.name, "it is not in the manifest")),
            Some(should) if sum.as_deref() != Some(should) => {
                return Err(fault(&member.name, "it has changed since the manifest was signed"));
            }
            Some(_) => {}
        }
    }
    match said.into_keys().next() {
        Some(gone) => Err(fault(gone, "the manifest names it, but it is not in the file")),
        None => Ok(()),
    }
}
