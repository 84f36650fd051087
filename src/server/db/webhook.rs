//! Webhook events as they came, and dead letters.
use std::collections::HashSet;

use super::{Conn, Result, Tx, id_pattern, on_db};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub created_at: Timestamp,
    pub received_at: Timestamp,
    pub body: String,
    pub attempts: i64,
    /// `webhook`, or `list` when it was found by reading Persona's list.
    pub came_by: String,
}

/// Maximum number of events in one statement; a power of two.
const MOST: usize = 64;

/// Stores many events in few statements, which is what makes a batch quick. Returns the ids that were not stored yet.
///
/// Statements come in lengths of powers of two, so that each is prepared once; the rest of a statement is filled with
/// the last event, which is stored by then. Known events are looked up beforehand: a row that a statement returns costs
/// more than one that it inserts. (On PostgreSQL another replica may store the same event in between. It is stored once
/// all the same.)
pub async fn insert_all(tx: &mut Tx, events: &[Event]) -> Result<HashSet<String>> {
    const INTO: &str =
        "INSERT INTO webhook_events (id, name, created_at, received_at, body, state, attempts, came_by) ";
    const UNLESS: &str = " ON CONFLICT (id) DO NOTHING";
    const KNOWN: &str = "SELECT id FROM webhook_events WHERE id IN (";
    macro_rules! keep {
        ($database:ty, $held:expr) => {{
            let mut new = HashSet::with_capacity(events.len());
            for some in events.chunks(MOST) {
                let mut query = sqlx::QueryBuilder::<$database>::new(KNOWN);
                let mut ids = query.separated(", ");
                for event in filled(some, |event| event) {
                    ids.push_bind(event.id.as_str());
                }
                let known: Vec<String> = query.push(")").build_query_scalar().fetch_all(&mut **$held).await?;
                let some: Vec<&Event> =
                    some.iter().filter(|event| !known.contains(&event.id) && new.insert(event.id.clone())).collect();
                if some.is_empty() {
                    continue;
                }
                let mut query = sqlx::QueryBuilder::<$database>::new(INTO);
                query.push_values(filled(&some, |event| *event), |mut row, event| {
                    row.push_bind(event.id.as_str()).push_bind(event.name.as_str());
                    row.push_bind(event.created_at).push_bind(event.received_at).push_bind(event.body.as_str());
                    row.push("'received'").push("0").push_bind(event.came_by.as_str());
                });
                query.push(UNLESS).build().execute(&mut **$held).await?;
            }
            Ok(new)
        }};
    }
    match &mut **tx {
        Conn::Sqlite(held) => keep!(sqlx::Sqlite, held),
        Conn::Postgres(held) => keep!(sqlx::Postgres, held),
    }
}

/// Fills up to the next power of two by repeating the last one.
fn filled<'a, T, U: 'a>(some: &'a [T], each: impl Fn(&'a T) -> &'a U + 'a) -> impl Iterator<Item = &'a U> + 'a {
    let more = some.len().next_power_of_two() - some.len();
    some.iter().chain(std::iter::repeat_n(some.last(), more).flatten()).map(each)
}

/// Events that wait to be applied, in the order in which they happened; those that failed before come after those that
/// were not tried yet.
pub async fn waiting(conn: &mut Conn, limit: i64) -> Result<Vec<Event>> {
    on_db!(conn, |db| sqlx::query_as(
        "SELECT id, name, created_at, received_at, body, attempts, came_by FROM webhook_events
         WHERE state = 'received' ORDER BY attempts, created_at, id LIMIT $1"
    )
    .bind(limit)
    .fetch_all(db)
    .await)
}

/// Takes one event off the waiting list. Returns false when another replica did. The body of an applied event is
/// deleted: the mirror has its content, and names and links to files are not stored twice.
pub async fn settle(tx: &mut Tx, id: &str, state: &'static str, error: Option<&str>) -> Result<bool> {
    on_db!(&mut **tx, |db| sqlx::query(
        "UPDATE webhook_events SET state = $2, error = $3, attempts = attempts + 1,
             body = CASE WHEN $4 = 1 THEN '' ELSE body END
         WHERE id = $1 AND state = 'received'"
    )
    .bind(id)
    .bind(state)
    .bind(error)
    .bind(i64::from(state == "applied"))
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1))
}

pub async fn count_attempt(tx: &mut Tx, id: &str) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query("UPDATE webhook_events SET attempts = attempts + 1 WHERE id = $1")
        .bind(id)
        .execute(db)
        .await
        .map(|_| ()))
}

