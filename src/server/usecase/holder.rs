//! Giving checkpoints to those outside, and remembering who has which.
use crate::domain::discontinuity::Cause;
use crate::domain::merkle::{Hash, tiles_of_consistency};
use crate::domain::time::Timestamp;
use crate::server::config::Outside;
use crate::server::db::{self, log::Holder};
use crate::server::holder::{Offer, Refused, give as hand_over, tell as say};
use crate::server::{App, Error};

/// Gives it to everybody who has not had it. Returns how many took it.
pub async fn give(app: &App, checkpoint: &db::log::Checkpoint) -> Result<usize, Error> {
    let (known, notes, gaps) = {
        let mut conn = app.read().await?;
        let notes = db::outside::discontinuities(&mut conn).await?;
        (db::log::holders(&mut conn).await?, notes, super::outside::gaps(&mut conn).await?)
    };
    // The log before had checkpoints of the same sizes.
    let anew = gaps.iter().rev().find(|gap| gap.cause == Cause::Restored);
    let tag = anew.map(|gap| hex::encode(gap.new.id()));
    let names: Vec<String> = app.config.outside.iter().map(Outside::name).collect();
    if known.iter().any(|holder| !names.contains(&holder.name)) {
        app.write(move |tx| Box::pin(async move { Ok(db::log::drop_holders_but(tx, &names).await?) })).await?;
    }
    let mut given = 0;
    for outside in &app.config.outside {
        let name = outside.name();
        let before = known.iter().find(|holder| holder.name == name);
        let had = before.map_or(0, |holder| holder.size);
        if had >= checkpoint.size || !due(outside, before, app.now()) {
            continue;
        }
        let mut told = before.map_or(0, |holder| holder.told);
        let taken = match tell(app, outside, &notes, &mut told).await {
            Ok(()) => try_giving(app, outside, checkpoint, u64::try_from(had).unwrap_or(0), tag.clone()).await?,
            Err(refused) => Err(refused),
        };
        let now = app.now();
        let empty = Holder {
            name,
            kind: outside.kind().to_owned(),
            size: 0,
            at: None,
            note: None,
            failure: None,
            failed_at: None,
            told,
        };
        let last = Holder { told, ..before.cloned().unwrap_or(empty) };
        let next = match taken {
            Ok(note) => {
                given += 1;
                Holder { size: checkpoint.size, at: Some(checkpoint.at), note, failure: None, failed_at: None, ..last }
            }
            Err(refused) => {
                tracing::warn!(holder = last.name, error = %refused, "a checkpoint was not taken");
                Holder { failure: Some(refused.to_string()), failed_at: Some(now), ..last }
            }
        };
        app.write(move |tx| Box::pin(async move { Ok(db::log::keep_holder(tx, &next).await?) })).await?;
    }
    Ok(given)
}

/// A mailbox once a day; the others each time.
fn due(outside: &Outside, before: Option<&Holder>, now: Timestamp) -> bool {
    match outside {
        Outside::Mail { .. } => before.and_then(|holder| holder.at).is_none_or(|at| at.date() < now.date()),
        Outside::Folder(_) | Outside::Command(_) | Outside::Witness { .. } => true,
    }
}

/// Tells of places where the log does not simply go on, once each.
async fn tell(app: &App, outside: &Outside, notes: &[String], told: &mut i64) -> Result<(), Refused> {
    for (number, note) in notes.iter().enumerate().skip(usize::try_from(*told).unwrap_or(0)) {
        say(outside, note, number, app.now()).await?;
        *told = i64::try_from(number + 1).unwrap_or(i64::MAX);
    }
    Ok(())
}

async fn try_giving(
    app: &App,
    outside: &Outside,
    checkpoint: &db::log::Checkpoint,
    had: u64,
    tag: Option<String>,
) -> Result<Result<Option<String>, Refused>, Error> {
    let size = u64::try_from(checkpoint.size).unwrap_or(0);
    let offer = |old, proof| Offer { note: &checkpoint.note, size, at: checkpoint.at, old, proof, tag: tag.clone() };
    let first = hand_over(outside, &offer(had, proof(app, had, size).await?)).await;
    Ok(match first {
        // A witness that took one whose answer was lost, or that has an older one than we thought.
        Err(Refused::Has(has)) if has <= size => hand_over(outside, &offer(has, proof(app, has, size).await?)).await,
        Err(Refused::Has(has)) => {
            let why = format!(
                "the witness has seen {has} entries of this log, and there are {size}: entries are gone, or another desk uses this key"
            );
            super::outside::refused(app, outside, has, why.clone()).await?;
            Err(Refused::Failed(why))
        }
        Err(Refused::Differs) => {
            super::outside::refused(app, outside, size, Refused::Differs.to_string()).await?;
            Err(Refused::Differs)
        }
        // It has a root that the log does not go on from.
        Err(refused @ Refused::Answered(422, _)) => {
            super::outside::refused(app, outside, had, refused.to_string()).await?;
            Err(refused)
        }
        other => other,
    })
}

async fn proof(app: &App, old: u64, size: u64) -> Result<Vec<Hash>, Error> {
    if old == 0 || old >= size {
        return Ok(Vec::new());
    }
    let mut conn = app.read().await?;
    let tiles = db::log::tiles(&mut conn, tiles_of_consistency(old, size), size).await?;
    tiles.consistency(old, size).map_err(|missing| Error::Internal(missing.to_string()))
}
