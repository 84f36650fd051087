//! Applies snapshots of accounts.
use crate::domain::account::Account;
use crate::domain::snapshot_order::orders;
use crate::domain::time::Timestamp;
use crate::server::Error;
use crate::server::db::{self, Tx};

/// Applies a snapshot if it is newer. A redacted account does not share anything any more.
pub(in crate::server::usecase) async fn apply_snapshot(
    tx: &mut Tx,
    account: &Account,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<bool, Error> {
    // The account was erased at the end of its retention: ignore what Persona's lists still say about it.
    if db::retention::is_erased(tx, account.id.as_str()).await? {
        return Ok(false);
    }
    let mut account = account.clone();
    // This snapshot was read or sent before the redaction, or at the same time.
    let known = db::account::by_id(tx, &account.id).await?.and_then(|(known, _)| known.redacted_at);
    let before = known.filter(|at| account.updated_at.unwrap_or(account.created_at) <= *at);
    if let Some(at) = account.redacted_at.or(before) {
        account.redact(at);
    }
    let as_of = if orders(as_of, now) { as_of } else { now };
    let newer = db::account::put_if_newer(tx, &account, as_of).await?;
    match newer {
        true if account.redacted_at.is_some() => db::account::drop_attributes(tx, &account.id).await?,
        // Some accounts have no inquiry, because they were imported or created by a workflow.
        true => {
            if db::account::add_attributes(tx, &account.id, &account.attributes()).await? {
                super::super::evidence::signal::resignal_sharing(tx, &account.id).await?;
            }
        }
        false => {}
    }
    Ok(newer)
}

/// Applies an account that was read by itself. The read replaces what is known as of the same moment, even if an event
/// reported that later. `from` is as of when the mirror had the account when the read began: unless that changed
/// meanwhile, nothing is newer than this read, whatever update time the account had before.
pub(in crate::server::usecase) async fn read(
    tx: &mut Tx,
    account: &Account,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, Error> {
    let at = |account: &Account| account.updated_at.unwrap_or(account.created_at);
    let as_of = match db::account::by_id(tx, &account.id).await? {
        Some((known, as_of)) if at(account) >= at(&known) || from == Some(as_of) => as_of.max(at(account)),
        _ => at(account),
    };
    apply_snapshot(tx, account, as_of, now).await
}
