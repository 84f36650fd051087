//! Retention clocks and holds of accounts.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::retention::Clock;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
struct Columns {
    account_id: String,
    profile: Option<String>,
    ended_on: Option<String>,
    due_on: Option<String>,
    hold: Option<String>,
    held_by: Option<String>,
    runs_at: Option<Timestamp>,
    refused: Option<String>,
    erased_at: Option<Timestamp>,
    certificate: Option<String>,
    failures: i64,
    failure: Option<String>,
    again_at: Option<Timestamp>,
}

/// How long the records of an account are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub account_id: String,
    pub clock: Option<Clock>,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    pub runs_at: Option<Timestamp>,
    pub refused: Option<String>,
    pub erased_at: Option<Timestamp>,
    pub certificate: Option<String>,
    /// How often the erasure has failed, why it failed last, and when it is tried again. Writing the row resets them.
    pub failures: i64,
    pub failure: Option<String>,
    pub again_at: Option<Timestamp>,
}

pub(super) fn clock(profile: Option<String>, ended_on: Option<String>, due_on: Option<String>) -> Option<Clock> {
    Some(Clock { profile: profile?, ended_on: ended_on?, due_on: due_on? })
}

impl From<Columns> for Row {
    fn from(row: Columns) -> Self {
        Self {
            account_id: row.account_id,
            clock: clock(row.profile, row.ended_on, row.due_on),
            hold: row.hold,
            held_by: row.held_by,
            runs_at: row.runs_at,
            refused: row.refused,
            erased_at: row.erased_at,
            certificate: row.certificate,
            failures: row.failures,
            failure: row.failure,
            again_at: row.again_at,
        }
    }
}

const COLUMNS: &str = "account_id, profile, ended_on, due_on, hold, held_by, runs_at, refused, erased_at, certificate,
    failures, failure, again_at";

/// Rows with a clock, a hold or a history. The others exist only to be locked.
pub async fn all(conn: &mut Conn, limit: i64) -> Result<Vec<Row>> {
    let rows: Vec<Columns> = Sql::new(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM retention
         WHERE due_on IS NOT NULL OR hold IS NOT NULL OR refused IS NOT NULL OR erased_at IS NOT NULL
         ORDER BY CASE WHEN erased_at IS NULL THEN 0 ELSE 1 END, COALESCE(due_on, '0000'), account_id LIMIT $1"
    )))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Row::from).collect())
}

pub async fn of(conn: &mut Conn, account: &str) -> Result<Option<Row>> {
    let row: Option<Columns> =
        Sql::new(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM retention WHERE account_id = $1")))
            .bind(account)
            .fetch_optional(conn)
            .await?;
    Ok(row.map(Row::from))
}

/// The account's row, created when there is none, and locked until the transaction ends. Every hold, proposal,
/// confirmation, cancellation and erasure takes it first, so that each sees what the one before has done.
pub async fn lock(tx: &mut Tx, account: &str) -> Result<Row> {
    Sql::new("INSERT INTO retention (account_id) VALUES ($1) ON CONFLICT (account_id) DO NOTHING")
        .bind(account)
        .execute(tx)
        .await?;
    let row: Columns = Sql::new(sqlx::AssertSqlSafe(format!(
        "UPDATE retention SET certificate = certificate WHERE account_id = $1 RETURNING {COLUMNS}"
    )))
    .bind(account)
    .fetch_one(tx)
    .await?;
    Ok(row.into())
}

/// Accounts whose retention and grace period are over, without a hold and without another open proposal.
pub async fn due(conn: &mut Conn, today: &str, now: Timestamp) -> Result<Vec<String>> {
    Sql::new(
        "SELECT account_id FROM retention r
         WHERE erased_at IS NULL AND hold IS NULL AND due_on <= $1 AND (runs_at IS NULL OR runs_at <= $2)
             AND (again_at IS NULL OR again_at <= $2)
             AND NOT EXISTS (SELECT 1 FROM retention_proposals p
                 WHERE p.account_id = r.account_id AND p.state = 'proposed')
         ORDER BY due_on LIMIT 100",
    )
    .bind(today)
    .bind(now)
    .values(conn)
    .await
}

pub async fn put(tx: &mut Tx, row: &Row) -> Result<()> {
    let clock = row.clock.as_ref();
    Sql::new(
        "UPDATE retention SET profile = $2, ended_on = $3, due_on = $4, hold = $5, held_by = $6,
         runs_at = $7, refused = $8,
             erased_at = $9, certificate = $10, failures = 0, failure = NULL, again_at = NULL
         WHERE account_id = $1",
    )
    .bind(&row.account_id)
    .bind(clock.map(|clock| &clock.profile))
    .bind(clock.map(|clock| &clock.ended_on))
    .bind(clock.map(|clock| &clock.due_on))
    .bind(&row.hold)
    .bind(&row.held_by)
    .bind(row.runs_at)
    .bind(&row.refused)
    .bind(row.erased_at)
    .bind(&row.certificate)
    .execute(tx)
    .await
}

/// Postpones an erasure that failed, so that it does not hold up the others.
pub async fn put_off(tx: &mut Tx, account: &str, why: &str, again: Timestamp) -> Result<()> {
    Sql::new(
        "UPDATE retention SET failures = failures + 1, failure = $2, again_at = $3
         WHERE account_id = $1",
    )
    .bind(account)
    .bind(why)
    .bind(again)
    .execute(tx)
    .await
}

/// Whether two people have agreed to this clock: a proposal of it was confirmed, whatever happened to it since.
pub async fn agreed(conn: &mut Conn, account: &str, clock: &Clock) -> Result<bool> {
    Sql::new(
        "SELECT EXISTS (SELECT 1 FROM retention_proposals WHERE account_id = $1 AND kind = 'end'
         AND confirmer_id IS NOT NULL AND profile = $2 AND ended_on = $3 AND due_on = $4)",
    )
    .bind(account)
    .bind(&clock.profile)
    .bind(&clock.ended_on)
    .bind(&clock.due_on)
    .value(conn)
    .await
}

/// Who last started a clock of this account alone, and when, according to the log.
pub async fn started(conn: &mut Conn, account: &str) -> Result<Option<(Option<Uuid>, String, Timestamp)>> {
    Sql::new(
        "SELECT actor_id, actor_name, at FROM audit_entries
         WHERE object_kind = 'account' AND object_id = $1 AND action = 'retention.set'
             ORDER BY seq DESC LIMIT 1",
    )
    .bind(account)
    .fetch_optional(conn)
    .await
}

/// Whether an account was erased. If so, what Persona's lists still say about it is not applied again. On PostgreSQL it
/// waits for an erasure in progress.
pub async fn is_erased(conn: &mut Conn, account: &str) -> Result<bool> {
    let wait = if matches!(conn, Conn::Postgres(_)) { " FOR SHARE" } else { "" };
    let found: Option<Option<Timestamp>> =
        Sql::new(sqlx::AssertSqlSafe(format!("SELECT erased_at FROM retention WHERE account_id = $1{wait}")))
            .bind(account)
            .optional_value(conn)
            .await?;
    Ok(found.flatten().is_some())
}
