//! `POST …/search` for inquiries, cases and accounts: a query of predicates, a sort order, a cursor.

use super::{
    answer::{Answer, Fail},
    body::{Member, Shape, check, may, must},
    choices::Choice,
    clock,
    lists::{self, Cond, Sort},
    request::Ctx,
    seed::org,
};
use serde_json::Value;

/// Persona's limits for a query.
const LEVELS: usize = 2;
const CLAUSES: usize = 20;

pub fn inquiries(ctx: &Ctx) -> Result<Answer, Fail> {
    search(ctx, "inquiry")
}

pub fn cases(ctx: &Ctx) -> Result<Answer, Fail> {
    search(ctx, "case")
}

pub fn accounts(ctx: &Ctx) -> Result<Answer, Fail> {
    search(ctx, "account")
}

fn search(ctx: &Ctx, kind: &str) -> Result<Answer, Fail> {
    const TAKES: &[Member] = &[
        may("query", Shape::Any),
        may("sort", Shape::Object(&[must("attribute", Shape::Text), must("direction", Shape::Text)])),
        may(
            "page",
            Shape::Object(&[may("after", Shape::Text), may("before", Shape::Text), may("size", Shape::Integer)]),
        ),
    ];
    let body = check(ctx.call.body.as_ref(), TAKES)?;
    let mut conds = Vec::new();
    if let Some(query) = ctx.call.body.as_ref().and_then(|body| body.get("query")) {
        conds.push(clause(kind, query, 0)?);
    }
    if ctx.app.choices.is(Choice::SearchLag, "a-minute") {
        conds.push(Cond("created < CAST(? AS INTEGER)".to_owned(), vec![(clock::now() - 60_000).to_string()]));
    }
    let sort = match body["sort"].as_object() {
        None => Sort::newest(),
        Some(sort) => {
            let column = column(kind, sort["attribute"].as_str().unwrap_or_default())?;
            let descending = match sort["direction"].as_str() {
                Some("asc") => false,
                Some("desc") => true,
                _ => return Err(Fail::bad("sort.direction must be asc or desc")),
            };
            Sort { column: column.sql, descending }
        }
    };
    lists::sorted(ctx, kind, conds, &sort, &body["page"])
}

/// An attribute in the store.
struct Column {
    /// The value as stored; null if there is none.
    raw: String,
    /// For sorting: an empty text if there is no value.
    sql: String,
    /// Whether its values are times.
    moment: bool,
}

fn column(kind: &str, attribute: &str) -> Result<Column, Fail> {
    let plain = |raw: &str| Column { raw: raw.to_owned(), sql: format!("coalesce({raw}, '')"), moment: false };
    let at = |name: &str| Column { moment: true, ..plain(&format!("json_extract(body, '$.attributes.\"{name}\"')")) };
    let related = |name: &str| plain(&format!("json_extract(body, '$.relationships.\"{name}\".data.id')"));
    let attribute_text = |name: &str| plain(&format!("json_extract(body, '$.attributes.\"{name}\"')"));
    Ok(match (kind, attribute) {
        (_, "created_at") => at("created-at"),
        (_, "updated_at") => at("updated-at"),
        ("inquiry" | "case", "status") => plain("status"),
        ("inquiry", "reference_id") => plain("reference"),
        ("inquiry", "inquiry_template_id") | ("case", "template") => plain("template"),
        ("case", "state") => plain(
            "CASE WHEN json_extract(body, '$.attributes.\"resolved-at\"') IS NULL THEN 'open' ELSE 'resolved' END",
        ),
        ("case", "resolved_at") => at("resolved-at"),
        ("case", "sla_expires_at") => at("sla-expires-at"),
        ("case", "assignee") => attribute_text("assignee-id"),
        ("case", "resolver") => attribute_text("resolver-id"),
        ("case", "case_queue") => related("case-queue"),
        ("account", "type") => related("account-type"),
        ("account", "status") => attribute_text("account-status"),
        ("account" | "case", other) => {
            let field = other
                .strip_prefix("fields.")
                .or_else(|| other.strip_prefix("identifiers.").filter(|_| kind == "account"));
            // A key that the customer defines: letters, digits and dots only, so that it is safe in a JSON path.
            let good = |key: &&str| {
                !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
            };
            match field.filter(good) {
                Some(key) => {
                    let path: String = key.split('.').map(|part| format!(".\"{part}\".value")).collect();
                    plain(&format!("json_extract(body, '$.attributes.fields{path}')"))
                }
                None => return Err(Fail::bad(format!("query: attribute {attribute} is not searchable"))),
            }
        }
        _ => return Err(Fail::bad(format!("query: attribute {attribute} is not searchable"))),
    })
}

