//! Declared relations, and when those of each account were read. One file, because [`near`] counts by the columns and
//! merge numbers that the other functions write.
use super::sync::ALL_INQUIRIES;
use super::{Conn, Result, Sql, Tx, corrupt};
use crate::domain::account::REFUSED;
use crate::domain::account::attribute::MOST_OTHERS;
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::relation::{MOST_NODES, Relation};
use crate::domain::time::Timestamp;

pub async fn add(tx: &mut Tx, relation: &Relation) -> Result<()> {
    Sql::new(
        "INSERT INTO relations (from_id, key, to_id) VALUES ($1, $2, $3)
         ON CONFLICT (from_id, key, to_id) DO NOTHING",
    )
    .bind(relation.from.as_str())
    .bind(&relation.key)
    .bind(relation.to.as_str())
    .execute(tx)
    .await
}

pub async fn remove(tx: &mut Tx, relation: &Relation) -> Result<()> {
    Sql::new("DELETE FROM relations WHERE from_id = $1 AND key = $2 AND to_id = $3")
        .bind(relation.from.as_str())
        .bind(&relation.key)
        .bind(relation.to.as_str())
        .execute(tx)
        .await
}

/// Replaces the known relations of one key: Persona's list is complete.
pub async fn replace(tx: &mut Tx, from: &AccountId, key: &str, to: &[AccountId]) -> Result<()> {
    Sql::new("DELETE FROM relations WHERE from_id = $1 AND key = $2").bind(from.as_str()).bind(key).execute(tx).await?;
    for to in to {
        add(tx, &Relation { from: from.clone(), key: key.to_owned(), to: to.clone() }).await?;
    }
    Ok(())
}

/// When more accounts than this share an attribute, the graph does not follow it to them: it draws the attribute and
/// says how many accounts share it.
pub const MOST_SHARING: i64 = MOST_OTHERS as i64;

/// Maximum number of accounts that one hop of the graph looks for.
pub const MOST_REACHED: i64 = 10_000;

/// An account reached from the root, and the number of hops.
#[derive(Debug, Clone)]
pub struct Reached {
    pub id: String,
    pub hops: i64,
}

/// Accounts within `hops` hops, over declared relations in both directions and over shared attributes, nearest first.
/// Each hop is one query over the accounts that the hop before found, so that the cost is that of the neighbourhood and
/// not of the whole table.
pub async fn reach(conn: &mut Conn, root: &AccountId, hops: u32) -> Result<Vec<Reached>> {
    let mut found = vec![Reached { id: root.to_string(), hops: 0 }];
    let mut known = std::collections::HashSet::from([root.to_string()]);
    let mut edge = vec![root.to_string()];
    for hop in 1..=hops {
        let mut next = neighbours(conn, &edge).await?;
        next.retain(|id| known.insert(id.clone()));
        next.sort();
        found.extend(next.iter().map(|id| Reached { id: id.clone(), hops: i64::from(hop) }));
        if next.is_empty() || found.len() > MOST_NODES {
            break;
        }
        edge = next;
    }
    Ok(found)
}

async fn neighbours(conn: &mut Conn, ids: &[String]) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT to_id FROM relations WHERE from_id IN ");
    sql.push_list(ids).push(" UNION SELECT from_id FROM relations WHERE to_id IN ").push_list(ids);
    sql.push(
        " UNION SELECT y.account_id FROM account_attributes x
         JOIN account_attributes y ON y.kind = x.kind AND y.digest = x.digest WHERE x.account_id IN ",
    );
    sql.push_list(ids);
    sql.push(" AND (SELECT COUNT(*) FROM (SELECT 1 FROM account_attributes c WHERE c.kind = x.kind");
    sql.push(" AND c.digest = x.digest LIMIT ").push_bind(MOST_SHARING + 1).push(") counted) <= ");
    sql.push_bind(MOST_SHARING).push(" LIMIT ").push_bind(MOST_REACHED);
    sql.values(conn).await
}

/// Links followed in the first hop and in the second: as much as a transaction that decides can afford. The limit
/// counts links and not the accounts that they find, so that two accounts with equally many links are treated alike.
const MOST_LINKS: [i64; 2] = [1000, 10_000];

