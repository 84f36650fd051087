//! Filters of inquiries, and the conditions of SQL made from them, for either database.
use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::super::{Conn, Result, Sql};
use crate::domain::id::ReviewerId;
use crate::domain::search::Term;
use crate::domain::time::Timestamp;

/// A term that matches more inquiries than this is checked row by row, in the order of an index. The inquiries of a
/// rarer term are fetched and sorted.
pub(in crate::server::db) const RARE_TERM_LIMIT: i64 = 2000;

/// Filter by assignee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssigneeFilter {
    Nobodys,
    Of(ReviewerId),
    /// Assigned to this reviewer, or to no one.
    NotAnothers(ReviewerId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryFilter {
    pub status: Option<String>,
    pub account: Option<String>,
    /// The complete id of an inquiry or of its account.
    pub exactly: Option<String>,
    pub assignee: Option<AssigneeFilter>,
    pub waiting_before: Option<Timestamp>,
    pub due_before: Option<Timestamp>,
    /// Only snoozed inquiries; otherwise only those that are not snoozed.
    pub snoozed: bool,
    /// All of them have to match.
    pub terms: Vec<Term>,
    /// Only inquiries without a decision in progress, and without a claim of another reviewer.
    pub free_for: Option<ReviewerId>,
    /// Leaves out what this reviewer may still judge blind, drawn since then: finding it under a status would reveal
    /// the outcome.
    pub hidden_from: Option<(ReviewerId, Timestamp)>,
    pub now: Timestamp,
}

impl InquiryFilter {
    pub fn of(status: Option<&str>, now: Timestamp) -> Self {
        Self {
            status: status.map(str::to_owned),
            account: None,
            exactly: None,
            assignee: None,
            waiting_before: None,
            due_before: None,
            snoozed: false,
            terms: Vec::new(),
            free_for: None,
            hidden_from: None,
            now,
        }
    }
}

/// Appends a condition on a row of `inquiry_terms`.
pub(in crate::server::db) fn push_term(sql: &mut Sql, term: &Term) {
    match term {
        Term::Is(text) => sql.push("term = ").push_bind(text),
        // Up to everything with this prefix, byte by byte.
        Term::Begins(text) => {
            sql.push("term >= ").push_bind(text).push(" AND term < ").push_bind(format!("{text}\u{10ffff}"))
        }
    };
}

pub(in crate::server::db) const OPEN_DECISION: &str =
    "EXISTS (SELECT 1 FROM decisions o WHERE o.subject_kind = 'inquiry' AND o.subject_id = i.id
     AND o.state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown'))";

/// The inquiries of `blind::concealed`, as a condition. Between its parts come the time since when, and three times the
/// reviewer.
pub(in crate::server::db) const HIDDEN: [&str; 5] = [
    " AND i.id NOT IN (SELECT b.inquiry_id FROM blind_reviews b JOIN decisions bd ON bd.id = b.decision_id
     WHERE b.given_at IS NULL AND b.drawn_at > ",
    " AND b.first_id <> ",
    " AND (bd.checker_id IS NULL OR bd.checker_id <> ",
    ") AND bd.state IN ('proposed', 'queued', 'sending', 'unknown', 'confirmed')
         AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.object_kind = 'inquiry' AND e.object_id = b.inquiry_id
             AND e.actor_id = ",
    " AND e.action IN ('inquiry.viewed', 'case_file.exported', 'verdict.shown') AND e.at > bd.made_at))",
];

/// Appends `FROM` and `WHERE`. If a rare term leads, the rows are its inquiries. Otherwise the order leads, and each row
/// is checked for the terms.
pub(in crate::server::db) fn push_where(sql: &mut Sql, filter: &InquiryFilter, lead: Option<usize>) {
    push_source(sql, filter, lead.and_then(|at| filter.terms.get(at)));
    for (_, term) in filter.terms.iter().enumerate().filter(|(at, _)| Some(*at) != lead) {
        sql.push(" AND EXISTS (SELECT 1 FROM inquiry_terms y WHERE y.inquiry_id = i.id AND ");
        push_term(sql, term);
        sql.push(")");
    }
    for (text, value) in [(" AND i.status = ", &filter.status), (" AND i.account_id = ", &filter.account)] {
        if let Some(value) = value {
            sql.push(text).push_bind(value);
        }
    }
    if let Some(id) = &filter.exactly {
        sql.push(" AND (i.id = ").push_bind(id).push(" OR i.account_id = ").push_bind(id).push(")");
    }
    match filter.assignee {
        Some(AssigneeFilter::Nobodys) => {
            sql.push(" AND i.assignee_id IS NULL");
        }
        Some(AssigneeFilter::Of(who)) => {
            sql.push(" AND i.assignee_id = ").push_bind(who.0);
        }
        Some(AssigneeFilter::NotAnothers(who)) => {
            sql.push(" AND (i.assignee_id IS NULL OR i.assignee_id = ").push_bind(who.0).push(")");
        }
        None => {}
    }
    for (text, value) in [(" AND i.waiting_since <= ", filter.waiting_before), (" AND i.due_at <= ", filter.due_before)]
    {
        if let Some(value) = value {
            sql.push(text).push_bind(value);
        }
    }
    if filter.snoozed {
        sql.push(" AND i.snoozed_until > ").push_bind(filter.now);
    } else {
        sql.push(" AND (i.snoozed_until IS NULL OR i.snoozed_until <= ").push_bind(filter.now).push(")");
    }
    if let Some(who) = filter.free_for {
        sql.push(" AND NOT ").push(OPEN_DECISION);
        sql.push(" AND NOT EXISTS (SELECT 1 FROM claims m WHERE m.inquiry_id = i.id AND m.until > ");
        sql.push_bind(filter.now).push(" AND m.reviewer_id <> ").push_bind(who.0).push(")");
    }
    if let Some((who, since)) = filter.hidden_from {
        sql.push(HIDDEN[0]).push_bind(since);
        for text in &HIDDEN[1..4] {
            sql.push(*text).push_bind(who.0);
        }
        sql.push(HIDDEN[4]);
    }
}

/// Appends `FROM`, and a `WHERE` that further conditions can follow.
fn push_source(sql: &mut Sql, filter: &InquiryFilter, lead: Option<&Term>) {
    if let Some(term) = lead {
        // A prefix can match several words of one inquiry, so deduplicate.
        let each = if matches!(term, Term::Begins(_)) { "DISTINCT " } else { "" };
        sql.push(" FROM (SELECT ").push(each).push("inquiry_id FROM inquiry_terms WHERE ");
        push_term(sql, term);
        // SQLite reads the left side of a CROSS JOIN first.
        sql.push(") x CROSS JOIN inquiries i WHERE i.id = x.inquiry_id");
    } else if filter.snoozed {
        // Few inquiries are snoozed, whatever their status.
        sql.push(" FROM (SELECT id AS snoozed_id FROM inquiries WHERE snoozed_until > ").push_bind(filter.now);
        sql.push(") x CROSS JOIN inquiries i WHERE i.id = x.snoozed_id");
    } else {
        sql.push(" FROM inquiries i WHERE 1 = 1");
    }
}

/// Number of inquiries for each term and each status in the filters, counted only as far as shows whether it is rare.
#[derive(Debug, Default)]
pub(in crate::server::db) struct TermStats {
    words: HashMap<Term, i64>,
    statuses: HashMap<String, i64>,
}

impl TermStats {
    /// One query for all of them; none if no filter has a term.
    pub async fn of<'a>(conn: &mut Conn, filters: impl IntoIterator<Item = &'a InquiryFilter> + Clone) -> Result<Self> {
        let worded = || filters.clone().into_iter().filter(|filter| !filter.terms.is_empty());
        let mut words: Vec<&Term> = Vec::new();
        let mut statuses: Vec<&String> = Vec::new();
        for term in worded().flat_map(|filter| &filter.terms) {
            if !words.contains(&term) {
                words.push(term);
            }
        }
        for status in worded().filter_map(|filter| filter.status.as_ref()) {
            if !statuses.contains(&status) {
                statuses.push(status);
            }
        }
        if words.is_empty() {
            return Ok(Self::default());
        }
        let mut sql = Sql::new("");
        for (place, term) in words.iter().enumerate() {
            push_counting(&mut sql, place);
            sql.push(" FROM inquiry_terms WHERE ");
            push_term(&mut sql, term);
            sql.push(" LIMIT ").push_bind(RARE_TERM_LIMIT + 1).push(") n");
        }
        for (place, status) in (words.len()..).zip(&statuses) {
            push_counting(&mut sql, place);
            sql.push(" FROM inquiries WHERE status = ").push_bind(*status);
            sql.push(" LIMIT ").push_bind(RARE_TERM_LIMIT + 1).push(") n");
        }
        sql.push(" ORDER BY place");
        let counted: Vec<(i64, i64)> = sql.fetch_all(conn).await?;
        let mut counted = counted.into_iter().map(|(_, n)| n);
        Ok(Self {
            words: words.into_iter().cloned().zip(&mut counted).collect(),
            statuses: statuses.into_iter().cloned().zip(counted).collect(),
        })
    }

    /// The rarest term of a filter: its position, and how many inquiries have it.
    pub fn rarest(&self, filter: &InquiryFilter) -> Option<(usize, i64)> {
        let counted = |term| self.words.get(term).copied().unwrap_or(RARE_TERM_LIMIT + 1);
        filter.terms.iter().map(counted).enumerate().min_by_key(|(_, n)| *n)
    }

    /// The rarest term, if it is so rare that its inquiries can be sorted.
    pub fn driving_term(&self, filter: &InquiryFilter) -> Option<usize> {
        self.rarest(filter).filter(|(_, n)| *n <= RARE_TERM_LIMIT).map(|(at, _)| at)
    }

    /// The term that leads a count. As nothing is sorted, a term leads however common it is, unless the status is
    /// rarer: closed inquiries accumulate under a term.
    pub fn driving_term_of_count(&self, filter: &InquiryFilter) -> Option<usize> {
        let few = filter
            .status
            .as_ref()
            .is_some_and(|status| self.statuses.get(status).is_some_and(|n| *n <= RARE_TERM_LIMIT));
        self.rarest(filter).filter(|(_, n)| *n <= RARE_TERM_LIMIT || !few).map(|(at, _)| at)
    }
}

/// Appends the beginning of one count among several.
pub(in crate::server::db) fn push_counting(sql: &mut Sql, place: usize) {
    let also = if place == 0 { "" } else { " UNION ALL " };
    sql.push(also).push("SELECT CAST(").push(AssertSqlSafe(place.to_string()));
    sql.push(" AS BIGINT) AS place, CAST(COUNT(*) AS BIGINT) FROM (SELECT 1");
}
