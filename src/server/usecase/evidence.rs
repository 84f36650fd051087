//! Evidence in the mirror: which inquiries need it, and storing what was fetched, with its signals and what the account
//! shares.
use std::time::Duration;

use crate::domain::account::Account;
use crate::domain::delivery::pause;
use crate::domain::evidence::{Evidence, Signal};
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::InquirySession;
use crate::domain::queue::LATER_HIT;
use crate::domain::snapshot_order::{Known, Source, newer, without_ahead};
use crate::domain::time::Timestamp;
use crate::server::change_feed::Topic;
use crate::server::db::{self, Tx};
use crate::server::persona::Failure;
use crate::server::{App, Error};

/// Interval at which a change is requested again that Persona reported but does not return.
pub(super) const RETRIED: Duration = Duration::from_secs(3600);
/// Inquiries whose signals change with this one's because they share something, at most.
const MOST_SHARERS: i64 = 50;

/// An inquiry whose evidence is to be fetched, with what need not be fetched again.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub id: InquiryId,
    pub wanted_at: Option<Timestamp>,
    /// Whether a reviewer has its page open.
    pub first: bool,
    /// Sessions that had ended when they were last read: they do not change any more.
    pub finished: Vec<InquirySession>,
    /// Whether a hit was found after the approval: then the reports on the account itself belong to the evidence.
    pub marked: bool,
    /// The state of the mirror when this read began.
    pub from: Source,
    /// The account, and as of when the mirror had it at that time.
    pub account: Option<(AccountId, Timestamp)>,
}

