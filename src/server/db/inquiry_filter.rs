//! Filters of inquiries, and the conditions of SQL made from them, for either database.
use std::collections::HashMap;

use super::{Conn, Result};
use crate::domain::id::ReviewerId;
use crate::domain::search::Term;
use crate::domain::time::Timestamp;

/// A term that matches more inquiries than this is checked row by row, in the order of an index. The inquiries of a
/// rarer term are fetched and sorted.
pub(super) const RARE_TERM_LIMIT: i64 = 2000;

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

/// Builds a query and runs it on either database.
macro_rules! on_filter {
    ($conn:expr, |$query:ident, $held:ident, $database:ident| $body:expr) => {
        match $conn {
            $crate::server::db::Conn::Sqlite($held) => {
                type $database = sqlx::Sqlite;
                let mut $query = sqlx::QueryBuilder::<$database>::new("");
                $body
            }
            $crate::server::db::Conn::Postgres($held) => {
                type $database = sqlx::Postgres;
                let mut $query = sqlx::QueryBuilder::<$database>::new("");
                $body
            }
        }
    };
}
pub(crate) use on_filter;

/// A condition on a row of `inquiry_terms`.
macro_rules! having {
    ($query:expr, $term:expr) => {{
        match $term {
            $crate::domain::search::Term::Is(text) => {
                $query.push("term = ").push_bind(text.clone());
            }
            $crate::domain::search::Term::Begins(text) => {
                $query.push("term >= ").push_bind(text.clone());
                // After everything with this prefix, byte by byte.
                $query.push(" AND term < ").push_bind(format!("{text}\u{10ffff}"));
            }
        }
    }};
}
pub(crate) use having;

pub(super) const OPEN_DECISION: &str =
    "EXISTS (SELECT 1 FROM decisions o WHERE o.subject_kind = 'inquiry' AND o.subject_id = i.id
        AND o.state IN ('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown'))";

