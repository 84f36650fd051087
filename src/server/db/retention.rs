//! Clocks of accounts, and taking out what a person left behind.
use sqlx::types::Json;
use uuid::Uuid;

use super::{Conn, Result, Tx, corrupt, on_db};
use crate::domain::id::{RetentionProposalId, ReviewerId};
use crate::domain::inquiry::Inquiry;
use crate::domain::retention::{Clock, Day, Erased, Kind, Open, Progress, Stage, Standing};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
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

/// How long an account's records are kept.
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
    /// How often erasing has failed, why it failed last, and when it is tried again. Whoever writes the row begins anew.
    pub failures: i64,
    pub failure: Option<String>,
    pub again_at: Option<Timestamp>,
}

fn clock(profile: Option<String>, ended_on: Option<String>, due_on: Option<String>) -> Option<Clock> {
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

/// Those with a clock, a hold or a history; the others only stand there to be locked.
pub async fn all(conn: &mut Conn, limit: i64) -> Result<Vec<Row>> {
    let rows: Vec<Columns> = on_db!(conn, |db| {
        sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM retention
             WHERE due_on IS NOT NULL OR hold IS NOT NULL OR refused IS NOT NULL OR erased_at IS NOT NULL
             ORDER BY CASE WHEN erased_at IS NULL THEN 0 ELSE 1 END, COALESCE(due_on, '0000'), account_id LIMIT $1"
        )))
        .bind(limit)
        .fetch_all(db)
        .await
    })?;
    Ok(rows.into_iter().map(Row::from).collect())
}

pub async fn of(conn: &mut Conn, account: &str) -> Result<Option<Row>> {
    let row: Option<Columns> = on_db!(conn, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM retention WHERE account_id = $1"
    )))
    .bind(account)
    .fetch_optional(db)
    .await)?;
    Ok(row.map(Row::from))
}

/// The account's row, made when there is none, and locked until the transaction ends: whoever holds, proposes, confirms, cancels or
/// erases takes it first, so that each sees what the one before has done.
pub async fn lock(tx: &mut Tx, account: &str) -> Result<Row> {
    on_db!(&mut **tx, |db| sqlx::query(
        "INSERT INTO retention (account_id) VALUES ($1) ON CONFLICT (account_id) DO NOTHING"
    )
    .bind(account)
    .execute(db)
    .await
    .map(|_| ()))?;
    let row: Columns = on_db!(&mut **tx, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "UPDATE retention SET certificate = certificate WHERE account_id = $1 RETURNING {COLUMNS}"
    )))
    .bind(account)
    .fetch_one(db)
    .await)?;
    Ok(row.into())
}

/// Accounts whose time and grace time are over, that nobody holds, and for which nothing else is proposed.
pub async fn due(conn: &mut Conn, today: &str, now: Timestamp) -> Result<Vec<String>> {
    on_db!(conn, |db| {
        sqlx::query_scalar(
            "SELECT account_id FROM retention r
             WHERE erased_at IS NULL AND hold IS NULL AND due_on <= $1 AND (runs_at IS NULL OR runs_at <= $2)
                 AND (again_at IS NULL OR again_at <= $2)
                 AND NOT EXISTS (SELECT 1 FROM retention_proposals p
                     WHERE p.account_id = r.account_id AND p.state = 'proposed')
             ORDER BY due_on LIMIT 100",
        )
        .bind(today)
        .bind(now)
        .fetch_all(db)
        .await
    })
}

pub async fn put(tx: &mut Tx, row: &Row) -> Result<()> {
    let clock = row.clock.as_ref();
    on_db!(&mut **tx, |db| {
        sqlx::query(
        "UPDATE retention SET profile = $2, ended_on = $3, due_on = $4, hold = $5, held_by = $6, runs_at = $7, refused = $8,
             erased_at = $9, certificate = $10, failures = 0, failure = NULL, again_at = NULL
         WHERE account_id = $1"
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
    .execute(db)
    .await
    .map(|_| ())
    })
}

/// It could not be erased: tried again later, so that it does not hold up the others.
pub async fn put_off(tx: &mut Tx, account: &str, why: &str, again: Timestamp) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE retention SET failures = failures + 1, failure = $2, again_at = $3 WHERE account_id = $1"
    )
    .bind(account)
    .bind(why)
    .bind(again)
    .execute(db)
    .await
    .map(|_| ()))
}

/// Whether two people have agreed to this clock: a proposal of it was confirmed, whatever became of it since.
pub async fn agreed(conn: &mut Conn, account: &str, clock: &Clock) -> Result<bool> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM retention_proposals WHERE account_id = $1 AND kind = 'end'
             AND confirmer_id IS NOT NULL AND profile = $2 AND ended_on = $3 AND due_on = $4)"
    )
    .bind(account)
    .bind(&clock.profile)
    .bind(&clock.ended_on)
    .bind(&clock.due_on)
    .fetch_one(db)
    .await)
}

