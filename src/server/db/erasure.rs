//! Erasure of what a person left behind, and what prevents it.

use super::{Conn, Json, Result, Sql, Tx};
use crate::domain::inquiry::Inquiry;
use crate::domain::retention::{Day, Erased, InquiryProgress, OpenInquiry, Standing};
use crate::domain::time::Timestamp;

const THEIRS: &str = "(SELECT id FROM inquiries WHERE account_id = $1)";

/// Cases that hold no one else. They are erased, because their names and what was written about them name the person.
const ALONE: &str = "(SELECT o.case_id FROM case_objects o WHERE (o.object_id = $1
         OR o.object_id IN (SELECT id FROM inquiries WHERE account_id = $1))
     AND NOT EXISTS (SELECT 1 FROM case_objects p WHERE p.case_id = o.case_id AND p.object_id <> $1
         AND p.object_id NOT IN (SELECT id FROM inquiries WHERE account_id = $1)))";

/// Condition for snapshots of cases that also hold others. A snapshot does not say which part is about whom, so every
/// one that names the account or one of its inquiries goes, whether the case still holds them or not. The row and its
/// fingerprint stay where a decision was made on it.
fn shared() -> String {
    format!(
        "subject_kind = 'case' AND body <> '' AND subject_id NOT IN {ALONE}
         AND (body LIKE '%' || $1 || '%'
             OR EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1 AND snapshots.body LIKE '%' || i.id || '%'))"
    )
}

/// Decisions on cases whose evidence an erasure will empty: the case, and the version with its fingerprint.
pub async fn emptying(conn: &mut Conn, account: &str) -> Result<Vec<(String, i64, String)>> {
    Sql::new(sqlx::AssertSqlSafe(format!(
        "SELECT subject_id, version, fingerprint FROM snapshots WHERE decided = 1 AND {} ORDER BY subject_id, version",
        shared()
    )))
    .bind(account)
    .fetch_all(conn)
    .await
}

/// Locks the records of the account, so that nothing of it is decided on or changed until the transaction ends.
pub async fn lock_records(tx: &mut Tx, account: &str) -> Result<()> {
    run(tx, "UPDATE inquiries SET version = version WHERE account_id = $1", account).await?;
    run(tx, &format!("UPDATE cases SET version = version WHERE id IN {ALONE}"), account).await?;
    Ok(())
}

/// What an erasure needs to know of the account.
pub async fn standing(conn: &mut Conn, account: &str, now: Timestamp) -> Result<Standing> {
    // The second column says whether a reviewer is working on the inquiry at the moment.
    let inquiries: Vec<(Json<Inquiry>, i64)> = Sql::new(
        "SELECT i.body, CAST((SELECT COUNT(*) FROM claims c WHERE c.inquiry_id = i.id
         AND c.until > $2) AS BIGINT)
             FROM inquiries i WHERE i.account_id = $1 ORDER BY i.id",
    )
    .bind(account)
    .bind(now)
    .fetch_all(conn)
    .await?;
    let (on_its_way, decided): (i64, Option<Timestamp>) = Sql::new(
sqlx::AssertSqlSafe(format!(
            "SELECT CAST(COALESCE(SUM(CASE WHEN state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown')
                 THEN 1 ELSE 0 END), 0) AS BIGINT), MAX(made_at)
             FROM decisions WHERE subject_id IN {THEIRS} OR subject_id IN {ALONE}"
        ))
).bind(account).fetch_one(conn).await?;
    let mut standing = Standing { on_its_way, newest: decided.map(Day::of), ..Standing::default() };
    for (Json(inquiry), claimed) in inquiries {
        standing.inquiries += 1;
        let dates = [Some(inquiry.created_at), inquiry.decisioned_at];
        standing.newest = dates.into_iter().flatten().map(Day::of).chain(standing.newest).max();
        let open = match InquiryProgress::of(&inquiry, now) {
            InquiryProgress::Ended => continue,
            InquiryProgress::Open(open) => open,
            InquiryProgress::Left(left) if claimed > 0 => OpenInquiry { id: left.id, status: left.status, until: None },
            InquiryProgress::Left(left) => {
                standing.left.push(left);
                continue;
            }
        };
        standing.open.get_or_insert(open);
    }
    Ok(standing)
}