/// The links of the first hop, at most one more than the limit, and the accounts at their ends: over declared relations
/// in both directions, and over shared attributes, however many accounts share one. `$1` is the root.
fn one_hop() -> String {
    format!(
        "d0 AS (SELECT DISTINCT kind, digest FROM account_attributes WHERE account_id = $1),
         l1 AS (SELECT l.id FROM (
                SELECT to_id AS id FROM relations WHERE from_id = $1
                UNION ALL SELECT from_id FROM relations WHERE to_id = $1
                UNION ALL SELECT a.account_id FROM d0 JOIN account_attributes a ON a.kind = d0.kind AND a.digest = d0.digest
            ) l LIMIT {}),
         h1 AS (SELECT id FROM l1 UNION SELECT CAST($1 AS TEXT))",
        MOST_LINKS[0] + 1
    )
}

/// Condition for a status that says that the organisation does not deal with a person, as in `is_refused`.
fn refused(status: &str) -> String {
    let words = format!("' ' || REPLACE(REPLACE(LOWER({status}), '-', ' '), '_', ' ')");
    REFUSED.map(|begin| format!("({words}) LIKE '% {begin}%'")).join(" OR ")
}

/// Condition: a case that holds the account `a` or one of its inquiries has a status that refuses the person. Where an
/// organisation decides by cases, their status is the decision.
pub(super) fn refused_in_case() -> String {
    let status = refused("c.status");
    format!(
        "(EXISTS (SELECT 1 FROM case_objects o JOIN cases c ON c.id = o.case_id
            WHERE o.kind = 'account' AND o.object_id = a.id AND ({status}))
        OR EXISTS (SELECT 1 FROM inquiries n JOIN case_objects o ON o.kind = 'inquiry' AND o.object_id = n.id
            JOIN cases c ON c.id = o.case_id WHERE n.account_id = a.id AND ({status})))"
    )
}

/// Condition: a case that holds the inquiry `i` has a status that refuses the person.
fn holder_refused() -> String {
    format!(
        "EXISTS (SELECT 1 FROM case_objects o JOIN cases c ON c.id = o.case_id
            WHERE o.kind = 'inquiry' AND o.object_id = i.id AND ({}))",
        refused("c.status")
    )
}

/// Condition: the account `a` was declined, by its own status, in an inquiry, or in a case.
fn declined() -> String {
    format!(
        "({} OR EXISTS (SELECT 1 FROM inquiries n WHERE n.account_id = a.id AND n.status = 'declined') OR {})",
        refused("a.status"),
        refused_in_case()
    )
}

/// Condition: a decline of the inquiry `i` is on its way.
const DECLINING: &str = "EXISTS (SELECT 1 FROM decisions d WHERE d.subject_kind = 'inquiry' AND d.subject_id = i.id AND d.verdict = 'decline'
    AND d.state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown'))";

/// Condition: the evidence of the inquiry `i` was not read since it was last reported, or not whole. It has a partial
/// index.
const UNREAD: &str = "(i.evidence_at IS NULL OR i.evidence_wanted_at IS NOT NULL OR i.evidence_error IS NOT NULL
    OR i.parts_unread > 0) AND i.redacted_at IS NULL";

/// When evidence of more inquiries than this is unread, it is not looked up whose they are.
const MOST_UNREAD: i64 = 10_000;

/// Unread inquiries that were declined, or whose account was: all inquiries of a person say what they share.
fn unseen(and: &str) -> String {
    format!(
        "SELECT i.id FROM inquiries i WHERE {UNREAD} AND i.status = 'declined' {and}
         UNION ALL SELECT u.id FROM (SELECT i.id, i.account_id, i.status FROM inquiries i WHERE {UNREAD} {and} LIMIT {MOST_UNREAD}) u
         JOIN accounts a ON a.id = u.account_id WHERE u.status <> 'declined' AND {}",
        declined()
    )
}

/// Number of these inquiries whose evidence is being read, counted up to `most`.
pub async fn unseen_being_read(conn: &mut Conn, most: i64) -> Result<i64> {
    let query = format!(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT id FROM ({}) u LIMIT $1) u",
        unseen("AND i.evidence_wanted_at IS NOT NULL")
    );
    Sql::new(sqlx::AssertSqlSafe(query)).bind(most).value(conn).await
}

