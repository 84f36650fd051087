//! Taking out what a person left behind, and what stands against it.
use sqlx::types::Json;

use super::{Conn, Result, Tx, on_db};
use crate::domain::inquiry::Inquiry;
use crate::domain::retention::{Day, Erased, Open, Progress, Standing};
use crate::domain::time::Timestamp;

const THEIRS: &str = "(SELECT id FROM inquiries WHERE account_id = $1)";

/// A case goes when nobody else is in it: its name and what was said of it name the person.
const ALONE: &str = "(SELECT o.case_id FROM case_objects o WHERE (o.object_id = $1
         OR o.object_id IN (SELECT id FROM inquiries WHERE account_id = $1))
     AND NOT EXISTS (SELECT 1 FROM case_objects p WHERE p.case_id = o.case_id AND p.object_id <> $1
         AND p.object_id NOT IN (SELECT id FROM inquiries WHERE account_id = $1)))";

/// What was seen of cases that others are in too: it does not say of whom each part is, so all that names the account or one of its
/// inquiries goes, whether the case still holds them or not. The row and its fingerprint stay where a decision was made on it.
fn shared() -> String {
    format!(
        "subject_kind = 'case' AND body <> '' AND subject_id NOT IN {ALONE}
         AND (body LIKE '%' || $1 || '%'
             OR EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1 AND snapshots.body LIKE '%' || i.id || '%'))"
    )
}

/// Decisions on a case whose evidence an erasure will empty: which case, and on which version.
pub async fn emptying(conn: &mut Conn, account: &str) -> Result<Vec<(String, i64, String)>> {
    on_db!(conn, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT subject_id, version, fingerprint FROM snapshots WHERE decided = 1 AND {} ORDER BY subject_id, version",
        shared()
    )))
    .bind(account)
    .fetch_all(db)
    .await)
}

/// Nothing of the account is decided on or changed until the transaction ends.
pub async fn lock_records(tx: &mut Tx, account: &str) -> Result<()> {
    run(tx, "UPDATE inquiries SET version = version WHERE account_id = $1", account).await?;
    run(tx, &format!("UPDATE cases SET version = version WHERE id IN {ALONE}"), account).await?;
    Ok(())
}

/// How the account stands, as far as its erasure asks.
pub async fn standing(conn: &mut Conn, account: &str, now: Timestamp) -> Result<Standing> {
    // Whether a reviewer works on it at this moment comes with it.
    let inquiries: Vec<(Json<Inquiry>, i64)> = on_db!(conn, |db| {
        sqlx::query_as(
            "SELECT i.body, CAST((SELECT COUNT(*) FROM claims c WHERE c.inquiry_id = i.id AND c.until > $2) AS BIGINT)
             FROM inquiries i WHERE i.account_id = $1 ORDER BY i.id",
        )
        .bind(account)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    let (on_its_way, decided): (i64, Option<Timestamp>) = on_db!(conn, |db| {
        sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown')
                 THEN 1 ELSE 0 END), 0) AS BIGINT), MAX(made_at)
             FROM decisions WHERE subject_id IN {THEIRS} OR subject_id IN {ALONE}"
        )))
        .bind(account)
        .fetch_one(db)
        .await
    })?;
    let mut standing = Standing { on_its_way, newest: decided.map(Day::of), ..Standing::default() };
    for (Json(inquiry), claimed) in inquiries {
        standing.inquiries += 1;
        let dates = [Some(inquiry.created_at), inquiry.decisioned_at];
        standing.newest = dates.into_iter().flatten().map(Day::of).chain(standing.newest).max();
        let open = match Progress::of(&inquiry, now) {
            Progress::Ended => continue,
            Progress::Open(open) => open,
            Progress::Left(left) if claimed > 0 => Open { id: left.id, status: left.status, until: None },
            Progress::Left(left) => {
                standing.left.push(left);
                continue;
            }
        };
        standing.open.get_or_insert(open);
    }
    Ok(standing)
}

/// What a statement of an erasure is counted as.
#[derive(Debug, Clone, Copy)]
enum As {
    Inquiries,
    Cases,
    Values,
    Snapshots,
    Comments,
    Events,
    Uncounted,
}

/// One statement of an erasure. It is counted and run from the same table and the same condition.
struct Take {
    table: &'static str,
    /// What is written over it; without, the rows go.
    set: Option<String>,
    of: String,
    counted: As,
}

