//! The mirror of Persona's cases.

pub mod list;

use super::{Conn, Json, Result, Sql, Tx, corrupt, id_pattern};
use crate::domain::case::Case;
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone)]
pub struct MirroredCase {
    pub case: Case,
    pub as_of: Timestamp,
    pub as_of_event: String,
    pub version: i64,
}

#[derive(serde::Deserialize)]
struct Row {
    body: Json<Case>,
    as_of: Timestamp,
    as_of_event: String,
    version: i64,
}

impl From<Row> for MirroredCase {
    fn from(Row { body, as_of, as_of_event, version }: Row) -> Self {
        Self { case: body.0, as_of, as_of_event, version }
    }
}

const COLUMNS: &str = "SELECT body, as_of, as_of_event, version FROM cases WHERE id = $1";

pub async fn by_id(conn: &mut Conn, id: &CaseId) -> Result<Option<MirroredCase>> {
    let row: Option<Row> = Sql::new(COLUMNS).bind(id.as_str()).fetch_optional(conn).await?;
    Ok(row.map(MirroredCase::from))
}

/// Locks the row until the transaction ends. Returns false when there is none.
pub async fn lock(tx: &mut Tx, id: &CaseId) -> Result<bool> {
    super::lock(tx, "cases", id.as_str()).await
}