/// What the mirror knows of an account and of the accounts within two hops of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub struct Near {
    /// Number of declined accounts, including the account itself.
    pub declined: i64,
    /// Number of accounts that have an inquiry of which a decline is on its way.
    pub declining: i64,
    /// Number of accounts that a relation names and that the mirror does not have.
    pub unknown: i64,
    /// Number of accounts within one hop, including the root, whose relations were never read completely.
    pub unread: i64,
    /// Number of accounts into which others were merged and whose new inquiries are not listed yet.
    pub merged: i64,
    /// Number of accounts anywhere that were merged into another one, while the mirror still has a declined inquiry of
    /// theirs.
    pub moving: i64,
    /// 1 while it is not known what some declined person shares: the evidence of one of their inquiries was not read
    /// since, or not whole, or there may be such an inquiry, because the list of inquiries was never read completely or
    /// the evidence of very many is still unread.
    pub unseen: i64,
    /// 1 when there are more links than are followed. Then none of the other numbers says anything.
    pub wide: i64,
}

impl Near {
    /// Whether everything is known, so that no declined account can be overlooked.
    pub const fn is_whole(&self) -> bool {
        self.unknown == 0
            && self.unread == 0
            && self.merged == 0
            && self.moving == 0
            && self.unseen == 0
            && self.wide == 0
    }
}

/// Counts the accounts without listing them. None is left out, however many share something: with more links than are
/// followed, nothing is known. Attributes are made distinct before they are followed, so that the cost grows with the
/// number of accounts and not with its square. A decline of the inquiry `but` is left out, because it is the one that
/// is being decided. The graph's [`reach`] is another walk: it leaves out what many accounts share, because it is made
/// for people to look at.
pub async fn near(conn: &mut Conn, root: &AccountId, but: Option<&InquiryId>) -> Result<Near> {
    let query = format!(
        "WITH {},
         d1 AS (SELECT DISTINCT a.kind, a.digest FROM h1 JOIN account_attributes a ON a.account_id = h1.id),
         l2 AS (SELECT l.id FROM (
                SELECT r.to_id AS id FROM h1 JOIN relations r ON r.from_id = h1.id
                UNION ALL SELECT r.from_id FROM h1 JOIN relations r ON r.to_id = h1.id
                UNION ALL SELECT a.account_id FROM d1 JOIN account_attributes a ON a.kind = d1.kind AND a.digest = d1.digest
            ) l LIMIT {links}),
         h2 AS (SELECT id FROM h1 UNION SELECT id FROM l2),
         l3 AS (SELECT x.inquiry_id AS id FROM d1 JOIN inquiry_attributes x ON x.kind = d1.kind AND x.digest = d1.digest
            WHERE x.inquiry_id <> $2 LIMIT {links}),
         w2 AS (SELECT DISTINCT id FROM l3)
         SELECT CAST((SELECT COUNT(*) FROM h2 JOIN accounts a ON a.id = h2.id WHERE {declined})
                    + (SELECT COUNT(*) FROM w2 JOIN inquiries i ON i.id = w2.id WHERE i.status = 'declined' OR {held}) AS BIGINT) AS declined,
                CAST((SELECT COUNT(*) FROM h2 WHERE EXISTS (SELECT 1 FROM inquiries i
                    WHERE i.account_id = h2.id AND i.id <> $2 AND {DECLINING}))
                    + (SELECT COUNT(*) FROM w2 JOIN inquiries i ON i.id = w2.id WHERE {DECLINING}) AS BIGINT) AS declining,
                CAST((SELECT COUNT(*) FROM h2 LEFT JOIN accounts a ON a.id = h2.id WHERE a.id IS NULL) AS BIGINT) AS unknown,
                CAST((SELECT COUNT(*) FROM h1 LEFT JOIN relation_crawls c ON c.account_id = h1.id
                    WHERE c.crawled_at IS NULL OR c.error IS NOT NULL) AS BIGINT) AS unread,
                CAST((SELECT COUNT(*) FROM h2 JOIN relation_crawls c ON c.account_id = h2.id WHERE c.merged = 1) AS BIGINT) AS merged,
                CAST((SELECT COUNT(*) FROM relation_crawls c WHERE c.merged = 2 AND EXISTS (SELECT 1 FROM inquiries i
                    WHERE i.account_id = c.account_id AND i.id <> $2 AND (i.status = 'declined' OR {DECLINING}))) AS BIGINT) AS moving,
                CAST(CASE WHEN EXISTS ({unseen})
                    OR (SELECT COUNT(*) FROM (SELECT 1 AS one FROM inquiries i WHERE {UNREAD} LIMIT {MOST_UNREAD} + 1) u) > {MOST_UNREAD}
                    OR NOT EXISTS (SELECT 1 FROM sync_states
                    WHERE name = '{ALL_INQUIRIES}' OR (name = 'inquiries' AND value LIKE '%read')) THEN 1 ELSE 0 END AS BIGINT) AS unseen,
                CAST(CASE WHEN (SELECT COUNT(*) FROM l1) > {} OR (SELECT COUNT(*) FROM l2) > {most} OR (SELECT COUNT(*) FROM l3) > {most}
                    THEN 1 ELSE 0 END AS BIGINT) AS wide",
        one_hop(),
        MOST_LINKS[0],
        links = MOST_LINKS[1] + 1,
        most = MOST_LINKS[1],
        declined = declined(),
        held = holder_refused(),
        unseen = unseen("AND i.id <> $2"),
    );
    Sql::new(sqlx::AssertSqlSafe(query))
        .bind(root.as_str())
        .bind(but.map_or("", InquiryId::as_str))
        .fetch_one(conn)
        .await
}

