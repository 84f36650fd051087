//! Appending to the log, reading it, and what is recorded of reading it.
use std::collections::BTreeMap;

use crate::domain::audit::{Actor, Draft, Outcome};
use crate::domain::decision::State;
use crate::domain::desk::{AuditFilter, AuditPage, Moment};
use crate::domain::id::{DecisionId, ReviewerId};
use crate::domain::reviewer::{Forbidden, Origin, Permit, Reviewer, can};
use crate::domain::text::{clean, words};
use crate::domain::time::Timestamp;
use crate::server::app::random;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

const BUILD: &str = env!("CARGO_PKG_VERSION");
const PAGE: i64 = 50;

pub(super) fn actor<P>(permit: &Permit<P>) -> Actor {
    of(permit.reviewer(), permit.origin())
}

pub(super) fn of(reviewer: &Reviewer, origin: &Origin) -> Actor {
    Actor::Reviewer {
        id: reviewer.id.to_string(),
        name: reviewer.name.clone(),
        role: reviewer.role.to_string(),
        session: origin.session.clone(),
        request: origin.request_id.clone(),
    }
}

/// Appends in the caller's transaction.
pub(super) async fn append(tx: &mut Tx, now: Timestamp, draft: Draft) -> Result<i64, Error> {
    let mut salts = BTreeMap::new();
    for name in draft.personal.keys() {
        salts.insert(name.clone(), random::<32>()?);
    }
    let seq = db::audit::next_seq(tx).await?;
    db::audit::insert(tx, &draft.seal(seq, now, BUILD, &salts), &salts).await?;
    Ok(seq)
}

/// Records an attempt at something that the role may not do.
pub async fn denied(
    app: &App,
    reviewer: &Reviewer,
    origin: &Origin,
    forbidden: Forbidden,
    path: &str,
) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new("access.denied", of(reviewer, origin), "route", path.chars().take(200).collect::<String>())
        .outcome(Outcome::Denied)
        .fact("need", forbidden.need.as_str());
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

/// Records start and stop of the program.
pub async fn program(app: &App, what: &'static str) -> Result<(), Error> {
    let now = app.now();
    let draft = Draft::new(what, Actor::System { part: "server" }, "program", "countersign");
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

/// A page of the log, newest first. Reading the log is recorded too, once for each first page.
pub async fn page(app: &App, by: &Permit<can::ReadAudit>, filter: AuditFilter) -> Result<AuditPage, Error> {
    let now = app.now();
    let before = filter.before.as_deref().and_then(|text| text.parse::<i64>().ok());
    if before.is_none() {
        let draft = Draft::new("audit.read", actor(by), "audit", "log")
            .fact("action", filter.action.as_deref().map(clean))
            .fact("object", filter.object.as_deref().map(clean));
        app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    }
    let mut conn = app.read().await?;
    let given = |text: Option<String>| text.map(|text| clean(text.trim())).filter(|text| !text.is_empty());
    let narrowed = db::audit::Filter {
        action: given(filter.action),
        actor_name: given(filter.actor),
        object_id: given(filter.object),
    };
    let mut entries = db::audit::page(&mut conn, &narrowed, before, PAGE + 1).await?;
    let more = entries.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    entries.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = if more { entries.last().map(|entry| entry.seq) } else { None };
    let mut deliveries: BTreeMap<String, State> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for entry in &entries {
        if let Some(id) = entry.fact("decision")
            && !deliveries.contains_key(&id)
            && let Ok(decision) = id.parse::<DecisionId>()
            && let Some(decision) = db::decision::by_id(&mut conn, decision).await?
        {
            names.insert(decision.subject.id().to_owned(), decision.subject_name);
            deliveries.insert(id, decision.state);
        }
    }
    for entry in &entries {
        let id = &entry.object_id;
        if names.contains_key(id) {
            continue;
        }
        let name = match entry.object_kind.as_str() {
            "inquiry" => db::inquiry::subject(&mut conn, id).await?,
            "reviewer" => match id.parse() {
                Ok(id) => db::reviewer::by_id(&mut conn, ReviewerId(id)).await?.map(|reviewer| reviewer.name),
                Err(_) => None,
            },
            _ => None,
        };
        if let Some(name) = name {
            names.insert(id.clone(), name);
        }
    }
    Ok(AuditPage {
        next,
        size: db::audit::size(&mut conn).await?,
        actions: db::audit::counts(&mut conn).await?,
        actors: db::audit::actors(&mut conn).await?,
        entries,
        deliveries,
        names,
    })
}

/// One row of the decision log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    pub columns: [String; 15],
}

