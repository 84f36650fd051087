//! Decisions, each followed through the log: as a table with one row for each, and as the evidence that they were made
//! on.
use std::collections::BTreeSet;
use std::io::Write;

use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::ExportError;
use super::bundle::ExportPlan;
use super::table::book;
use crate::domain::decision::row::{COLUMNS, cells};
use crate::domain::export::csv_line;
use crate::domain::id::DecisionId;
use crate::domain::replay::Said;
use crate::server::db::{self, Db};

/// Decisions that are read together.
const PART: i64 = 200;

/// A decision according to the log, the time at which it was sent according to the table of deliveries, and its stored
/// evidence if that is requested.
struct Row {
    said: Said,
    sent: Option<crate::domain::time::Timestamp>,
    evidence: Option<String>,
}

/// Follows every decision of the export, in the order of their IDs, which is the order in which they were made.
fn each(
    db: &Db,
    runtime: &Handle,
    plan: &ExportPlan,
    with_evidence: bool,
    mut each: impl FnMut(&Row) -> Result<(), ExportError>,
) -> Result<u64, ExportError> {
    let (mut after, mut count) = (DecisionId(uuid::Uuid::nil()), 0);
    loop {
        let (last, rows) = runtime.block_on(part(db, plan, after, with_evidence))?;
        let Some(last) = last else { return Ok(count) };
        after = last;
        for row in &rows {
            each(row)?;
            count += 1;
        }
    }
}

async fn part(
    db: &Db,
    plan: &ExportPlan,
    after: DecisionId,
    with_evidence: bool,
) -> Result<(Option<DecisionId>, Vec<Row>), ExportError> {
    let mut conn = db.read().await?;
    let ids = db::index::decisions(&mut conn, after, PART).await?;
    if ids.is_empty() {
        return Ok((None, Vec::new()));
    }
    let told = db::replay::told(&mut conn, &ids, Some(plan.size)).await?;
    let sent = db::replay::sent(&mut conn, &ids).await?;
    let mut kept = if with_evidence { db::replay::kept(&mut conn, &ids).await? } else { Default::default() };
    let mut rows = Vec::new();
    for (id, entries) in told {
        let fits = |only: &Vec<i64>| entries.iter().any(|entry| only.binary_search(&entry.seq).is_ok());
        if !plan.only.as_deref().is_none_or(fits) {
            continue;
        }
        let Some(said) = Said::follow(&entries) else { continue };
        let evidence = kept.remove(&id).and_then(|(kept, _)| kept).map(|kept| kept.body);
        // A decision without an outcome may be sent again: then the file would be another one for the same checkpoint.
        let sent = sent.get(&id).copied().filter(|_| said.settled_at.is_some());
        rows.push(Row { said, sent, evidence });
    }
    Ok((ids.last().copied(), rows))
}

/// Passes the cells of each row to `put`. Returns the number of decisions.
fn rows(
    db: &Db,
    runtime: &Handle,
    plan: &ExportPlan,
    mut put: impl FnMut(&[&str; COLUMNS.len()]) -> Result<(), ExportError>,
) -> Result<u64, ExportError> {
    each(db, runtime, plan, false, |row| {
        let cells = cells(&row.said, &plan.reasons.label(&row.said.reason), row.sent);
        put(&cells.each_ref().map(String::as_str))
    })
}

/// Writes the table as CSV. Blocks. Returns the number of decisions in it.
pub fn csv(db: &Db, runtime: &Handle, plan: &ExportPlan, out: &mut impl Write) -> Result<u64, ExportError> {
    let mut line = Vec::new();
    csv_line(&COLUMNS, &mut line);
    out.write_all(&line)?;
    rows(db, runtime, plan, |cells| {
        line.clear();
        csv_line(cells, &mut line);
        Ok(out.write_all(&line)?)
    })
}

/// Writes the same table as a workbook.
pub fn workbook(db: &Db, runtime: &Handle, plan: &ExportPlan, out: &mut impl Write) -> Result<u64, ExportError> {
    book(&COLUMNS, out, |book| rows(db, runtime, plan, |cells| book.put(cells)))
}

const README: &str = include_str!("EVIDENCE.md");

/// Writes a zip with the exact bytes of the evidence of each decision, named after the fingerprint in the log. Blocks.
/// Returns the number of decisions that it covers.
pub fn evidence(db: &Db, runtime: &Handle, plan: &ExportPlan, out: &mut impl Write) -> Result<u64, ExportError> {
    let mut zip = ZipWriter::new_stream(out);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        // Not the time of export, so that the same filter gives the same bytes.
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    zip.start_file("README.md", options)?;
    zip.write_all(README.as_bytes())?;
    let (mut sums, mut without, mut written) = (String::new(), String::new(), BTreeSet::new());
    let count = each(db, runtime, plan, true, |row| {
        let Said { decision, evidence: fingerprint, .. } = &row.said;
        match &row.evidence {
            Some(body) => {
                if written.insert(fingerprint.clone()) {
                    zip.start_file(format!("evidence/{fingerprint}.json"), options)?;
                    zip.write_all(body.as_bytes())?;
                    sums.push_str(&format!("{fingerprint}  evidence/{fingerprint}.json\n"));
                    let made = hex::encode(Sha256::digest(body));
                    if made != *fingerprint {
                        without
                            .push_str(&format!("{decision}  {fingerprint}  NOT WHAT THE LOG SAYS: stored is {made}\n"));
                    }
                }
            }
            None => without.push_str(&format!("{decision}  {fingerprint}  erased, or not stored\n")),
        }
        Ok(())
    })?;
    zip.start_file("SHA256SUMS", options)?;
    zip.write_all(sums.as_bytes())?;
    zip.start_file("WITHOUT.txt", options)?;
    zip.write_all(without.as_bytes())?;
    zip.finish()?.into_inner().flush()?;
    Ok(count)
}
