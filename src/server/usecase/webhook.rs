//! Webhook events: stored before they are answered, applied afterwards, in any order and however often they come.
pub mod change;

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use change::Changed;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::audit::append;
use super::redact::Whose;
use super::sync::COMPARED;
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::relation::{Relation, is_key};
use crate::domain::snapshot_order::{Source, orders};
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::counters::Counters;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Tx};
use crate::server::persona::json_api::{self, Event, Resource, get};
use crate::server::persona::report::report;
use crate::server::{App, Error};

/// The end of the name of an event that removes personal data.
const REDACTED: &str = ".redacted";
/// Attempts at an event before it is set aside for a person.
const MOST_ATTEMPTS: i64 = 5;
/// Events applied in one transaction.
const AT_ONCE: usize = 50;
/// Events of one step of an applicant come within this time of each other.
const TOGETHER: Duration = Duration::from_millis(1500);
/// While the applicant is still answering, events come in quick succession: evidence is read after this time.
const UNDECIDABLE: Duration = Duration::from_secs(20);
const SELF: Actor = Actor::System { part: "webhook" };

/// What became of an event that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceivedEvent {
    New,
    Known,
    /// Signed, but unreadable: a person has to look at it.
    DeadLetter,
}

/// How an event reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameBy {
    Webhook,
    /// Persona's list of events: no webhook had brought it.
    List,
}

/// Stores a signed body, or one read from Persona's list. Returns once it is durable.
pub async fn keep(app: &App, body: Vec<u8>, came_by: CameBy) -> Result<ReceivedEvent, Error> {
    let now = app.now();
    let head = match std::str::from_utf8(&body) {
        Ok(_) => json_api::head(&body),
        Err(_) => Err("not UTF-8".to_owned()),
    };
    let kept = match head {
        Ok(event) => {
            // The list mostly brings what is stored already: a look-up costs less than a commit.
            if came_by == CameBy::List && db::webhook::known(&mut app.read().await?, &event.id).await? {
                return Ok(ReceivedEvent::Known);
            }
            let said = Some(event.created_at).filter(|at| !orders(*at, now));
            let row = db::webhook::EventRow {
                id: event.id,
                name: event.name,
                // If the event's own time is unusable, the order in which events came is all that is left.
                created_at: said.map_or(event.created_at, |_| now),
                received_at: now,
                // Checked above.
                body: String::from_utf8(body).unwrap_or_default(),
                attempts: 0,
                came_by: match came_by {
                    CameBy::Webhook => "webhook".to_owned(),
                    CameBy::List => "list".to_owned(),
                },
            };
            let new = match said {
                Some(said) => keep_dated_ahead(app, row, said).await?,
                None => super::webhook_batch::store(app, row).await?,
            };
            if came_by == CameBy::Webhook {
                Counters::increment(if new { &app.counters.new } else { &app.counters.doubled });
            }
            if new { ReceivedEvent::New } else { ReceivedEvent::Known }
        }
        Err(why) => {
            let digest = hex::encode(Sha256::digest(&body));
            app.write(move |tx| {
                Box::pin(async move {
                    let why: String = why.chars().take(300).collect();
                    if db::webhook::insert_dead_letter(tx, &digest, now, &why, &body).await? {
                        let draft =
                            Draft::new("webhook.unreadable", SELF, "webhook", digest).outcome(EntryOutcome::Failed);
                        append(tx, now, draft).await?;
                    }
                    Ok(())
                })
            })
            .await?;
            ReceivedEvent::DeadLetter
        }
    };
    if kept == ReceivedEvent::New {
        app.wake.intake.notify_one();
    }
    Ok(kept)
}

/// Stores an event whose time is so far in the future that it would take precedence over all later ones, and records
/// that in the log.
async fn keep_dated_ahead(app: &App, row: db::webhook::EventRow, said: Timestamp) -> Result<bool, Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            let id = row.id.clone();
            let new = db::webhook::insert_all(tx, &[row]).await?.contains(&id);
            if new {
                append(tx, now, Draft::new("webhook.ahead", SELF, "webhook", id).fact("said", said.to_text())).await?;
            }
            Ok(new)
        })
    })
    .await
}