/// Writes the whole row and what the case holds. The caller has decided, inside this transaction, that it is newer.
pub async fn put(tx: &mut Tx, row: &MirroredCase) -> Result<()> {
    let case = &row.case;
    Sql::new(
        "INSERT INTO cases (id, name, status, template_id, assignee, created_at, due_at, due_order,
         resolved_at, as_of,
             as_of_event, version, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status,
             template_id = excluded.template_id,
             assignee = excluded.assignee, created_at = excluded.created_at, due_at = excluded.due_at,
             due_order = excluded.due_order, resolved_at = excluded.resolved_at, as_of = excluded.as_of,
             as_of_event = excluded.as_of_event, version = excluded.version, body = excluded.body",
    )
    .bind(case.id.as_str())
    .bind(&case.name)
    .bind(&case.status)
    .bind(case.template_id.as_ref().map(ToString::to_string))
    .bind(&case.assignee)
    .bind(case.created_at)
    .bind(case.due_at)
    .bind(case.due_at.unwrap_or(Timestamp::END))
    .bind(case.resolved_at)
    .bind(row.as_of)
    .bind(&row.as_of_event)
    .bind(row.version)
    .bind(Json(case))
    .execute(tx)
    .await?;
    Sql::new("DELETE FROM case_objects WHERE case_id = $1").bind(case.id.as_str()).execute(tx).await?;
    let inquiries = case.inquiries.iter().map(|id| ("inquiry", id.as_str()));
    let accounts = case.accounts.iter().map(|id| ("account", id.as_str()));
    for (kind, id) in inquiries.chain(accounts) {
        Sql::new("INSERT INTO case_objects (case_id, kind, object_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(case.id.as_str())
            .bind(kind)
            .bind(id)
            .execute(tx)
            .await?;
    }
    Sql::new("DELETE FROM case_parts WHERE case_id = $1").bind(case.id.as_str()).execute(tx).await?;
    for part in case.reports.iter().chain(&case.verifications) {
        Sql::new("INSERT INTO case_parts (case_id, part_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(case.id.as_str())
            .bind(part.as_str())
            .execute(tx)
            .await?;
    }
    Sql::new("DELETE FROM case_tags WHERE case_id = $1").bind(case.id.as_str()).execute(tx).await?;
    for tag in &case.tags {
        Sql::new("INSERT INTO case_tags (case_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(case.id.as_str())
            .bind(tag)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Cases that hold a report or a verification themselves, or its account, or one of that account's inquiries.
pub async fn with_part(conn: &mut Conn, part: &str, account: Option<&AccountId>) -> Result<Vec<CaseId>> {
    let ids: Vec<String> = Sql::new(
        "SELECT case_id FROM case_parts WHERE part_id = $1
         UNION SELECT case_id FROM case_objects WHERE object_id = $2
             OR object_id IN (SELECT id FROM inquiries WHERE account_id = $2) ORDER BY 1",
    )
    .bind(part)
    .bind(account.map(AccountId::as_str))
    .values(conn)
    .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Cases whose content names an object. Reads all cases: only for rare events.
pub async fn naming(conn: &mut Conn, object: &str) -> Result<Vec<CaseId>> {
    let ids: Vec<String> = Sql::new("SELECT id FROM cases WHERE CAST(body AS TEXT) LIKE $1 ESCAPE '\\' ORDER BY id")
        .bind(id_pattern(object))
        .values(conn)
        .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Cases that hold an inquiry.
pub async fn of_inquiry(conn: &mut Conn, inquiry: &InquiryId) -> Result<Vec<CaseId>> {
    let ids: Vec<String> =
        Sql::new("SELECT case_id FROM case_objects WHERE kind = 'inquiry' AND object_id = $1 ORDER BY case_id")
            .bind(inquiry.as_str())
            .values(conn)
            .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Cases that hold an account or one of its inquiries.
pub async fn of_account(conn: &mut Conn, account: &str) -> Result<Vec<CaseId>> {
    let ids: Vec<String> = Sql::new(
        "SELECT DISTINCT case_id FROM case_objects WHERE object_id = $1
         OR object_id IN (SELECT id FROM inquiries WHERE account_id = $1) ORDER BY case_id",
    )
    .bind(account)
    .values(conn)
    .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Counts up the version of each case that holds a changed inquiry: a reviewer who decides on the case has to look
/// again.
pub async fn count_up_with(tx: &mut Tx, inquiry: &InquiryId) -> Result<()> {
    // One by one and in order, so that two transactions never wait for each other.
    for id in of_inquiry(tx, inquiry).await? {
        Sql::new("UPDATE cases SET version = version + 1 WHERE id = $1").bind(id.as_str()).execute(tx).await?;
        tx.done.cases.push(id);
    }
    Ok(())
}

/// Asks the job to read what a case holds.
pub async fn want(tx: &mut Tx, id: &CaseId, at: Timestamp) -> Result<()> {
    Sql::new("UPDATE cases SET wanted_at = $2, wanted_tries = 0 WHERE id = $1")
        .bind(id.as_str())
        .bind(at)
        .execute(tx)
        .await
}

/// Asks the job to read the content of all open cases again.
pub async fn want_open(tx: &mut Tx, at: Timestamp) -> Result<()> {
    Sql::new(
        "UPDATE cases SET wanted_at = $1, wanted_tries = 0 WHERE wanted_at IS NULL
         AND resolved_at IS NULL",
    )
    .bind(at)
    .execute(tx)
    .await
}

/// A case whose content is to be read.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Wish {
    pub id: CaseId,
    pub wanted_at: Timestamp,
    pub wanted_tries: i64,
    /// Time as of which the mirror has the case.
    pub as_of: Timestamp,
    pub as_of_event: String,
}

pub async fn wanted(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Wish>> {
    Sql::new(
        "SELECT id, wanted_at, wanted_tries, as_of, as_of_event FROM cases WHERE wanted_at <= $1
         ORDER BY wanted_at, id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Records that a case was read, or that it could not be: when to try again, and why. Does nothing when the case was
/// wanted for another reason since.
pub async fn unwant(tx: &mut Tx, wish: &Wish, again: Option<Timestamp>, why: Option<&str>) -> Result<()> {
    Sql::new(
        "UPDATE cases SET wanted_at = $3, wanted_tries = wanted_tries + 1, wanted_error = $4
         WHERE id = $1 AND wanted_at = $2",
    )
    .bind(wish.id.as_str())
    .bind(wish.wanted_at)
    .bind(again)
    .bind(why)
    .execute(tx)
    .await
}

/// Since when the content of a case is wanted, and why it could not be read the last time.
pub async fn reading(conn: &mut Conn, id: &CaseId) -> Result<(Option<Timestamp>, Option<String>)> {
    let found: Option<(Option<Timestamp>, Option<String>)> =
        Sql::new("SELECT wanted_at, wanted_error FROM cases WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(found.unwrap_or_default())
}

/// Cases that hold an object: id, name, status.
pub async fn holding(conn: &mut Conn, kind: &str, object_id: &str) -> Result<Vec<(String, String, String)>> {
    Sql::new(
        "SELECT c.id, c.name, c.status FROM case_objects o JOIN cases c ON c.id = o.case_id
         WHERE o.kind = $1 AND o.object_id = $2 ORDER BY c.created_at DESC, c.id LIMIT 50",
    )
    .bind(kind)
    .bind(object_id)
    .fetch_all(conn)
    .await
}
