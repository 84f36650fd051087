//! The mirror of Persona's cases.

use super::queue::COUNT_LIMIT;
use super::queue::filter::push_term;
use super::{Conn, Json, Result, Sql, Tx, corrupt, id_pattern};
use crate::domain::case::Case;
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::page::{Cursor, Page};
use crate::domain::search::Term;
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

/// One row of the list of cases.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct ListedCase {
    pub id: String,
    pub name: String,
    pub status: String,
    pub assignee: Option<String>,
    pub assignee_name: Option<String>,
    pub created_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    due_order: Timestamp,
    pub inquiries: i64,
    pub subject: Option<String>,
    pub being_assigned: Option<String>,
    pub body: Json<Tags>,
}

/// The part of a case's body that its row needs.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Tags {
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseQuery {
    pub status: Option<String>,
    /// Only cases that are not resolved.
    pub open: bool,
    /// Empty for unassigned cases.
    pub assignee: Option<String>,
    pub template: Option<String>,
    pub tag: Option<String>,
    pub due_before: Option<Timestamp>,
    /// The complete id of a case, or of an inquiry or account in it.
    pub exactly: Option<String>,
    /// Beginning of a name or an id.
    pub named: Option<String>,
    /// Alternative searches for one of its inquiries: one of them has to match, with all of its terms.
    pub ways: Vec<Vec<Term>>,
    pub by_due: bool,
}

