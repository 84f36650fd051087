//! The words that inquiries are found by, made anew in the background when the program makes them another way than the one before it:
//! what is written is written with the new ones, and what nobody writes again would keep the old.
use crate::domain::id::InquiryId;
use crate::domain::queue::TERMS;
use crate::server::db::term::Place;
use crate::server::{App, Error, db};

/// Makes the next so many anew, and keeps how far that has come. Returns how many; nothing when all are by this version.
pub async fn renew(app: &App, limit: i64) -> Result<usize, Error> {
    let place = db::term::place(&mut app.read().await?).await?;
    // A newer version works on the same database: its words are the better ones.
    if place.done >= TERMS || place.walking > TERMS {
        return Ok(0);
    }
    let begun = place.walking == TERMS;
    let after = if begun { place.after_id } else { String::new() };
    if !begun {
        tracing::info!(version = TERMS, "what inquiries are found by is made anew");
    }
    let ids = db::term::following(&mut app.read().await?, &after, limit).await?;
    let Some(last) = ids.last().cloned() else {
        tracing::info!(version = TERMS, "what inquiries are found by is made anew: done");
        let place = Place { done: TERMS, walking: TERMS, after_id: String::new() };
        app.write(move |tx| Box::pin(async move { Ok(db::term::reached(tx, &place).await?) })).await?;
        return Ok(0);
    };
    let found = ids.len();
    let reached = |id: &str| Place { done: place.done, walking: TERMS, after_id: id.to_owned() };
    if renewed(app, ids.clone(), reached(&last)).await.is_ok() {
        return Ok(found);
    }
    // One of them cannot be read or written: each by itself, and that one keeps its words.
    for id in ids {
        let place = reached(&id);
        let Err(error) = renewed(app, vec![id.clone()], place.clone()).await else { continue };
        tracing::warn!(inquiry = %id, %error, "what an inquiry is found by could not be made anew");
        app.write(move |tx| Box::pin(async move { Ok(db::term::reached(tx, &place).await?) })).await?;
    }
    Ok(found)
}

async fn renewed(app: &App, ids: Vec<String>, reached: Place) -> Result<(), Error> {
    app.write(move |tx| {
        Box::pin(async move {
            for id in ids {
                let Ok(id) = InquiryId::try_from(id) else { continue };
                if !db::inquiry::lock(tx, &id).await? {
                    continue;
                }
                let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
                super::queue::find_by(tx, &row).await?;
            }
            Ok(db::term::reached(tx, &reached).await?)
        })
    })
    .await
}