pub const LOG_COLUMNS: [&str; 15] = [
    "entry",
    "time_utc",
    "action",
    "outcome",
    "actor",
    "decision_id",
    "object_type",
    "object_id",
    "verdict",
    "reason_code",
    "comment",
    "evidence_version",
    "evidence_sha256",
    "persona_request_id",
    "leaf_sha256",
];

/// Begins an export: recorded before the first byte leaves.
pub async fn begin_export(app: &App, by: &Permit<can::ExportAudit>) -> Result<(), Error> {
    let now = app.now();
    let draft =
        Draft::new("audit.exported", actor(by), "audit", "log").fact("format", "csv").fact("filter", "decisions");
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}

/// The next rows of the decision log after an entry number, oldest first; empty at its end.
pub async fn export_rows(app: &App, _by: &Permit<can::ExportAudit>, after: i64) -> Result<Vec<(i64, LogRow)>, Error> {
    let mut conn = app.read().await?;
    let entries = db::audit::decisions_after(&mut conn, after, 500).await?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let fact = |name: &str| entry.fact(name).unwrap_or_default();
            let columns = [
                entry.seq.to_string(),
                entry.at.to_text(),
                entry.action.clone(),
                entry.outcome.clone(),
                entry.actor_name.clone(),
                fact("decision"),
                entry.object_kind.clone(),
                entry.object_id.clone(),
                fact("verdict"),
                fact("reason"),
                entry.personal.get("comment").cloned().unwrap_or_default(),
                fact("version"),
                fact("evidence"),
                fact("persona_request"),
                entry.hash.clone(),
            ];
            (entry.seq, LogRow { columns })
        })
        .collect())
}

/// Log entries about one object as lines of its timeline.
pub(super) async fn moments(conn: &mut db::Conn, kind: &str, id: &str) -> Result<Vec<Moment>, Error> {
    let entries = db::audit::about(conn, kind, id, 100).await?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let verdict = entry.fact("verdict").map(|verdict| words(&verdict).to_lowercase());
            let what = match (entry.action.as_str(), verdict) {
                ("inquiry.viewed" | "case.viewed" | "account.viewed", _) => "looked at it".to_owned(),
                ("picture.viewed", _) => "opened a picture".to_owned(),
                ("decision.made", Some(verdict)) => format!("decided: {verdict}"),
                ("decision.confirmed", Some(verdict)) => format!("delivered to Persona: {verdict}"),
                ("decision.rejected", Some(verdict)) => format!("was refused by Persona: {verdict}"),
                ("decision.unknown", Some(verdict)) => format!("got no answer from Persona: {verdict}"),
                ("decision.settled", Some(verdict)) => match entry.fact("outcome").as_deref() {
                    Some("confirmed") => format!("saw in Persona that it stands: {verdict}"),
                    _ => format!("saw in Persona that it does not stand: {verdict}"),
                },
                ("decision.withdrawn", Some(verdict)) => format!("took the decision back: {verdict}"),
                ("decision.superseded", Some(verdict)) => {
                    format!("found it done in Persona by another hand: {verdict}")
                }
                ("countersign.given", Some(verdict)) => format!("countersigned: {verdict}"),
                ("countersign.refused", Some(verdict)) => format!("refused to countersign: {verdict}"),
                ("countersign.withdrawn", Some(verdict)) => format!("took the countersign back: {verdict}"),
                ("claim.taken", _) => "claimed it".to_owned(),
                ("claim.released", _) => "released the claim".to_owned(),
                ("claim.taken_over", _) => match entry.fact("from") {
                    Some(from) => format!("took the claim over from {from}"),
                    None => "took the claim over".to_owned(),
                },
                ("decision.refused", _) => "tried to decide, and was refused".to_owned(),
                ("link.requested", _) => "asked for a one-time link".to_owned(),
                ("link.ready", _) => "received a one-time link".to_owned(),
                ("link.failed", _) => "got no one-time link".to_owned(),
                (other, _) => words(other).to_lowercase().replace('.', ": "),
            };
            Moment { at: entry.at, who: entry.actor_name, what }
        })
        .collect())
}
