//! Webhook events as they came, and dead letters.
use std::collections::HashSet;

use super::{Conn, Result, Sql, Tx, id_pattern};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct EventRow {
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
pub async fn insert_all(tx: &mut Tx, events: &[EventRow]) -> Result<HashSet<String>> {
    let mut new = HashSet::with_capacity(events.len());
    for some in events.chunks(MOST) {
        let mut sql = Sql::new("SELECT id FROM webhook_events WHERE id IN ");
        sql.push_list(filled(some, |event| event).map(|event| event.id.as_str()));
        let known: Vec<String> = sql.values(tx).await?;
        let some: Vec<&EventRow> =
            some.iter().filter(|event| !known.contains(&event.id) && new.insert(event.id.clone())).collect();
        if some.is_empty() {
            continue;
        }
        let mut sql =
            Sql::new("INSERT INTO webhook_events (id, name, created_at, received_at, body, came_by, state, attempts) ");
        sql.push_rows(filled(&some, |event| *event).map(|event| {
            [
                event.id.as_str().into(),
                event.name.as_str().into(),
                event.created_at.into(),
                event.received_at.into(),
                event.body.as_str().into(),
                event.came_by.as_str().into(),
                "received".into(),
                0.into(),
            ]
        }));
        sql.push(" ON CONFLICT (id) DO NOTHING");
        sql.execute(tx).await?;
    }
    Ok(new)
}

/// Fills up to the next power of two by repeating the last one.
fn filled<'a, T, U: 'a>(some: &'a [T], each: impl Fn(&'a T) -> &'a U + 'a) -> impl Iterator<Item = &'a U> + 'a {
    let more = some.len().next_power_of_two() - some.len();
    some.iter().chain(std::iter::repeat_n(some.last(), more).flatten()).map(each)
}

/// Events that wait to be applied, in the order in which they happened; those that failed before come after those that
/// were not tried yet.
pub async fn waiting(conn: &mut Conn, limit: i64) -> Result<Vec<EventRow>> {
    Sql::new(
        "SELECT id, name, created_at, received_at, body, attempts, came_by FROM webhook_events
         WHERE state = 'received' ORDER BY attempts, created_at, id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Takes one event off the waiting list. Returns false when another replica did. The body of an applied event is
/// deleted: the mirror has its content, and names and links to files are not stored twice.
pub async fn settle(tx: &mut Tx, id: &str, state: &'static str, error: Option<&str>) -> Result<bool> {
    Sql::new(
        "UPDATE webhook_events SET state = $2, error = $3, attempts = attempts + 1,
             body = CASE WHEN $4 = 1 THEN '' ELSE body END
         WHERE id = $1 AND state = 'received'",
    )
    .bind(id)
    .bind(state)
    .bind(error)
    .bind(i64::from(state == "applied"))
    .affected(tx)
    .await
    .map(|n| n == 1)
}

pub async fn count_attempt(tx: &mut Tx, id: &str) -> Result<()> {
    Sql::new("UPDATE webhook_events SET attempts = attempts + 1 WHERE id = $1").bind(id).execute(tx).await
}

/// Stores a dead letter. Returns whether it is new.
pub async fn insert_dead_letter(tx: &mut Tx, digest: &str, at: Timestamp, why: &str, body: &[u8]) -> Result<bool> {
    Sql::new(
        "INSERT INTO dead_letters (digest, received_at, why, body) VALUES ($1, $2, $3, $4)
         ON CONFLICT (digest) DO NOTHING",
    )
    .bind(digest)
    .bind(at)
    .bind(why)
    .bind(body)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct DeadLetter {
    pub digest: String,
    pub received_at: Timestamp,
    pub why: String,
    pub body: Vec<u8>,
}

pub async fn dead_letters(conn: &mut Conn, limit: i64) -> Result<Vec<DeadLetter>> {
    Sql::new("SELECT * FROM dead_letters ORDER BY received_at DESC LIMIT $1").bind(limit).fetch_all(conn).await
}

/// Maximum number of rows that one sweep deletes: the first sweep after years must not hold up other writes.
const DROPPED_AT_ONCE: i64 = 5000;

/// Deletes what was stored for a person to look at and is too old for that: dead letters, and the bodies of events that
/// changed nothing here or could not be applied, with the reasons in the log.
pub async fn drop_unread(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM dead_letters WHERE received_at < $1").bind(before).execute(tx).await?;
    let old: Vec<String> = Sql::new(
        "SELECT id FROM webhook_events WHERE state IN ('failed', 'kept') AND received_at < $1
         AND (body <> '' OR error IS NOT NULL) ORDER BY received_at LIMIT $2",
    )
    .bind(before)
    .bind(DROPPED_AT_ONCE)
    .values(tx)
    .await?;
    for id in old {
        for statement in [
            "DELETE FROM audit_personal WHERE name = 'why'
             AND seq IN (SELECT seq FROM audit_entries WHERE object_kind = 'webhook' AND object_id = $1)",
            "UPDATE webhook_events SET body = '', error = NULL WHERE id = $1",
        ] {
            Sql::new(statement).bind(&id).execute(tx).await?;
        }
    }
    Ok(())
}

/// Deletes finished events that are so old that neither a webhook nor a comparison with Persona's list brings them
/// again.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Sql::new(
        "DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events
         WHERE state <> 'received' AND received_at < $1 AND created_at < $1
             ORDER BY received_at LIMIT $2)",
    )
    .bind(before)
    .bind(DROPPED_AT_ONCE)
    .affected(tx)
    .await
}