impl Take {
    fn run(&self) -> String {
        let Self { table, set, of, .. } = self;
        match set {
            Some(set) => format!("UPDATE {table} SET {set} WHERE {of}"),
            None => format!("DELETE FROM {table} WHERE {of}"),
        }
    }

    fn count(&self) -> String {
        format!("SELECT CAST(COUNT(*) AS BIGINT) FROM {} WHERE {}", self.table, self.of)
    }
}

/// Events that tell of the account, of one of its inquiries, or of a case with nobody else in it.
fn about() -> String {
    format!(
        "(EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1 AND webhook_events.body LIKE '%' || i.id || '%')
         OR EXISTS (SELECT 1 FROM cases c WHERE c.id IN {ALONE} AND webhook_events.body LIKE '%' || c.id || '%')
         OR webhook_events.body LIKE '%' || $1 || '%')"
    )
}

/// Dead letters that tell of them: bytes, because some are no text.
fn letters(conn: &Conn) -> String {
    let holds = |id: &str| match conn {
        Conn::Sqlite(_) => format!("instr(dead_letters.body, CAST({id} AS BLOB)) > 0"),
        Conn::Postgres(_) => format!("position(convert_to({id}, 'UTF8') IN dead_letters.body) > 0"),
    };
    format!(
        "(EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1 AND {})
         OR EXISTS (SELECT 1 FROM cases c WHERE c.id IN {ALONE} AND {}) OR {})",
        holds("i.id"),
        holds("c.id"),
        holds("$1")
    )
}

/// Everything by which the person of an account could be known, in the order in which it has to go. Entries of the log stay, with
/// their hashes; what they commit to goes with its salts. Network addresses in them are those of reviewers, and stay.
fn takes(letters: String) -> Vec<Take> {
    let about = about();
    let values = |kind: &str, ids: &str| {
        format!(
            "name NOT IN ('address', 'agent')
                 AND seq IN (SELECT seq FROM audit_entries WHERE object_kind = '{kind}' AND object_id {ids})"
        )
    };
    let theirs = |column: &str| format!("{column} IN {THEIRS}");
    let alone = |column: &str| format!("subject_kind = 'case' AND {column} IN {ALONE}");
    let gone = |table, of: String, counted| Take { table, set: None, of, counted };
    let over = |table, set: &str, of: String, counted| Take { table, set: Some(set.to_owned()), of, counted };
    let said = |verdict: &str| {
        over(
            "deliveries",
            &format!("action = '{{\"action\":\"{verdict}\",\"comment\":\"\"}}', answer = NULL"),
            format!("decision_id IN (SELECT id FROM decisions WHERE verdict = '{verdict}' AND subject_id IN {THEIRS})"),
            As::Uncounted,
        )
    };
    let emptied = |column: &str| format!("{column} = CASE WHEN {column} IS NULL THEN NULL ELSE '' END");
    let nameless = format!("comment = '', subject_name = 'erased', {}", emptied("refusal"));
    let nameless = nameless.as_str();
    vec![
        gone("audit_personal", values("inquiry", &format!("IN {THEIRS}")), As::Values),
        gone("audit_personal", values("account", "= $1"), As::Values),
        // Why an event could not be applied can hold a value of it.
        gone(
            "audit_personal",
            values("webhook", &format!("IN (SELECT id FROM webhook_events WHERE {about})")),
            As::Values,
        ),
        over("decisions", nameless, theirs("subject_id"), As::Comments),
        gone("snapshots", theirs("subject_id"), As::Snapshots),
        over("snapshots", "body = ''", format!("decided = 1 AND {}", shared()), As::Snapshots),
        gone("snapshots", format!("decided = 0 AND {}", shared()), As::Uncounted),
        gone("webhook_events", about, As::Events),
        gone("dead_letters", letters, As::Events),
        // A status is typed as well.
        over("decisions", &format!("{nameless}, {}", emptied("case_status")), alone("subject_id"), As::Comments),
        gone("audit_personal", values("case", &format!("IN {ALONE}")), As::Values),
        gone("snapshots", alone("subject_id"), As::Snapshots),
        gone("drafts", alone("subject_id"), As::Uncounted),
        gone("notes", format!("subject_id = $1 OR subject_id IN {THEIRS} OR subject_id IN {ALONE}"), As::Uncounted),
        gone("case_tags", format!("case_id IN {ALONE}"), As::Uncounted),
        over("assignments", &emptied("error"), format!("case_id IN {ALONE}"), As::Uncounted),
        over("deliveries", "answer = NULL", format!("subject_id IN {ALONE}"), As::Uncounted),
        over(
            "deliveries",
            "action = '{\"action\":\"set-status\",\"status\":\"\"}'",
            format!("decision_id IN (SELECT id FROM decisions WHERE verdict = 'set-status' AND subject_id IN {ALONE})"),
            As::Uncounted,
        ),
        gone("case_parts", format!("case_id IN {ALONE}"), As::Uncounted),
        gone("cases", format!("id IN {ALONE}"), As::Cases),
        gone("reveals", format!("subject_id = $1 OR subject_id IN {THEIRS} OR subject_id IN {ALONE}"), As::Uncounted),
        gone(
            "disclosures",
            format!("subject_id = $1 OR subject_id IN {THEIRS} OR subject_id IN {ALONE}"),
            As::Uncounted,
        ),
        said("approve"),
        said("decline"),
        // What Persona answered can repeat what it was asked.
        over("deliveries", "answer = NULL", theirs("subject_id"), As::Uncounted),
        over("links", &format!("url = NULL, {}", emptied("error")), theirs("inquiry_id"), As::Uncounted),
        // A hold that was lifted had a reason that somebody typed.
        over("retention_proposals", &emptied("hold"), "account_id = $1".to_owned(), As::Uncounted),
        gone("drafts", theirs("subject_id"), As::Uncounted),
        over("blind_reviews", "comment = ''", theirs("inquiry_id"), As::Uncounted),
        gone("claims", theirs("inquiry_id"), As::Uncounted),
        gone("account_attributes", "account_id = $1".to_owned(), As::Uncounted),
        gone("relations", "from_id = $1 OR to_id = $1".to_owned(), As::Uncounted),
        gone("relation_crawls", "account_id = $1".to_owned(), As::Uncounted),
        gone("case_objects", format!("object_id = $1 OR {}", theirs("object_id")), As::Uncounted),
        gone("inquiries", "account_id = $1".to_owned(), As::Inquiries),
        gone("accounts", "id = $1".to_owned(), As::Uncounted),
    ]
}

