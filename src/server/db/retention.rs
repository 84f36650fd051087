//! Clocks of accounts, and taking out what a person left behind.
use super::{Conn, Result, Tx, on_db};
use crate::domain::retention::Erased;
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    pub account_id: String,
    pub profile: String,
    pub ended_on: String,
    pub due_on: String,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    pub erased_at: Option<Timestamp>,
    pub certificate: Option<String>,
}

const COLUMNS: &str = "account_id, profile, ended_on, due_on, hold, held_by, erased_at, certificate";

pub async fn all(conn: &mut Conn, limit: i64) -> Result<Vec<Row>> {
    on_db!(conn, |db| {
        sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM retention ORDER BY CASE WHEN erased_at IS NULL THEN 0 ELSE 1 END, due_on, account_id LIMIT $1"
    )))
    .bind(limit)
    .fetch_all(db)
    .await
    })
}

pub async fn of(conn: &mut Conn, account: &str) -> Result<Option<Row>> {
    on_db!(conn, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM retention WHERE account_id = $1"
    )))
    .bind(account)
    .fetch_optional(db)
    .await)
}

/// Those whose time is over and that nobody holds.
pub async fn due(conn: &mut Conn, today: &str) -> Result<Vec<Row>> {
    on_db!(conn, |db| {
        sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM retention WHERE erased_at IS NULL AND hold IS NULL AND due_on <= $1 ORDER BY due_on LIMIT 100"
    )))
    .bind(today)
    .fetch_all(db)
    .await
    })
}

pub async fn put(tx: &mut Tx, row: &Row) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO retention (account_id, profile, ended_on, due_on, hold, held_by, erased_at, certificate)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account_id) DO UPDATE SET profile = excluded.profile, ended_on = excluded.ended_on,
             due_on = excluded.due_on, hold = excluded.hold, held_by = excluded.held_by,
             erased_at = excluded.erased_at, certificate = excluded.certificate"
    )
    .bind(&row.account_id)
    .bind(&row.profile)
    .bind(&row.ended_on)
    .bind(&row.due_on)
    .bind(&row.hold)
    .bind(&row.held_by)
    .bind(row.erased_at)
    .bind(&row.certificate)
    .execute(db)
    .await
    .map(|_| ()))
}

/// Whether an account was erased: what Persona's lists still say of it is not taken over again.
pub async fn is_erased(conn: &mut Conn, account: &str) -> Result<bool> {
    Ok(of(conn, account).await?.is_some_and(|row| row.erased_at.is_some()))
}

/// How many decisions about an account have not ended.
pub async fn open_decisions(conn: &mut Conn, account: &str) -> Result<i64> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM decisions
         WHERE subject_id IN (SELECT id FROM inquiries WHERE account_id = $1)
             AND state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown')"
    )
    .bind(account)
    .fetch_one(db)
    .await)
}

