//! The page of the audit log.
use std::collections::{BTreeMap, BTreeSet};

use super::super::inquiry::visit::Look;
use super::{PAGE, actor, append};
use crate::domain::audit::{Draft, Entry};
use crate::domain::decision::state::State;
use crate::domain::export::Filter;
use crate::domain::id::{DecisionId, ReviewerId};
use crate::domain::index::key;
use crate::domain::log::filter::AuditFilter;
use crate::domain::log::{AuditPage, EntryPage};
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::server::db;
use crate::server::{App, Error};

/// Returns a page of the log, newest first. Reading the log is recorded too, once for each first page.
pub async fn page(app: &App, by: &Permit<permission::ReadAudit>, typed: AuditFilter) -> Result<AuditPage, Error> {
    let now = app.now();
    let filter = resolved(app, &typed).await?;
    let before = typed.before.as_deref().and_then(|text| text.parse::<i64>().ok());
    if before.is_none() {
        let draft = Draft::new("audit.read", actor(by), "audit", "log").fact("filter", filter.text());
        let draft = match typed.customer.as_deref().map(str::trim).filter(|_| filter.customer.is_some()) {
            // The reference can be a personal value, such as an address.
            Some(named) => draft.personal("customer", key(named)),
            None => draft,
        };
        app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    }
    let mut conn = app.read().await?;
    let mut entries = db::audit::page(&mut conn, &filter, before, PAGE + 1).await?;
    let more = entries.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    entries.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = if more { entries.last().map(|entry| entry.seq) } else { None };
    let (deliveries, names) = about(&mut conn, &entries).await?;
    let entries: Vec<Entry> = entries.into_iter().map(|entry| readable(entry, by)).collect();
    let mut actions: BTreeMap<String, i64> = BTreeMap::new();
    let mut actors = BTreeSet::new();
    for (action, actor, number) in db::log::counts(&mut conn).await? {
        *actions.entry(action).or_default() += number;
        actors.insert(actor);
    }
    Ok(AuditPage {
        next,
        size: db::audit::size(&mut conn).await?,
        actions: actions.into_iter().collect(),
        actors: actors.into_iter().collect(),
        entries,
        deliveries,
        names,
        signed: db::checkpoint::newest(&mut conn).await?.map(|checkpoint| checkpoint.size),
    })
}

/// Turns a typed filter into the one to search with: adds everything that a customer is known by, and brings the index
/// up to the end of the log.
pub(in crate::server::usecase) async fn resolved(app: &App, typed: &AuditFilter) -> Result<Filter, Error> {
    let mut filter = typed.filter().map_err(|error| Error::Invalid(error.to_string()))?;
    let named = typed.customer.as_deref().map(str::trim).filter(|named| !named.is_empty());
    let of_object = filter.object.as_deref().and_then(|id| id.parse::<DecisionId>().ok());
    if named.is_none() && of_object.is_none() && !filter.by_decision() {
        return Ok(filter);
    }
    super::super::log::index(app).await?;
    let mut conn = app.read().await?;
    if let Some(named) = named {
        filter.customer = Some(db::log_search::customer(&mut conn, &key(named)).await?);
    }
    // In the field for any ID, the ID of a decision finds the entries about that decision.
    if filter.decision.is_none()
        && let Some(id) = of_object
        && db::log_search::knows(&mut conn, id).await?
    {
        (filter.object, filter.decision) = (None, Some(id));
    }
    Ok(filter)
}

/// Removes the text of a restricted note for reviewers who may not read it.
fn readable(entry: Entry, by: &Permit<permission::ReadAudit>) -> Entry {
    if by.reviewer().role.may(Permission::ReadRestricted) { entry } else { entry.leaving() }
}

/// Returns the current state of the decisions that entries name, and the names of the objects that entries are about.
async fn about(
    conn: &mut db::Conn,
    entries: &[Entry],
) -> Result<(BTreeMap<String, State>, BTreeMap<String, String>), Error> {
    let (mut deliveries, mut names) = (BTreeMap::new(), BTreeMap::new());
    for entry in entries {
        if let Some(id) = entry.fact("decision")
            && !deliveries.contains_key(&id)
            && let Ok(decision) = id.parse::<DecisionId>()
            && let Some(decision) = db::decision::by_id(conn, decision).await?
        {
            names.insert(decision.subject.id().to_owned(), decision.subject_name);
            deliveries.insert(id, decision.state);
        }
    }
    for entry in entries {
        let id = &entry.object_id;
        if names.contains_key(id) {
            continue;
        }
        let name = match entry.object_kind.as_str() {
            "inquiry" => db::inquiry::subject(conn, id).await?,
            "reviewer" => match id.parse() {
                Ok(id) => db::reviewer::by_id(conn, ReviewerId(id)).await?.map(|reviewer| reviewer.name),
                Err(_) => None,
            },
            _ => None,
        };
        if let Some(name) = name {
            names.insert(id.clone(), name);
        }
    }
    Ok((deliveries, names))
}

/// Returns one entry with its proof. Opening it is recorded, as reading the log is.
pub async fn entry(app: &App, by: &Permit<permission::ReadAudit>, seq: i64, look: Look) -> Result<EntryPage, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let entry = readable(db::audit::by_seq(&mut conn, seq).await?.ok_or(Error::NotFound("entry"))?, by);
    let size = db::audit::size(&mut conn).await?;
    let draft = Draft::new("audit.entry_read", actor(by), "audit", "log").fact("entry", seq);
    if look == Look::Opened {
        app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    }
    let body: serde_json::Value = serde_json::from_str(&entry.body).unwrap_or_default();
    let committed = body.get("commit").and_then(serde_json::Value::as_object);
    let erased = committed.map(|map| map.keys().filter(|name| !entry.personal.contains_key(*name)).cloned().collect());
    let proof = super::super::log::proof(&mut conn, seq).await?;
    Ok(EntryPage {
        erased: erased.unwrap_or_default(),
        changes: changes(&body),
        hashes: proof.as_ref().map_or(0, |(_, hashes)| *hashes),
        proof: proof.map(|(text, _)| text),
        size,
        previous: (seq > 0).then(|| seq - 1),
        following: (seq + 1 < size).then(|| seq + 1),
        entry,
    })
}

/// Returns the facts `before` and `after`, or only the members in which they differ.
fn changes(body: &serde_json::Value) -> Vec<(String, String, String)> {
    let shown = |value: Option<&serde_json::Value>| match value {
        None | Some(serde_json::Value::Null) => "–".to_owned(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let fact = |name: &str| body.get("facts").and_then(|facts| facts.get(name));
    match (fact("before"), fact("after")) {
        (None, None) => Vec::new(),
        (Some(serde_json::Value::Object(before)), Some(serde_json::Value::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            let pairs = names.into_iter().map(|name| (name.clone(), before.get(name), after.get(name)));
            pairs.filter(|(_, b, a)| b != a).map(|(name, b, a)| (name, shown(b), shown(a))).collect()
        }
        (before, after) => vec![("value".to_owned(), shown(before), shown(after))],
    }
}
