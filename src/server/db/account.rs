//! The mirror of Persona's accounts, and the attributes that link them.

use super::{Conn, Json, Result, Sql, Tx, corrupt};
use crate::domain::account::Account;
use crate::domain::account::attribute::{Attribute, AttributeKind, MOST_OTHERS};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::time::Timestamp;

pub async fn by_id(conn: &mut Conn, id: &AccountId) -> Result<Option<(Account, Timestamp)>> {
    let row: Option<(Json<Account>, Timestamp)> =
        Sql::new("SELECT body, as_of FROM accounts WHERE id = $1").bind(id.as_str()).fetch_optional(conn).await?;
    Ok(row.map(|(Json(account), as_of)| (account, as_of)))
}

/// Stores an account in one statement, unless the stored one is newer. Returns whether it was stored.
pub async fn put_if_newer(tx: &mut Tx, account: &Account, as_of: Timestamp) -> Result<bool> {
    Sql::new(
        "INSERT INTO accounts (id, reference_id, kind, status, name, country, as_of, redacted_at, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO UPDATE SET reference_id = excluded.reference_id, kind = excluded.kind,
             status = excluded.status,
             name = excluded.name, country = excluded.country, as_of = excluded.as_of,
                 redacted_at = excluded.redacted_at,
             body = excluded.body
         WHERE excluded.as_of >= accounts.as_of",
    )
    .bind(account.id.as_str())
    .bind(&account.reference_id)
    .bind(account.kind().as_str())
    .bind(&account.status)
    .bind(account.name())
    .bind(account.country())
    .bind(as_of)
    .bind(account.redacted_at)
    .bind(Json(account))
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Adds the attributes that an inquiry showed of its account. Old ones stay: a device that was shared once was shared.
/// Returns whether any is new.
pub async fn add_attributes(tx: &mut Tx, account: &AccountId, attributes: &[Attribute]) -> Result<bool> {
    if attributes.is_empty() {
        return Ok(false);
    }
    let mut new = false;
    let key = super::digest::key(tx).await?;
    // Sorted, because two inquiries of one account, read at the same time, would otherwise take the same values in
    // different orders and wait for each other.
    let mut attributes: Vec<&Attribute> = attributes.iter().collect();
    attributes.sort_unstable_by(|a, b| (a.kind.as_str(), &a.digest).cmp(&(b.kind.as_str(), &b.digest)));
    for attribute in attributes {
        let digest = key.attribute(attribute.kind.as_str(), &attribute.digest)?;
        new |= Sql::new(
            "INSERT INTO account_attributes (account_id, kind, digest, label) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id, kind, digest) DO NOTHING",
        )
        .bind(account.as_str())
        .bind(attribute.kind.as_str())
        .bind(&digest)
        .bind(&attribute.label)
        .affected(tx)
        .await
        .map(|n| n == 1)?;
    }
    Ok(new)
}

/// Adds the attributes of an inquiry that has no account.
pub async fn add_inquiry_attributes(tx: &mut Tx, inquiry: &InquiryId, attributes: &[Attribute]) -> Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    let key = super::digest::key(tx).await?;
    for attribute in attributes {
        Sql::new(
            "INSERT INTO inquiry_attributes (inquiry_id, kind, digest) VALUES ($1, $2, $3)
             ON CONFLICT (inquiry_id, kind, digest) DO NOTHING",
        )
        .bind(inquiry.as_str())
        .bind(attribute.kind.as_str())
        .bind(key.attribute(attribute.kind.as_str(), &attribute.digest)?)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// Removes the attributes of an inquiry that was redacted, or that has an account now.
pub async fn drop_inquiry_attributes(tx: &mut Tx, inquiry: &InquiryId) -> Result<()> {
    Sql::new("DELETE FROM inquiry_attributes WHERE inquiry_id = $1").bind(inquiry.as_str()).execute(tx).await
}

/// Removes the attributes of a redacted account: it shares nothing any more.
pub async fn drop_attributes(tx: &mut Tx, account: &AccountId) -> Result<()> {
    Sql::new("DELETE FROM account_attributes WHERE account_id = $1").bind(account.as_str()).execute(tx).await
}

/// Returns for each kind of attribute how many other accounts share a value with this one; [`MOST_OTHERS`] means as
/// many or more. No account is left out, and of a value that a million accounts share, only as many rows are read as
/// are counted.
pub async fn shared(conn: &mut Conn, account: &AccountId) -> Result<Vec<(AttributeKind, u32)>> {
    let rows: Vec<(String, i64)> = Sql::new(
        "SELECT kind, CAST(MAX(others) AS BIGINT) FROM (
             SELECT mine.kind AS kind, (SELECT COUNT(*) FROM (
                 SELECT 1 FROM account_attributes other WHERE other.kind = mine.kind
                     AND other.digest = mine.digest
                     AND other.account_id <> mine.account_id LIMIT $2) counted) AS others
             FROM account_attributes mine WHERE mine.account_id = $1) per_value
         WHERE others > 0 GROUP BY kind ORDER BY kind",
    )
    .bind(account.as_str())
    .bind(i64::from(MOST_OTHERS))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(kind, others)| {
            let kind = AttributeKind::parse(&kind).ok_or_else(|| corrupt("attribute kind"))?;
            Ok((kind, u32::try_from(others).unwrap_or(u32::MAX)))
        })
        .collect()
}

