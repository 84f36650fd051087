//! Search in the audit log: always by an index, never by reading all entries.
use sqlx::AssertSqlSafe;

use super::{Conn, Result, Sql};
use crate::domain::decision::state::State;
use crate::domain::export::{Customer, Filter};
use crate::domain::id::DecisionId;
use crate::domain::index::key;

/// Maximum number of objects of one customer; no customer has more.
const MOST: i64 = 5000;

/// Kinds of objects that can identify a customer.
const KINDS: &str = "('inquiry', 'case', 'account')";

/// All kinds of objects in the log, one after the other, so that an id alone finds its entries by an index that begins
/// with the kind.
const ANY_KIND: &str = "(WITH RECURSIVE kinds (kind) AS (
         SELECT MIN(object_kind) FROM audit_entries
         UNION ALL SELECT (SELECT MIN(object_kind) FROM audit_entries WHERE object_kind > kinds.kind) FROM kinds WHERE kinds.kind IS NOT NULL
     ) SELECT kind FROM kinds WHERE kind IS NOT NULL)";

/// The tables to read, in this order on SQLite (which keeps the order of a CROSS JOIN), and how they are joined.
pub(super) fn source(filter: &Filter) -> String {
    let indexed = "audit_index x CROSS JOIN audit_entries e WHERE e.seq = x.seq";
    match filter.state {
        None if filter.by_decision() => format!(" FROM {indexed}"),
        None => " FROM audit_entries e WHERE 1 = 1".to_owned(),
        // Most decisions are confirmed, so the newest entries soon contain enough of them.
        Some(State::Confirmed) => " FROM audit_index x CROSS JOIN decisions d CROSS JOIN audit_entries e
             WHERE e.seq = x.seq AND d.id = x.decision AND d.state = 'confirmed'"
            .to_owned(),
        // Few decisions are in these states, so the query goes from them to their entries. SQLite uses a partial index
        // only for a query that repeats its condition word for word.
        Some(state) => {
            let some = if state.open() {
                "('proposed', 'awaiting_countersign', 'queued', 'sending', 'unknown')"
            } else {
                "('refused', 'withdrawn', 'rejected', 'superseded')"
            };
            let of = format!("d.state = '{}' AND d.state IN {some}", state.as_str());
            format!(" FROM decisions d CROSS JOIN {indexed} AND x.decision = d.id AND {of}")
        }
    }
}

/// Whether the filter leaves so few entries that sorting them is faster than walking along the log.
const fn few(filter: &Filter) -> bool {
    let rare = match filter.state {
        None | Some(State::Confirmed) => false,
        Some(_) => true,
    };
    rare || filter.decision.is_some() || filter.request.is_some() || filter.customer.is_some()
}

/// The column by which entries are sorted. A plus in front keeps SQLite from using an index for it.
pub(super) const fn order(filter: &Filter) -> &'static str {
    match (filter.by_decision(), few(filter) || filter.object.is_some()) {
        (true, true) => "+x.seq",
        (true, false) => "x.seq",
        (false, true) => "+e.seq",
        (false, false) => "e.seq",
    }
}

/// The number of an entry, as a column of each table that is read.
const fn numbered(filter: &Filter) -> &'static [&'static str] {
    if filter.by_decision() { &["x.seq", "e.seq"] } else { &["e.seq"] }
}

