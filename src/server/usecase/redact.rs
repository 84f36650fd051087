//! Removes from the mirror what Persona has redacted, whatever else the event says: its name alone is enough. A late
//! event counts like one in time, because Persona never restores what was redacted.
use crate::domain::decision::Subject;
use crate::domain::evidence::Evidence;
use crate::domain::id::{AccountId, CaseId, InquiryId};
use crate::domain::redact::{Gone, made_in};
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::{self, Tx};

use super::webhook::change::Changed;

/// Removes what is stored next to an inquiry and says something about its person, here and in the evidence of other
/// inquiries and cases.
/// `newly`: the inquiry was not known to be redacted before.
pub(super) async fn beside(tx: &mut Tx, row: &mut MirroredInquiry, newly: bool, now: Timestamp) -> Result<(), Error> {
    let at = row.inquiry.redacted_at.unwrap_or(now);
    let evidence = row.evidence.take();
    row.signals = Vec::new();
    row.evidence_wanted_at = None;
    db::snapshot::drop_undecided(tx, &Subject::Inquiry(row.inquiry.id.clone())).await?;
    // The resolved differences go too: a birthdate could be guessed from the hash of what differed.
    db::discrepancy::forget(tx, &row.inquiry.id).await?;
    // A link that still works would open an inquiry that Persona has emptied.
    db::link::forget(tx, &row.inquiry.id).await?;
    db::account::drop_inquiry_attributes(tx, &row.inquiry.id).await?;
    if !newly && evidence.is_none() {
        return Ok(());
    }
    // Its verifications and reports are redacted with it, and other inquiries of the account, and cases, hold some of
    // them.
    let id = row.inquiry.id.clone();
    let mut gone = Gone::new();
    let mut add = |ids: Vec<&str>| gone.extend(ids.into_iter().map(|id| (id.to_owned(), at)));
    add(evidence.iter().flat_map(Evidence::own).collect());
    let (mut others, mut cases) = (Vec::new(), Vec::new());
    if let Some(account) = &row.inquiry.account_id {
        others = db::inquiry::of_account(tx, account).await?;
        others.retain(|other| *other != id);
        cases = db::case::of_account(tx, account.as_str()).await?;
    }
    for other in &others {
        let held = db::inquiry::by_id(tx, other).await?.and_then(|row| row.evidence);
        add(held.iter().flat_map(|evidence| made_in(&evidence.reports, id.as_str())).collect());
    }
    for case in &cases {
        let held = db::case::by_id(tx, case).await?.and_then(|row| row.case.evidence);
        add(held.iter().flat_map(|evidence| made_in(&evidence.reports, id.as_str())).collect());
    }
    remember(tx, &gone).await?;
    for other in others {
        in_inquiry(tx, &other, &gone).await?;
    }
    for case in cases {
        in_case(tx, &case, &gone, now).await?;
    }
    // Cases that hold the inquiry itself may hold what was never read with it.
    for case in db::case::of_inquiry(tx, &id).await? {
        read_again(tx, &case, now).await?;
    }
    Ok(())
}

/// Redacts an inquiry. Returns whether there was something to redact.
pub(super) async fn inquiry(tx: &mut Tx, id: &InquiryId, at: Timestamp, now: Timestamp) -> Result<bool, Error> {
    if !db::inquiry::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::inquiry::by_id(tx, id).await? else { return Ok(false) };
    let known = row.inquiry.clone();
    row.inquiry.redact(at);
    if row.inquiry == known && row.evidence.is_none() {
        return Ok(false);
    }
    beside(tx, &mut row, true, now).await?;
    super::inquiry::row::upsert(tx, &mut row).await?;
    if let Some(account) = &row.inquiry.account_id {
        share_again(tx, account).await?;
    }
    Ok(true)
}

/// Recomputes what an account shares: what its other inquiries show, and its own attributes.
pub(super) async fn share_again(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
    db::account::drop_attributes(tx, account).await?;
    if let Some((known, _)) = db::account::by_id(tx, account).await? {
        db::account::add_attributes(tx, account, &known.attributes()).await?;
    }
    for id in db::inquiry::of_account(tx, account).await? {
        let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
        if let Some(evidence) = row.evidence.filter(|_| row.inquiry.redacted_at.is_none()) {
            db::account::add_attributes(tx, account, &evidence.attributes()).await?;
        }
    }
    Ok(())
}

