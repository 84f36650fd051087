//! Reads the relations of accounts whose graph somebody looks at: one call per account and configured key, walking outward.
use crate::domain::account::Account;
use crate::domain::id::AccountId;
use crate::server::persona::{Failure, Lane, wire};
use crate::server::usecase::relation::{crawl_failed, crawled, wanted_crawls};
use crate::server::{App, Error};

const BATCH: i64 = 16;
/// Pages under one key; an account with more relations than this is not read by a person anyway.
const MOST_PAGES: usize = 10;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let batch = wanted_crawls(app, BATCH).await?;
        let found = batch.len();
        for account in batch {
            match read(app, &account).await {
                Ok(relations) => crawled(app, account, relations).await?,
                Err(failure) => crawl_failed(app, account, failure).await?,
            }
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

async fn read(app: &App, account: &AccountId) -> Result<Vec<(String, Vec<Account>)>, Failure> {
    let mut found = Vec::new();
    for key in keys(app, account).await? {
        let path = format!("/accounts/{account}/relations");
        let mut targets = Vec::new();
        let mut next: Option<String> = None;
        let mut whole = false;
        for _ in 0..MOST_PAGES {
            let page = app
                .persona
                .list::<wire::Resource>(Lane::Page, &path, &[("filter[key]", key.as_str())], next.as_deref())
                .await;
            match page {
                Ok((resources, following)) => {
                    // A key may lead to transactions as well; those are not drawn.
                    targets.extend(resources.iter().filter_map(|resource| wire::account(resource).ok()));
                    next = following;
                    if next.is_none() {
                        whole = true;
                        break;
                    }
                }
                // A key of another account type: what Persona answers then is not documented.
                Err(Failure::NotFound | Failure::Refused { .. }) => break,
                Err(other) => return Err(other),
            }
        }
        // A list that was not read to its end says nothing of what is not on it.
        if whole {
            found.push((key, targets));
        }
    }
    Ok(found)
}

/// Configured keys, and those that the account's type lists. When the type lists some, only those of it are asked for: each
/// key is a call.
async fn keys(app: &App, account: &AccountId) -> Result<Vec<String>, Failure> {
    let configured = app.persona.relation_keys().to_vec();
    let single = app.persona.account(Lane::Page, account.as_str()).await?;
    let Some(kind) = single.data.one("account-type") else { return Ok(configured) };
    match app.persona.relation_keys_of_type(&kind).await {
        Ok(listed) if !listed.is_empty() => Ok(listed),
        Ok(_) | Err(Failure::NotFound | Failure::Refused { .. } | Failure::NotAuthorised { .. }) => Ok(configured),
        Err(other) => Err(other),
    }
}