/// Number of accounts that have this value, counted up to `most`.
pub async fn sharers(conn: &mut Conn, kind: &str, digest: &str, most: i64) -> Result<i64> {
    Sql::new(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (
         SELECT 1 FROM account_attributes WHERE kind = $1 AND digest = $2 LIMIT $3) counted",
    )
    .bind(kind)
    .bind(digest)
    .bind(most)
    .value(conn)
    .await
}

/// Inquiries of accounts that share an attribute with this one: their signals have to be computed again. For each
/// value, only as many accounts are visited as are counted: the signals of the others already say "as many or more".
pub async fn inquiries_sharing(conn: &mut Conn, account: &AccountId, limit: i64) -> Result<Vec<String>> {
    let mine: Vec<(String, String)> = Sql::new("SELECT kind, digest FROM account_attributes WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_all(conn)
        .await?;
    let mut found = std::collections::BTreeSet::new();
    for (kind, digest) in mine {
        let ids: Vec<String> = Sql::new(
            "SELECT i.id FROM (SELECT account_id FROM account_attributes
                 WHERE kind = $1 AND digest = $2 AND account_id <> $3 LIMIT $4) others
             JOIN inquiries i ON i.account_id = others.account_id AND i.evidence IS NOT NULL LIMIT $5",
        )
        .bind(&kind)
        .bind(&digest)
        .bind(account.as_str())
        .bind(i64::from(MOST_OTHERS))
        .bind(limit)
        .values(conn)
        .await?;
        found.extend(ids);
    }
    Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

/// What the graph shows of an account.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Brief {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub status: String,
    pub redacted_at: Option<Timestamp>,
    /// How its inquiries were decided: declined if any of them was declined, whichever was last.
    pub decided: Option<String>,
    /// Whether the status of a case refuses it.
    pub refused_in_case: bool,
}

pub async fn briefs(conn: &mut Conn, ids: &[String]) -> Result<Vec<Brief>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(sqlx::AssertSqlSafe(format!(
        "SELECT a.id, a.name, a.kind, a.status, a.redacted_at, (SELECT MAX(i.status) FROM inquiries i
             WHERE i.account_id = a.id AND i.status IN ('approved', 'declined')) AS decided,
             {} AS refused_in_case
         FROM accounts a WHERE a.id IN ",
        super::relation::refused_in_case()
    )));
    sql.push_list(ids).push(" ORDER BY a.id");
    sql.fetch_all(conn).await
}

/// Accounts with the most relations, for the page on which a reviewer chooses whose graph to open.
pub async fn most_related(
    conn: &mut Conn,
    search: Option<&str>,
    limit: i64,
) -> Result<Vec<(String, String, String, i64)>> {
    let like = search.map(|text| format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")));
    Sql::new(
        "SELECT a.id, a.name, a.kind, CAST(COUNT(r.to_id) AS BIGINT) FROM accounts a
         LEFT JOIN relations r ON r.from_id = a.id
         WHERE CAST($1 AS TEXT) IS NULL OR LOWER(a.name) LIKE $1 ESCAPE '\\' OR LOWER(a.id) LIKE $1 ESCAPE '\\'
         GROUP BY a.id, a.name, a.kind ORDER BY 4 DESC, a.name, a.id LIMIT $2",
    )
    .bind(like)
    .bind(limit)
    .fetch_all(conn)
    .await
}