/// Events that were stored but could not be applied.
pub async fn failed(conn: &mut Conn, limit: i64) -> Result<Vec<(String, String, Timestamp, Option<String>)>> {
    Sql::new(
        "SELECT id, name, received_at, error FROM webhook_events WHERE state = 'failed'
         ORDER BY received_at DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// When the last `limit` events that came by webhook were created, and when they arrived.
pub async fn lags(conn: &mut Conn, limit: i64) -> Result<Vec<(Timestamp, Timestamp)>> {
    Sql::new(
        "SELECT created_at, received_at FROM webhook_events WHERE came_by = 'webhook'
         ORDER BY received_at DESC LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Number of events since a time that no webhook brought, and when the last one was found.
pub async fn gaps(conn: &mut Conn, since: Timestamp) -> Result<(i64, Option<Timestamp>)> {
    Sql::new(
        "SELECT COUNT(*), MAX(received_at) FROM webhook_events WHERE came_by = 'list'
         AND received_at >= $1",
    )
    .bind(since)
    .fetch_one(conn)
    .await
}

/// Whether an event is stored.
pub async fn known(conn: &mut Conn, id: &str) -> Result<bool> {
    let found: Option<i64> =
        Sql::new("SELECT CAST(1 AS BIGINT) FROM webhook_events WHERE id = $1").bind(id).optional_value(conn).await?;
    Ok(found.is_some())
}

/// Number of events in each state.
pub async fn counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Sql::new("SELECT state, COUNT(*) FROM webhook_events GROUP BY state ORDER BY state").fetch_all(conn).await
}

/// When the newest event that came by webhook arrived.
pub async fn last_received(conn: &mut Conn) -> Result<Option<Timestamp>> {
    Sql::new(
        "SELECT received_at FROM webhook_events WHERE came_by = 'webhook'
         ORDER BY received_at DESC LIMIT 1",
    )
    .optional_value(conn)
    .await
}

/// Maximum number of waiting events whose bodies are searched for an object.
const MOST_LOOKED_AT: i64 = 500;

/// Whether an event that names an inquiry or its account was received and is not applied yet. With more than
/// `MOST_LOOKED_AT` events waiting, the answer is yes without a search, because one of them may name it.
pub async fn waits_for(conn: &mut Conn, inquiry: &InquiryId, account: Option<&AccountId>) -> Result<bool> {
    let (waiting, found): (i64, i64) = Sql::new(
"SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN body LIKE $1 ESCAPE '\\' OR body LIKE $2 ESCAPE '\\'
     THEN 1 ELSE 0 END), 0) AS BIGINT)
 FROM (SELECT body FROM webhook_events WHERE state = 'received' LIMIT $3) e"
).bind(id_pattern(inquiry.as_str())).bind(account.map(|account| id_pattern(account.as_str()))).bind(MOST_LOOKED_AT + 1).fetch_one(conn).await?;
    Ok(found > 0 || waiting > MOST_LOOKED_AT)
}
