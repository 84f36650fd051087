//! Links through which reviewers set their own password, stored under the SHA-256 of their token.
use uuid::Uuid;

use super::{Conn, Result, Sql, Tx};
use crate::domain::id::ReviewerId;
use crate::domain::time::Timestamp;

/// What a link is for.
#[derive(Debug, Clone, Copy)]
pub enum LinkKind<'a> {
    /// Sets a password. A link that waits opens nothing until a second person has confirmed it.
    Password { waits: bool },
    /// Confirms an account. `by` is the id of the person who vouches for its owner.
    Confirms { by: &'a str },
}

/// Replaces the reviewer's open link, and deletes all that have expired. A link that waits opens nothing until it is
/// confirmed.
pub async fn replace(
    tx: &mut Tx,
    token_hash: &str,
    reviewer: ReviewerId,
    made_by: &str,
    now: Timestamp,
    expires_at: Timestamp,
    kind: LinkKind<'_>,
) -> Result<()> {
    let (waits, confirms_by) = match kind {
        LinkKind::Password { waits } => (waits, None),
        LinkKind::Confirms { by } => (false, Some(by)),
    };
    Sql::new("DELETE FROM invitations WHERE used_at IS NULL AND (reviewer_id = $1 OR expires_at <= $2)")
        .bind(reviewer.0)
        .bind(now)
        .execute(tx)
        .await?;
    Sql::new(
        "INSERT INTO invitations (token_hash, reviewer_id, made_by, made_at, expires_at, waits,
         confirms_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token_hash)
    .bind(reviewer.0)
    .bind(made_by)
    .bind(now)
    .bind(expires_at)
    .bind(i64::from(waits))
    .bind(confirms_by)
    .execute(tx)
    .await
}

/// An open link.
#[derive(Debug, Clone)]
pub struct OpenInvitation {
    pub reviewer: ReviewerId,
    pub expires_at: Timestamp,
    /// Who vouches for the owner of the account, when the link confirms it.
    pub confirms_by: Option<String>,
}

pub async fn open(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<OpenInvitation>> {
    let found: Option<(Uuid, Timestamp, Option<String>)> = Sql::new(
        "SELECT reviewer_id, expires_at, confirms_by FROM invitations WHERE token_hash = $1
         AND used_at IS NULL
             AND expires_at > $2 AND waits = 0",
    )
    .bind(token_hash)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    Ok(found.map(|(id, expires_at, confirms_by)| OpenInvitation { reviewer: ReviewerId(id), expires_at, confirms_by }))
}

/// Uses a link up. Returns false when it was used already or has expired: of two uses at once, only one succeeds.
pub async fn redeem(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<bool> {
    Sql::new(
        "UPDATE invitations SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL
         AND expires_at > $2
             AND waits = 0",
    )
    .bind(token_hash)
    .bind(now)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Revokes a reviewer's open link.
pub async fn drop_open(tx: &mut Tx, reviewer: ReviewerId) -> Result<()> {
    Sql::new("DELETE FROM invitations WHERE reviewer_id = $1 AND used_at IS NULL").bind(reviewer.0).execute(tx).await
}

/// Revokes the open link that would confirm an account.
pub async fn drop_confirming(tx: &mut Tx, reviewer: ReviewerId) -> Result<()> {
    Sql::new("DELETE FROM invitations WHERE reviewer_id = $1 AND used_at IS NULL AND confirms_by IS NOT NULL")
        .bind(reviewer.0)
        .execute(tx)
        .await
}

/// A link that can be used, or that waits to be confirmed.
pub struct OpenLink {
    pub reviewer: ReviewerId,
    pub expires_at: Timestamp,
    /// The person who made it, when a second one has to confirm it.
    pub waits_by: Option<String>,
    /// Whether it confirms the account of the reviewer who opens it.
    pub confirms: bool,
}

pub async fn all_open(conn: &mut Conn, now: Timestamp) -> Result<Vec<OpenLink>> {
    let found: Vec<(Uuid, Timestamp, String, i64, Option<String>)> = Sql::new(
        "SELECT reviewer_id, expires_at, made_by, waits, confirms_by FROM invitations
         WHERE used_at IS NULL AND expires_at > $1",
    )
    .bind(now)
    .fetch_all(conn)
    .await?;
    let links = found.into_iter().map(|(id, expires_at, made_by, waits, confirms_by)| OpenLink {
        reviewer: ReviewerId(id),
        expires_at,
        waits_by: (waits == 1).then_some(made_by),
        confirms: confirms_by.is_some(),
    });
    Ok(links.collect())
}

/// Lets a link that waits be used from now on. Returns false when there is none.
pub async fn confirm(tx: &mut Tx, reviewer: ReviewerId, now: Timestamp) -> Result<bool> {
    Sql::new(
        "UPDATE invitations SET waits = 0 WHERE reviewer_id = $1 AND used_at IS NULL
         AND expires_at > $2 AND waits = 1",
    )
    .bind(reviewer.0)
    .bind(now)
    .affected(tx)
    .await
    .map(|n| n == 1)
}