/// Stores a dead letter. Returns whether it is new.
pub async fn insert_dead_letter(tx: &mut Tx, digest: &str, at: Timestamp, why: &str, body: &[u8]) -> Result<bool> {
    on_db!(&mut **tx, |db| {
        sqlx::query(
        "INSERT INTO dead_letters (digest, received_at, why, body) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING"
    )
    .bind(digest)
    .bind(at)
    .bind(why)
    .bind(body)
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
    })
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeadLetter {
    pub digest: String,
    pub received_at: Timestamp,
    pub why: String,
    pub body: Vec<u8>,
}

pub async fn dead_letters(conn: &mut Conn, limit: i64) -> Result<Vec<DeadLetter>> {
    on_db!(conn, |db| sqlx::query_as("SELECT * FROM dead_letters ORDER BY received_at DESC LIMIT $1")
        .bind(limit)
        .fetch_all(db)
        .await)
}

/// Maximum number of rows that one sweep deletes: the first sweep after years must not hold up other writes.
const DROPPED_AT_ONCE: i64 = 5000;

/// Deletes what was stored for a person to look at and is too old for that: dead letters, and the bodies of events that
/// changed nothing here or could not be applied, with the reasons in the log.
pub async fn drop_unread(tx: &mut Tx, before: Timestamp) -> Result<()> {
    on_db!(&mut **tx, |db| sqlx::query("DELETE FROM dead_letters WHERE received_at < $1")
        .bind(before)
        .execute(db)
        .await
        .map(|_| ()))?;
    let old: Vec<String> = on_db!(&mut **tx, |db| sqlx::query_scalar(
        "SELECT id FROM webhook_events WHERE state IN ('failed', 'kept') AND received_at < $1
             AND (body <> '' OR error IS NOT NULL) ORDER BY received_at LIMIT $2"
    )
    .bind(before)
    .bind(DROPPED_AT_ONCE)
    .fetch_all(db)
    .await)?;
    for id in old {
        for statement in [
            "DELETE FROM audit_personal WHERE name = 'why'
                 AND seq IN (SELECT seq FROM audit_entries WHERE object_kind = 'webhook' AND object_id = $1)",
            "UPDATE webhook_events SET body = '', error = NULL WHERE id = $1",
        ] {
            on_db!(&mut **tx, |db| sqlx::query(statement).bind(&id).execute(db).await.map(|_| ()))?;
        }
    }
    Ok(())
}

/// Deletes finished events that are so old that neither a webhook nor a comparison with Persona's list brings them
/// again.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    on_db!(&mut **tx, |db| sqlx::query(
        "DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events
             WHERE state <> 'received' AND received_at < $1 AND created_at < $1 ORDER BY received_at LIMIT $2)"
    )
    .bind(before)
    .bind(DROPPED_AT_ONCE)
    .execute(db)
    .await
    .map(|done| done.rows_affected()))
}

/// Events that were stored but could not be applied.
pub async fn failed(conn: &mut Conn, limit: i64) -> Result<Vec<(String, String, Timestamp, Option<String>)>> {
    on_db!(conn, |db| {
        sqlx::query_as(
        "SELECT id, name, received_at, error FROM webhook_events WHERE state = 'failed' ORDER BY received_at DESC LIMIT $1"
    )
    .bind(limit)
    .fetch_all(db)
    .await
    })
}

/// When the last `limit` events that came by webhook were created, and when they arrived.
pub async fn lags(conn: &mut Conn, limit: i64) -> Result<Vec<(Timestamp, Timestamp)>> {
    on_db!(conn, |db| {
        sqlx::query_as(
        "SELECT created_at, received_at FROM webhook_events WHERE came_by = 'webhook' ORDER BY received_at DESC LIMIT $1"
    )
    .bind(limit)
    .fetch_all(db)
    .await
    })
}

/// Number of events since a time that no webhook brought, and when the last one was found.
pub async fn gaps(conn: &mut Conn, since: Timestamp) -> Result<(i64, Option<Timestamp>)> {
    on_db!(conn, |db| sqlx::query_as(
        "SELECT COUNT(*), MAX(received_at) FROM webhook_events WHERE came_by = 'list' AND received_at >= $1"
    )
    .bind(since)
    .fetch_one(db)
    .await)
}

/// Whether an event is stored.
pub async fn known(conn: &mut Conn, id: &str) -> Result<bool> {
    let found: Option<i64> =
        on_db!(conn, |db| sqlx::query_scalar("SELECT CAST(1 AS BIGINT) FROM webhook_events WHERE id = $1")
            .bind(id)
            .fetch_optional(db)
            .await)?;
    Ok(found.is_some())
}

/// Number of events in each state.
pub async fn counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    on_db!(conn, |db| sqlx::query_as("SELECT state, COUNT(*) FROM webhook_events GROUP BY state ORDER BY state")
        .fetch_all(db)
        .await)
}

/// When the newest event that came by webhook arrived.
pub async fn last_received(conn: &mut Conn) -> Result<Option<Timestamp>> {
    on_db!(conn, |db| sqlx::query_scalar(
        "SELECT received_at FROM webhook_events WHERE came_by = 'webhook' ORDER BY received_at DESC LIMIT 1"
    )
    .fetch_optional(db)
    .await)
}

/// Maximum number of waiting events whose bodies are searched for an object.
const MOST_LOOKED_AT: i64 = 500;

/// Whether an event that names an inquiry or its account was received and is not applied yet. With more than
/// `MOST_LOOKED_AT` events waiting, the answer is yes without a search, because one of them may name it.
pub async fn waits_for(conn: &mut Conn, inquiry: &InquiryId, account: Option<&AccountId>) -> Result<bool> {
    let (waiting, found): (i64, i64) = on_db!(conn, |db| {
        sqlx::query_as(
            "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN body LIKE $1 ESCAPE '\\' OR body LIKE $2 ESCAPE '\\'
                 THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM (SELECT body FROM webhook_events WHERE state = 'received' LIMIT $3) e",
        )
        .bind(id_pattern(inquiry.as_str()))
        .bind(account.map(|account| id_pattern(account.as_str())))
        .bind(MOST_LOOKED_AT + 1)
        .fetch_one(db)
        .await
    })?;
    Ok(found > 0 || waiting > MOST_LOOKED_AT)
}
