//! Reads the relations of accounts that a reviewer may soon decide on or looks at: one call for each account and key.
//! If other accounts were merged into an account, its inquiries are listed as well.
use std::collections::HashSet;

use crate::domain::id::AccountId;
use crate::domain::inquiry::Inquiry;
use crate::server::db::relation::{Merged, WantedRead};
use crate::server::persona::{Failure, Lane, json_api};
use crate::server::usecase::relation::backlog::WAITED_FOR;
use crate::server::usecase::relation::backlog::{
    RelationList, Surroundings, not_stored, read_failed, store_read, wanted_reads,
};
use crate::server::{App, Error};

const BATCH: i64 = 16;
/// Most pages of 100 under one key. What comes after them is not read, and the account counts as incompletely read.
const MOST_PAGES: usize = 100;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = wanted_reads(app, BATCH).await?;
        let found = batch.len();
        let mut error = None;
        for wanted in batch {
            // A time long past means that a reviewer waits for it.
            let urgent = app.now().since(wanted.at) >= WAITED_FOR;
            let lane = if urgent { Lane::Page } else { Lane::Background };
            let written = match around(app, lane, &wanted).await {
                Ok(found) => match store_read(app, wanted.clone(), found).await {
                    Ok(()) => Ok(()),
                    // An account that cannot be stored is put off, and the others continue.
                    Err(error) => not_stored(app, wanted, &error).await,
                },
                Err(failure) => read_failed(app, wanted, failure).await,
            };
            error = error.or(written.err());
        }
        // Not even the failure could be written: the caller waits before the next try.
        if let Some(error) = error {
            return Err(error);
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

async fn around(app: &App, lane: Lane, wanted: &WantedRead) -> Result<Surroundings, Failure> {
    let inquiries =
        if wanted.merged == Merged::TookIn { inquiries(app, lane, &wanted.account).await? } else { Vec::new() };
    Ok(Surroundings { relations: relations(app, lane, &wanted.account).await?, inquiries })
}

/// Returns all inquiries of an account. One that cannot be understood may be a declined one, so then nothing is known.
async fn inquiries(app: &App, lane: Lane, account: &AccountId) -> Result<Vec<Inquiry>, Failure> {
    let query = [("filter[account-id]", account.as_str()), ("page[size]", "100")];
    let (mut found, mut next) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let page = app.persona.list::<json_api::Resource>(lane, "/inquiries", &query, next.as_deref()).await?;
        if let Some(odd) = page.odd.first() {
            return Err(Failure::Unreadable(format!("its list of inquiries: {odd}")));
        }
        for row in &page.rows {
            let inquiry = json_api::inquiry(row)?;
            match &inquiry.account_id {
                Some(of) if of == account => found.push(inquiry),
                Some(_) => {}
                None => {
                    return Err(Failure::Unreadable(format!(
                        "inquiry {} does not say to which account it belongs",
                        inquiry.id
                    )));
                }
            }
        }
        next = page.next;
        if next.is_none() {
            return Ok(found);
        }
    }
    Err(Failure::Unreadable(format!("it has more than {} inquiries", MOST_PAGES * 100)))
}

async fn relations(app: &App, lane: Lane, account: &AccountId) -> Result<Vec<RelationList>, Failure> {
    let mut found = Vec::new();
    let (keys, listed) = keys(app, lane, account).await?;
    for key in keys {
        let path = format!("/accounts/{account}/relations");
        let (mut targets, mut next) = (Vec::new(), None::<String>);
        let mut followed = HashSet::new();
        let (mut whole, mut odd, mut foreign) = (false, Vec::new(), false);
        for _ in 0..MOST_PAGES {
            let query = [("filter[key]", key.as_str()), ("page[size]", "100")];
            match app.persona.list::<json_api::Resource>(lane, &path, &query, next.as_deref()).await {
                Ok(json_api::ListPage { rows, odd: unclear, next: following }) => {
                    // A key may also lead to transactions, which are not drawn. An object without a type may be an
                    // account.
                    odd.extend(unclear.into_iter().filter(|one| matches!(one.kind.as_str(), "account" | "")));
                    for account in rows.iter().filter(|resource| resource.kind == "account") {
                        match json_api::account(account) {
                            Ok(account) => targets.push(account),
                            Err(failure) => odd.push(json_api::Odd::new(account, failure.to_string())),
                        }
                    }
                    whole = following.is_none();
                    // A link to a page that was already read ends the list.
                    if following.as_ref().is_none_or(|link| !followed.insert(link.clone())) {
                        break;
                    }
                    next = following;
                }
                // The key belongs to another account type. What Persona answers then is not documented, and it says
                // nothing about what is known.
                Err(Failure::NotFound | Failure::Refused { .. }) if !listed && next.is_none() => {
                    foreign = true;
                    break;
                }
                Err(Failure::NotFound | Failure::Refused { .. }) => break,
                Err(other) => return Err(other),
            }
        }
        if !foreign {
            let odd = odd.iter().map(json_api::Odd::to_string).collect();
            found.push(RelationList { key, targets, whole, odd });
        }
    }
    Ok(found)
}

/// Returns the relation keys to read, and whether the account's type listed them. If the type lists keys, only those
/// are read, otherwise the configured ones: each key is a call.
async fn keys(app: &App, lane: Lane, account: &AccountId) -> Result<(Vec<String>, bool), Failure> {
    let unknown = || {
        let why = "no relation keys are known for accounts of this type: set PERSONA_RELATION_KEYS to them, or to none";
        Err(Failure::Unreadable(why.to_owned()))
    };
    let configured = app.persona.relation_keys().to_vec();
    let told = app.persona.tells_relations();
    let single = app.persona.account(lane, account.as_str()).await?;
    let Some(kind) = single.data.one("account-type") else {
        return if told { Ok((configured, false)) } else { unknown() };
    };
    match app.persona.relation_keys_of_type(&kind).await {
        Ok(listed) if !listed.is_empty() => Ok((listed, true)),
        // Persona's documentation does not promise that a type lists them (CONTRACT.md section 14).
        Ok(_) | Err(Failure::NotFound | Failure::Refused { .. } | Failure::Unreadable(_)) if told => {
            Ok((configured, false))
        }
        Ok(_) | Err(Failure::NotFound | Failure::Refused { .. } | Failure::Unreadable(_)) => unknown(),
        // Without the type, the keys are not known unless they are configured.
        Err(Failure::NotPermitted { .. }) if told => Ok((configured, false)),
        Err(other) => Err(other),
    }
}