/// Who last started a clock of this account alone, and when, as the log says.
pub async fn started(conn: &mut Conn, account: &str) -> Result<Option<(Option<Uuid>, String, Timestamp)>> {
    on_db!(conn, |db| sqlx::query_as(
        "SELECT actor_id, actor_name, at FROM audit_entries
         WHERE object_kind = 'account' AND object_id = $1 AND action = 'retention.set' ORDER BY seq DESC LIMIT 1"
    )
    .bind(account)
    .fetch_optional(db)
    .await)
}

/// Whether an account was erased: what Persona's lists still say of it is not taken over again. On PostgreSQL it waits for an
/// erasure that is being done.
pub async fn is_erased(conn: &mut Conn, account: &str) -> Result<bool> {
    let wait = if matches!(conn, Conn::Postgres(_)) { " FOR SHARE" } else { "" };
    let found: Option<Option<Timestamp>> = on_db!(conn, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT erased_at FROM retention WHERE account_id = $1{wait}"
    )))
    .bind(account)
    .fetch_optional(db)
    .await)?;
    Ok(found.flatten().is_some())
}

#[derive(sqlx::FromRow)]
struct ProposalRow {
    id: Uuid,
    account_id: String,
    kind: String,
    state: String,
    profile: Option<String>,
    ended_on: Option<String>,
    due_on: Option<String>,
    before_profile: Option<String>,
    before_ended_on: Option<String>,
    before_due_on: Option<String>,
    hold: Option<String>,
    held_by: Option<String>,
    proposer_id: Option<Uuid>,
    proposer_name: String,
    proposed_at: Timestamp,
    confirmer_name: Option<String>,
    confirmed_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    ended_by: Option<String>,
    why: Option<String>,
}

/// A change that needs two people.
#[derive(Debug, Clone)]
pub struct Proposed {
    pub id: RetentionProposalId,
    pub account_id: String,
    pub kind: Kind,
    pub stage: Stage,
    pub clock: Option<Clock>,
    /// The clock that it took the place of when it was confirmed.
    pub before: Option<Clock>,
    pub hold: Option<String>,
    pub held_by: Option<String>,
    pub proposer_id: Option<ReviewerId>,
    pub proposer_name: String,
    pub proposed_at: Timestamp,
    pub confirmer_name: Option<String>,
    pub confirmed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
    pub why: Option<String>,
}

impl TryFrom<ProposalRow> for Proposed {
    type Error = super::Error;
    fn try_from(row: ProposalRow) -> Result<Self> {
        Ok(Self {
            id: RetentionProposalId(row.id),
            account_id: row.account_id,
            kind: Kind::parse(&row.kind).ok_or_else(|| corrupt("kind of a proposal"))?,
            stage: Stage::parse(&row.state).ok_or_else(|| corrupt("state of a proposal"))?,
            clock: clock(row.profile, row.ended_on, row.due_on),
            before: clock(row.before_profile, row.before_ended_on, row.before_due_on),
            hold: row.hold,
            held_by: row.held_by,
            proposer_id: row.proposer_id.map(ReviewerId),
            proposer_name: row.proposer_name,
            proposed_at: row.proposed_at,
            confirmer_name: row.confirmer_name,
            confirmed_at: row.confirmed_at,
            ended_at: row.ended_at,
            ended_by: row.ended_by,
            why: row.why,
        })
    }
}

const PROPOSAL: &str =
    "SELECT id, account_id, kind, state, profile, ended_on, due_on, before_profile, before_ended_on, before_due_on,
        hold, held_by, proposer_id, proposer_name, proposed_at, confirmer_name, confirmed_at, ended_at, ended_by, why
    FROM retention_proposals";

pub async fn propose(tx: &mut Tx, proposed: &Proposed) -> Result<()> {
    let clock = proposed.clock.as_ref();
    on_db!(&mut **tx, |db| {
        sqlx::query(
        "INSERT INTO retention_proposals (id, account_id, kind, state, profile, ended_on, due_on, hold, held_by, proposer_id,
             proposer_name, proposed_at)
         VALUES ($1, $2, $3, 'proposed', $4, $5, $6, $7, $8, $9, $10, $11)"
    )
    .bind(proposed.id.0)
    .bind(&proposed.account_id)
    .bind(proposed.kind.as_str())
    .bind(clock.map(|clock| &clock.profile))
    .bind(clock.map(|clock| &clock.ended_on))
    .bind(clock.map(|clock| &clock.due_on))
    .bind(&proposed.hold)
    .bind(&proposed.held_by)
    .bind(proposed.proposer_id.map(|id| id.0))
    .bind(&proposed.proposer_name)
    .bind(proposed.proposed_at)
    .execute(db)
    .await
    .map(|_| ())
    })
}

pub async fn proposal(conn: &mut Conn, id: RetentionProposalId) -> Result<Option<Proposed>> {
    let row: Option<ProposalRow> =
        on_db!(conn, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!("{PROPOSAL} WHERE id = $1")))
            .bind(id.0)
            .fetch_optional(db)
            .await)?;
    row.map(Proposed::try_from).transpose()
}

