//! Evidence that still has to be read from Persona.
use std::time::Duration;

use crate::domain::delivery::pause;
use crate::domain::id::{AccountId, InquiryId};
use crate::domain::inquiry::InquirySession;
use crate::domain::queue::LATER_HIT;
use crate::domain::snapshot_order::Source;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::{self, Tx};
use crate::server::persona::Failure;
use crate::server::{App, Error};

/// Interval at which a change is requested again that Persona reported but does not return.
pub(in crate::server::usecase) const RETRIED: Duration = Duration::from_secs(3600);

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
    for (id, first) in db::inquiry::backlog::wanted(&mut conn, app.now(), limit).await? {
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

/// Requests the evidence of all inquiries of an account that can be decided, because something of the account itself is
/// new.
pub(in crate::server::usecase) async fn want_of_account(
    tx: &mut Tx,
    account: &AccountId,
    at: Timestamp,
) -> Result<(), Error> {
    for id in db::inquiry::decidable_of_account(tx, account).await? {
        db::inquiry::backlog::want_evidence(tx, &id, at).await?;
    }
    Ok(())
}

/// Text on the page when evidence was read but could not be stored. The cause is in the server's log only.
pub(in crate::server::usecase) const UNSTORED: &str =
    "the desk could not store what it read; the server's log says why";

/// Handles evidence that was fetched but could not be stored: tried again later, like a temporary failure.
pub async fn unstored(app: &App, wanted: Wanted, error: &Error) -> Result<(), Error> {
    tracing::warn!(inquiry = %wanted.id, %error, "evidence could not be stored");
    again(app, wanted, true, UNSTORED.to_owned()).await
}

async fn put_off(app: &App, id: InquiryId, at: Timestamp) -> Result<(), Error> {
    app.write(move |tx| {
        Box::pin(async move { Ok(db::inquiry::backlog::evidence_failed(tx, &id, Some(at), UNSTORED).await?) })
    })
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
            Ok(db::inquiry::backlog::evidence_failed(tx, &wanted.id, again, &why).await?)
        })
    })
    .await?;
    app.publish(ChangeTopic::Inquiry, id);
    Ok(())
}
