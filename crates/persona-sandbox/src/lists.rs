//! Lists: newest first, cursors by id, links as paths without a host.

use super::{
    answer::{Answer, Fail},
    clock,
    request::Ctx,
    shape,
};
use rusqlite::{OptionalExtension, Row, params_from_iter, types::Value as SqlValue};
use serde_json::{Value, json};

/// Part of a WHERE clause with its values.
pub struct Cond(pub String, pub Vec<String>);

impl Cond {
    pub fn eq(column: &str, value: &str) -> Self {
        Self(format!("{column} = ?"), vec![value.to_owned()])
    }

    /// Any of several comma separated values.
    pub fn any(column: &str, values: &str) -> Result<Self, Fail> {
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        if values.len() > 100 {
            return Err(Fail::bad(format!("filter.{} takes at most 100 values", column.trim_start_matches('+'))));
        }
        let marks = vec!["?"; values.len()].join(", ");
        Ok(Self(format!("{column} IN ({marks})"), values))
    }

    pub fn since(column: &str, value: &str) -> Result<Self, Fail> {
        Ok(Self(format!("{column} >= CAST(? AS INTEGER)"), vec![moment(value)?.to_string()]))
    }

    pub fn until(column: &str, value: &str) -> Result<Self, Fail> {
        Ok(Self(format!("{column} <= CAST(? AS INTEGER)"), vec![moment(value)?.to_string()]))
    }
}

/// Parses a time. Persona's OpenAPI document says date-time, so a date alone is refused.
pub fn moment(value: &str) -> Result<i64, Fail> {
    Some(value)
        .filter(|value| value.len() > 10)
        .and_then(clock::parse)
        .ok_or_else(|| Fail::bad("filter.created_at must be an ISO 8601 date and time"))
}

pub fn unknown(name: &str) -> Fail {
    Fail::bad(format!("filter.{} is not supported", name.replace('-', "_")))
}

/// The order of a list, before the id.
pub struct Sort {
    pub column: String,
    pub descending: bool,
}

impl Sort {
    pub fn newest() -> Self {
        Self { column: "created".to_owned(), descending: true }
    }
}

/// A list of one kind of stored object.
pub fn objects(ctx: &Ctx, kind: &str, conds: Vec<Cond>) -> Result<Answer, Fail> {
    sorted(ctx, kind, conds, &Sort::newest(), &Value::Null)
}

/// The same in another order. `given` is the `page` of a request body; the query's `page` takes precedence.
pub fn sorted(ctx: &Ctx, kind: &str, mut conds: Vec<Cond>, sort: &Sort, given: &Value) -> Result<Answer, Fail> {
    // SQLite would scan a hundred thousand objects of a kind in order, instead of looking up the three that a filter
    // names. In that case `+` disables the index on kinds. The kind is a constant of the sandbox and is written into
    // the SQL, so that SQLite can use partial indices.
    let few = |Cond(sql, _): &Cond| {
        ["account", "id", "inquiry", "note", "reference"].iter().any(|name| sql.starts_with(name))
    };
    let plus = if conds.iter().any(few) { "+" } else { "" };
    conds.push(Cond(format!("{plus}kind = '{kind}'"), Vec::new()));
    let (data, links) = slice(ctx, "resource", "body", conds, sort, given, |row| row.get::<_, String>(0))?;
    let data = data
        .iter()
        .map(|text| shape::finish(ctx, serde_json::from_str(text)?))
        .collect::<Result<Vec<Value>, Fail>>()?;
    Answer::ok(json!({ "data": data, "links": links }))
}

pub fn page<T>(
    ctx: &Ctx,
    table: &str,
    columns: &str,
    conds: Vec<Cond>,
    read: impl Fn(&Row) -> rusqlite::Result<T>,
) -> Result<(Vec<T>, Value), Fail> {
    slice(ctx, table, columns, conds, &Sort::newest(), &Value::Null, read)
}

/// A list that is entirely in memory, such as the history of a report.
pub fn short(ctx: &Ctx, items: &[Value]) -> Result<Answer, Fail> {
    let Cursor { after, before, size } = cursor(ctx, &Value::Null)?;
    let place = |id: &str| {
        items.iter().position(|item| item["id"] == id).ok_or_else(|| Fail::bad("page cursor is not a known object"))
    };
    let (from, to) = match (&after, &before) {
        (Some(id), _) => (place(id)? + 1, items.len()),
        (_, Some(id)) => {
            let end = place(id)?;
            (end.saturating_sub(size), end)
        }
        _ => (0, items.len()),
    };
    let to = to.min(from + size);
    let data = items.get(from..to).unwrap_or_default();
    let link = |wanted: bool, name: &str, item: Option<&Value>| match item {
        Some(item) if wanted => Value::from(path(ctx, name, item["id"].as_str().unwrap_or_default())),
        _ => Value::Null,
    };
    Answer::ok(json!({ "data": data, "links": {
        "prev": link(from > 0, "before", data.first()), "next": link(to < items.len(), "after", data.last()),
    } }))
}

