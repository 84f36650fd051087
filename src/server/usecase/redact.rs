//! Taking out of the mirror what Persona has redacted, whatever the event says besides: its name alone is enough, and one that comes
//! late counts as one that comes in time, because Persona brings nothing redacted back.
use crate::domain::decision::Subject;
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::db::inquiry::Mirrored;
use crate::server::db::{self, Tx};

/// What is kept beside an inquiry and tells of its person.
pub(super) async fn beside(tx: &mut Tx, row: &mut Mirrored) -> Result<(), Error> {
    row.evidence = None;
    row.signals = Vec::new();
    row.evidence_wanted_at = None;
    db::snapshot::drop_undecided(tx, &Subject::Inquiry(row.inquiry.id.clone())).await?;
    // Nor what was said of it: a birthdate could be guessed from the hash of what differed.
    db::discrepancy::forget(tx, &row.inquiry.id).await?;
    // A link that still works would open what Persona has emptied.
    db::link::forget(tx, &row.inquiry.id).await?;
    Ok(())
}

/// True when there was something to redact.
pub(super) async fn inquiry(tx: &mut Tx, id: &InquiryId, at: Timestamp) -> Result<bool, Error> {
    if !db::inquiry::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::inquiry::by_id(tx, id).await? else { return Ok(false) };
    let known = row.inquiry.clone();
    row.inquiry.redact(at);
    if row.inquiry == known && row.evidence.is_none() {
        return Ok(false);
    }
    beside(tx, &mut row).await?;
    super::inquiry::put(tx, &mut row).await?;
    if let Some(account) = &row.inquiry.account_id {
        share_again(tx, account).await?;
    }
    Ok(true)
}

/// What an account shares is what its other inquiries show.
async fn share_again(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    db::account::drop_attributes(tx, account).await?;
    for id in db::inquiry::of_account(tx, account).await? {
        let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
        if let Some(evidence) = row.evidence.filter(|_| row.inquiry.redacted_at.is_none()) {
            db::account::add_attributes(tx, account, &evidence.attributes()).await?;
        }
    }
    Ok(())
}

/// The account, and with it the inquiries that it had by then. Returns them.
pub(super) async fn account(tx: &mut Tx, id: &AccountId, at: Timestamp) -> Result<Vec<InquiryId>, Error> {
    if let Some((mut known, as_of)) = db::account::by_id(tx, id).await? {
        known.redact(at);
        db::account::put_if_newer(tx, &known, as_of).await?;
    }
    db::account::drop_attributes(tx, id).await?;
    let mut redacted = Vec::new();
    for found in db::inquiry::of_account(tx, id).await? {
        let made = db::inquiry::by_id(tx, &found).await?.map(|row| row.inquiry.created_at);
        if made.is_some_and(|made| made <= at) && inquiry(tx, &found, at).await? {
            redacted.push(found);
        }
    }
    Ok(redacted)
}

pub(super) async fn case(tx: &mut Tx, id: &CaseId, at: Timestamp) -> Result<bool, Error> {
    if !db::case::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::case::by_id(tx, id).await? else { return Ok(false) };
    let known = row.case.clone();
    row.case.redact(at);
    if row.case == known {
        return Ok(false);
    }
    row.version += 1;
    db::case::put(tx, &row).await?;
    db::snapshot::drop_undecided(tx, &Subject::Case(id.clone())).await?;
    Ok(true)
}

/// A verification, report or document of an inquiry: found where it is kept when the event does not say whose it is.
pub(super) async fn part(
    tx: &mut Tx,
    of: Option<InquiryId>,
    part: &str,
    at: Timestamp,
) -> Result<Vec<InquiryId>, Error> {
    let mut redacted = Vec::new();
    let holders = match of {
        Some(id) => vec![id],
        None => db::inquiry::holding(tx, part).await?,
    };
    for id in holders {
        if !db::inquiry::lock(tx, &id).await? {
            continue;
        }
        let Some(mut row) = db::inquiry::by_id(tx, &id).await? else { continue };
        if !row.evidence.as_mut().is_some_and(|evidence| evidence.redact_part(part, at)) {
            continue;
        }
        db::snapshot::drop_undecided(tx, &Subject::Inquiry(id.clone())).await?;
        db::discrepancy::forget(tx, &id).await?;
        row.signals = super::evidence::signals(tx, &row).await?;
        super::inquiry::put(tx, &mut row).await?;
        if let Some(account) = &row.inquiry.account_id {
            share_again(tx, account).await?;
        }
        redacted.push(id);
    }
    Ok(redacted)
}