/// Reads a stored event for applying: with the time under which it is stored, and with no later time in it.
fn read(row: &db::webhook::EventRow, now: Timestamp) -> Result<Event, String> {
    let mut event = json_api::event(row.body.as_bytes())?;
    event.created_at = if orders(row.created_at, now) { row.created_at } else { now };
    // The creation time of an inquiry or a case comes from the mirror, which may have another time in its place
    // already.
    let mirrored = matches!(event.object.kind.as_str(), "inquiry" | "case");
    for name in ["created-at", "created_at", "createdAt", "updated-at", "updated_at", "updatedAt"] {
        if mirrored && name.starts_with("created") {
            continue;
        }
        if let Some(at) = event.object.attributes.get_mut(name)
            && at.as_str().and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| !orders(at, now))
        {
            *at = Value::String(event.created_at.to_text());
        }
    }
    Ok(event)
}

/// Result of one round over waiting events.
#[derive(Debug, Default)]
pub struct Round {
    /// Events that were looked at.
    pub found: usize,
    /// Why the first event that could not be applied still waits.
    pub error: Option<Error>,
}

/// Applies up to `limit` waiting events, except those in `tried`; those that have to wait are added to it. Fails when
/// the database is unavailable: then nothing else need be tried.
pub async fn apply_waiting(app: &App, limit: i64, tried: &mut HashSet<String>) -> Result<Round, Error> {
    let mut waiting = {
        let mut conn = app.read().await?;
        db::webhook::waiting(&mut conn, limit).await?
    };
    waiting.retain(|row| !tried.contains(&row.id));
    let mut round = Round { found: waiting.len(), error: None };
    for rows in waiting.chunks(AT_ONCE) {
        app.webhook_queue.wait_idle().await;
        // Many events in one commit, because a commit waits for the disk and new events wait for it. When one of them
        // cannot be applied, the whole commit is undone, and each is tried by itself.
        let events: Result<Vec<Event>, String> = rows.iter().map(|row| read(row, app.now())).collect();
        if let Ok(events) = events
            && apply(app, events).await.is_ok()
        {
            continue;
        }
        for row in rows {
            // An event that cannot be applied now does not stop the others.
            if let Some(why) = apply_one(app, row).await? {
                tried.insert(row.id.clone());
                round.error = round.error.or(Some(why));
            }
        }
    }
    Ok(round)
}

/// Applies one event, or returns why it has to wait. Fails when not even that can be written: then the database is
/// unavailable, and no event is at fault.
async fn apply_one(app: &App, row: &db::webhook::EventRow) -> Result<Option<Error>, Error> {
    let applied = match read(row, app.now()) {
        Ok(event) => apply(app, vec![event]).await,
        Err(why) => Err(Error::Internal(why)),
    };
    let Err(error) = applied else { return Ok(None) };
    // The event stays for a person to look at; it does not stop the next one.
    let id = row.id.clone();
    tracing::warn!(event = %id, error = %error, "an event could not be applied");
    // Trouble of the database itself is not this event's fault: then the event waits, up to a point. What the database
    // rejects about the event, it will reject the next time too.
    if matches!(&error, Error::Db(cause) if !db::is_own(cause)) && row.attempts < MOST_ATTEMPTS {
        app.write(move |tx| Box::pin(async move { Ok(db::webhook::count_attempt(tx, &id).await?) })).await?;
        return Ok(Some(error));
    }
    let why: String = error.to_string().chars().take(300).collect();
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            if db::webhook::settle(tx, &id, "failed", Some(&why)).await? {
                // The error can contain a value of the event, and so a personal one.
                let draft = Draft::new("webhook.failed", SELF, "webhook", id)
                    .outcome(EntryOutcome::Failed)
                    .personal("why", why);
                append(tx, now, draft).await?;
            }
            Ok(())
        })
    })
    .await?;
    app.publish(ChangeTopic::Connection, "events");
    Ok(None)
}

/// Result of applying events.
#[derive(Debug, Default)]
struct Folded {
    changed: Changed,
    /// Events that brought nothing newer than what was known.
    late: i64,
    /// Whether relations are wanted.
    crawl: bool,
}

