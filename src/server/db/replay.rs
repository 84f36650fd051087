//! What the log and the tables say about decisions, read together to be compared.
use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Conn, Json, Result, Sql, Tx};
use crate::domain::audit::{EVIDENCE_ERASED, fact};
use crate::domain::delivery::Action;
use crate::domain::export::{Body, Opening};
use crate::domain::id::{DecisionId, InquiryId};
use crate::domain::index::Indexed;
use crate::domain::replay::ReplayEntry;
use crate::domain::replay::compare::Row;
use crate::domain::time::Timestamp;

/// Prevents appends until the transaction ends, so that a decision and its entries are read together. SQLite has one
/// writer anyway.
pub async fn still(tx: &mut Tx) -> Result<()> {
    if matches!(&**tx, Conn::Postgres(_)) {
        Sql::new("SELECT size FROM audit_head WHERE one = 1 FOR UPDATE").execute(tx).await?;
    }
    Ok(())
}

type Bytes = (i64, String, Vec<u8>);

/// Entries about decisions, each with the personal values that were not erased, in the order of the log: all, or those
/// below a number.
pub async fn told(
    conn: &mut Conn,
    ids: &[DecisionId],
    below: Option<i64>,
) -> Result<BTreeMap<DecisionId, Vec<ReplayEntry>>> {
    let mut rows: BTreeMap<i64, (DecisionId, Bytes)> = BTreeMap::new();
    // First the end of the index, then the entries after it, then the index: what it takes in meanwhile is seen twice,
    // and not missed.
    let through = super::index::through(conn).await?;
    let newer: Vec<Bytes> = Sql::new("SELECT seq, body, hash FROM audit_entries WHERE seq >= $1 ORDER BY seq")
        .bind(through)
        .fetch_all(conn)
        .await?;
    for row in newer {
        let found = serde_json::from_str::<Body<'_>>(&row.1).ok().and_then(|body| Indexed::of(&body));
        if let Some(indexed) = found.filter(|indexed| ids.contains(&indexed.decision)) {
            rows.insert(row.0, (indexed.decision, row));
        }
    }
    let found: Vec<(Uuid, i64, String, Vec<u8>)> = Sql::list(
        "SELECT x.decision, e.seq, e.body, e.hash FROM audit_index x CROSS JOIN audit_entries e
         WHERE e.seq = x.seq AND x.decision IN ",
        ids.iter().map(|id| id.0),
    )
    .fetch_all(conn)
    .await?;
    rows.extend(found.into_iter().map(|(id, seq, body, hash)| (seq, (DecisionId(id), (seq, body, hash)))));
    if let Some(below) = below {
        rows.retain(|seq, _| *seq < below);
    }
    let mut openings = openings(conn, &rows.keys().copied().collect::<Vec<_>>()).await?;
    let mut told: BTreeMap<DecisionId, Vec<ReplayEntry>> = BTreeMap::new();
    for (seq, (id, (_, body, hash))) in rows {
        told.entry(id).or_default().push(ReplayEntry::parse(
            seq,
            &body,
            &hash,
            openings.remove(&seq).unwrap_or_default(),
        ));
    }
    Ok(told)
}

/// The personal values of some entries that were not erased, with their salts.
pub async fn openings(conn: &mut Conn, seqs: &[i64]) -> Result<BTreeMap<i64, Vec<Opening>>> {
    let mut all: BTreeMap<i64, Vec<Opening>> = BTreeMap::new();
    for part in seqs.chunks(1000) {
        let rows: Vec<(i64, String, Vec<u8>, String)> =
            Sql::list("SELECT seq, name, salt, value FROM audit_personal WHERE seq IN ", part.iter().copied())
                .fetch_all(conn)
                .await?;
        for (seq, name, salt, value) in rows {
            all.entry(seq).or_default().push(Opening { seq, name, salt: hex::encode(salt), value });
        }
    }
    Ok(all)
}

/// Entries of one action about one inquiry, oldest first.
pub async fn about(conn: &mut Conn, inquiry: &InquiryId, action: &str) -> Result<Vec<ReplayEntry>> {
    let rows: Vec<Bytes> = Sql::new(
        "SELECT seq, body, hash FROM audit_entries WHERE object_kind = 'inquiry' AND object_id = $1
         AND action = $2
         ORDER BY seq",
    )
    .bind(inquiry.as_str())
    .bind(action)
    .fetch_all(conn)
    .await?;
    let mut openings = openings(conn, &rows.iter().map(|row| row.0).collect::<Vec<_>>()).await?;
    let told =
        |(seq, body, hash): Bytes| ReplayEntry::parse(seq, &body, &hash, openings.remove(&seq).unwrap_or_default());
    Ok(rows.into_iter().map(told).collect())
}

#[derive(serde::Deserialize)]
struct DecisionRow {
    id: Uuid,
    subject_kind: String,
    subject_id: String,
    verdict: String,
    case_status: Option<String>,
    reason: String,
    comment: String,
    reviewer_id: Uuid,
    reviewer_name: String,
    seen_version: i64,
    fingerprint: String,
    state: String,
    made_at: Timestamp,
    settled_at: Option<Timestamp>,
    rules_version: i64,
    wanted_by: Json<Vec<String>>,
    checker_id: Option<Uuid>,
    checker_name: Option<String>,
    checked_at: Option<Timestamp>,
    refusal: Option<String>,
    accounts: Option<String>,
    released_by: Option<String>,
    released_at: Option<Timestamp>,
    action: Option<Json<Action>>,
    attempts: i64,
    request_id: Option<String>,
    answer: Option<String>,
}