/// The statements of an erasure, for whoever checks what they cover.
pub fn statements(conn: &Conn) -> Vec<String> {
    takes(letters(conn)).iter().map(Take::run).collect()
}

fn add(erased: &mut Erased, counted: As, n: i64) {
    match counted {
        As::Inquiries => erased.inquiries += n,
        As::Cases => erased.cases += n,
        As::Values => erased.values += n,
        As::Snapshots => erased.snapshots += n,
        As::Comments => erased.comments += n,
        As::Events => erased.events += n,
        As::Uncounted => {}
    }
}

/// What an erasure would take now.
pub async fn would_erase(conn: &mut Conn, account: &str) -> Result<Erased> {
    let mut found = Erased { account: account.to_owned(), ..Erased::default() };
    for take in takes(letters(conn)).into_iter().filter(|take| !matches!(take.counted, As::Uncounted)) {
        let n: i64 =
            on_db!(conn, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(take.count())).bind(account).fetch_one(db).await)?;
        add(&mut found, take.counted, n);
    }
    Ok(found)
}

/// Takes it out.
pub async fn erase(tx: &mut Tx, account: &str) -> Result<Erased> {
    let mut gone = Erased { account: account.to_owned(), ..Erased::default() };
    for take in takes(letters(tx)) {
        let n = run(tx, &take.run(), account).await?;
        add(&mut gone, take.counted, n);
    }
    Ok(gone)
}

const SEARCHES: &str = "name = 'words' AND lower(value) LIKE $1
     AND EXISTS (SELECT 1 FROM audit_entries e WHERE e.seq = audit_personal.seq AND e.action = 'search.made')";

fn like(name: &str) -> String {
    format!("%{}%", name.to_lowercase().replace(['%', '_', '\\'], ""))
}

/// How many searches hold a name.
pub async fn searches(conn: &mut Conn, name: &str) -> Result<i64> {
    on_db!(conn, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM audit_personal WHERE {SEARCHES}"
    )))
    .bind(like(name))
    .fetch_one(db)
    .await)
}

/// Takes out the words of searches that hold a name. Returns how many.
pub async fn erase_searches(tx: &mut Tx, name: &str) -> Result<i64> {
    run(tx, &format!("DELETE FROM audit_personal WHERE {SEARCHES}"), &like(name)).await
}

async fn run(tx: &mut Tx, statement: &str, account: &str) -> Result<i64> {
    let done = on_db!(&mut **tx, |db| sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
        .bind(account)
        .execute(db)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(i64::try_from(done).unwrap_or(i64::MAX))
}