/// Applies events in one transaction: all of them, or none.
async fn apply(app: &App, events: Vec<Event>) -> Result<(), Error> {
    let now = app.now();
    let keys = app.persona.relation_keys().to_vec();
    let folded = app
        .write(move |tx| {
            Box::pin(async move {
                let mut folded = Folded::default();
                for event in &events {
                    // First, so that only one of two replicas goes on.
                    if db::webhook::settle(tx, &event.id, "applied", None).await? {
                        fold(tx, now, event, &keys, &mut folded).await?;
                    }
                }
                Ok(folded)
            })
        })
        .await?;
    app.counters.late.fetch_add(folded.late, Ordering::Relaxed);
    for (topic, id) in folded.changed {
        app.publish(topic, id);
    }
    if folded.crawl {
        app.wake.crawl.notify_one();
    }
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    Ok(())
}

async fn fold(tx: &mut Tx, now: Timestamp, event: &Event, keys: &[String], folded: &mut Folded) -> Result<(), Error> {
    let source = Source::Event { created_at: event.created_at, id: event.id.clone() };
    let object = &event.object;
    let noun = event.name.split(['.', '/']).next().unwrap_or_default();
    let changed = &mut folded.changed;
    let mut late = false;
    if event.name.ends_with(REDACTED) {
        changed.extend(redacted(tx, event, noun, &source, now).await?);
        return Ok(());
    }
    match noun {
        "inquiry" if object.kind == "inquiry" => {
            let inquiry = json_api::inquiry(object)?;
            let id = inquiry.id.clone();
            let (open, declined) = (inquiry.status.decidable(), inquiry.is_declined());
            if super::inquiry::snapshot::apply_snapshot(tx, inquiry, &source, now).await?.is_some() {
                // Read soon after the applicant has finished, because events that belong together come together. Before
                // that there is nothing to judge; when a reviewer opens the page, it is read at once.
                let begun = matches!(event.name.as_str(), "inquiry.created" | "inquiry.started");
                if open {
                    db::inquiry::backlog::want_evidence(tx, &id, now.plus(TOGETHER)).await?;
                } else if !begun && db::inquiry::by_id(tx, &id).await?.is_some_and(|row| row.evidence.is_none()) {
                    let pause = if declined { TOGETHER } else { UNDECIDABLE };
                    db::inquiry::backlog::want_evidence(tx, &id, now.plus(pause)).await?;
                }
                changed.push((ChangeTopic::Inquiry, id.to_string()));
            } else {
                late = true;
                // A stored time in the future hides later changes: only a read shows them.
                let ahead = |row: &MirroredInquiry| row.inquiry.updated_at.is_some_and(|at| at > now);
                if db::inquiry::by_id(tx, &id).await?.is_some_and(|row| ahead(&row)) {
                    db::inquiry::backlog::want_evidence(tx, &id, now.plus(TOGETHER)).await?;
                }
            }
        }
        "case" if object.kind == "case" => {
            let case = json_api::case(object, &[])?;
            let id = case.id.to_string();
            if super::case::snapshot::apply_snapshot(tx, case, &source, now).await? {
                changed.push((ChangeTopic::Case, id));
            } else {
                late = true;
            }
        }
        "account" if object.kind == "account" => {
            let account = json_api::account(object)?;
            let id = account.id.clone();
            let known = db::account::by_id(tx, &id).await?.map(|(known, _)| known);
            let newer = super::account::snapshot::apply_snapshot(tx, &account, event.created_at, now).await?;
            // Whose account it is, and what is noted about them, is compared with each of its inquiries.
            if newer && known.is_some_and(|known| known.says_other(&account)) {
                super::evidence::backlog::want_of_account(tx, &id, now.plus(TOGETHER)).await?;
                // Whether the person was screened is read with a case.
                for case in db::case::of_account(tx, id.as_str()).await? {
                    db::case::want(tx, &case, now.plus(TOGETHER)).await?;
                    changed.push((ChangeTopic::Case, case.to_string()));
                }
            }
            let crawl = match event.name.as_str() {
                "account.added-relation" | "account.removed-relation" => {
                    relation(tx, event, &id, newer, now, keys).await?
                }
                "account.consolidated" | "account.consolidated-with" => {
                    // Its inquiries belong to another account now, decided ones too: what was declined stays declined.
                    for inquiry in db::inquiry::of_account(tx, &id).await? {
                        db::inquiry::backlog::want_evidence(tx, &inquiry, now.plus(TOGETHER)).await?;
                    }
                    let took_in = event.name == "account.consolidated-with";
                    super::relation::backlog::consolidated(tx, &id, took_in, now).await?
                }
                _ => false,
            };
            late = !newer;
            if late && db::account::by_id(tx, &id).await?.is_some_and(|(_, as_of)| as_of > now) {
                db::unplaced::want(tx, id.as_str(), noun, now.plus(TOGETHER)).await?;
            }
            folded.crawl |= crawl;
            if newer || crawl {
                changed.push((ChangeTopic::Account, id.to_string()));
            }
        }
        // A webhook may be configured to leave out relations (CONTRACT.md section 21): then the part is read by itself.
        "report" | "verification" | "document" | "inquiry-session"
            if !object.tells("inquiry") && !object.tells("account") =>
        {
            let id = object.object_id().map_err(|failure| Error::Internal(failure.to_string()))?;
            db::unplaced::want(tx, id.as_str(), noun, now.plus(TOGETHER)).await?;
        }
        "verification" | "report" | "document" | "selfie" | "inquiry-session" => {
            changed.extend(of_part(tx, now, noun, object).await?);
        }
        // Events that we do not know, and those that change nothing that the desk shows, are only stored.
        _ => {}
    }
    folded.late += i64::from(late);
    Ok(())
}

