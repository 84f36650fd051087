//! One account with its inquiries, cases and relations, and applying Persona's snapshots of an account.
use super::audit::{actor, append};
use super::inquiry::Look;
use crate::domain::account::Account;
use crate::domain::account::AccountKind;
use crate::domain::audit::Draft;
use crate::domain::id::AccountId;
use crate::domain::page_data::account::{AccountPage, AccountRow};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::snapshot_order::orders;
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::change_feed::Topic;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

pub async fn open(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    id: AccountId,
    look: Look,
) -> Result<AccountPage, Error> {
    let now = app.now();
    let (account, as_of) = {
        let mut conn = app.read().await?;
        db::account::by_id(&mut conn, &id).await?.ok_or(Error::NotFound("account"))?
    };
    let draft = Draft::new("account.viewed", actor(by), "account", id.to_string());
    let (wanted, viewer) = (id.clone(), by.reviewer().id);
    if look == Look::Opened {
        let read = app
            .write(move |tx| {
                Box::pin(async move {
                    append(tx, now, draft).await?;
                    super::note::read_about(tx, viewer, "account", wanted.as_str(), now).await
                })
            })
            .await?;
        if read {
            app.publish(Topic::Note, viewer.to_string());
        }
    }
    let mut conn = app.read().await?;
    let inquiries = db::queue::of_account(&mut conn, &id).await?;
    let concealed = super::blind::concealed(&mut conn, by, now).await?;
    let mut mask = super::reveal::mask(app, &mut conn, by, "account", id.as_str()).await?;
    let name = account.name();
    let mut account = account;
    mask.fields(&mut account.fields);
    Ok(AccountPage {
        name,
        hidden: mask.hidden.into_iter().collect(),
        notes: super::note::about(&mut conn, by, "account", id.as_str()).await?,
        as_of,
        inquiries: inquiries
            .into_iter()
            .filter_map(super::inquiry::reference)
            .filter(|inquiry| !concealed.inquiry(&inquiry.id))
            .collect(),
        cases: super::inquiry::cases(&mut conn, "account", id.as_str()).await?,
        relations: super::relation::brief(&mut conn, &id, &concealed).await?,
        relations_read: super::relation::how_far(&mut conn, &id).await?,
        shared: db::account::shared(&mut conn, &id).await?,
        account,
        now,
    })
}

/// Returns accounts to start a relation graph from.
pub async fn list(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    search: Option<String>,
) -> Result<Vec<AccountRow>, Error> {
    let search = search.map(|text| clean(text.trim()).to_lowercase()).filter(|text| !text.is_empty());
    let mut conn = app.read().await?;
    let search =
        super::search_link::words(&mut conn, search.clone()).await?.or(search).map(|words| words.to_lowercase());
    let rows = db::account::most_related(&mut conn, search.as_deref(), 50).await?;
    drop(conn);
    if let Some(words) = &search {
        super::audit::searched(app, by, "accounts", words, i64::try_from(rows.len()).unwrap_or(i64::MAX)).await?;
    }
    Ok(rows
        .into_iter()
        .filter_map(|(id, name, kind, relations)| {
            Some(AccountRow { id: id.try_into().ok()?, name, kind: AccountKind::parse(&kind), relations })
        })
        .collect())
}

/// Applies a snapshot if it is newer. A redacted account does not share anything any more.
pub(super) async fn apply_snapshot(
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
                super::evidence::resignal_sharing(tx, &account.id).await?;
            }
        }
        false => {}
    }
    Ok(newer)
}

/// Applies an account that was read by itself. The read replaces what is known as of the same moment, even if an event
/// reported that later. `from` is as of when the mirror had the account when the read began: unless that changed
/// meanwhile, nothing is newer than this read, whatever update time the account had before.
pub(super) async fn read(
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
