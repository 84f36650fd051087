//! The queue: its rows in order, its filters, and what the desk itself stores about an inquiry in it.

use uuid::Uuid;

use super::inquiry::Urgency;
use super::{Conn, Json, Result, Sql, Tx, corrupt};
use crate::domain::evidence::Signal;
use crate::domain::id::{AccountId, InquiryId, ReviewerId};
use crate::domain::inquiry::InquiryStatus;
use crate::domain::page::{Cursor, Page};
use crate::domain::queue::Sort;
use crate::domain::queue::policy::Policy;
use crate::domain::time::Timestamp;
use filter::{AssigneeFilter, InquiryFilter, RARE_TERM_LIMIT, TermStats, push_counting, push_where};

pub mod filter;
pub mod term;
pub mod view;

/// Up to this many matches of a term, sorting them is as fast as an index scan for one page.
const SORT_LIMIT: i64 = 500;
/// The index scan is given up after this many rows.
const SCAN_LIMIT: i64 = 4000;
/// Counts stop here: no reviewer pages that far, and counting takes longer the more there is to count.
pub const COUNT_LIMIT: i64 = 1000;

/// One row of the queue.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct ListedInquiry {
    pub id: String,
    pub status: String,
    pub account_id: Option<String>,
    pub template_id: Option<String>,
    pub template_name: Option<String>,
    pub subject: Option<String>,
    pub country: Option<String>,
    pub waiting_since: Timestamp,
    pub redacted_at: Option<Timestamp>,
    pub signals: Json<Vec<Signal>>,
    pub evidence_at: Option<Timestamp>,
    pub version: i64,
    pub rank: i64,
    pub due_at: Timestamp,
    pub tags: Json<Vec<String>>,
    pub assignee_id: Option<Uuid>,
    pub assignee_name: Option<String>,
    pub snoozed_until: Option<Timestamp>,
    pub snoozed_for_change: i64,
    pub linked: i64,
    pub decision_state: Option<String>,
    pub decision_verdict: Option<String>,
    pub decision_by: Option<String>,
    pub claimed_by: Option<String>,
    pub claimed_until: Option<Timestamp>,
}

const COLUMNS: &str =
    "SELECT i.id, i.status, i.account_id, i.template_id, t.name AS template_name, i.subject, i.country,
     i.waiting_since, i.redacted_at, i.signals, i.evidence_at, i.version, i.rank, i.due_at, i.tags, i.assignee_id,
     i.assignee_name, i.snoozed_until, i.snoozed_for_change,
     CAST((SELECT COUNT(*) FROM (SELECT to_id FROM relations WHERE from_id = i.account_id
         UNION SELECT from_id FROM relations WHERE to_id = i.account_id) others) AS BIGINT) AS linked,
     d.state AS decision_state, d.verdict AS decision_verdict, d.reviewer_name AS decision_by,
     c.reviewer_name AS claimed_by, c.until AS claimed_until";
const JOINS: &str = " LEFT JOIN templates t ON t.id = i.template_id
    LEFT JOIN claims c ON c.inquiry_id = i.id
    LEFT JOIN decisions d ON d.subject_kind = 'inquiry' AND d.subject_id = i.id
        AND d.state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown')";

/// Columns of an order, and the id for rows with the same values.
const fn columns(sort: Sort) -> &'static str {
    match sort {
        Sort::Oldest => "i.waiting_since, i.id",
        Sort::Due => "i.due_at, i.id",
        Sort::Risk => "i.rank, i.waiting_since, i.id",
    }
}

/// The same columns in reverse order.
const fn descending(sort: Sort) -> &'static str {
    match sort {
        Sort::Oldest => "i.waiting_since DESC, i.id DESC",
        Sort::Due => "i.due_at DESC, i.id DESC",
        Sort::Risk => "i.rank DESC, i.waiting_since DESC, i.id DESC",
    }
}

/// A position in an order.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KeysetPosition {
    /// Only in the order that uses it.
    rank: Option<i64>,
    at: Timestamp,
    id: String,
}

impl KeysetPosition {
    /// Returns `None` for a cursor of another order.
    fn of(cursor: &Cursor, sort: Sort) -> Option<Self> {
        let (rank, at) = match sort {
            Sort::Oldest | Sort::Due => (None, cursor.key.as_str()),
            Sort::Risk => cursor.key.split_once(',').and_then(|(rank, at)| Some((Some(rank.parse().ok()?), at)))?,
        };
        Some(Self { rank, at: at.parse().ok()?, id: cursor.id.clone() })
    }
}

