//! The zip: entries with everything that is needed to verify them without the desk. `VERIFY.md` in it says how.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::ExportError;
use crate::domain::export::{
    Body, CHECKPOINT, COLUMNS, CONSISTENCY, DECISIONS, DISCONTINUITIES, ENTRIES, Filter, KEY, MANIFEST, MANIFEST_NOTE,
    Manifest, PERSONAL, PROOFS, ROTATIONS, VERIFY, action_of, csv_line, is_row, proof_text, with_cells,
};
use crate::domain::reason::Reasons;
use crate::server::db::audit_scan::AuditScan;
use crate::server::db::{self, Db};
use tlog::merkle::{TILE_WIDTH, TileId, Tiles, tiles_of_consistency, tiles_of_inclusion, tiles_of_root};
use tlog::signed_note::{Note, SignerKey, base64};

/// Up to this many entries get a file with their proof each; for more, the tiles are enough.
const MOST_PROOFS: usize = 1000;

/// What an export consists of. The same plan gives the same bytes.
#[derive(Debug, Clone)]
pub struct ExportPlan {
    pub filter: Filter,
    pub size: i64,
    /// The checkpoint with the log's own signatures only: those of witnesses come later than the bytes.
    pub note: String,
    pub rotations: Vec<String>,
    /// The discontinuities of the log.
    pub discontinuities: Vec<String>,
    /// The size of a checkpoint that the reader has: the export proves that the log extends it.
    pub since: Option<i64>,
    pub signing: Vec<SignerKey>,
    /// The labels of reason codes.
    pub reasons: Reasons,
    /// The entries, ascending, that match a filter which asks for more than the log itself shows.
    pub only: Option<Arc<Vec<i64>>>,
}

impl ExportPlan {
    /// Opens the log, as far as this export covers it.
    pub fn scan(&self, db: &Db, runtime: &Handle) -> Result<AuditScan, ExportError> {
        Ok(AuditScan::open(db, runtime)?.only(self.only.clone()))
    }
}

struct Bundle<W: Write> {
    zip: ZipWriter<zip::write::StreamWriter<W>>,
    sums: Vec<(String, String)>,
    member: Option<(String, Sha256)>,
}

impl<W: Write> Write for Bundle<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.zip.write(bytes)?;
        if let Some((_, hash)) = &mut self.member {
            hash.update(&bytes[..taken]);
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}

impl<W: Write> Bundle<W> {
    fn start(&mut self, name: &str, large: bool) -> Result<(), ExportError> {
        self.end();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            // Not the time of export, so that the same filter gives the same bytes.
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(0o644)
            .large_file(large);
        self.zip.start_file(name, options)?;
        self.member = Some((name.to_owned(), Sha256::new()));
        Ok(())
    }

    fn end(&mut self) {
        if let Some((name, hash)) = self.member.take() {
            self.sums.push((name, hex::encode(hash.finalize())));
        }
    }

    fn whole(&mut self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        self.start(name, false)?;
        Ok(self.write_all(bytes)?)
    }
}

/// Writes the zip. Blocks. Returns the number of entries in it.
pub fn write(db: &Db, runtime: &Handle, plan: &ExportPlan, out: impl Write) -> Result<u64, ExportError> {
    let mut bundle = Bundle { zip: ZipWriter::new_stream(out), sums: Vec::new(), member: None };
    let key = plan.signing.first().ok_or_else(|| ExportError::Log("no key signs the log".to_owned()))?;
    bundle.whole(CHECKPOINT, plan.note.as_bytes())?;
    bundle.whole(KEY, format!("{}\n", key.verifier()).as_bytes())?;
    for (number, note) in plan.rotations.iter().enumerate() {
        bundle.whole(&format!("{ROTATIONS}{number}.note"), note.as_bytes())?;
    }
    for (number, note) in plan.discontinuities.iter().enumerate() {
        bundle.whole(&format!("{DISCONTINUITIES}{number}.note"), note.as_bytes())?;
    }
    bundle.whole(VERIFY, include_bytes!("VERIFY.md"))?;
    bundle.flush()?;

    let mut scan = plan.scan(db, runtime)?;
    let size = u64::try_from(plan.size).unwrap_or(0);
    bundle.start(ENTRIES, true)?;
    let (mut entries, mut numbers, mut proved) = (0_u64, Vec::new(), Vec::new());
    scan.entries::<ExportError>(&plan.filter, plan.size, |line| {
        bundle.write_all(line.body.as_bytes())?;
        bundle.write_all(b"\n")?;
        let number = u64::try_from(line.seq).unwrap_or(0) / TILE_WIDTH;
        if numbers.last() != Some(&number) {
            numbers.push(number);
        }
        if proved.len() <= MOST_PROOFS {
            proved.push(u64::try_from(line.seq).unwrap_or(0));
        }
        entries += 1;
        Ok(())
    })?;
    bundle.start(PERSONAL, true)?;
    scan.leaving::<ExportError>(&plan.filter, plan.size, |opening| Ok(bundle.write_all(opening.line().as_bytes())?))?;
    bundle.start(DECISIONS, true)?;
    table(&mut scan, &plan.filter, plan.size, &mut bundle)?;
    drop(scan);

    let some = !plan.filter.is_all();
    tiles(&mut bundle, db, runtime, size, some.then_some(&numbers))?;
    if some && proved.len() <= MOST_PROOFS && !proved.is_empty() {
        for seq in proved {
            let tiles = load(db, runtime, tiles_of_inclusion(seq, size), size)?;
            let hashes = tiles.inclusion(seq, size).map_err(|missing| ExportError::Log(missing.to_string()))?;
            bundle.whole(&format!("{PROOFS}{seq}.tlog-proof"), proof_text(seq, &hashes, &plan.note).as_bytes())?;
        }
    }
    if let Some(since) =
        plan.since.and_then(|since| u64::try_from(since).ok()).filter(|since| *since < size && *since > 0)
    {
        let tiles = load(db, runtime, tiles_of_consistency(since, size), size)?;
        let hashes = tiles.consistency(since, size).map_err(|missing| ExportError::Log(missing.to_string()))?;
        let text: String = hashes.iter().map(|hash| base64(hash) + "\n").collect();
        bundle.whole(&format!("{CONSISTENCY}{since}"), text.as_bytes())?;
    }

    bundle.end();
    let manifest: String = bundle.sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    let said = Manifest {
        origin: key.name.clone(),
        size,
        entries,
        filter: plan.filter.text(),
        hash: hex::encode(Sha256::digest(manifest.as_bytes())),
    };
    bundle.whole(MANIFEST, manifest.as_bytes())?;
    bundle.whole(MANIFEST_NOTE, Note::signed(said.text(), &plan.signing).to_string().as_bytes())?;
    bundle.zip.finish()?.into_inner().flush()?;
    Ok(entries)
}