/// Requests a new read of what a part belongs to: of the whole, because a part does not say what state the whole is in.
pub(super) async fn of_part(tx: &mut Tx, now: Timestamp, noun: &str, object: &Resource) -> Result<Changed, Error> {
    let mut changed = Changed::new();
    let inquiry = object.one("inquiry").and_then(|id| InquiryId::try_from(id).ok());
    let account = object.one("account").and_then(|id| AccountId::try_from(id).ok());
    let whose = account.as_ref().filter(|_| noun == "report");
    for case in db::case::with_part(tx, &object.id, whose).await? {
        db::case::want(tx, &case, now.plus(TOGETHER)).await?;
        changed.push((ChangeTopic::Case, case.to_string()));
    }
    if let Some(account) = whose {
        // Hits of one inquiry count for the other inquiries of the account.
        super::evidence::backlog::want_of_account(tx, account, now.plus(TOGETHER)).await?;
        if let (None, Ok(report)) = (&inquiry, report(object)) {
            let marked = super::monitoring::on_account(tx, account, &report, now).await?;
            changed.extend(marked.into_iter().map(|id| (ChangeTopic::Inquiry, id.to_string())));
        }
    }
    if let Some(id) = inquiry
        && db::inquiry::lock(tx, &id).await?
        && let Some(row) = db::inquiry::by_id(tx, &id).await?
        && (row.inquiry.status.decidable() || row.evidence.is_some())
    {
        db::inquiry::backlog::want_evidence(tx, &id, now.plus(TOGETHER)).await?;
    }
    Ok(changed)
}

/// Removes what was redacted, whatever the body says and however late it comes: even a body that cannot be read
/// otherwise names its object.
async fn redacted(tx: &mut Tx, event: &Event, noun: &str, source: &Source, now: Timestamp) -> Result<Changed, Error> {
    let (object, at) = (&event.object, event.created_at);
    let mut changed = Changed::new();
    match noun {
        // Redact what is stored first: with a body that is newer it would count as redacted already.
        "inquiry" => {
            let id: InquiryId = object.id.clone().try_into().map_err(|_| unnamed(noun))?;
            super::redact::inquiry(tx, &id, at, now).await?;
            if let Ok(mut inquiry) = json_api::inquiry(object) {
                inquiry.redact(at);
                super::inquiry::snapshot::apply_snapshot(tx, inquiry, source, now).await?;
            }
            for case in db::case::of_inquiry(tx, &id).await? {
                changed.push((ChangeTopic::Case, case.to_string()));
            }
            changed.push((ChangeTopic::Inquiry, id.to_string()));
        }
        "case" => {
            let id: CaseId = object.id.clone().try_into().map_err(|_| unnamed(noun))?;
            super::redact::case(tx, &id, at).await?;
            if let Ok(mut case) = json_api::case(object, &[]) {
                case.redact(at);
                super::case::snapshot::apply_snapshot(tx, case, source, now).await?;
            }
            changed.push((ChangeTopic::Case, id.to_string()));
        }
        "account" => {
            if let Ok(mut account) = json_api::account(object) {
                account.redact(at);
                super::account::snapshot::apply_snapshot(tx, &account, at, now).await?;
            }
            let id: AccountId = object.id.clone().try_into().map_err(|_| unnamed(noun))?;
            changed.extend(super::redact::account(tx, &id, at, now).await?);
            changed.push((ChangeTopic::Account, id.to_string()));
        }
        _ => {
            let whose = Whose {
                inquiry: object.one("inquiry").and_then(|id| InquiryId::try_from(id).ok()),
                account: object.one("account").or_else(|| object.text("account-id")).and_then(|id| id.try_into().ok()),
            };
            // For unknown kinds of events, the account may show what was removed.
            let part = matches!(noun, "verification" | "report" | "document" | "selfie" | "inquiry-session");
            if let (false, Some(account)) = (part, &whose.account) {
                // Only the ID of a transaction is stored, and it is no field of the account.
                if noun != "transaction" && super::redact::property(tx, account).await? {
                    changed.push((ChangeTopic::Account, account.to_string()));
                }
                db::unplaced::want(tx, account.as_str(), "account", now.plus(TOGETHER)).await?;
            }
            if !matches!(noun, "transaction" | "account-property") {
                changed.extend(super::redact::part(tx, whose, &object.id, at, now).await?);
            }
        }
    }
    Ok(changed)
}