/// Appends `FROM` and `WHERE`.
fn push_where(sql: &mut Sql, filter: &CaseQuery) {
    sql.push(
        " FROM cases c LEFT JOIN reviewers r ON r.email = c.assignee
        LEFT JOIN assignments a ON a.case_id = c.id AND a.state = 'requested' WHERE 1 = 1",
    );
    if filter.open {
        sql.push(" AND c.resolved_at IS NULL");
    }
    if let Some(status) = &filter.status {
        sql.push(" AND LOWER(c.status) = LOWER(").push_bind(status).push(")");
    }
    match filter.assignee.as_deref() {
        Some("") => {
            sql.push(" AND c.assignee IS NULL");
        }
        Some(email) => {
            sql.push(" AND c.assignee = ").push_bind(email);
        }
        None => {}
    }
    if let Some(template) = &filter.template {
        sql.push(" AND c.template_id = ").push_bind(template);
    }
    if let Some(tag) = &filter.tag {
        sql.push(" AND c.id IN (SELECT case_id FROM case_tags WHERE tag = ").push_bind(tag).push(")");
    }
    if let Some(at) = filter.due_before {
        sql.push(" AND c.due_order <= ").push_bind(at);
    }
    if let Some(id) = &filter.exactly {
        sql.push(" AND (c.id = ").push_bind(id);
        sql.push(" OR EXISTS (SELECT 1 FROM case_objects o WHERE o.case_id = c.id AND o.object_id = ");
        sql.push_bind(id).push("))");
    }
    if let Some(text) = &filter.named {
        let like = format!("{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        sql.push(" AND (LOWER(c.name) LIKE LOWER(").push_bind(&like).push(") ESCAPE '\\'");
        sql.push(" OR c.id LIKE ").push_bind(like).push(" ESCAPE '\\'");
        for way in &filter.ways {
            sql.push(" OR EXISTS (SELECT 1 FROM case_objects o WHERE o.case_id = c.id AND o.kind = 'inquiry'");
            for term in way {
                sql.push(" AND EXISTS (SELECT 1 FROM inquiry_terms y WHERE y.inquiry_id = o.object_id AND ");
                push_term(sql, term);
                sql.push(")");
            }
            sql.push(")");
        }
        sql.push(")");
    }
}

/// One page of cases in order, after a cursor. A cursor that cannot be read is ignored.
pub async fn page(
    conn: &mut Conn,
    filter: &CaseQuery,
    after: Option<&Cursor>,
    size: usize,
) -> Result<Page<ListedCase>> {
    let lines = lines(conn, filter, after, size + 1, "").await?;
    Ok(Page::cut(lines, size, |line| {
        let at = if filter.by_due { line.due_order } else { line.created_at };
        Cursor { key: at.to_text(), id: line.id.clone() }
    }))
}

/// The last page, for a reviewer whose page has become empty.
pub async fn last_page(conn: &mut Conn, filter: &CaseQuery, size: usize) -> Result<Page<ListedCase>> {
    let mut lines = lines(conn, filter, None, size, " DESC").await?;
    lines.reverse();
    Ok(Page::instead(lines))
}

async fn lines(
    conn: &mut Conn,
    filter: &CaseQuery,
    after: Option<&Cursor>,
    limit: usize,
    direction: &'static str,
) -> Result<Vec<ListedCase>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let after = after.and_then(|cursor| Some((cursor.key.parse::<Timestamp>().ok()?, cursor.id.clone())));
    let mut sql = Sql::new(
        "SELECT c.id, c.name, c.status, c.assignee, r.name AS assignee_name, c.created_at, c.resolved_at, c.due_at,
             c.due_order, c.body, a.email AS being_assigned,
             CAST((SELECT COUNT(*) FROM case_objects o WHERE o.case_id = c.id AND o.kind = 'inquiry') AS BIGINT) AS inquiries,
             (SELECT i.subject FROM case_objects o JOIN inquiries i ON i.id = o.object_id
                 WHERE o.case_id = c.id AND o.kind = 'inquiry' ORDER BY i.created_at, i.id LIMIT 1) AS subject",
    );
    push_where(&mut sql, filter);
    let (less, order) = if filter.by_due {
        (" AND (c.due_order, c.id) > (", "c.due_order")
    } else {
        (" AND (c.created_at, c.id) > (", "c.created_at")
    };
    if let Some((at, id)) = after {
        sql.push(less).push_bind(at).push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY ").push(order).push(direction).push(", c.id").push(direction);
    sql.push(" LIMIT ").push_bind(limit);
    sql.fetch_all(conn).await
}

/// Number of cases, counted up to [`COUNTED`] and one more.
pub async fn found(conn: &mut Conn, filter: &CaseQuery) -> Result<i64> {
    let mut sql = Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1");
    push_where(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") n");
    sql.value(conn).await
}

/// The first case after a given one in the same order, other than that one; from the beginning again when none follows.
pub async fn following(conn: &mut Conn, filter: &CaseQuery, of: &MirroredCase) -> Result<Option<String>> {
    let at = if filter.by_due { of.case.due_at } else { Some(of.case.created_at) };
    let after = at.map(|at| Cursor { key: at.to_text(), id: of.case.id.to_string() });
    for after in [after, None] {
        let page = page(conn, filter, after.as_ref(), 2).await?;
        if let Some(line) = page.rows.into_iter().find(|line| line.id != of.case.id.as_str()) {
            return Ok(Some(line.id));
        }
    }
    Ok(None)
}

/// Number of cases in each status, the most frequent first.
pub async fn status_counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Sql::new("SELECT status, CAST(COUNT(*) AS BIGINT) FROM cases GROUP BY status ORDER BY 2 DESC, 1")
        .fetch_all(conn)
        .await
}

/// Number of cases that are not resolved.
pub async fn open(conn: &mut Conn) -> Result<i64> {
    Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM cases WHERE resolved_at IS NULL").value(conn).await
}

/// All assignees: e-mail address, and the name by which the desk knows them.
pub async fn assignees(conn: &mut Conn) -> Result<Vec<(String, Option<String>)>> {
    Sql::new(
        "SELECT DISTINCT c.assignee, r.name FROM cases c LEFT JOIN reviewers r ON r.email = c.assignee
         WHERE c.assignee IS NOT NULL ORDER BY c.assignee LIMIT 300",
    )
    .fetch_all(conn)
    .await
}

pub async fn templates(conn: &mut Conn) -> Result<Vec<String>> {
    Sql::new(
        "SELECT DISTINCT template_id FROM cases WHERE template_id IS NOT NULL
         ORDER BY template_id LIMIT 300",
    )
    .values(conn)
    .await
}

pub async fn tags(conn: &mut Conn) -> Result<Vec<String>> {
    Sql::new("SELECT DISTINCT tag FROM case_tags ORDER BY tag LIMIT 300").values(conn).await
}

/// All statuses seen on cases of this template.
pub async fn statuses_seen(conn: &mut Conn, template_id: Option<&str>) -> Result<Vec<String>> {
    Sql::new(
        "SELECT DISTINCT status FROM cases WHERE CAST($1 AS TEXT) IS NULL OR template_id = $1
         ORDER BY status LIMIT 50",
    )
    .bind(template_id)
    .values(conn)
    .await
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
