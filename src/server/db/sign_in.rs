//! Protection of passwords against guessing: tries, refusals that are not in the log yet, and known devices.
use super::{Conn, Result, Sql, Tx};
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

/// Counts one more try. Returns how many there were since `cutoff`, including this one, and until when tries are
/// refused.
pub async fn one_more(tx: &mut Tx, subject: &str, now: Timestamp, cutoff: Timestamp) -> Result<(i64, Timestamp)> {
    Sql::new(
        "INSERT INTO sign_in_tries (subject, tries, since, blocked_until) VALUES ($1, 1, $2, $2)
         ON CONFLICT (subject) DO UPDATE SET
             tries = CASE WHEN sign_in_tries.since <= $3 THEN 1 ELSE sign_in_tries.tries + 1 END,
             since = CASE WHEN sign_in_tries.since <= $3 THEN excluded.since ELSE sign_in_tries.since END
         RETURNING tries, blocked_until",
    )
    .bind(subject)
    .bind(now)
    .bind(cutoff)
    .fetch_one(tx)
    .await
}

pub async fn block(tx: &mut Tx, subject: &str, until: Timestamp) -> Result<()> {
    Sql::new("UPDATE sign_in_tries SET blocked_until = $2 WHERE subject = $1")
        .bind(subject)
        .bind(until)
        .execute(tx)
        .await
}

/// Does not count a try after all, because the password was right.
pub async fn one_less(tx: &mut Tx, subject: &str) -> Result<()> {
    Sql::new("UPDATE sign_in_tries SET tries = tries - 1 WHERE subject = $1 AND tries > 0")
        .bind(subject)
        .execute(tx)
        .await
}

pub async fn forget_tries(tx: &mut Tx, subject: &str) -> Result<()> {
    Sql::new("DELETE FROM sign_in_tries WHERE subject = $1").bind(subject).execute(tx).await
}

pub async fn drop_old(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM sign_in_tries WHERE since < $1 AND blocked_until < $1").bind(before).execute(tx).await
}

/// Counts one more refusal. Returns how many are to be recorded now, including this one: the first one since `cutoff`
/// is recorded at once.
pub async fn refused(tx: &mut Tx, subject: &str, now: Timestamp, cutoff: Timestamp) -> Result<Option<i64>> {
    // Locks the row on PostgreSQL too, so that two refusals are counted one after the other.
    let (since, untold): (Timestamp, i64) = Sql::new(
        "INSERT INTO sign_in_refusals (subject, since, untold) VALUES ($1, $2, 0)
         ON CONFLICT (subject) DO UPDATE SET untold = sign_in_refusals.untold
         RETURNING since, untold",
    )
    .bind(subject)
    .bind(cutoff)
    .fetch_one(tx)
    .await?;
    let (told, since, untold) = if since <= cutoff { (Some(untold + 1), now, 0) } else { (None, since, untold + 1) };
    Sql::new("UPDATE sign_in_refusals SET since = $2, untold = $3 WHERE subject = $1")
        .bind(subject)
        .bind(since)
        .bind(untold)
        .execute(tx)
        .await?;
    Ok(told)
}

/// Takes out the refusals of windows that are over, to be recorded.
pub async fn take_untold(tx: &mut Tx, cutoff: Timestamp) -> Result<Vec<(String, i64)>> {
    Sql::new("DELETE FROM sign_in_refusals WHERE since <= $1 RETURNING subject, untold")
        .bind(cutoff)
        .fetch_all(tx)
        .await
}

/// Whether a reviewer has signed in on a device, or from an address, before.
pub async fn is_known(conn: &mut Conn, token_hash: &str, who: ReviewerId) -> Result<bool> {
    let found: i64 =
        Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM devices WHERE token_hash = $1 AND reviewer_id = $2")
            .bind(token_hash)
            .bind(who.0)
            .value(conn)
            .await?;
    Ok(found > 0)
}

pub async fn know(tx: &mut Tx, token_hash: &str, who: ReviewerId, now: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO devices (token_hash, reviewer_id, used_at) VALUES ($1, $2, $3)
         ON CONFLICT (token_hash, reviewer_id) DO UPDATE SET used_at = excluded.used_at",
    )
    .bind(token_hash)
    .bind(who.0)
    .bind(now)
    .execute(tx)
    .await
}

pub async fn forget_devices(tx: &mut Tx, who: ReviewerId) -> Result<()> {
    Sql::new("DELETE FROM devices WHERE reviewer_id = $1").bind(who.0).execute(tx).await
}

pub async fn drop_devices(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM devices WHERE used_at < $1").bind(before).execute(tx).await
}