fn key(line: &ListedInquiry, sort: Sort) -> Cursor {
    let key = match sort {
        Sort::Oldest => line.waiting_since.to_text(),
        Sort::Due => line.due_at.to_text(),
        Sort::Risk => format!("{},{}", line.rank, line.waiting_since),
    };
    Cursor { key, id: line.id.clone() }
}

/// Restricts a query to the rows after one position in an order, up to another.
fn push_range(sql: &mut Sql, sort: Sort, after: Option<&KeysetPosition>, through: Option<&KeysetPosition>) {
    for (position, sign) in [(after, ") > ("), (through, ") <= (")] {
        if let Some(KeysetPosition { rank, at, id }) = position {
            sql.push(" AND (").push(columns(sort)).push(sign);
            if let Some(rank) = rank {
                sql.push_bind(*rank).push(", ");
            }
            sql.push_bind(*at).push(", ").push_bind(id).push(")");
        }
    }
}

/// One page of rows in order, after a cursor, and the number of rows, counted up to `most` and one more. A cursor of
/// another order is ignored. After the last row comes the last page again.
pub async fn page(
    conn: &mut Conn,
    filter: &InquiryFilter,
    sort: Sort,
    after: Option<&Cursor>,
    size: usize,
    most: i64,
) -> Result<(Page<ListedInquiry>, i64)> {
    let rarity = TermStats::of(conn, [filter]).await?;
    let mut lines = rows(conn, filter, &rarity, sort, after, size).await?;
    if lines.rows.is_empty() && after.is_some() {
        // A reviewer whose page has become empty sees the last page that is left, and not an empty queue.
        let limit = i64::try_from(size).unwrap_or(i64::MAX);
        let last =
            read(conn, filter, sort, (None, None), rarity.driving_term(filter), (descending(sort), limit)).await?;
        lines = if last.is_empty() { lines } else { Page::instead(last) };
    }
    let found = counted(conn, [filter], &rarity, most).await?;
    Ok((lines, found.first().copied().unwrap_or_default()))
}

async fn rows(
    conn: &mut Conn,
    filter: &InquiryFilter,
    rarity: &TermStats,
    sort: Sort,
    after: Option<&Cursor>,
    size: usize,
) -> Result<Page<ListedInquiry>> {
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let after = after.and_then(|cursor| KeysetPosition::of(cursor, sort));
    // With a common term, a page is soon full in order, and nothing has to be sorted. If it is not full, only the scan
    // of a stretch of the order is lost, and within a status the order has an index.
    let many = rarity.rarest(filter).is_some_and(|(_, n)| (SORT_LIMIT + 1..=RARE_TERM_LIMIT).contains(&n));
    if many && filter.status.is_some() && !filter.snoozed {
        let through = further(conn, filter, sort, after.as_ref()).await?;
        let lines = read(conn, filter, sort, (after.as_ref(), through.as_ref()), None, (columns(sort), limit)).await?;
        if through.is_none() || lines.len() > size {
            return Ok(Page::cut(lines, size, |line| key(line, sort)));
        }
    }
    let lines =
        read(conn, filter, sort, (after.as_ref(), None), rarity.driving_term(filter), (columns(sort), limit)).await?;
    Ok(Page::cut(lines, size, |line| key(line, sort)))
}

async fn read(
    conn: &mut Conn,
    filter: &InquiryFilter,
    sort: Sort,
    (after, through): (Option<&KeysetPosition>, Option<&KeysetPosition>),
    lead: Option<usize>,
    (order, limit): (&'static str, i64),
) -> Result<Vec<ListedInquiry>> {
    // The ids first: the other columns are looked up for one page of rows, and not for all that are sorted.
    let mut sql = Sql::new(COLUMNS);
    sql.push(" FROM (SELECT i.id AS line_id");
    push_where(&mut sql, filter, lead);
    push_range(&mut sql, sort, after, through);
    sql.push(" ORDER BY ").push(order).push(" LIMIT ").push_bind(limit);
    sql.push(") p CROSS JOIN inquiries i").push(JOINS).push(" WHERE i.id = p.line_id ORDER BY ").push(columns(sort));
    sql.fetch_all(conn).await
}

/// Where a stretch of the order ends, whatever terms its rows have; `None` when the order ends before.
async fn further(
    conn: &mut Conn,
    filter: &InquiryFilter,
    sort: Sort,
    after: Option<&KeysetPosition>,
) -> Result<Option<KeysetPosition>> {
    let mut sql = Sql::new("SELECT i.rank, i.waiting_since, i.due_at, i.id FROM inquiries i WHERE 1 = 1");
    if let Some(status) = &filter.status {
        sql.push(" AND i.status = ").push_bind(status);
    }
    push_range(&mut sql, sort, after, None);
    sql.push(" ORDER BY ").push(columns(sort)).push(" LIMIT 1 OFFSET ").push_bind(SCAN_LIMIT);
    let end: Option<(i64, Timestamp, Timestamp, String)> = sql.fetch_optional(conn).await?;
    Ok(end.map(|(rank, waiting, due, id)| match sort {
        Sort::Oldest => KeysetPosition { rank: None, at: waiting, id },
        Sort::Due => KeysetPosition { rank: None, at: due, id },
        Sort::Risk => KeysetPosition { rank: Some(rank), at: waiting, id },
    }))
}

/// Number of rows for each filter, counted up to `most` and one more.
pub async fn found<'a>(
    conn: &mut Conn,
    filters: impl IntoIterator<Item = &'a InquiryFilter> + Clone,
    most: i64,
) -> Result<Vec<i64>> {
    let rarity = TermStats::of(conn, filters.clone()).await?;
    counted(conn, filters, &rarity, most).await
}

