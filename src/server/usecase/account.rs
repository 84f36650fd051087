//! One account with its inquiries, cases and relations, and applying Persona's snapshots of an account.
pub mod snapshot;

use super::audit::{actor, append};
use super::inquiry::visit::Look;
use crate::domain::account::AccountKind;
use crate::domain::audit::Draft;
use crate::domain::id::AccountId;
use crate::domain::page_data::account::{AccountPage, AccountRow};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
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
            app.publish(ChangeTopic::Note, viewer.to_string());
        }
    }
    let mut conn = app.read().await?;
    let inquiries = db::queue::of_account(&mut conn, &id).await?;
    let concealed = super::blind::concealment::concealed(&mut conn, by, now).await?;
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
