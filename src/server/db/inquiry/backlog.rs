//! Inquiries whose evidence is to be read, in the order in which it is read.
use super::super::{Conn, Result, Sql, Tx, corrupt};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::time::Timestamp;

pub async fn want_evidence(tx: &mut Tx, id: &InquiryId, at: Timestamp) -> Result<()> {
    Sql::new(
        "UPDATE inquiries SET evidence_wanted_at = $2, evidence_attempts = 0, evidence_order = CASE
             WHEN evidence_wanted_at IS NOT NULL AND evidence_order = 0 THEN 0
             WHEN status IN ('needs_review', 'completed',
                 'failed') THEN 1 WHEN status = 'declined' THEN 2 ELSE 3 END
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(at)
    .execute(tx)
    .await
}

/// Moves the inquiries of an account forward among those to be read, if one of them was declined.
pub async fn want_evidence_of_declined(tx: &mut Tx, account: &AccountId) -> Result<()> {
    Sql::new(
        "UPDATE inquiries SET evidence_order = 2 WHERE account_id = $1 AND evidence_order = 3
         AND EXISTS (SELECT 1 FROM inquiries n WHERE n.account_id = $1 AND n.status = 'declined')",
    )
    .bind(account.as_str())
    .execute(tx)
    .await
}

/// Asks the job to read again the evidence of every inquiry that can be decided.
pub async fn want_evidence_of_decidable(tx: &mut Tx, at: Timestamp) -> Result<()> {
    Sql::new(
        "UPDATE inquiries SET evidence_wanted_at = $1, evidence_attempts = 0, evidence_order = 1
         WHERE evidence_wanted_at IS NULL AND redacted_at IS NULL
             AND status IN ('needs_review', 'completed', 'failed')",
    )
    .bind(at)
    .execute(tx)
    .await
}

/// Puts the evidence first, because a reviewer has the page open: it is read at once, unless reading it failed a moment
/// ago. The number of failures stays, so that opening the page again and again does not make more calls to Persona.
pub async fn want_evidence_first(tx: &mut Tx, id: &InquiryId, now: Timestamp) -> Result<bool> {
    Sql::new(
        "UPDATE inquiries SET evidence_order = 0,
             evidence_wanted_at = CASE WHEN evidence_wanted_at <= $2 THEN evidence_wanted_at ELSE $2 END
         WHERE id = $1 AND (evidence_wanted_at IS NULL OR evidence_attempts = 0
             OR evidence_wanted_at <= $2)",
    )
    .bind(id.as_str())
    .bind(now)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Inquiries whose evidence is to be read: first those whose page is open, then those that can be decided, then
/// those of declined people, which rules ask about, then the rest; in each group, the longest wanted first. `true` means that a
/// reviewer has the page open.
pub async fn wanted(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<(InquiryId, bool)>> {
    let ids: Vec<(String, bool)> = Sql::new(
        "SELECT id, evidence_order = 0 FROM inquiries WHERE evidence_wanted_at <= $1
         ORDER BY evidence_order, evidence_wanted_at, id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    ids.into_iter().map(|(id, first)| Ok((id.try_into().map_err(corrupt)?, first))).collect()
}

/// Records that the evidence could not be read: when to try again, and why it failed.
pub async fn evidence_failed(tx: &mut Tx, id: &InquiryId, again: Option<Timestamp>, why: &str) -> Result<()> {
    Sql::new(
        "UPDATE inquiries SET evidence_wanted_at = $2, evidence_attempts = evidence_attempts + 1,
         evidence_error = $3
         WHERE id = $1",
    )
    .bind(id.as_str())
    .bind(again)
    .bind(why)
    .execute(tx)
    .await
}