/// The inquiries of `blind::concealed`, as a condition. Between its parts come the time since when, and three times the
/// reviewer.
pub(super) const HIDDEN: [&str; 5] = [
    " AND i.id NOT IN (SELECT b.inquiry_id FROM blind_reviews b JOIN decisions bd ON bd.id = b.decision_id
         WHERE b.given_at IS NULL AND b.drawn_at > ",
    " AND b.first_id <> ",
    " AND (bd.checker_id IS NULL OR bd.checker_id <> ",
    ") AND bd.state IN ('proposed', 'queued', 'sending', 'unknown', 'confirmed')
         AND NOT EXISTS (SELECT 1 FROM audit_entries e WHERE e.object_kind = 'inquiry' AND e.object_id = b.inquiry_id
             AND e.actor_id = ",
    " AND e.action IN ('inquiry.viewed', 'case_file.exported', 'verdict.shown') AND e.at > bd.made_at))",
];

/// `FROM` and `WHERE`. If a rare term leads, the rows are its inquiries. Otherwise the order leads, and each row is
/// checked for the terms.
macro_rules! narrow {
    ($query:expr, $filter:expr, $lead:expr) => {{
        let (query, filter, lead): (_, &$crate::server::db::inquiry_filter::InquiryFilter, Option<usize>) =
            ($query, $filter, $lead);
        if let Some(term) = lead.and_then(|at| filter.terms.get(at)) {
            // A prefix can match several words of one inquiry, so deduplicate.
            let each = if matches!(term, $crate::domain::search::Term::Begins(_)) { "DISTINCT " } else { "" };
            query.push(" FROM (SELECT ").push(each).push("inquiry_id FROM inquiry_terms WHERE ");
            having!(query, term);
            // SQLite reads the left side of a CROSS JOIN first.
            query.push(") x CROSS JOIN inquiries i").push(" WHERE i.id = x.inquiry_id");
        } else if filter.snoozed {
            // Few inquiries are snoozed, whatever their status.
            query.push(" FROM (SELECT id AS snoozed_id FROM inquiries WHERE snoozed_until > ").push_bind(filter.now);
            query.push(") x CROSS JOIN inquiries i").push(" WHERE i.id = x.snoozed_id");
        } else {
            query.push(" FROM inquiries i").push(" WHERE 1 = 1");
        }
        for (_, term) in filter.terms.iter().enumerate().filter(|(at, _)| Some(*at) != lead) {
            query.push(" AND EXISTS (SELECT 1 FROM inquiry_terms y WHERE y.inquiry_id = i.id AND ");
            having!(query, term);
            query.push(")");
        }
        let texts = [(" AND i.status = ", &filter.status), (" AND i.account_id = ", &filter.account)];
        for (text, value) in texts {
            if let Some(value) = value {
                query.push(text).push_bind(value.clone());
            }
        }
        if let Some(id) = &filter.exactly {
            query.push(" AND (i.id = ").push_bind(id.clone());
            query.push(" OR i.account_id = ").push_bind(id.clone()).push(")");
        }
        match filter.assignee {
            Some($crate::server::db::inquiry_filter::AssigneeFilter::Nobodys) => {
                query.push(" AND i.assignee_id IS NULL");
            }
            Some($crate::server::db::inquiry_filter::AssigneeFilter::Of(who)) => {
                query.push(" AND i.assignee_id = ").push_bind(who.0);
            }
            Some($crate::server::db::inquiry_filter::AssigneeFilter::NotAnothers(who)) => {
                query.push(" AND (i.assignee_id IS NULL OR i.assignee_id = ").push_bind(who.0).push(")");
            }
            None => {}
        }
        for (text, value) in
            [(" AND i.waiting_since <= ", filter.waiting_before), (" AND i.due_at <= ", filter.due_before)]
        {
            if let Some(value) = value {
                query.push(text).push_bind(value);
            }
        }
        if filter.snoozed {
            query.push(" AND i.snoozed_until > ").push_bind(filter.now);
        } else {
            query.push(" AND (i.snoozed_until IS NULL OR i.snoozed_until <= ").push_bind(filter.now).push(")");
        }
        if let Some(who) = filter.free_for {
            query.push(" AND NOT ").push($crate::server::db::inquiry_filter::OPEN_DECISION);
            query.push(" AND NOT EXISTS (SELECT 1 FROM claims m WHERE m.inquiry_id = i.id AND m.until > ");
            query.push_bind(filter.now).push(" AND m.reviewer_id <> ").push_bind(who.0).push(")");
        }
        if let Some((who, since)) = filter.hidden_from {
            query.push($crate::server::db::inquiry_filter::HIDDEN[0]).push_bind(since);
            query.push($crate::server::db::inquiry_filter::HIDDEN[1]).push_bind(who.0);
            query.push($crate::server::db::inquiry_filter::HIDDEN[2]).push_bind(who.0);
            query.push($crate::server::db::inquiry_filter::HIDDEN[3]).push_bind(who.0);
            query.push($crate::server::db::inquiry_filter::HIDDEN[4]);
        }
    }};
}
pub(crate) use narrow;

/// Number of inquiries for each term and each status in the filters, counted only as far as shows whether it is rare.
#[derive(Debug, Default)]
pub(super) struct TermStats {
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
        let counted: Vec<i64> = on_filter!(conn, |query, held, Database| {
            let mut place = 0;
            for term in &words {
                query.push(counting(place)).push(" FROM inquiry_terms WHERE ");
                having!(&mut query, term);
                query.push(" LIMIT ").push_bind(RARE_TERM_LIMIT + 1).push(") n");
                place += 1;
            }
            for status in &statuses {
                query.push(counting(place)).push(" FROM inquiries WHERE status = ").push_bind((*status).clone());
                query.push(" LIMIT ").push_bind(RARE_TERM_LIMIT + 1).push(") n");
                place += 1;
            }
            query.push(" ORDER BY place");
            let rows = query.build_query_as::<(i64, i64)>().fetch_all(&mut **held).await?;
            rows.into_iter().map(|(_, n)| n).collect()
        });
        let mut counted = counted.into_iter();
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

/// The beginning of one count among several.
pub(super) fn counting(place: usize) -> String {
    let also = if place == 0 { "" } else { " UNION ALL " };
    format!("{also}SELECT CAST({place} AS BIGINT) AS place, CAST(COUNT(*) AS BIGINT) FROM (SELECT 1")
}