/// One query for all of them: every page shows how many inquiries each view has.
async fn counted<'a>(
    conn: &mut Conn,
    filters: impl IntoIterator<Item = &'a InquiryFilter>,
    rarity: &TermStats,
    most: i64,
) -> Result<Vec<i64>> {
    let mut filters = filters.into_iter().enumerate().peekable();
    if filters.peek().is_none() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("");
    for (place, filter) in filters {
        push_counting(&mut sql, place);
        push_where(&mut sql, filter, rarity.driving_term_of_count(filter));
        sql.push(" LIMIT ").push_bind(most + 1).push(") n");
    }
    sql.push(" ORDER BY place");
    let counted: Vec<(i64, i64)> = sql.fetch_all(conn).await?;
    Ok(counted.into_iter().map(|(_, n)| n).collect())
}

/// The first inquiry in an order, for one reviewer to take. On PostgreSQL its row is locked, and rows that others are
/// taking are skipped.
pub async fn first(tx: &mut Tx, filter: &InquiryFilter, sort: Sort) -> Result<Option<InquiryId>> {
    let lead = TermStats::of(tx, [filter]).await?.driving_term(filter);
    let mut sql = Sql::new("SELECT i.id");
    push_where(&mut sql, filter, lead);
    sql.push(" ORDER BY ").push(columns(sort)).push(" LIMIT 1");
    if matches!(&**tx, Conn::Postgres(_)) {
        sql.push(" FOR UPDATE OF i SKIP LOCKED");
    }
    let id: Option<String> = sql.optional_value(tx).await?;
    id.map(|id| id.try_into().map_err(corrupt)).transpose()
}

/// The place of an inquiry in the queue.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct QueuePosition {
    pub due_at: Timestamp,
    pub assignee_name: Option<String>,
    pub snoozed_until: Option<Timestamp>,
    pub snoozed_for_change: i64,
}

pub async fn position(conn: &mut Conn, id: &InquiryId) -> Result<Option<QueuePosition>> {
    Sql::new("SELECT due_at, assignee_name, snoozed_until, snoozed_for_change FROM inquiries WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(conn)
        .await
}

/// The next inquiry in the queue besides this one: assigned to this reviewer or to no one, and claimed by no one else.
pub async fn following(conn: &mut Conn, not: &InquiryId, who: ReviewerId, now: Timestamp) -> Result<Option<InquiryId>> {
    let filter = InquiryFilter {
        assignee: Some(AssigneeFilter::NotAnothers(who)),
        free_for: Some(who),
        ..InquiryFilter::of(Some(InquiryStatus::NeedsReview.as_str()), now)
    };
    let mut sql = Sql::new("SELECT i.id");
    push_where(&mut sql, &filter, None);
    sql.push(" AND i.id <> ").push_bind(not.as_str()).push(" ORDER BY i.waiting_since, i.id LIMIT 1");
    let id: Option<String> = sql.optional_value(conn).await?;
    id.map(|id| id.try_into().map_err(corrupt)).transpose()
}

/// Templates of the inquiries that have this status.
pub async fn templates_waiting(conn: &mut Conn, status: &str) -> Result<Vec<String>> {
    Sql::new(
        "SELECT t.id FROM templates t WHERE EXISTS (SELECT 1 FROM inquiries i
         WHERE i.template_id = t.id AND i.status = $1)
         ORDER BY t.id",
    )
    .bind(status)
    .values(conn)
    .await
}

