//! Lists: newest first, cursors by id, links as paths without host.

use super::{
    answer::{Answer, Fail},
    clock,
    request::Ctx,
    shape,
};
use rusqlite::{OptionalExtension, Row, params_from_iter};
use serde_json::{Value, json};

/// Part of a WHERE clause with its values.
pub struct Cond(pub String, pub Vec<String>);

impl Cond {
    pub fn eq(column: &str, value: &str) -> Self {
        Self(format!("{column} = ?"), vec![value.to_owned()])
    }

    /// Comma separated: any of them.
    pub fn any(column: &str, values: &str) -> Self {
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        let marks = vec!["?"; values.len()].join(", ");
        Self(format!("{column} IN ({marks})"), values)
    }

    pub fn since(column: &str, value: &str) -> Result<Self, Fail> {
        Ok(Self(format!("{column} >= CAST(? AS INTEGER)"), vec![moment(value)?.to_string()]))
    }

    pub fn until(column: &str, value: &str) -> Result<Self, Fail> {
        Ok(Self(format!("{column} <= CAST(? AS INTEGER)"), vec![moment(value)?.to_string()]))
    }
}

fn moment(value: &str) -> Result<i64, Fail> {
    clock::parse(value).ok_or_else(|| Fail::bad("filter.created_at must be an ISO 8601 date or time"))
}

pub fn unknown(name: &str) -> Fail {
    Fail::bad(format!("filter.{} is not supported", name.replace('-', "_")))
}

/// A list of one kind of stored object.
pub fn objects(ctx: &Ctx, kind: &str, mut conds: Vec<Cond>) -> Result<Answer, Fail> {
    conds.push(Cond::eq("kind", kind));
    let (data, links) = page(ctx, "resource", "body", conds, |row| row.get::<_, String>(0))?;
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
    let (mut after, mut before, mut size) = (None, None, 10_usize);
    for (name, value) in ctx.call.deep("page")? {
        match name {
            "after" => after = Some(value),
            "before" => before = Some(value),
            "size" => {
                size = value
                    .parse()
                    .ok()
                    .filter(|size| (1..=100).contains(size))
                    .ok_or_else(|| Fail::bad("page.size must be an integer between 1 and 100"))?;
            }
            _ => return Err(Fail::bad(format!("page.{name} is not supported"))),
        }
    }
    if after.is_some() && before.is_some() {
        return Err(Fail::bad("page.after and page.before exclude each other"));
    }
    let mut wheres: Vec<String> = conds.iter().map(|Cond(sql, _)| sql.clone()).collect();
    let mut values: Vec<String> = conds.into_iter().flat_map(|Cond(_, values)| values).collect();
    if let Some(cursor) = after.or(before) {
        let created: Option<i64> = ctx
            .db
            .prepare_cached(&format!("SELECT created FROM {table} WHERE id = ?"))?
            .query_row([cursor], |row| row.get(0))
            .optional()?;
        let created = created.ok_or_else(|| Fail::bad("page cursor is not a known object"))?;
        let than = if after.is_some() { '<' } else { '>' };
        wheres.push(format!("(created, id) {than} (CAST(? AS INTEGER), ?)"));
        values.extend([created.to_string(), cursor.to_owned()]);
    }
    if wheres.is_empty() {
        wheres.push("1".to_owned());
    }
    let order = if before.is_some() { "created ASC, id ASC" } else { "created DESC, id DESC" };
    let sql =
        format!("SELECT {columns}, id FROM {table} WHERE {} ORDER BY {order} LIMIT {}", wheres.join(" AND "), size + 1);
    let mut statement = ctx.db.prepare_cached(&sql)?;
    let last = statement.column_count() - 1;
    let mut rows = statement
        .query_map(params_from_iter(values), |row| Ok((row.get::<_, String>(last)?, read(row)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    let more = rows.len() > size;
    rows.truncate(size);
    if before.is_some() {
        rows.reverse();
    }
    let (newer, older) = if before.is_some() { (more, true) } else { (after.is_some(), more) };
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