fn unnamed(noun: &str) -> Error {
    Error::Internal(format!("a redacted {noun} has an id that cannot be read"))
}

/// How long an event is stored after it came: for a person who looks at one that could not be applied, and to recognise
/// it if it comes again.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// Deletes events that are older than that.
pub(super) async fn forget(tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
    let before = now.minus(KEPT);
    db::webhook::drop_unread(tx, before).await?;
    // An event that was not compared yet may be listed again, and would count as missed.
    let through = db::sync::get(tx, COMPARED).await?.and_then(|(_, text)| super::sync::span(&text)).map(|(to, _)| to);
    db::webhook::forget(tx, through.map_or(before, |through| before.min(through.minus(LISTED_AGAIN)))).await?;
    Ok(())
}

/// Whether an event of Persona's list was compared before and may have been deleted since.
pub fn forgotten(now: Timestamp, through: Timestamp, at: Timestamp) -> bool {
    at < now.minus(KEPT) && at < through.minus(LISTED_AGAIN)
}

/// Events may be created in another order than they are listed in; this is more than any comparison looks back.
const LISTED_AGAIN: Duration = Duration::from_secs(24 * 3600);

/// Applies an added or removed relation, whose key and target are in the event's context. Returns whether the relations
/// have to be read again: an event that is no newer than its account may be older than what is known, and must neither
/// restore a relation that is gone nor be lost.
async fn relation(
    tx: &mut Tx,
    event: &Event,
    from: &AccountId,
    newer: bool,
    now: Timestamp,
    keys: &[String],
) -> Result<bool, Error> {
    let text = |key: &str| get(&event.context, key).and_then(Value::as_str);
    let to = text("target-account-id").map(|target| AccountId::try_from(target.to_owned()));
    let (key, to) = match (text("relation-schema-key").filter(|key| is_key(key)), to) {
        // Relations to transactions are not drawn.
        (_, None) if text("target-txn-id").is_some() => return Ok(false),
        (Some(key), Some(Ok(to))) => (key, to),
        // The event does not say which relation it is, but Persona's list does.
        _ => return super::relation::backlog::doubt(tx, from, now).await,
    };
    if !keys.iter().any(|known| known == key) {
        tracing::info!(key, "a relation key that PERSONA_RELATION_KEYS does not name");
    }
    if !newer {
        // Both ends: Persona stores a relation as a pair, and each end's own list has it.
        let near = super::relation::backlog::doubt(tx, from, now).await?;
        let far = super::relation::backlog::doubt(tx, &to, now).await?;
        return Ok(near || far);
    }
    if db::retention::is_erased(tx, to.as_str()).await? {
        return Ok(false);
    }
    let relation = Relation { from: from.clone(), key: key.to_owned(), to };
    if event.name == "account.added-relation" {
        db::relation::add(tx, &relation).await?;
    } else {
        db::relation::remove(tx, &relation).await?;
    }
    db::relation::changed(tx, from).await?;
    Ok(false)
}
