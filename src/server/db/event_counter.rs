//! Counters of events that are too frequent for one log entry each: refused webhooks by the hour, and acts that are
//! repeated beyond a limit.
use super::{Conn, Result, Sql, Tx};
use crate::domain::time::Timestamp;

pub async fn refused(tx: &mut Tx, hour: Timestamp, why: &str, number: i64, now: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO webhook_refusals (hour, why, number, last_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (hour, why) DO UPDATE
             SET number = webhook_refusals.number + excluded.number, last_at = excluded.last_at",
    )
    .bind(hour)
    .bind(why)
    .bind(number)
    .bind(now)
    .execute(tx)
    .await
}

/// Reason, number and last time of the webhooks refused since a time.
pub async fn refusals(conn: &mut Conn, since: Timestamp) -> Result<Vec<(String, i64, Timestamp)>> {
    Sql::new(
        "SELECT why, CAST(SUM(number) AS BIGINT), MAX(last_at) FROM webhook_refusals
         WHERE hour >= $1 GROUP BY why ORDER BY why",
    )
    .bind(since)
    .fetch_all(conn)
    .await
}

pub async fn drop_refusals(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM webhook_refusals WHERE hour < $1").bind(before).execute(tx).await
}

/// Counts one more act. Returns whether it gets a log entry of its own: the first `limit` acts of a window do.
pub async fn told(
    tx: &mut Tx,
    action: &str,
    subject: &str,
    now: Timestamp,
    cutoff: Timestamp,
    limit: i64,
) -> Result<bool> {
    // Acts without an entry of their own stay in the row after the window, until they are taken out and recorded
    // together.
    let told: i64 = Sql::new(
        "INSERT INTO repeated_acts (action, subject, since, told, untold) VALUES ($1, $2, $3, 1, 0)
         ON CONFLICT (action, subject) DO UPDATE SET
             since = CASE WHEN repeated_acts.since <= $4 THEN excluded.since ELSE repeated_acts.since END,
             told = CASE WHEN repeated_acts.since <= $4 THEN 1 ELSE repeated_acts.told + 1 END,
             untold = CASE WHEN repeated_acts.since > $4
                 AND repeated_acts.told >= $5 THEN repeated_acts.untold + 1
                 ELSE repeated_acts.untold END
         RETURNING told",
    )
    .bind(action)
    .bind(subject)
    .bind(now)
    .bind(cutoff)
    .bind(limit)
    .value(tx)
    .await?;
    Ok(told <= limit)
}

/// Takes out the acts of windows that are over: action, subject, and how many have no entry of their own.
pub async fn take_untold(tx: &mut Tx, cutoff: Timestamp) -> Result<Vec<(String, String, i64)>> {
    Sql::new("DELETE FROM repeated_acts WHERE since <= $1 RETURNING action, subject, untold")
        .bind(cutoff)
        .fetch_all(tx)
        .await
}
