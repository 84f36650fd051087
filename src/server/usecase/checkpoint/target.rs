//! Publishing checkpoints to the checkpoint targets, and storing which target has which.
use crate::domain::discontinuity::Cause;
use crate::domain::time::Timestamp;
use crate::server::checkpoint_target::{Offer, PublishError, publish as hand_over, publish_note as say};
use crate::server::config::CheckpointTarget;
use crate::server::db::{self, checkpoint::TargetState};
use crate::server::{App, Error};
use tlog::merkle::{Hash, tiles_of_consistency};

/// Publishes a checkpoint to each target that does not have it yet. Returns how many accepted it.
pub async fn publish(app: &App, checkpoint: &db::checkpoint::CheckpointRow) -> Result<usize, Error> {
    let (known, notes, gaps) = {
        let mut conn = app.read().await?;
        let notes = db::checkpoint::comparison::discontinuities(&mut conn).await?;
        (db::checkpoint::targets(&mut conn).await?, notes, super::comparison::gaps(&mut conn).await?)
    };
    // The log before the restored backup had checkpoints of the same sizes.
    let anew = gaps.iter().rev().find(|gap| gap.cause == Cause::Restored);
    let tag = anew.map(|gap| hex::encode(gap.new.id()));
    let names: Vec<String> = app.config.checkpoint_targets.iter().map(CheckpointTarget::name).collect();
    if known.iter().any(|holder| !names.contains(&holder.name)) {
        app.write(move |tx| Box::pin(async move { Ok(db::checkpoint::remove_targets_except(tx, &names).await?) }))
            .await?;
    }
    let mut given = 0;
    for outside in &app.config.checkpoint_targets {
        let name = outside.name();
        let before = known.iter().find(|holder| holder.name == name);
        let had = before.map_or(0, |holder| holder.size);
        if had >= checkpoint.size || !due(outside, before, app.now()) {
            continue;
        }
        let mut told = before.map_or(0, |holder| holder.told);
        let taken = match publish_notes(app, outside, &notes, &mut told).await {
            Ok(()) => try_publish(app, outside, checkpoint, u64::try_from(had).unwrap_or(0), tag.clone()).await?,
            Err(refused) => Err(refused),
        };
        let now = app.now();
        let empty = TargetState {
            name,
            kind: outside.kind().to_owned(),
            size: 0,
            at: None,
            note: None,
            failure: None,
            failed_at: None,
            told,
        };
        let last = TargetState { told, ..before.cloned().unwrap_or(empty) };
        let next = match taken {
            Ok(note) => {
                given += 1;
                TargetState {
                    size: checkpoint.size,
                    at: Some(checkpoint.at),
                    note,
                    failure: None,
                    failed_at: None,
                    ..last
                }
            }
            Err(refused) => {
                tracing::warn!(holder = last.name, error = %refused, "a checkpoint was not accepted");
                TargetState { failure: Some(refused.to_string()), failed_at: Some(now), ..last }
            }
        };
        app.write(move |tx| Box::pin(async move { Ok(db::checkpoint::save_target(tx, &next).await?) })).await?;
    }
    Ok(given)
}

/// Whether a target is due: a mailbox once a day, the others each time.
fn due(outside: &CheckpointTarget, before: Option<&TargetState>, now: Timestamp) -> bool {
    match outside {
        CheckpointTarget::Mail { .. } => before.and_then(|holder| holder.at).is_none_or(|at| at.date() < now.date()),
        CheckpointTarget::Folder(_) | CheckpointTarget::Command(_) | CheckpointTarget::Witness { .. } => true,
    }
}

/// Publishes each discontinuity of the log once.
async fn publish_notes(
    app: &App,
    outside: &CheckpointTarget,
    notes: &[String],
    told: &mut i64,
) -> Result<(), PublishError> {
    for (number, note) in notes.iter().enumerate().skip(usize::try_from(*told).unwrap_or(0)) {
        say(outside, note, number, app.now()).await?;
        *told = i64::try_from(number + 1).unwrap_or(i64::MAX);
    }
    Ok(())
}

async fn try_publish(
    app: &App,
    outside: &CheckpointTarget,
    checkpoint: &db::checkpoint::CheckpointRow,
    had: u64,
    tag: Option<String>,
) -> Result<Result<Option<String>, PublishError>, Error> {
    let size = u64::try_from(checkpoint.size).unwrap_or(0);
    let offer = |old, proof| Offer { note: &checkpoint.note, size, at: checkpoint.at, old, proof, tag: tag.clone() };
    let first = hand_over(outside, &offer(had, proof(app, had, size).await?)).await;
    Ok(match first {
        // A witness that accepted a checkpoint whose answer was lost, or that has an older one than we thought.
        Err(PublishError::Has(has)) if has <= size => {
            hand_over(outside, &offer(has, proof(app, has, size).await?)).await
        }
        Err(PublishError::Has(has)) => {
            let why = format!(
                "the witness has seen {has} entries of this log, and there are {size}: entries are gone, or another desk uses this key"
            );
            super::comparison::refused(app, outside, has, why.clone()).await?;
            Err(PublishError::Failed(why))
        }
        Err(PublishError::Differs) => {
            super::comparison::refused(app, outside, size, PublishError::Differs.to_string()).await?;
            Err(PublishError::Differs)
        }
        // The witness has a root that this log does not extend.
        Err(refused @ PublishError::Answered(422, _)) => {
            super::comparison::refused(app, outside, had, refused.to_string()).await?;
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
