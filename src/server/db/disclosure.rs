//! Recent disclosures: whose hidden values, pictures or files each reviewer was shown. The hourly limit counts them.
use super::{Conn, Result, Sql, Tx};
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

/// Makes the transactions of a reviewer run one after the other: of many at once, each would find room below the limit.
/// SQLite has one writer anyway.
pub async fn lock(tx: &mut Tx, reviewer: ReviewerId) -> Result<()> {
    if matches!(&**tx, Conn::Postgres(_)) {
        Sql::new("SELECT id FROM reviewers WHERE id = $1 FOR NO KEY UPDATE").bind(reviewer.0).execute(tx).await?;
    }
    Ok(())
}

/// Number of other subjects that a reviewer was shown after a time.
pub async fn others(tx: &mut Tx, reviewer: ReviewerId, subject: &str, after: Timestamp) -> Result<i64> {
    Sql::new("SELECT COUNT(*) FROM disclosures WHERE reviewer_id = $1 AND at > $2 AND subject_id <> $3")
        .bind(reviewer.0)
        .bind(after)
        .bind(subject)
        .value(tx)
        .await
}

/// When the oldest of them was shown: an hour later, one more may be shown.
pub async fn oldest(tx: &mut Tx, reviewer: ReviewerId, after: Timestamp) -> Result<Option<Timestamp>> {
    Sql::new("SELECT MIN(at) FROM disclosures WHERE reviewer_id = $1 AND at > $2")
        .bind(reviewer.0)
        .bind(after)
        .value(tx)
        .await
}

pub async fn put(tx: &mut Tx, reviewer: ReviewerId, subject: &str, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO disclosures (reviewer_id, subject_id, at) VALUES ($1, $2, $3)
         ON CONFLICT (reviewer_id, subject_id) DO UPDATE SET at = excluded.at",
    )
    .bind(reviewer.0)
    .bind(subject)
    .bind(at)
    .execute(tx)
    .await
}

pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<()> {
    Sql::new("DELETE FROM disclosures WHERE at <= $1").bind(before).execute(tx).await
}
