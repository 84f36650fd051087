//! Signals of stored evidence.
use crate::domain::evidence::Signal;
use crate::domain::id::{AccountId, InquiryId};
use crate::server::Error;
use crate::server::db::{self, Tx};

/// Inquiries whose signals change with this one's because they share something, at most.
pub(super) const MOST_SHARERS: i64 = 50;

pub(in crate::server::usecase) async fn signals(
    tx: &mut Tx,
    row: &db::inquiry::MirroredInquiry,
) -> Result<Vec<Signal>, Error> {
    let shared = match &row.inquiry.account_id {
        Some(account) => db::account::shared(tx, account).await?,
        None => Vec::new(),
    };
    Ok(row.evidence.as_ref().map(|evidence| evidence.signals(&shared)).unwrap_or_default())
}

/// Recomputes signals after an account came to share an attribute of its own: those of its inquiries that can be
/// decided, and of those that share it, in the order of their IDs.
pub(in crate::server::usecase) async fn resignal_sharing(tx: &mut Tx, account: &AccountId) -> Result<(), Error> {
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
pub(super) async fn resignal(tx: &mut Tx, id: &InquiryId) -> Result<bool, Error> {
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
    super::super::queue::priority::find_by(tx, &row).await?;
    Ok(true)
}
