//! Evidence in the mirror: which inquiries need it, and storing what was fetched, with its signals and what the account
//! shares.
pub mod backlog;
pub mod signal;

use backlog::Wanted;
use signal::{MOST_SHARERS, resignal, signals};

use crate::domain::account::Account;
use crate::domain::evidence::Evidence;
use crate::domain::id::InquiryId;
use crate::domain::snapshot_order::{MirrorState, Source, newer, without_ahead};
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::{App, Error};

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
                    super::account::snapshot::read(tx, &account, from, now).await?;
                }
                // What was read before a redaction, or what Persona still returns after it, does not undo the
                // redaction.
                let gone = db::redacted::among(tx, &evidence.parts()).await?;
                evidence.redact(&gone);
                if !db::inquiry::lock(tx, &wanted.id).await? {
                    // The inquiry was never listed: this read is all there is.
                    super::inquiry::snapshot::apply_snapshot(tx, evidence.inquiry.clone(), &Source::Read, now).await?;
                }
                let Some(mut row) = db::inquiry::by_id(tx, &wanted.id).await? else { return Ok((Vec::new(), false)) };
                let dated = &mut evidence.inquiry;
                without_ahead(&mut dated.updated_at, &mut dated.created_at, Some(row.inquiry.created_at), now);
                // A webhook may have overtaken this read: then the webhook's state of the inquiry itself counts.
                let read_at = evidence.inquiry.updated_at.unwrap_or(evidence.inquiry.created_at);
                let redacted = row.inquiry.redacted_at;
                let known = MirrorState {
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
                if row.inquiry.account_id.is_none() && row.inquiry.redacted_at.is_none() {
                    db::account::add_inquiry_attributes(tx, &wanted.id, &evidence.attributes()).await?;
                }
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
                super::inquiry::row::upsert(tx, &mut row).await?;
                if let Some(account) = row.inquiry.account_id.as_ref().filter(|_| row.inquiry.redacted_at.is_some()) {
                    super::redact::share_again(tx, account).await?;
                }
                let mut relations = false;
                if let Some(account) = row.inquiry.account_id.as_ref().filter(|_| row.inquiry.status.decidable()) {
                    relations = super::relation::backlog::want(tx, account, now).await?;
                }
                Ok((touched, relations))
            })
        })
        .await?;
    if relations {
        app.wake.crawl.notify_one();
    }
    app.publish(ChangeTopic::Inquiry, id.clone());
    for other in touched {
        // One transaction each: two stores that wrote each other's rows in one transaction would wait for each other.
        let changed = {
            let other = other.clone();
            app.write(move |tx| Box::pin(async move { resignal(tx, &other).await })).await?
        };
        if changed {
            app.publish(ChangeTopic::Inquiry, other);
        }
    }
    tracing::debug!(inquiry = %id, "evidence stored");
    Ok(())
}
