//! The list of cases: its rows in order, its filters and what they offer.
use super::super::queue::COUNT_LIMIT;
use super::super::queue::filter::push_term;
use super::super::{Conn, Json, Result, Sql};
use super::MirroredCase;
use crate::domain::page::{Cursor, Page};
use crate::domain::search::Term;
use crate::domain::time::Timestamp;

/// One row of the list of cases.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct ListedCase {
    pub id: String,
    pub name: String,
    pub status: String,
    pub assignee: Option<String>,
    pub assignee_name: Option<String>,
    pub created_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    due_order: Timestamp,
    pub inquiries: i64,
    pub subject: Option<String>,
    pub being_assigned: Option<String>,
    pub body: Json<Tags>,
}

/// The part of a case's body that its row needs.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Tags {
    pub tags: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseQuery {
    pub status: Option<String>,
    /// Only cases that are not resolved.
    pub open: bool,
    /// Empty for unassigned cases.
    pub assignee: Option<String>,
    pub template: Option<String>,
    pub tag: Option<String>,
    pub due_before: Option<Timestamp>,
    /// The complete id of a case, or of an inquiry or account in it.
    pub exactly: Option<String>,
    /// Beginning of a name or an id.
    pub named: Option<String>,
    /// Alternative searches for one of its inquiries: one of them has to match, with all of its terms.
    pub ways: Vec<Vec<Term>>,
    pub by_due: bool,
}