/// Redacts an account, and with it the inquiries that it had by then and the reports on it.
pub(super) async fn account(tx: &mut Tx, id: &AccountId, at: Timestamp, now: Timestamp) -> Result<Changed, Error> {
    if let Some((mut known, as_of)) = db::account::by_id(tx, id).await? {
        known.redact(at);
        db::account::put_if_newer(tx, &known, as_of).await?;
    }
    db::account::drop_attributes(tx, id).await?;
    let (mut changed, mut gone, mut later) = (Changed::new(), Gone::new(), Vec::new());
    for found in db::inquiry::of_account(tx, id).await? {
        let Some(row) = db::inquiry::by_id(tx, &found).await? else { continue };
        if let Some(evidence) = &row.evidence {
            gone.extend(evidence.of_account().into_iter().map(|id| (id.to_owned(), at)));
        }
        if row.inquiry.created_at > at {
            later.push(found);
        } else if inquiry(tx, &found, at, now).await? {
            changed.push((ChangeTopic::Inquiry, found.to_string()));
        }
    }
    remember(tx, &gone).await?;
    for id in later {
        if in_inquiry(tx, &id, &gone).await? {
            changed.push((ChangeTopic::Inquiry, id.to_string()));
        }
    }
    // The account no longer says whom a later inquiry is about, so these are read again.
    super::evidence::backlog::want_of_account(tx, id, now).await?;
    changed.extend(cases_of(tx, id.as_str(), now).await?);
    Ok(changed)
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

/// Redacts a property of an account. The event need not say which field that is, so all fields are removed until the
/// account is read again.
pub(super) async fn property(tx: &mut Tx, id: &AccountId) -> Result<bool, Error> {
    let Some((mut known, as_of)) = db::account::by_id(tx, id).await? else { return Ok(false) };
    known.fields.clear();
    Ok(db::account::put_if_newer(tx, &known, as_of).await?)
}

/// The inquiry and account of a part, as far as an event says.
#[derive(Debug, Default)]
pub(super) struct Whose {
    pub inquiry: Option<InquiryId>,
    pub account: Option<AccountId>,
}

/// Redacts a verification, report, document or any other part wherever evidence is stored: in inquiries, in cases, and
/// in snapshots that were seen but not decided on. If the event does not say where the part is, it is searched for
/// everywhere.
pub(super) async fn part(
    tx: &mut Tx,
    whose: Whose,
    part: &str,
    at: Timestamp,
    now: Timestamp,
) -> Result<Changed, Error> {
    db::redacted::keep(tx, part, at).await?;
    let gone = db::redacted::among(tx, &[part]).await?;
    let mut account = whose.account;
    let (mut holders, mut told) = (Vec::new(), account.is_some());
    if let Some(id) = whose.inquiry {
        let known = db::inquiry::by_id(tx, &id).await?;
        told |= known.is_some();
        account = account.or(known.and_then(|row| row.inquiry.account_id));
        holders.push(id);
    }
    if let Some(account) = &account {
        holders.extend(db::inquiry::of_account(tx, account).await?);
    }
    let mut cases = db::case::with_part(tx, part, account.as_ref()).await?;
    for id in &holders {
        cases.extend(db::case::of_inquiry(tx, id).await?);
    }
    if !told {
        holders.extend(db::inquiry::holding(tx, part).await?);
        cases.extend(db::case::naming(tx, part).await?);
        db::snapshot::drop_undecided_naming(tx, part).await?;
    }
    let mut changed = Changed::new();
    // In order, so that two transactions never wait for each other.
    holders.sort();
    holders.dedup();
    cases.sort();
    cases.dedup();
    for id in holders {
        if in_inquiry(tx, &id, &gone).await? {
            changed.push((ChangeTopic::Inquiry, id.to_string()));
        }
    }
    for id in cases {
        if in_case(tx, &id, &gone, now).await? {
            changed.push((ChangeTopic::Case, id.to_string()));
        }
    }
    Ok(changed)
}

async fn remember(tx: &mut Tx, gone: &Gone) -> Result<(), Error> {
    for (id, at) in gone {
        db::redacted::keep(tx, id, *at).await?;
    }
    Ok(())
}

async fn in_inquiry(tx: &mut Tx, id: &InquiryId, gone: &Gone) -> Result<bool, Error> {
    if !db::inquiry::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::inquiry::by_id(tx, id).await? else { return Ok(false) };
    // An earlier version that a reviewer looked at may hold what this one does not.
    db::snapshot::drop_undecided(tx, &Subject::Inquiry(id.clone())).await?;
    if !row.evidence.as_mut().is_some_and(|evidence| evidence.redact(gone)) {
        return Ok(false);
    }
    db::discrepancy::forget(tx, id).await?;
    row.signals = super::evidence::signal::signals(tx, &row).await?;
    super::inquiry::row::upsert(tx, &mut row).await?;
    if let Some(account) = &row.inquiry.account_id {
        share_again(tx, account).await?;
    }
    Ok(true)
}

async fn in_case(tx: &mut Tx, id: &CaseId, gone: &Gone, now: Timestamp) -> Result<bool, Error> {
    if !db::case::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::case::by_id(tx, id).await? else { return Ok(false) };
    db::snapshot::drop_undecided(tx, &Subject::Case(id.clone())).await?;
    if !row.case.evidence.as_mut().is_some_and(|evidence| evidence.redact(gone)) {
        return Ok(false);
    }
    row.version += 1;
    db::case::put(tx, &row).await?;
    db::case::want(tx, id, now).await?;
    Ok(true)
}

/// Removes what was read of the cases that hold an account or one of its inquiries. Returns which.
pub(super) async fn cases_of(tx: &mut Tx, account: &str, now: Timestamp) -> Result<Changed, Error> {
    let mut changed = Changed::new();
    for case in db::case::of_account(tx, account).await? {
        if read_again(tx, &case, now).await? {
            changed.push((ChangeTopic::Case, case.to_string()));
        }
    }
    Ok(changed)
}

/// The contents of a case do not say whom each part is about: all of them are removed, and what Persona still returns
/// is read again.
async fn read_again(tx: &mut Tx, id: &CaseId, now: Timestamp) -> Result<bool, Error> {
    if !db::case::lock(tx, id).await? {
        return Ok(false);
    }
    let Some(mut row) = db::case::by_id(tx, id).await? else { return Ok(false) };
    db::snapshot::drop_undecided(tx, &Subject::Case(id.clone())).await?;
    let known = row.case.evidence.take().is_some();
    if known {
        row.version += 1;
        db::case::put(tx, &row).await?;
    }
    if row.case.redacted_at.is_none() {
        db::case::want(tx, id, now).await?;
    }
    Ok(known)
}