pub async fn wanted(app: &App, limit: i64) -> Result<Vec<Wanted>, Error> {
    let mut conn = app.read().await?;
    let (mut all, mut unreadable) = (Vec::new(), Vec::new());
    for (id, first) in db::inquiry::wanted(&mut conn, app.now(), limit).await? {
        let row = match db::inquiry::by_id(&mut conn, &id).await {
            Ok(Some(row)) => row,
            Ok(None) => continue,
            // The stored inquiry cannot be read: it is put off, and the others are requested.
            Err(error) if db::is_unreadable(&error) => {
                tracing::warn!(inquiry = %id, %error, "an inquiry in the database cannot be read");
                unreadable.push(id);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let from = Source::ReadFrom { as_of: row.as_of, as_of_event: row.as_of_event };
        let account = match row.inquiry.account_id {
            Some(id) => db::account::by_id(&mut conn, &id).await?.map(|(_, as_of)| (id, as_of)),
            None => None,
        };
        let sessions = row.evidence.map(|evidence| evidence.sessions).unwrap_or_default();
        let finished = sessions.into_iter().filter(|session| session.status == "expired").collect();
        let marked = row.tags.iter().any(|tag| tag == LATER_HIT);
        all.push(Wanted { id, wanted_at: row.evidence_wanted_at, first, finished, marked, from, account });
    }
    // Release the connection first: a task that holds one must not wait for another.
    drop(conn);
    for id in unreadable {
        put_off(app, id, app.now().plus(RETRIED)).await?;
    }
    Ok(all)
}

/// What a fetch returned.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub evidence: Evidence,
    pub account: Option<Account>,
    pub template: Option<(String, String)>,
    /// Whether the reports on the account itself were requested. If so, the evidence contains all of them.
    pub on_account: bool,
}

pub async fn store(app: &App, wanted: Wanted, fetched: Fetched) -> Result<(), Error> {
    let now = app.now();
    let id = wanted.id.clone();
    let (touched, relations) = app
        .write(move |tx| {
            Box::pin(async move {
                let Fetched { mut evidence, account, template, on_account } = fetched;
                if let Some((id, name)) = template {
                    db::inquiry::put_template(tx, &id, &name).await?;
                }
                if let Some(account) = account {
                    let from = wanted.account.as_ref().filter(|(id, _)| *id == account.id).map(|(_, as_of)| *as_of);
                    super::account::read(tx, &account, from, now).await?;
                }
                // What was read before a redaction, or what Persona still returns after it, does not undo the
                // redaction.
                let gone = db::redacted::among(tx, &evidence.parts()).await?;
                evidence.redact(&gone);
                if !db::inquiry::lock(tx, &wanted.id).await? {
                    // The inquiry was never listed: this read is all there is.
                    super::inquiry::apply_snapshot(tx, evidence.inquiry.clone(), &Source::Read, now).await?;
                }
                let Some(mut row) = db::inquiry::by_id(tx, &wanted.id).await? else { return Ok((Vec::new(), false)) };
                let dated = &mut evidence.inquiry;
                without_ahead(&mut dated.updated_at, &mut dated.created_at, Some(row.inquiry.created_at), now);
                // A webhook may have overtaken this read: then the webhook's state of the inquiry itself counts.
                let read_at = evidence.inquiry.updated_at.unwrap_or(evidence.inquiry.created_at);
                let redacted = row.inquiry.redacted_at;
                let known = Known {
                    as_of: row.as_of,
                    as_of_event: &row.as_of_event,
                    updated_at: row.inquiry.updated_at.unwrap_or(row.inquiry.created_at),
                };
                if newer(&wanted.from, Some(read_at), &known) {
                    let ahead = read_at < known.updated_at;
                    // What was read before a redaction does not undo the redaction.
                    row.inquiry = evidence.inquiry.clone();
                    if let Some(at) = row.inquiry.redacted_at.or(redacted) {
                        row.inquiry.redact(at);
                    }
                    // A time in the future is not stored: everything that comes next would be older than it.
                    (row.as_of, row.as_of_event) = match ahead {
                        true => (read_at, String::new()),
                        false => (row.as_of.max(read_at), row.as_of_event),
                    };
                }
                if let Some(before) = row.evidence.as_ref().filter(|_| !on_account) {
                    evidence.reports.extend(before.reports.iter().filter(|report| report.beside.is_some()).cloned());
                }
                if let Some(before) = &row.evidence {
                    evidence.reports.iter_mut().for_each(|report| report.open_what_grew(&before.reports));
                }
                let mut touched = Vec::new();
                if let Some(account) = &row.inquiry.account_id {
                    if row.inquiry.redacted_at.is_none() {
                        db::account::add_attributes(tx, account, &evidence.attributes()).await?;
                    }
                    for other in db::account::inquiries_sharing(tx, account, MOST_SHARERS).await? {
                        touched.extend(InquiryId::try_from(other));
                    }
                }
                let later = super::monitoring::later(&row.inquiry, row.evidence.as_ref(), &evidence);
                super::monitoring::mark(tx, &mut row, &later, now).await?;
                // What Persona has redacted is not stored here either, nor in the evidence of other inquiries and
                // cases.
                if row.inquiry.redacted_at.is_some() {
                    super::redact::beside(tx, &mut row, redacted.is_none(), now).await?;
                }
                row.evidence =
                    row.inquiry.redacted_at.is_none().then(|| Evidence { inquiry: row.inquiry.clone(), ..evidence });
                row.signals = signals(tx, &row).await?;
                row.evidence_at = Some(now);
                row.evidence_attempts = 0;
                row.evidence_error = None;
                // If the evidence was requested again meanwhile, it is read again.
                if row.evidence_wanted_at == wanted.wanted_at {
                    row.evidence_wanted_at = None;
                }
                super::inquiry::upsert(tx, &mut row).await?;
                if let Some(account) = row.inquiry.account_id.as_ref().filter(|_| row.inquiry.redacted_at.is_some()) {
                    super::redact::share_again(tx, account).await?;
                }
                let mut relations = false;
                if let Some(account) = row.inquiry.account_id.as_ref().filter(|_| row.inquiry.status.decidable()) {
                    relations = super::relation::want(tx, account, now).await?;
                }
                Ok((touched, relations))
            })
        })
        .await?;
    if relations {
        app.wake.crawl.notify_one();
    }
    app.publish(Topic::Inquiry, id.clone());
    for other in touched {
        // One transaction each: two stores that wrote each other's rows in one transaction would wait for each other.
        let changed = {
            let other = other.clone();
            app.write(move |tx| Box::pin(async move { resignal(tx, &other).await })).await?
        };
        if changed {
            app.publish(Topic::Inquiry, other);
        }
    }
    tracing::debug!(inquiry = %id, "evidence stored");
    Ok(())
}

/// Requests the evidence of all inquiries of an account that can be decided, because something of the account itself is
/// new.
pub(super) async fn want_of_account(tx: &mut Tx, account: &AccountId, at: Timestamp) -> Result<(), Error> {
    for id in db::inquiry::decidable_of_account(tx, account).await? {
        db::inquiry::want_evidence(tx, &id, at).await?;
    }
    Ok(())
}

pub(super) async fn signals(tx: &mut Tx, row: &db::inquiry::Mirrored) -> Result<Vec<Signal>, Error> {
    let shared = match &row.inquiry.account_id {
        Some(account) => db::account::shared(tx, account).await?,
        None => Vec::new(),
    };
    Ok(row.evidence.as_ref().map(|evidence| evidence.signals(&shared)).unwrap_or_default())
}

/// Recomputes signals after an account came to share an attribute of its own: those of its inquiries that can be
/// decided, and of those that share it, in the order of their IDs.
pub(super) async fn resignal_sharing(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    let mut all = db::inquiry::decidable_of_account(tx, account).await?;
    for other in db::account::inquiries_sharing(tx, account, MOST_SHARERS).await? {
        all.extend(InquiryId::try_from(other));
    }
    all.sort_unstable();
    all.dedup();
    for id in all {
        match resignal(tx, &id).await {
            // Its row cannot be read. That stops nothing else.
            Err(Error::Db(error)) if db::is_unreadable(&error) => {}
            other => _ = other?,
        }
    }
    Ok(())
}

/// Recomputes the signals of an inquiry after the evidence of another one was stored. Returns whether they changed.
async fn resignal(tx: &mut Tx, id: &InquiryId) -> Result<bool, Error> {
    if !db::inquiry::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::inquiry::by_id(tx, id).await? else { return Ok(false) };
    let signals = signals(tx, &row).await?;
    if signals == row.signals {
        return Ok(false);
    }
    db::inquiry::set_signals(tx, id, &signals, -crate::domain::queue::risk(&signals)).await?;
    row.signals = signals;
    super::queue::find_by(tx, &row).await?;
    Ok(true)
}

/// Text on the page when evidence was read but could not be stored. The cause is in the server's log only.
pub(super) const UNSTORED: &str = "the desk could not store what it read; the server's log says why";

/// Handles evidence that was fetched but could not be stored: tried again later, like a temporary failure.
pub async fn unstored(app: &App, wanted: Wanted, error: &Error) -> Result<(), Error> {
    tracing::warn!(inquiry = %wanted.id, %error, "evidence could not be stored");
    again(app, wanted, true, UNSTORED.to_owned()).await
}

async fn put_off(app: &App, id: InquiryId, at: Timestamp) -> Result<(), Error> {
    app.write(move |tx| Box::pin(async move { Ok(db::inquiry::evidence_failed(tx, &id, Some(at), UNSTORED).await?) }))
        .await
}

/// Handles a failed fetch: it is tried again later, and the page says why meanwhile.
pub async fn failed(app: &App, wanted: Wanted, failure: Failure) -> Result<(), Error> {
    again(app, wanted, failure.passing(), failure.to_string()).await
}

async fn again(app: &App, wanted: Wanted, passing: bool, why: String) -> Result<(), Error> {
    let now = app.now();
    let id = wanted.id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let Some(row) = db::inquiry::by_id(tx, &wanted.id).await? else { return Ok(()) };
            if row.evidence_wanted_at != wanted.wanted_at {
                // The evidence was requested again meanwhile: that request counts.
                return Ok(());
            }
            // A temporary failure never ends the request: only the pauses grow.
            let tries = u32::try_from(row.evidence_attempts).unwrap_or(u32::MAX).saturating_add(1);
            let again = match passing {
                true => Some(now.plus(pause(tries, 0))),
                // The stored evidence is older than what Persona reported, and no reviewer can decide on it: ask again
                // from time to time.
                false => (row.evidence.is_some() && row.inquiry.status.decidable()).then(|| now.plus(RETRIED)),
            };
            Ok(db::inquiry::evidence_failed(tx, &wanted.id, again, &why).await?)
        })
    })
    .await?;
    app.publish(Topic::Inquiry, id);
    Ok(())
}