/// What the rows of a statement are counted as.
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

/// One statement of an erasure. The same table and condition serve to count and to erase.
struct Take {
    table: &'static str,
    /// What overwrites the rows. Without it the rows are deleted.
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

/// Condition for events that name the account, one of its inquiries, or a case that holds no one else.
fn about() -> String {
    format!(
        "(EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1 AND webhook_events.body LIKE '%' || i.id || '%')
         OR EXISTS (SELECT 1 FROM cases c WHERE c.id IN {ALONE} AND webhook_events.body LIKE '%' || c.id || '%')
         OR webhook_events.body LIKE '%' || $1 || '%')"
    )
}

/// Condition for dead letters that name them. The bodies are bytes, because some are not text.
fn letters(conn: &Conn) -> String {
    let holds = |id: &str| match conn {
        Conn::Sqlite(_) | Conn::SqliteReader(_) => format!("instr(dead_letters.body, CAST({id} AS BLOB)) > 0"),
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

/// Statements that erase everything that could identify the person of an account, in the order in which they have to
/// run. Entries of the log stay, with their hashes; the values that they commit to go, with their salts. Network
/// addresses in them are those of reviewers, and stay.
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
        // The reason why an event could not be applied can contain a value of it.
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
        // A status is free text as well.
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
        // Persona's answer can repeat what it was sent.
        over("deliveries", "answer = NULL", theirs("subject_id"), As::Uncounted),
        over("links", &format!("url = NULL, {}", emptied("error")), theirs("inquiry_id"), As::Uncounted),
        // A person typed the reason of a hold, also of one that was lifted.
        over("retention_proposals", &emptied("hold"), "account_id = $1".to_owned(), As::Uncounted),
        gone("drafts", theirs("subject_id"), As::Uncounted),
        over("blind_reviews", "comment = ''", theirs("inquiry_id"), As::Uncounted),
        gone("claims", theirs("inquiry_id"), As::Uncounted),
        gone("account_attributes", "account_id = $1".to_owned(), As::Uncounted),
        gone("inquiry_attributes", theirs("inquiry_id"), As::Uncounted),
        gone("relations", "from_id = $1 OR to_id = $1".to_owned(), As::Uncounted),
        gone("relation_crawls", "account_id = $1".to_owned(), As::Uncounted),
        gone("case_objects", format!("object_id = $1 OR {}", theirs("object_id")), As::Uncounted),
        gone("inquiries", "account_id = $1".to_owned(), As::Inquiries),
        gone("accounts", "id = $1".to_owned(), As::Uncounted),
    ]
}

/// The statements of an erasure, for a test that checks what they cover.
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

/// What an erasure would erase now.
pub async fn would_erase(conn: &mut Conn, account: &str) -> Result<Erased> {
    let mut found = Erased { account: account.to_owned(), ..Erased::default() };
    for take in takes(letters(conn)).into_iter().filter(|take| !matches!(take.counted, As::Uncounted)) {
        let n: i64 = Sql::new(sqlx::AssertSqlSafe(take.count())).bind(account).value(conn).await?;
        add(&mut found, take.counted, n);
    }
    Ok(found)
}

/// Erases it, and returns what was erased.
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

/// Number of searches in the log that contain a name.
pub async fn searches(conn: &mut Conn, name: &str) -> Result<i64> {
    Sql::new(sqlx::AssertSqlSafe(format!("SELECT CAST(COUNT(*) AS BIGINT) FROM audit_personal WHERE {SEARCHES}")))
        .bind(like(name))
        .value(conn)
        .await
}

/// Erases the words of searches in the log that contain a name. Returns how many.
pub async fn erase_searches(tx: &mut Tx, name: &str) -> Result<i64> {
    run(tx, &format!("DELETE FROM audit_personal WHERE {SEARCHES}"), &like(name)).await
}

async fn run(tx: &mut Tx, statement: &str, account: &str) -> Result<i64> {
    let done = Sql::new(sqlx::AssertSqlSafe(statement.to_owned())).bind(account).affected(tx).await?;
    Ok(i64::try_from(done).unwrap_or(i64::MAX))
}