/// Of one account, those that wait for a confirmation or for their day.
pub async fn open_proposals(conn: &mut Conn, account: &str) -> Result<Vec<Proposed>> {
    let rows: Vec<ProposalRow> = on_db!(conn, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{PROPOSAL} WHERE account_id = $1 AND state IN ('proposed', 'confirmed') ORDER BY proposed_at, id"
    )))
    .bind(account)
    .fetch_all(db)
    .await)?;
    rows.into_iter().map(Proposed::try_from).collect()
}

/// Open ones first, then the last that ended.
pub async fn proposals(conn: &mut Conn, limit: i64) -> Result<Vec<Proposed>> {
    let rows: Vec<ProposalRow> = on_db!(conn, |db| sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{PROPOSAL} ORDER BY CASE state WHEN 'proposed' THEN 0 WHEN 'confirmed' THEN 1 ELSE 2 END, proposed_at DESC, id
         LIMIT $1"
    )))
    .bind(limit)
    .fetch_all(db)
    .await)?;
    rows.into_iter().map(Proposed::try_from).collect()
}

/// Fails when the confirmer is the proposer, whoever asks. `before` is the clock that ran until now.
pub async fn confirm(
    tx: &mut Tx,
    id: RetentionProposalId,
    by: (ReviewerId, &str),
    at: Timestamp,
    before: Option<&Clock>,
) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE retention_proposals SET state = 'confirmed', confirmer_id = $2, confirmer_name = $3, confirmed_at = $4,
             before_profile = $5, before_ended_on = $6, before_due_on = $7
         WHERE id = $1 AND state = 'proposed'"
    )
    .bind(id.0)
    .bind(by.0.0)
    .bind(by.1)
    .bind(at)
    .bind(before.map(|clock| &clock.profile))
    .bind(before.map(|clock| &clock.ended_on))
    .bind(before.map(|clock| &clock.due_on))
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

/// Ends a proposal that is still open.
pub async fn close(
    tx: &mut Tx,
    id: RetentionProposalId,
    stage: Stage,
    by: &str,
    at: Timestamp,
    why: Option<&str>,
) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE retention_proposals SET state = $2, ended_by = $3, ended_at = $4, why = $5
         WHERE id = $1 AND state IN ('proposed', 'confirmed')"
    )
    .bind(id.0)
    .bind(stage.as_str())
    .bind(by)
    .bind(at)
    .bind(why)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

const THEIRS: &str = "(SELECT id FROM inquiries WHERE account_id = $1)";

/// A case goes when nobody else is in it: its name and what was said of it name the person.
const ALONE: &str = "(SELECT o.case_id FROM case_objects o WHERE (o.object_id = $1
         OR o.object_id IN (SELECT id FROM inquiries WHERE account_id = $1))
     AND NOT EXISTS (SELECT 1 FROM case_objects p WHERE p.case_id = o.case_id AND p.object_id <> $1
         AND p.object_id NOT IN (SELECT id FROM inquiries WHERE account_id = $1)))";

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

/// Events that tell of the account or of one of its inquiries.
const ABOUT: &str =
    "(EXISTS (SELECT 1 FROM inquiries i WHERE i.account_id = $1 AND webhook_events.body LIKE '%' || i.id || '%')
         OR webhook_events.body LIKE '%' || $1 || '%')";

/// Everything by which the person of an account could be known, in the order in which it has to go. Entries of the log stay, with
/// their hashes; what they commit to goes with its salts. Network addresses in them are those of reviewers, and stay.
fn takes() -> Vec<Take> {
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
            values("webhook", &format!("IN (SELECT id FROM webhook_events WHERE {ABOUT})")),
            As::Values,
        ),
        over("decisions", nameless, theirs("subject_id"), As::Comments),
        gone("snapshots", theirs("subject_id"), As::Snapshots),
        gone("webhook_events", ABOUT.to_owned(), As::Events),
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
        gone("cases", format!("id IN {ALONE}"), As::Cases),
        gone("reveals", format!("subject_id = $1 OR subject_id IN {THEIRS} OR subject_id IN {ALONE}"), As::Uncounted),
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
pub fn statements() -> Vec<String> {
    takes().iter().map(Take::run).collect()
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
    for take in takes().into_iter().filter(|take| !matches!(take.counted, As::Uncounted)) {
        let n: i64 =
            on_db!(conn, |db| sqlx::query_scalar(sqlx::AssertSqlSafe(take.count())).bind(account).fetch_one(db).await)?;
        add(&mut found, take.counted, n);
    }
    Ok(found)
}

/// Takes it out.
pub async fn erase(tx: &mut Tx, account: &str) -> Result<Erased> {
    let mut gone = Erased { account: account.to_owned(), ..Erased::default() };
    for take in takes() {
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