/// Accounts within one hop, including the root, whose relations were never read completely, and whether the last try
/// failed; the root first.
pub async fn unread_near(conn: &mut Conn, root: &AccountId, limit: i64) -> Result<Vec<(AccountId, bool)>> {
    let query = format!(
        "WITH {}
         SELECT h1.id, c.error IS NOT NULL FROM h1 LEFT JOIN relation_crawls c ON c.account_id = h1.id
         WHERE c.crawled_at IS NULL OR c.error IS NOT NULL
         ORDER BY CASE WHEN h1.id = $1 THEN 0 ELSE 1 END, h1.id LIMIT $2",
        one_hop()
    );
    let rows: Vec<(String, bool)> =
        Sql::new(sqlx::AssertSqlSafe(query)).bind(root.as_str()).bind(limit).fetch_all(conn).await?;
    rows.into_iter().map(|(id, failed)| Ok((id.try_into().map_err(corrupt)?, failed))).collect()
}

/// Whether a reviewer may soon decide on this account.
pub async fn is_decidable(conn: &mut Conn, account: &AccountId) -> Result<bool> {
    Sql::new(
        "SELECT EXISTS (SELECT 1 FROM inquiries WHERE account_id = $1
         AND status IN ('needs_review', 'completed', 'failed'))",
    )
    .bind(account.as_str())
    .value(conn)
    .await
}

/// Declared relations with both ends among these accounts.
pub async fn among(conn: &mut Conn, ids: &[String]) -> Result<Vec<Relation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT from_id, key, to_id FROM relations WHERE from_id IN ");
    sql.push_list(ids).push(" AND to_id IN ").push_list(ids).push(" ORDER BY from_id, key, to_id");
    let rows: Vec<(String, String, String)> = sql.fetch_all(conn).await?;
    rows.into_iter()
        .map(|(from, key, to)| {
            Ok(Relation { from: from.try_into().map_err(corrupt)?, key, to: to.try_into().map_err(corrupt)? })
        })
        .collect()
}

/// An attribute of an account.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct SharedAttribute {
    pub account_id: String,
    pub kind: String,
    pub digest: String,
    pub label: String,
    /// Number of accounts that have it, counted up to [`MOST_SHARING`] and one more.
    pub sharers: i64,
}

