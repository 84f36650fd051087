//! Giving checkpoints to those outside, and remembering who has which.
use crate::domain::merkle::{Hash, tiles_of_consistency};
use crate::domain::time::Timestamp;
use crate::server::config::Outside;
use crate::server::db::{self, log::Holder};
use crate::server::holder::{Offer, Refused, give as hand_over, held};
use crate::server::{App, Error};

/// Gives it to everybody who has not had it. Returns how many took it.
pub async fn give(app: &App, checkpoint: &db::log::Checkpoint) -> Result<usize, Error> {
    let known = {
        let mut conn = app.read().await?;
        db::log::holders(&mut conn).await?
    };
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
        let taken = match contradicted(app, outside).await? {
            // Nothing is written beside what contradicts it.
            Some(why) => {
                super::log::broken(app, "checkpoint outside", &why).await?;
                Err(Refused::Failed(why))
            }
            None => try_giving(app, outside, checkpoint, u64::try_from(had).unwrap_or(0)).await?,
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
        };
        let last = before.cloned().unwrap_or(empty);
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

/// Whether somebody outside holds a checkpoint, with the log's own signature, that this log does not go on from: a database
/// brought back from an old backup, or another one with the same key. Compared with the log itself and not with the checkpoint
/// at hand, which another replica may have overtaken.
async fn contradicted(app: &App, outside: &Outside) -> Result<Option<String>, Error> {
    let keys = {
        let mut conn = app.read().await?;
        super::check::keys(app, &mut conn).await?
    };
    let Some(held) = held(outside, &keys).await else { return Ok(None) };
    let here = super::log::root_at(app, held.size).await?;
    Ok((here != Some(held.root)).then(|| {
        format!("the folder holds a checkpoint of {} entries with this log's own signature, and the log here is another one", held.size)
    }))
}

async fn try_giving(
    app: &App,
    outside: &Outside,
    checkpoint: &db::log::Checkpoint,
    had: u64,
) -> Result<Result<Option<String>, Refused>, Error> {
    let size = u64::try_from(checkpoint.size).unwrap_or(0);
    let offer = |old, proof| Offer { note: &checkpoint.note, size, at: checkpoint.at, old, proof };
    let first = hand_over(outside, &offer(had, proof(app, had, size).await?)).await;
    Ok(match first {
        // A witness that took one whose answer was lost, or that has an older one than we thought.
        Err(Refused::Has(has)) if has <= size => hand_over(outside, &offer(has, proof(app, has, size).await?)).await,
        Err(Refused::Has(has)) => Err(Refused::Failed(format!(
            "the witness has seen {has} entries of this log, and there are {size}: entries are gone, or another desk uses this key"
        ))),
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