/// Takes out everything by which the person of an account could be known. Entries of the log stay, with their hashes; what they
/// commit to goes with its salts. Network addresses in them are those of reviewers, and stay.
pub async fn erase(tx: &mut Tx, account: &str) -> Result<Erased> {
    const THEIRS: &str = "(SELECT id FROM inquiries WHERE account_id = $1)";
    let inquiries: i64 = on_db!(&mut **tx, |db| sqlx::query_scalar(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM inquiries WHERE account_id = $1"
    )
    .bind(account)
    .fetch_one(db)
    .await)?;
    let mut gone = Erased { account: account.to_owned(), inquiries, ..Erased::default() };
    let values = format!(
        "DELETE FROM audit_personal WHERE name NOT IN ('address', 'agent') AND seq IN (SELECT seq FROM audit_entries
             WHERE (object_kind = 'inquiry' AND object_id IN {THEIRS}) OR (object_kind = 'account' AND object_id = $1))"
    );
    gone.values = run(tx, &values, account).await?;
    gone.comments = run(
        tx,
        &format!("UPDATE decisions SET comment = '', subject_name = 'erased' WHERE subject_id IN {THEIRS}"),
        account,
    )
    .await?;
    gone.snapshots = run(tx, &format!("DELETE FROM snapshots WHERE subject_id IN {THEIRS}"), account).await?;
    gone.events = run(
        tx,
        "DELETE FROM webhook_events WHERE EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1
             AND webhook_events.body LIKE '%' || i.id || '%') OR body LIKE '%' || $1 || '%'",
        account,
    )
    .await?;
    let said = |verdict: &str| {
        format!(
            "UPDATE deliveries SET action = '{{\"action\":\"{verdict}\",\"comment\":\"\"}}', answer = NULL
             WHERE decision_id IN (SELECT id FROM decisions WHERE verdict = '{verdict}' AND subject_id IN {THEIRS})"
        )
    };
    // A case goes when nobody else is in it: its name and what was said of it name the person.
    const ALONE: &str = "(SELECT o.case_id FROM case_objects o WHERE (o.object_id = $1
             OR o.object_id IN (SELECT id FROM inquiries WHERE account_id = $1))
         AND NOT EXISTS (SELECT 1 FROM case_objects p WHERE p.case_id = o.case_id AND p.object_id <> $1
             AND p.object_id NOT IN (SELECT id FROM inquiries WHERE account_id = $1)))";
    gone.comments += run(
        tx,
        &format!(
            "UPDATE decisions SET comment = '', subject_name = 'erased' WHERE subject_kind = 'case' AND subject_id IN {ALONE}"
        ),
        account,
    )
    .await?;
    gone.values += run(
        tx,
        &format!(
            "DELETE FROM audit_personal WHERE name NOT IN ('address', 'agent') AND seq IN (SELECT seq FROM audit_entries
                 WHERE object_kind = 'case' AND object_id IN {ALONE})"
        ),
        account,
    )
    .await?;
    let snapshots = format!("DELETE FROM snapshots WHERE subject_kind = 'case' AND subject_id IN {ALONE}");
    gone.snapshots += run(tx, &snapshots, account).await?;
    run(tx, &format!("DELETE FROM case_tags WHERE case_id IN {ALONE}"), account).await?;
    gone.cases = run(tx, &format!("DELETE FROM cases WHERE id IN {ALONE}"), account).await?;
    for statement in [
        format!("DELETE FROM drafts WHERE subject_kind = 'case' AND subject_id IN {ALONE}"),
        said("approve"),
        said("decline"),
        format!("DELETE FROM notes WHERE subject_id = $1 OR subject_id IN {THEIRS} OR subject_id IN {ALONE}"),
        format!("UPDATE links SET url = NULL WHERE inquiry_id IN {THEIRS}"),
        format!("DELETE FROM drafts WHERE subject_id IN {THEIRS}"),
        format!("UPDATE blind_reviews SET comment = '' WHERE inquiry_id IN {THEIRS}"),
        format!("DELETE FROM claims WHERE inquiry_id IN {THEIRS}"),
        "DELETE FROM account_attributes WHERE account_id = $1".to_owned(),
        "DELETE FROM relations WHERE from_id = $1 OR to_id = $1".to_owned(),
        "DELETE FROM relation_crawls WHERE account_id = $1".to_owned(),
        format!("DELETE FROM case_objects WHERE object_id = $1 OR object_id IN {THEIRS}"),
        "DELETE FROM inquiries WHERE account_id = $1".to_owned(),
        "DELETE FROM accounts WHERE id = $1".to_owned(),
    ] {
        run(tx, &statement, account).await?;
    }
    Ok(gone)
}

/// Takes out the words of searches that hold a name. Returns how many.
pub async fn erase_searches(tx: &mut Tx, name: &str) -> Result<i64> {
    let like = format!("%{}%", name.to_lowercase().replace(['%', '_', '\\'], ""));
    let done = on_db!(&mut **tx, |db| sqlx::query(
        "DELETE FROM audit_personal WHERE name = 'words' AND lower(value) LIKE $1
             AND EXISTS (SELECT 1 FROM audit_entries e WHERE e.seq = audit_personal.seq AND e.action = 'search.made')"
    )
    .bind(&like)
    .execute(db)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(i64::try_from(done).unwrap_or(i64::MAX))
}

async fn run(tx: &mut Tx, statement: &str, account: &str) -> Result<i64> {
    let done = on_db!(&mut **tx, |db| sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
        .bind(account)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(i64::try_from(done).unwrap_or(i64::MAX))
}
