//! Search terms of inquiries, and what filters offer.
use std::collections::BTreeSet;

use super::super::{Conn, Result, Sql, Tx};
use crate::domain::id::InquiryId;

/// Maximum number of words of an inquiry that one statement writes.
const TERMS_AT_ONCE: usize = 400;

/// Changes the terms by which an inquiry is found to those that are wanted.
pub async fn set_terms(tx: &mut Tx, id: &InquiryId, wanted: &BTreeSet<String>) -> Result<()> {
    let wanted = super::super::digest::words(tx, wanted).await?;
    let known: BTreeSet<String> = Sql::new("SELECT term FROM inquiry_terms WHERE inquiry_id = $1")
        .bind(id.as_str())
        .values(tx)
        .await?
        .into_iter()
        .collect();
    let new: Vec<&String> = wanted.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&wanted).collect();
    // A name can have thousands of words, and a statement takes only so many values.
    for some in new.chunks(TERMS_AT_ONCE) {
        let mut sql = Sql::new("INSERT INTO inquiry_terms (term, inquiry_id) ");
        sql.push_rows(some.iter().map(|term| [term.as_str().into(), id.as_str().into()]));
        sql.execute(tx).await?;
    }
    for some in gone.chunks(TERMS_AT_ONCE) {
        let mut sql = Sql::new("DELETE FROM inquiry_terms WHERE inquiry_id = ");
        sql.push_bind(id.as_str()).push(" AND term IN ").push_list(some.iter().map(|term| term.as_str()));
        sql.execute(tx).await?;
    }
    Ok(())
}

/// The values by which the queue can be filtered.
#[derive(Debug, Default)]
pub struct FilterChoices {
    /// Each status, with its number of inquiries.
    pub statuses: Vec<(String, i64)>,
    /// Id and name, sorted by name.
    pub templates: Vec<(String, String)>,
    pub countries: Vec<String>,
    pub tags: Vec<String>,
}

/// One query for all of them. Countries and tags are what follows a prefix in the terms, each once: the query jumps
/// from one to the next, whatever the number of inquiries that have it.
pub async fn choices(conn: &mut Conn, country: &str, tag: &str, most: i64) -> Result<FilterChoices> {
    // After everything with this prefix, byte by byte.
    let end = |prefix: &str| format!("{prefix}\u{10ffff}");
    let rows: Vec<(String, String, String, i64)> = Sql::new(
        "WITH RECURSIVE countries (term) AS (
             SELECT MIN(term) FROM inquiry_terms WHERE term >= $1 AND term < $2
             UNION ALL
             SELECT (SELECT MIN(t.term) FROM inquiry_terms t WHERE t.term > countries.term AND t.term < $2)
             FROM countries WHERE countries.term IS NOT NULL
         ), tags (term) AS (
             SELECT MIN(term) FROM inquiry_terms WHERE term >= $3 AND term < $4
             UNION ALL
             SELECT (SELECT MIN(t.term) FROM inquiry_terms t WHERE t.term > tags.term AND t.term < $4)
             FROM tags WHERE tags.term IS NOT NULL
         )
         SELECT 'status', status, '', CAST(SUM(n) AS BIGINT) FROM inquiry_counts
             GROUP BY status HAVING SUM(n) > 0
         UNION ALL SELECT 'template', id, name, 0 FROM templates
         UNION ALL SELECT 'country', term, '', 0 FROM (SELECT term FROM countries
             WHERE term IS NOT NULL LIMIT $5) c
         UNION ALL SELECT 'tag', term, '', 0 FROM (SELECT term FROM tags
             WHERE term IS NOT NULL LIMIT $5) t",
    )
    .bind(country)
    .bind(end(country))
    .bind(tag)
    .bind(end(tag))
    .bind(most)
    .fetch_all(conn)
    .await?;
    let mut all = FilterChoices::default();
    for (kind, value, label, n) in rows {
        match kind.as_str() {
            "status" => all.statuses.push((value, n)),
            "template" => all.templates.push((value, label)),
            "country" => all.countries.extend(value.strip_prefix(country).map(str::to_owned)),
            _ => all.tags.extend(value.strip_prefix(tag).map(str::to_owned)),
        }
    }
    all.templates.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    Ok(all)
}

/// What follows a prefix in the terms, each once, jumping from one to the next.
pub async fn words(conn: &mut Conn, prefix: &str, most: i64) -> Result<Vec<String>> {
    let terms: Vec<String> = Sql::new(
        "WITH RECURSIVE words (term) AS (
             SELECT MIN(term) FROM inquiry_terms WHERE term >= $1 AND term < $2
             UNION ALL
             SELECT (SELECT MIN(t.term) FROM inquiry_terms t WHERE t.term > words.term AND t.term < $2)
             FROM words WHERE words.term IS NOT NULL
         )
         SELECT term FROM words WHERE term IS NOT NULL LIMIT $3",
    )
    .bind(prefix)
    .bind(format!("{prefix}\u{10ffff}"))
    .bind(most)
    .values(conn)
    .await?;
    Ok(terms.iter().filter_map(|term| term.strip_prefix(prefix)).map(str::to_owned).collect())
}
