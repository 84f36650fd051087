//! The case file of one inquiry as a PDF: reads the data, draws it, and records the file with its hash before it is
//! sent.
use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::audit::{actor, append};
use super::replay::ReplayedDecision;
use crate::domain::access_request::is_told;
use crate::domain::audit::{Draft, Entry};
use crate::domain::case_file::{CaseFile, Decided, Proved, for_the_person, purpose, wrong};
use crate::domain::decision::Subject;
use crate::domain::discrepancy::Resolved;
use crate::domain::evidence::Evidence;
use crate::domain::id::{DecisionId, InquiryId};
use crate::domain::pdf::PdfDocument;
use crate::domain::replay::compare::Difference;
use crate::domain::replay::resolutions;
use crate::domain::reviewer::{Permit, permission};
use crate::server::db;
use crate::server::pdf::pdf;
use crate::server::{App, Error};
use tlog::signed_note::SignerKey;

/// Entries in a case file, at most. More do not fit a file that a person reads; an export of the log has all of them.
const MOST: i64 = 500;
/// Time limit for drawing, which normally takes less than a second. No caller waits longer than this.
const PATIENCE: Duration = Duration::from_secs(25);

/// Returns the file's bytes. The purpose is required, and is recorded in the log and in the file.
pub async fn make(
    app: &App,
    by: &Permit<permission::ExportEvidence>,
    id: InquiryId,
    purpose_code: &str,
) -> Result<Vec<u8>, Error> {
    let why = purpose(purpose_code).ok_or_else(|| {
        Error::Invalid("Choose the purpose of the case file. It is recorded in the log and in the file.".to_owned())
    })?;
    super::disclosure::allow(app, by, "inquiry", id.to_string()).await?;
    // Sign a checkpoint first, so that the entries up to now have a proof.
    super::checkpoint::sign(app).await?;
    let file = read(app, by, &id, purpose_code, why).await?;
    let (entries, decisions) = (file.entries.len(), file.decisions.len());
    if file.differs() {
        // Start a check: the person who runs the desk has to learn of the difference, and decisions have to stop.
        app.wake.check.notify_one();
    }
    let bytes = render(app, file.document()).await?;
    let now = app.now();
    let draft = Draft::new("case_file.exported", actor(by), "inquiry", id.to_string())
        .fact("purpose", purpose_code)
        .fact("sha256", hex::encode(Sha256::digest(&bytes)))
        .fact("bytes", i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .fact("decisions", i64::try_from(decisions).unwrap_or(i64::MAX))
        .fact("entries", i64::try_from(entries).unwrap_or(i64::MAX));
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    Ok(bytes)
}

async fn read(
    app: &App,
    by: &Permit<permission::ExportEvidence>,
    id: &InquiryId,
    purpose_code: &str,
    why: &str,
) -> Result<CaseFile, Error> {
    let mut conn = app.read().await?;
    let conn = &mut conn;
    super::blind::concealment::closed(conn, by, id.as_str(), app.now()).await?;
    let row = db::inquiry::by_id(conn, id).await?.ok_or(Error::NotFound("inquiry"))?;
    let subject = Subject::Inquiry(id.clone());
    let shown = db::decision::about(conn, &subject).await?;
    let mut ids: Vec<DecisionId> = shown.iter().map(|decision| decision.id).collect();
    let made = db::replay::about(conn, id, "decision.made").await?;
    ids.extend(made.iter().filter_map(|entry| entry.decision()?.parse::<DecisionId>().ok()));
    ids.sort_unstable();
    ids.dedup();
    let mut held = BTreeMap::new();
    for part in ids.chunks(100) {
        held.extend(super::replay::held(conn, part).await?);
    }
    let mut decisions = Vec::new();
    for decision in shown.into_iter().rev() {
        let ReplayedDecision { said, body, differences } = held.remove(&decision.id).unwrap_or_default();
        let seen = body.as_deref().and_then(|body| serde_json::from_str::<Evidence>(body).ok());
        decisions.push(Decided { decision, seen, said, body, differences });
    }
    let (lost, more): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, held)| !held.differences.is_empty());
    let lost = lost.into_iter().map(|(id, held)| (id.to_string(), held.differences)).collect();
    let mut found = db::audit::about(conn, "inquiry", id.as_str(), None, MOST + 1).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let cut = found.len() > most;
    found.truncate(most);
    let mut entries = Vec::with_capacity(found.len());
    // A file that the person may read lists what an answer to their access request lists: no notes, no escalations, no
    // other files.
    let leaves = |entry: &Entry| !for_the_person(purpose_code) || is_told(&entry.action);
    let mut openings = db::replay::openings(conn, &found.iter().map(|entry| entry.seq).collect::<Vec<_>>()).await?;
    let keys = super::checkpoint::comparison::keys(app, conn).await?;
    for entry in found.into_iter().rev().filter(leaves) {
        let proof = super::log::proof(conn, entry.seq).await?.map(|(text, _)| text);
        let wrong = wrong(&entry, &openings.remove(&entry.seq).unwrap_or_default(), proof.as_deref(), &keys);
        entries.push(Proved { entry: entry.leaving(), proof, wrong });
    }
    let resolved = db::discrepancy::of(conn, id).await?;
    let said = resolutions(&db::replay::about(conn, id, "discrepancy.resolved").await?);
    let otherwise = |row: &Resolved| {
        let missing = || vec![Difference { field: "row", log: "nothing".into(), table: "that it was resolved".into() }];
        let differences = said.get(&row.field).map_or_else(missing, |said| said.differences(row));
        (row.field.clone(), differences)
    };
    let body = row.seen().canonical();
    let template_id = row.inquiry.template_id.as_ref().map(ToString::to_string);
    let template = db::inquiry::templates(conn).await?.into_iter().find(|(id, _)| Some(id) == template_id.as_ref());
    Ok(CaseFile {
        template: template.map(|(_, name)| name),
        as_of: row.evidence_at.unwrap_or(row.as_of),
        fingerprint: row.fingerprint.clone().unwrap_or_default(),
        fingerprint_made: hex::encode(Sha256::digest(&body)),
        body: row.evidence.is_some().then_some(body),
        reasons: db::reason::current(conn).await?,
        resolved_otherwise: resolved.iter().map(otherwise).collect(),
        resolved,
        decisions,
        lost,
        more_decisions: more.len(),
        entries,
        cut,
        checkpoint: db::checkpoint::newest(conn).await?.map(|checkpoint| checkpoint.note),
        key: app.config.signing.first().map(|key: &SignerKey| key.verifier().to_string()),
        made_at: app.now(),
        made_by: by.reviewer().name.clone(),
        purpose: why.to_owned(),
        for_the_person: for_the_person(purpose_code),
        evidence: row.evidence,
        inquiry: row.inquiry,
    })
}

/// Draws a document as a PDF on a blocking thread.
pub(super) async fn render(app: &App, document: PdfDocument) -> Result<Vec<u8>, Error> {
    let app = app.clone();
    let drawing = tokio::task::spawn_blocking(move || pdf(app.fonts(), document));
    match tokio::time::timeout(PATIENCE, drawing).await {
        Ok(drawn) => drawn.map_err(|stopped| Error::Internal(stopped.to_string()))?,
        Err(_) => Err(Error::Internal("rendering a PDF took too long".to_owned())),
    }
}
