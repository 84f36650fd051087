//! Rebuilds the search terms of inquiries in the background when the program makes them differently from the version
//! before it: whatever is written gets the new terms, but an inquiry that is not written again would keep the old ones.
use crate::domain::id::InquiryId;
use crate::domain::queue::TERMS;
use crate::server::db::term::TermVersion;
use crate::server::{App, Error, db};

/// Rebuilds the terms of the next `limit` inquiries, and stores how far that has come. Returns how many; 0 when all are
/// from this version.
pub async fn renew(app: &App, limit: i64) -> Result<usize, Error> {
    let place = db::term::place(&mut app.read().await?).await?;
    // A newer version of the program works on the same database: its terms are the better ones.
    if place.done >= TERMS || place.walking > TERMS {
        return Ok(0);
    }
    let begun = place.walking == TERMS;
    let after = if begun { place.after_id } else { String::new() };
    if !begun {
        tracing::info!(version = TERMS, "rebuilding the search terms of inquiries");
    }
    let ids = db::term::following(&mut app.read().await?, &after, limit).await?;
    let Some(last) = ids.last().cloned() else {
        tracing::info!(version = TERMS, "rebuilt the search terms of inquiries");
        let place = TermVersion { done: TERMS, walking: TERMS, after_id: String::new() };
        app.write(move |tx| Box::pin(async move { Ok(db::term::reached(tx, &place).await?) })).await?;
        return Ok(0);
    };
    let found = ids.len();
    let reached = |id: &str| TermVersion { done: place.done, walking: TERMS, after_id: id.to_owned() };
    if renewed(app, ids.clone(), reached(&last)).await.is_ok() {
        return Ok(found);
    }
    // One of them cannot be read or written: rebuild each by itself, and that one keeps its terms.
    for id in ids {
        let place = reached(&id);
        let Err(error) = renewed(app, vec![id.clone()], place.clone()).await else { continue };
        tracing::warn!(inquiry = %id, %error, "the search terms of an inquiry could not be rebuilt");
        app.write(move |tx| Box::pin(async move { Ok(db::term::reached(tx, &place).await?) })).await?;
    }
    Ok(found)
}

async fn renewed(app: &App, ids: Vec<String>, reached: TermVersion) -> Result<(), Error> {
    app.write(move |tx| {
        Box::pin(async move {
            for id in ids {
                let Ok(id) = InquiryId::try_from(id) else { continue };
                if !db::inquiry::lock(tx, &id).await? {
                    continue;
                }
                let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
                super::queue::priority::find_by(tx, &row).await?;
            }
            Ok(db::term::reached(tx, &reached).await?)
        })
    })
    .await
}