/// Adds up the stored differences of each status, once there are many.
pub async fn fold_counts(tx: &mut Tx, most: i64) -> Result<()> {
    let n: i64 = Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM inquiry_counts").value(tx).await?;
    if n <= most {
        return Ok(());
    }
    let taken: Vec<(String, i64)> = Sql::new("DELETE FROM inquiry_counts RETURNING status, n").fetch_all(tx).await?;
    let mut sums = std::collections::BTreeMap::<String, i64>::new();
    for (status, n) in taken {
        *sums.entry(status).or_default() += n;
    }
    for (status, n) in sums.into_iter().filter(|(_, n)| *n != 0) {
        Sql::new("INSERT INTO inquiry_counts (status, n) VALUES ($1, $2)").bind(status).bind(n).execute(tx).await?;
    }
    Ok(())
}

/// Inquiries of an account, newest first.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<ListedInquiry>> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" FROM inquiries i").push(JOINS).push(" WHERE i.account_id = ").push_bind(account.as_str());
    sql.push(" ORDER BY i.created_at DESC, i.id LIMIT 100");
    sql.fetch_all(conn).await
}

pub async fn set_urgency(tx: &mut Tx, id: &InquiryId, urgency: Urgency) -> Result<()> {
    Sql::new("UPDATE inquiries SET rank = $2, due_at = $3, ranked_by = $4 WHERE id = $1")
        .bind(id.as_str())
        .bind(urgency.rank)
        .bind(urgency.due_at)
        .bind(urgency.policy)
        .execute(tx)
        .await
}

/// Inquiries that were ranked by another version of the policy than the current one.
pub async fn unranked(conn: &mut Conn, version: i64, limit: i64) -> Result<Vec<InquiryId>> {
    let ids: Vec<String> = Sql::new("SELECT id FROM inquiries WHERE ranked_by < $1 OR ranked_by > $1 LIMIT $2")
        .bind(version)
        .bind(limit)
        .values(conn)
        .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// Counts an inquiry as ranked by this version, without changing its place.
pub async fn pass_over(tx: &mut Tx, id: &InquiryId, version: i64) -> Result<()> {
    Sql::new("UPDATE inquiries SET ranked_by = $2 WHERE id = $1").bind(id.as_str()).bind(version).execute(tx).await
}

pub async fn assign(tx: &mut Tx, id: &InquiryId, to: Option<(ReviewerId, &str)>) -> Result<()> {
    Sql::new("UPDATE inquiries SET assignee_id = $2, assignee_name = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(to.map(|(who, _)| who.0))
        .bind(to.map(|(_, name)| name))
        .execute(tx)
        .await
}

/// The assignee of an inquiry.
pub async fn assignee(conn: &mut Conn, id: &InquiryId) -> Result<Option<(ReviewerId, String)>> {
    let found: Option<(Option<Uuid>, Option<String>)> =
        Sql::new("SELECT assignee_id, assignee_name FROM inquiries WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(found.and_then(|(who, name)| Some((ReviewerId(who?), name?))))
}

pub async fn set_tags(tx: &mut Tx, id: &InquiryId, tags: &[String]) -> Result<()> {
    Sql::new("UPDATE inquiries SET tags = $2 WHERE id = $1").bind(id.as_str()).bind(Json(tags)).execute(tx).await
}

/// Sets when a snooze ends; with `for_change` it also ends when Persona reports a change.
pub async fn snooze(tx: &mut Tx, id: &InquiryId, until: Option<Timestamp>, for_change: bool) -> Result<()> {
    Sql::new("UPDATE inquiries SET snoozed_until = $2, snoozed_for_change = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(until)
        .bind(i64::from(for_change))
        .execute(tx)
        .await
}

pub async fn policy(conn: &mut Conn) -> Result<Policy> {
    let row: Option<(i64, Json<Policy>)> =
        Sql::new("SELECT version, body FROM queue_policies ORDER BY version DESC LIMIT 1").fetch_optional(conn).await?;
    Ok(row.map(|(version, Json(policy))| Policy { version, ..policy }).unwrap_or_default())
}

/// Who made the current version, and when.
pub async fn policy_made(conn: &mut Conn) -> Result<Option<(String, Timestamp)>> {
    Sql::new("SELECT reviewer_name, made_at FROM queue_policies ORDER BY version DESC LIMIT 1")
        .fetch_optional(conn)
        .await
}

/// Stores a version. Fails with a conflict when another request stored this version a moment earlier.
pub async fn insert_policy(tx: &mut Tx, policy: &Policy, by: ReviewerId, name: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO queue_policies (version, body, reviewer_id, reviewer_name, made_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(policy.version)
    .bind(Json(policy))
    .bind(by.0)
    .bind(name)
    .bind(at)
    .execute(tx)
    .await
}