/// Columns of the index to compare, with their values. They are written so that their own index is not used when
/// another condition is more selective.
fn columns(filter: &Filter) -> [(&'static str, Option<String>); 3] {
    let few = few(filter);
    let (verdict, reason) = if few { ("x.verdict || ''", "x.reason || ''") } else { ("x.verdict", "x.reason") };
    [
        ("x.request", filter.request.as_deref().map(key)),
        (reason, filter.reason.as_deref().map(key)),
        (verdict, filter.verdict.as_deref().map(key)),
    ]
}

/// The objects of a customer to search for, and the column to compare with them.
fn objects(filter: &Filter) -> Option<(String, &[String])> {
    let customer = filter.customer.as_ref()?;
    let of = match filter.by_decision() {
        true => "x.object_id".to_owned(),
        false => format!("e.object_kind IN {KINDS} AND e.object_id"),
    };
    Some((of, &customer.objects))
}

/// Appends the conditions of a filter.
pub(super) fn push_where(sql: &mut Sql, filter: &Filter, before: Option<i64>) {
    // On both tables: otherwise PostgreSQL walks one of them from its end.
    for number in numbered(filter) {
        for (sign, bound) in [(" < ", before), (" >= ", filter.first), (" <= ", filter.last)] {
            if let Some(bound) = bound {
                sql.push(" AND ").push(*number).push(sign).push_bind(bound);
            }
        }
    }
    if let Some(id) = filter.decision {
        sql.push(" AND x.decision = ").push_bind(id.0);
    }
    for (column, value) in columns(filter) {
        if let Some(value) = value {
            sql.push(" AND ").push(column).push(" = ").push_bind(value);
        }
    }
    match objects(filter) {
        Some((_, [])) => {
            sql.push(" AND 1 = 0");
        }
        Some((column, ids)) => {
            sql.push(" AND ").push(AssertSqlSafe(column)).push(" IN ").push_list(ids);
        }
        None => {}
    }
    if let Some(action) = &filter.action {
        sql.push(" AND (e.action = ").push_bind(action);
        sql.push(" OR e.action LIKE ").push_bind(format!("{}.%", action.replace(['%', '_'], ""))).push(")");
    }
    if let Some(name) = &filter.actor {
        sql.push(" AND e.actor_name = ").push_bind(name);
    }
    if let Some(outcome) = &filter.outcome {
        sql.push(" AND e.outcome = ").push_bind(outcome);
    }
    if let Some(from) = filter.from {
        sql.push(" AND e.at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        sql.push(" AND e.at < ").push_bind(to);
    }
    if let Some(id) = &filter.object {
        sql.push(" AND e.object_kind IN ").push(ANY_KIND).push(" AND e.object_id = ").push_bind(id);
    }
}

/// Numbers of all matching entries of a log of this size, oldest first.
pub async fn numbers(conn: &mut Conn, filter: &Filter, size: i64) -> Result<Vec<i64>> {
    let mut sql = Sql::new("SELECT e.seq");
    sql.push(AssertSqlSafe(source(filter)));
    push_where(&mut sql, filter, Some(size));
    let mut found: Vec<i64> = sql.values(conn).await?;
    found.sort_unstable();
    Ok(found)
}

/// Whether the index contains a decision.
pub async fn knows(conn: &mut Conn, id: DecisionId) -> Result<bool> {
    Sql::new("SELECT EXISTS (SELECT 1 FROM audit_index WHERE decision = $1)").bind(id.0).value(conn).await
}

/// The customer that an id of an account or a reference id names. The log may name an account that the desk no longer
/// has, so an unknown id is searched for as given.
pub async fn customer(conn: &mut Conn, named: &str) -> Result<Customer> {
    let accounts: Vec<String> = Sql::new(
        "SELECT id FROM accounts WHERE id = $1 UNION SELECT id FROM accounts WHERE reference_id = $1
         ORDER BY id LIMIT 100",
    )
    .bind(named)
    .values(conn)
    .await?;
    let mut objects = if accounts.is_empty() { vec![named.to_owned()] } else { accounts.clone() };
    for account in &accounts {
        let found: Vec<String> = Sql::new(
            "SELECT id FROM inquiries WHERE account_id = $1
             UNION SELECT case_id FROM case_objects WHERE kind = 'account' AND object_id = $1
             UNION SELECT o.case_id FROM inquiries i JOIN case_objects o ON o.kind = 'inquiry'
                 AND o.object_id = i.id
                 WHERE i.account_id = $1
             LIMIT $2",
        )
        .bind(account)
        .bind(MOST)
        .values(conn)
        .await?;
        objects.extend(found);
    }
    Ok(Customer { accounts, objects })
}