fn clause(kind: &str, query: &Value, level: usize) -> Result<Cond, Fail> {
    let shape = || Fail::bad("query must be a predicate of attribute, operator and value, or one of and, or, not");
    let members = query.as_object().ok_or_else(shape)?;
    if let (1, Some((word @ ("and" | "or" | "not"), inner))) =
        (members.len(), members.iter().next().map(|(word, inner)| (word.as_str(), inner)))
    {
        if level >= LEVELS {
            return Err(Fail::bad(format!("query may be at most {LEVELS} levels deep")));
        }
        if word == "not" {
            let Cond(sql, values) = clause(kind, inner, level + 1)?;
            return Ok(Cond(format!("NOT ({sql})"), values));
        }
        let clauses = inner.as_array().ok_or_else(|| Fail::bad(format!("query.{word} must be an array")))?;
        if clauses.len() > CLAUSES {
            return Err(Fail::bad(format!("query.{word} takes at most {CLAUSES} clauses")));
        }
        let mut parts = Vec::new();
        let mut values = Vec::new();
        for inner in clauses {
            let Cond(sql, mut more) = clause(kind, inner, level + 1)?;
            parts.push(format!("({sql})"));
            values.append(&mut more);
        }
        let joined = match (parts.is_empty(), word) {
            (true, "and") => "1".to_owned(),
            (true, _) => "0".to_owned(),
            (false, "and") => parts.join(" AND "),
            (false, _) => parts.join(" OR "),
        };
        return Ok(Cond(joined, values));
    }
    let (Some(attribute), Some(operator), Some(value), 3) =
        (members.get("attribute"), members.get("operator"), members.get("value"), members.len())
    else {
        return Err(shape());
    };
    predicate(kind, attribute.as_str().ok_or_else(shape)?, operator.as_str().ok_or_else(shape)?, value)
}

fn predicate(kind: &str, attribute: &str, operator: &str, value: &Value) -> Result<Cond, Fail> {
    let column = column(kind, attribute)?;
    let operator = match operator {
        "eq" => "=",
        "gt" => ">",
        "gte" => ">=",
        "lt" => "<",
        "lte" => "<=",
        other => return Err(Fail::bad(format!("query: operator {other} is not one of eq, gt, gte, lt, lte"))),
    };
    let raw = &column.raw;
    // A missing value is neither less nor greater than any other, and `not` of such a comparison is true.
    let known = |test: String, value: String| Ok(Cond(format!("({raw} IS NOT NULL AND {test})"), vec![value]));
    match value {
        Value::String(text) if column.moment => {
            let at = clock::parse(text).ok_or_else(|| {
                Fail::bad(format!("query: the value of {attribute} must be an ISO 8601 date or time"))
            })?;
            known(format!("{raw} {operator} ?"), clock::iso(at))
        }
        // An account's status can be given by its id.
        Value::String(text) if kind == "account" && attribute == "status" && text.starts_with("actst_") => {
            Ok(match org::account_status(text) {
                Some((kind, name)) if operator == "=" => Cond(
                    format!("({raw} = ? AND json_extract(body, '$.attributes.\"account-type-name\"') = ?)"),
                    vec![name.to_owned(), kind.to_owned()],
                ),
                _ => Cond("0".to_owned(), Vec::new()),
            })
        }
        // Statuses are compared as they are shown, regardless of case.
        Value::String(text) if attribute == "status" => {
            known(format!("lower({raw}) {operator} lower(?)"), text.clone())
        }
        Value::String(text) if operator == "=" => known(format!("CAST({raw} AS TEXT) = ?"), text.clone()),
        Value::String(text) => known(format!("typeof({raw}) = 'text' AND {raw} {operator} ?"), text.clone()),
        Value::Number(number) if !column.moment => known(
            format!("typeof({raw}) IN ('integer', 'real') AND {raw} {operator} CAST(? AS REAL)"),
            number.to_string(),
        ),
        // In SQLite, JSON's true and false are 1 and 0.
        Value::Bool(yes) if !column.moment => known(
            format!("typeof({raw}) = 'integer' AND {raw} {operator} CAST(? AS INTEGER)"),
            i32::from(*yes).to_string(),
        ),
        _ => Err(Fail::bad(format!("query: the value of {attribute} has the wrong type"))),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_query_becomes_sql_with_its_values_apart() {
        let query = json!({ "and": [
            { "attribute": "status", "operator": "eq", "value": "needs_review" },
            { "not": { "attribute": "created_at", "operator": "lt", "value": "2026-11-01" } },
        ] });
        let Cond(sql, values) = clause("inquiry", &query, 0).unwrap();
        assert_eq!(values, ["needs_review", "2026-11-01T00:00:00.000Z"]);
        assert!(sql.contains(" AND (NOT ("), "{sql}");
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let status = |query: Value| clause("account", &query, 0).map_or_else(|fail| fail.answer().status, |_| 200);
        let predicate = json!({ "attribute": "fields.name.first", "operator": "eq", "value": "Mara" });
        assert_eq!(status(predicate.clone()), 200);
        assert_eq!(status(json!({ "attribute": "fields.a'b", "operator": "eq", "value": "x" })), 400);
        assert_eq!(status(json!({ "attribute": "status", "operator": "like", "value": "x" })), 400);
        assert_eq!(status(json!({ "and": [{ "or": [{ "not": predicate }] }] })), 400);
        assert_eq!(
            status(json!({ "and": vec![json!({ "attribute": "type", "operator": "eq", "value": "x" }); 21] })),
            400
        );
        assert_eq!(status(json!([])), 400);
    }
}