/// Rows of the table of decisions, with their deliveries.
pub async fn rows(conn: &mut Conn, ids: &[DecisionId]) -> Result<BTreeMap<DecisionId, Row>> {
    let found: Vec<DecisionRow> = Sql::list("SELECT d.id, d.subject_kind, d.subject_id, d.verdict, d.case_status, d.reason, d.comment, d.reviewer_id,
             d.reviewer_name, d.seen_version, d.fingerprint, d.state, d.made_at, d.settled_at, d.rules_version, d.wanted_by,
             d.checker_id, d.checker_name, d.checked_at, d.refusal, d.accounts, d.released_by, d.released_at, v.action,
             CAST(COALESCE(v.attempts, 0) AS BIGINT) AS attempts, v.request_id, v.answer
         FROM decisions d LEFT JOIN deliveries v ON v.decision_id = d.id WHERE d.id IN ", ids.iter().map(|id| id.0)).fetch_all(conn).await?;
    let row = |held: DecisionRow| {
        let row = Row {
            subject_kind: held.subject_kind,
            subject_id: held.subject_id,
            verdict: held.verdict,
            status: held.case_status,
            reason: held.reason,
            comment: held.comment,
            maker_id: held.reviewer_id.to_string(),
            maker_name: held.reviewer_name,
            version: held.seen_version,
            evidence: held.fingerprint,
            state: held.state,
            made_at: Some(held.made_at),
            settled_at: held.settled_at,
            rules_version: held.rules_version,
            wanted_by: held.wanted_by.0,
            checker_id: held.checker_id.map(|id| id.to_string()),
            checker_name: held.checker_name,
            checked_at: held.checked_at,
            refusal: held.refusal,
            accounts: held.accounts,
            released_by: held.released_by,
            released_at: held.released_at,
            delivers: held.action.map(|action| action.0.as_str().to_owned()),
            attempts: held.attempts,
            persona_request: held.request_id,
            answer: held.answer,
        };
        (DecisionId(held.id), row)
    };
    Ok(found.into_iter().map(row).collect())
}

/// The evidence that a decision was made on, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvidence {
    pub fingerprint: String,
    pub body: String,
    /// Stored as a record, and not only for a time after it was seen.
    pub decided: bool,
}

#[derive(serde::Deserialize)]
struct KeptRow {
    id: Uuid,
    subject_id: String,
    seen_version: i64,
    fingerprint: Option<String>,
    body: Option<String>,
    decided: Option<i64>,
    known: i64,
}

/// The stored evidence of decisions, and whether the desk still has the subject of each. A case whose evidence was
/// emptied by the erasure of another person, according to the log, counts as one that the desk no longer has.
pub async fn kept(conn: &mut Conn, ids: &[DecisionId]) -> Result<BTreeMap<DecisionId, (Option<StoredEvidence>, bool)>> {
    let found: Vec<KeptRow> = Sql::list("SELECT d.id, d.subject_id, d.seen_version, s.fingerprint, s.body, s.decided,
             CAST(CASE WHEN i.id IS NULL AND c.id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS known
         FROM decisions d
         LEFT JOIN snapshots s ON s.subject_kind = d.subject_kind AND s.subject_id = d.subject_id AND s.version = d.seen_version
         LEFT JOIN inquiries i ON d.subject_kind = 'inquiry' AND i.id = d.subject_id
         LEFT JOIN cases c ON d.subject_kind = 'case' AND c.id = d.subject_id
         WHERE d.id IN ", ids.iter().map(|id| id.0)).fetch_all(conn).await?;
    let mut all = BTreeMap::new();
    for row in found {
        let emptied = row.body.as_deref() == Some("");
        let erased = emptied && is_erased(conn, &row.subject_id, row.seen_version).await?;
        let kept = row.fingerprint.zip(row.body).filter(|_| !emptied);
        let kept =
            kept.map(|(fingerprint, body)| StoredEvidence { fingerprint, body, decided: row.decided == Some(1) });
        all.insert(DecisionId(row.id), (kept, row.known == 1 && !erased));
    }
    Ok(all)
}

/// Whether the log says that the evidence of this version of a case was erased.
async fn is_erased(conn: &mut Conn, case: &str, version: i64) -> Result<bool> {
    let entries: Vec<String> =
        Sql::new("SELECT body FROM audit_entries WHERE object_kind = 'case' AND object_id = $1 AND action = $2")
            .bind(case)
            .bind(EVIDENCE_ERASED)
            .values(conn)
            .await?;
    let version = version.to_string();
    Ok(entries.iter().any(|body| fact(body, "version").as_deref() == Some(version.as_str())))
}

/// When the delivery of each decision was first sent, according to the table of deliveries.
pub async fn sent(conn: &mut Conn, ids: &[DecisionId]) -> Result<BTreeMap<DecisionId, Timestamp>> {
    let found: Vec<(Uuid, Option<Timestamp>)> =
        Sql::list("SELECT decision_id, first_sent_at FROM deliveries WHERE decision_id IN ", ids.iter().map(|id| id.0))
            .fetch_all(conn)
            .await?;
    Ok(found.into_iter().filter_map(|(id, at)| Some((DecisionId(id), at?))).collect())
}

pub async fn count(conn: &mut Conn) -> Result<i64> {
    Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM decisions").value(conn).await
}