/// Writes the table of decisions as CSV.
pub fn table(scan: &mut AuditScan, filter: &Filter, size: i64, out: &mut impl Write) -> Result<u64, ExportError> {
    let mut line = Vec::new();
    decisions(scan, filter, size, |cells| {
        line.clear();
        csv_line(cells, &mut line);
        Ok(out.write_all(&line)?)
    })
}

/// Passes the header and the rows of the table of decisions to `put`, in the order of their entries. Comments are read
/// as they are needed.
pub fn decisions(
    scan: &mut AuditScan,
    filter: &Filter,
    size: i64,
    mut put: impl FnMut(&[&str; COLUMNS.len()]) -> Result<(), ExportError>,
) -> Result<u64, ExportError> {
    put(&COLUMNS)?;
    let mut rows = 0;
    // In stretches, so that the comments of one stretch fit into memory.
    let (mut at, last) = (filter.first.unwrap_or(0), filter.last.unwrap_or(i64::MAX).min(size - 1));
    while at <= last {
        let end = last.min(at.saturating_add(STRETCH - 1));
        let part = Filter { first: Some(at), last: Some(end), ..filter.clone() };
        let mut comments = BTreeMap::new();
        scan.leaving::<ExportError>(&part, size, |opening| {
            if opening.name == "comment" {
                comments.insert(opening.seq, opening.value);
            }
            Ok(())
        })?;
        scan.entries::<ExportError>(&part, size, |entry| {
            if action_of(entry.body.as_bytes()).is_some_and(is_row) {
                let body: Body<'_> = serde_json::from_str(entry.body)
                    .map_err(|_| ExportError::Log(format!("entry {} is unreadable", entry.seq)))?;
                let leaf =
                    entry.hash.try_into().map_err(|_| ExportError::Log(format!("entry {} has no hash", entry.seq)))?;
                with_cells(&body, &leaf, comments.get(&entry.seq).map(String::as_str), &mut put)?;
                rows += 1;
            }
            Ok(())
        })?;
        at = end.saturating_add(1);
    }
    Ok(rows)
}

/// Entries in one stretch of the table.
const STRETCH: i64 = 100_000;

fn load(db: &Db, runtime: &Handle, ids: BTreeSet<TileId>, size: u64) -> Result<Tiles, ExportError> {
    Ok(runtime.block_on(async {
        let mut conn = db.read().await?;
        db::log::tiles(&mut conn, ids, size).await
    })?)
}

/// Writes all tiles of the log, or those that the entries in the given lowest tiles need; the upper tiles first.
fn tiles<W: Write>(
    bundle: &mut Bundle<W>,
    db: &Db,
    runtime: &Handle,
    size: u64,
    only: Option<&Vec<u64>>,
) -> Result<(), ExportError> {
    let mut ids: BTreeSet<TileId> = tiles_of_root(size);
    match only {
        None => {
            for level in 0..8 {
                let mut number = 0;
                while (TileId { level, number }).width(size) > 0 {
                    ids.insert(TileId { level, number });
                    number += 1;
                }
            }
        }
        Some(numbers) => {
            for number in numbers {
                ids.extend(tiles_of_inclusion(number * TILE_WIDTH, size));
            }
        }
    }
    for id in ids.into_iter().rev() {
        let hashes = runtime.block_on(async {
            let mut conn = db.read().await?;
            db::log::tile(&mut conn, id, size).await
        })?;
        if hashes.len() as u64 != id.width(size) {
            return Err(ExportError::Log(format!("{} is not complete", id.path(size))));
        }
        bundle.whole(&id.path(size), &hashes.concat())?;
    }
    Ok(())
}