/// Appends `FROM` and `WHERE`.
fn push_where(sql: &mut Sql, filter: &CaseQuery) {
    sql.push(
        " FROM cases c LEFT JOIN reviewers r ON r.email = c.assignee
        LEFT JOIN assignments a ON a.case_id = c.id AND a.state = 'requested' WHERE 1 = 1",
    );
    if filter.open {
        sql.push(" AND c.resolved_at IS NULL");
    }
    if let Some(status) = &filter.status {
        sql.push(" AND LOWER(c.status) = LOWER(").push_bind(status).push(")");
    }
    match filter.assignee.as_deref() {
        Some("") => {
            sql.push(" AND c.assignee IS NULL");
        }
        Some(email) => {
            sql.push(" AND c.assignee = ").push_bind(email);
        }
        None => {}
    }
    if let Some(template) = &filter.template {
        sql.push(" AND c.template_id = ").push_bind(template);
    }
    if let Some(tag) = &filter.tag {
        sql.push(" AND c.id IN (SELECT case_id FROM case_tags WHERE tag = ").push_bind(tag).push(")");
    }
    if let Some(at) = filter.due_before {
        sql.push(" AND c.due_order <= ").push_bind(at);
    }
    if let Some(id) = &filter.exactly {
        sql.push(" AND (c.id = ").push_bind(id);
        sql.push(" OR EXISTS (SELECT 1 FROM case_objects o WHERE o.case_id = c.id AND o.object_id = ");
        sql.push_bind(id).push("))");
    }
    if let Some(text) = &filter.named {
        let like = format!("{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        sql.push(" AND (LOWER(c.name) LIKE LOWER(").push_bind(&like).push(") ESCAPE '\\'");
        sql.push(" OR c.id LIKE ").push_bind(like).push(" ESCAPE '\\'");
        for way in &filter.ways {
            sql.push(" OR EXISTS (SELECT 1 FROM case_objects o WHERE o.case_id = c.id AND o.kind = 'inquiry'");
            for term in way {
                sql.push(" AND EXISTS (SELECT 1 FROM inquiry_terms y WHERE y.inquiry_id = o.object_id AND ");
                push_term(sql, term);
                sql.push(")");
            }
            sql.push(")");
        }
        sql.push(")");
    }
}

/// One page of cases in order, after a cursor. A cursor that cannot be read is ignored.
pub async fn page(
    conn: &mut Conn,
    filter: &CaseQuery,
    after: Option<&Cursor>,
    size: usize,
) -> Result<Page<ListedCase>> {
    let lines = lines(conn, filter, after, size + 1, "").await?;
    Ok(Page::cut(lines, size, |line| {
        let at = if filter.by_due { line.due_order } else { line.created_at };
        Cursor { key: at.to_text(), id: line.id.clone() }
    }))
}

/// The last page, for a reviewer whose page has become empty.
pub async fn last_page(conn: &mut Conn, filter: &CaseQuery, size: usize) -> Result<Page<ListedCase>> {
    let mut lines = lines(conn, filter, None, size, " DESC").await?;
    lines.reverse();
    Ok(Page::instead(lines))
}

async fn lines(
    conn: &mut Conn,
    filter: &CaseQuery,
    after: Option<&Cursor>,
    limit: usize,
    direction: &'static str,
) -> Result<Vec<ListedCase>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let after = after.and_then(|cursor| Some((cursor.key.parse::<Timestamp>().ok()?, cursor.id.clone())));
    let mut sql = Sql::new(
        "SELECT c.id, c.name, c.status, c.assignee, r.name AS assignee_name, c.created_at, c.resolved_at, c.due_at,
             c.due_order, c.body, a.email AS being_assigned,
             CAST((SELECT COUNT(*) FROM case_objects o WHERE o.case_id = c.id AND o.kind = 'inquiry') AS BIGINT) AS inquiries,
             (SELECT i.subject FROM case_objects o JOIN inquiries i ON i.id = o.object_id
                 WHERE o.case_id = c.id AND o.kind = 'inquiry' ORDER BY i.created_at, i.id LIMIT 1) AS subject",
    );
    push_where(&mut sql, filter);
    let (less, order) = if filter.by_due {
        (" AND (c.due_order, c.id) > (", "c.due_order")
    } else {
        (" AND (c.created_at, c.id) > (", "c.created_at")
    };
    if let Some((at, id)) = after {
        sql.push(less).push_bind(at).push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY ").push(order).push(direction).push(", c.id").push(direction);
    sql.push(" LIMIT ").push_bind(limit);
    sql.fetch_all(conn).await
}

/// Number of cases, counted up to [`COUNTED`] and one more.
pub async fn found(conn: &mut Conn, filter: &CaseQuery) -> Result<i64> {
    let mut sql = Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT 1");
    push_where(&mut sql, filter);
    sql.push(" LIMIT ").push_bind(COUNT_LIMIT + 1).push(") n");
    sql.value(conn).await
}

/// The first case after a given one in the same order, other than that one; from the beginning again when none follows.
pub async fn following(conn: &mut Conn, filter: &CaseQuery, of: &MirroredCase) -> Result<Option<String>> {
    let at = if filter.by_due { of.case.due_at } else { Some(of.case.created_at) };
    let after = at.map(|at| Cursor { key: at.to_text(), id: of.case.id.to_string() });
    for after in [after, None] {
        let page = page(conn, filter, after.as_ref(), 2).await?;
        if let Some(line) = page.rows.into_iter().find(|line| line.id != of.case.id.as_str()) {
            return Ok(Some(line.id));
        }
    }
    Ok(None)
}

/// Number of cases in each status, the most frequent first.
pub async fn status_counts(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Sql::new("SELECT status, CAST(COUNT(*) AS BIGINT) FROM cases GROUP BY status ORDER BY 2 DESC, 1")
        .fetch_all(conn)
        .await
}

/// Number of cases that are not resolved.
pub async fn open(conn: &mut Conn) -> Result<i64> {
    Sql::new("SELECT CAST(COUNT(*) AS BIGINT) FROM cases WHERE resolved_at IS NULL").value(conn).await
}

/// All assignees: e-mail address, and the name by which the desk knows them.
pub async fn assignees(conn: &mut Conn) -> Result<Vec<(String, Option<String>)>> {
    Sql::new(
        "SELECT DISTINCT c.assignee, r.name FROM cases c LEFT JOIN reviewers r ON r.email = c.assignee
         WHERE c.assignee IS NOT NULL ORDER BY c.assignee LIMIT 300",
    )
    .fetch_all(conn)
    .await
}

pub async fn templates(conn: &mut Conn) -> Result<Vec<String>> {
    Sql::new(
        "SELECT DISTINCT template_id FROM cases WHERE template_id IS NOT NULL
         ORDER BY template_id LIMIT 300",
    )
    .values(conn)
    .await
}

pub async fn tags(conn: &mut Conn) -> Result<Vec<String>> {
    Sql::new("SELECT DISTINCT tag FROM case_tags ORDER BY tag LIMIT 300").values(conn).await
}

/// All statuses seen on cases of this template.
pub async fn statuses_seen(conn: &mut Conn, template_id: Option<&str>) -> Result<Vec<String>> {
    Sql::new(
        "SELECT DISTINCT status FROM cases WHERE CAST($1 AS TEXT) IS NULL OR template_id = $1
         ORDER BY status LIMIT 50",
    )
    .bind(template_id)
    .values(conn)
    .await
}