/// Attributes of these accounts.
pub async fn attributes_among(conn: &mut Conn, ids: &[String]) -> Result<Vec<SharedAttribute>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT a.account_id, a.kind, a.digest, a.label, CAST((SELECT COUNT(*) FROM (
             SELECT 1 FROM account_attributes c WHERE c.kind = a.kind AND c.digest = a.digest LIMIT ",
    );
    sql.push_bind(MOST_SHARING + 1);
    sql.push(") counted) AS BIGINT) AS sharers FROM account_attributes a WHERE a.account_id IN ").push_list(ids);
    sql.push(" ORDER BY a.kind, a.digest, a.account_id");
    sql.fetch_all(conn).await
}

/// Asks the job to read an account's relations, unless they were read since `stale_before`. Returns whether it asked
/// now.
pub async fn want_crawl(tx: &mut Tx, account: &AccountId, at: Timestamp, stale_before: Timestamp) -> Result<bool> {
    Sql::new(
        "INSERT INTO relation_crawls (account_id, wanted_at, attempts) VALUES ($1, $2, 0)
         ON CONFLICT (account_id) DO UPDATE SET wanted_at = excluded.wanted_at, attempts = 0
         WHERE relation_crawls.wanted_at IS NULL
             AND (relation_crawls.crawled_at IS NULL OR relation_crawls.crawled_at < $3)",
    )
    .bind(account.as_str())
    .bind(at)
    .bind(stale_before)
    .affected(tx)
    .await
    .map(|n| n == 1)
}

/// Asks the job to read these relations soon, because a person waits for them: adds a request, or moves it forward to
/// `at`, which lies in the past.
pub async fn want_crawl_soon(tx: &mut Tx, account: &AccountId, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO relation_crawls (account_id, wanted_at, attempts) VALUES ($1, $2, 0)
         ON CONFLICT (account_id) DO UPDATE SET wanted_at = excluded.wanted_at
         WHERE relation_crawls.wanted_at IS NULL OR relation_crawls.attempts = 0",
    )
    .bind(account.as_str())
    .bind(at)
    .execute(tx)
    .await
}

/// Counts a change that Persona reported and that was applied: a read that began before it must not undo it.
pub async fn changed(tx: &mut Tx, account: &AccountId) -> Result<()> {
    Sql::new("UPDATE relation_crawls SET changes = changes + 1 WHERE account_id = $1")
        .bind(account.as_str())
        .execute(tx)
        .await
}

/// Counts relations as never read, because Persona reported a change and did not say how they are now. Only a read that
/// begins after this ends it.
pub async fn doubt(tx: &mut Tx, account: &AccountId, at: Timestamp) -> Result<()> {
    Sql::new(
        "INSERT INTO relation_crawls (account_id, wanted_at, attempts, changes) VALUES ($1, $2, 0, 1)
         ON CONFLICT (account_id) DO UPDATE
             SET crawled_at = NULL, attempts = 0, changes = relation_crawls.changes + 1,
             wanted_at = CASE WHEN relation_crawls.wanted_at < excluded.wanted_at THEN
                 relation_crawls.wanted_at
                 ELSE excluded.wanted_at END",
    )
    .bind(account.as_str())
    .bind(at)
    .execute(tx)
    .await
}

/// The role of an account in a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Merged {
    #[default]
    Not,
    /// Others were merged into it: its inquiries are to be listed with its relations.
    TookIn,
    /// It was merged into another one, for good.
    TakenIn,
}

impl Merged {
    const fn number(self) -> i64 {
        match self {
            Self::Not => 0,
            Self::TookIn => 1,
            Self::TakenIn => 2,
        }
    }

    const fn of(number: i64) -> Self {
        match number {
            1 => Self::TookIn,
            2 => Self::TakenIn,
            _ => Self::Not,
        }
    }
}

/// Records the role in a merge. To be called after [`doubt`].
pub async fn merged(tx: &mut Tx, account: &AccountId, how: Merged) -> Result<()> {
    Sql::new("UPDATE relation_crawls SET merged = $2 WHERE account_id = $1")
        .bind(account.as_str())
        .bind(how.number())
        .execute(tx)
        .await
}