/// Where a page begins, and its length.
struct Cursor {
    after: Option<String>,
    before: Option<String>,
    size: usize,
}

fn cursor(ctx: &Ctx, given: &Value) -> Result<Cursor, Fail> {
    let sized = |text: &str| {
        // 20.0 is as valid as 20, because Persona's OpenAPI document says number.
        let whole = text.strip_suffix(".0").unwrap_or(text);
        whole
            .parse()
            .ok()
            .filter(|size| (1..=100).contains(size))
            .ok_or_else(|| Fail::bad("page.size must be an integer between 1 and 100"))
    };
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    let mut cursor = Cursor { after: text("after"), before: text("before"), size: 10 };
    if !given["size"].is_null() {
        cursor.size = sized(&given["size"].to_string())?;
    }
    let asked = ctx.call.deep("page")?;
    if asked.iter().any(|(name, _)| matches!(*name, "after" | "before")) {
        (cursor.after, cursor.before) = (None, None);
    }
    for (name, value) in asked {
        match name {
            "after" => cursor.after = Some(value.to_owned()),
            "before" => cursor.before = Some(value.to_owned()),
            "size" => cursor.size = sized(value)?,
            _ => return Err(Fail::bad(format!("page.{name} is not supported"))),
        }
    }
    if cursor.after.is_some() && cursor.before.is_some() {
        return Err(Fail::bad("page.after and page.before exclude each other"));
    }
    Ok(cursor)
}

fn slice<T>(
    ctx: &Ctx,
    table: &str,
    columns: &str,
    conds: Vec<Cond>,
    sort: &Sort,
    given: &Value,
    read: impl Fn(&Row) -> rusqlite::Result<T>,
) -> Result<(Vec<T>, Value), Fail> {
    let Cursor { after, before, size } = cursor(ctx, given)?;
    let column = &sort.column;
    let mut wheres: Vec<String> = conds.iter().map(|Cond(sql, _)| format!("({sql})")).collect();
    let mut values: Vec<SqlValue> = conds.into_iter().flat_map(|Cond(_, values)| values).map(SqlValue::Text).collect();
    let backwards = before.is_some();
    if let Some(at) = after.as_ref().or(before.as_ref()) {
        let known: Option<SqlValue> = ctx
            .db
            .prepare_cached(&format!("SELECT {column} FROM {table} WHERE id = ?"))?
            .query_row([at], |row| row.get(0))
            .optional()?;
        let known = known.ok_or_else(|| Fail::bad("page cursor is not a known object"))?;
        let than = if sort.descending == backwards { '>' } else { '<' };
        wheres.push(format!("({column}, id) {than} (?, ?)"));
        values.extend([known, SqlValue::Text(at.clone())]);
    }
    if wheres.is_empty() {
        wheres.push("1".to_owned());
    }
    let way = if sort.descending == backwards { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT {columns}, id FROM {table} WHERE {} ORDER BY {column} {way}, id {way} LIMIT {}",
        wheres.join(" AND "),
        size + 1
    );
    let mut statement = ctx.db.prepare_cached(&sql)?;
    let last = statement.column_count() - 1;
    let mut rows = statement
        .query_map(params_from_iter(values), |row| Ok((row.get::<_, String>(last)?, read(row)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let more = rows.len() > size;
    rows.truncate(size);
    if backwards {
        rows.reverse();
    }
    let (newer, older) = if backwards { (more, true) } else { (after.is_some(), more) };
    let link = |wanted: bool, name: &str, row: Option<&(String, T)>| match row {
        Some((id, _)) if wanted => Value::from(path(ctx, name, id)),
        _ => Value::Null,
    };
    let links = json!({ "prev": link(newer, "before", rows.first()), "next": link(older, "after", rows.last()) });
    Ok((rows.into_iter().map(|(_, row)| row).collect(), links))
}

fn path(ctx: &Ctx, name: &str, id: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (key, value) in &ctx.call.query {
        if key != "page[after]" && key != "page[before]" {
            query.append_pair(key, value);
        }
    }
    query.append_pair(&format!("page[{name}]"), id);
    format!("{}?{}", ctx.call.path, query.finish())
}