/// Accounts that a relation links to this one, in either direction.
pub async fn next_to(conn: &mut Conn, account: &AccountId, limit: i64) -> Result<Vec<AccountId>> {
    let ids: Vec<String> = Sql::new(
        "SELECT id FROM (SELECT to_id AS id FROM relations WHERE from_id = $1 UNION SELECT from_id
         FROM relations WHERE to_id = $1) ends
         WHERE id <> $1 ORDER BY id LIMIT $2",
    )
    .bind(account.as_str())
    .bind(limit)
    .values(conn)
    .await?;
    ids.into_iter().map(|id| id.try_into().map_err(corrupt)).collect()
}

/// An account whose relations are to be read.
#[derive(Debug, Clone)]
pub struct WantedRead {
    pub account: AccountId,
    /// Since when they are wanted.
    pub at: Timestamp,
    /// Changes reported until now: what is read from here on includes them.
    pub changes: i64,
    pub merged: Merged,
    /// Tries since it was last read completely, or since it was merged into another account.
    pub attempts: i64,
}

/// Accounts whose relations are to be read, the longest wanted first.
pub async fn wanted_crawls(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<WantedRead>> {
    let rows: Vec<(String, Timestamp, i64, i64, i64)> = Sql::new(
        "SELECT account_id, wanted_at, changes, merged, attempts FROM relation_crawls
         WHERE wanted_at <= $1 ORDER BY wanted_at, account_id LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, at, changes, merged, attempts)| {
            let account = id.try_into().map_err(corrupt)?;
            Ok(WantedRead { account, at, changes, merged: Merged::of(merged), attempts })
        })
        .collect()
}

/// Whether Persona reported no change since this read began. Until the transaction ends, none is applied. If there was
/// a change, the read does not count, and the account stays wanted.
pub async fn still_holds(tx: &mut Tx, read: &WantedRead) -> Result<bool> {
    Sql::new("UPDATE relation_crawls SET changes = changes WHERE account_id = $1 AND changes = $2")
        .bind(read.account.as_str())
        .bind(read.changes)
        .affected(tx)
        .await
        .map(|n| n == 1)
}

/// Records a read. `left_out` names the lists that were not read completely; then the account's inquiries are listed
/// again.
pub async fn crawled(tx: &mut Tx, account: &AccountId, at: Timestamp, left_out: Option<&str>) -> Result<()> {
    Sql::new(
        "UPDATE relation_crawls SET wanted_at = NULL, crawled_at = $2, attempts = 0, error = $3,
             merged = CASE WHEN $3 IS NULL THEN 0 ELSE merged END
         WHERE account_id = $1",
    )
    .bind(account.as_str())
    .bind(at)
    .bind(left_out)
    .execute(tx)
    .await
}

/// Sets when the account is read again, and its number of tries.
pub async fn crawl_again(tx: &mut Tx, account: &AccountId, at: Timestamp, attempts: i64) -> Result<()> {
    Sql::new("UPDATE relation_crawls SET wanted_at = $2, attempts = $3 WHERE account_id = $1")
        .bind(account.as_str())
        .bind(at)
        .bind(attempts)
        .execute(tx)
        .await
}

/// Records a read that failed. Does nothing when a change of the account was reported meanwhile: it is wanted again for
/// that.
pub async fn crawl_failed(tx: &mut Tx, read: &WantedRead, again: Option<Timestamp>, why: &str) -> Result<()> {
    Sql::new(
        "UPDATE relation_crawls SET wanted_at = $2, attempts = attempts + 1, error = $3
         WHERE account_id = $1 AND changes = $4",
    )
    .bind(read.account.as_str())
    .bind(again)
    .bind(why)
    .bind(read.changes)
    .execute(tx)
    .await
}

#[derive(Debug, Clone, serde::Deserialize)]
pub struct Crawl {
    pub wanted_at: Option<Timestamp>,
    pub crawled_at: Option<Timestamp>,
    pub attempts: i64,
    pub error: Option<String>,
}

pub async fn crawl(conn: &mut Conn, account: &AccountId) -> Result<Option<Crawl>> {
    Sql::new("SELECT wanted_at, crawled_at, attempts, error FROM relation_crawls WHERE account_id = $1")
        .bind(account.as_str())
        .fetch_optional(conn)
        .await
}
