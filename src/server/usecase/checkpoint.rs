//! Signing checkpoints of the log.
use std::sync::atomic::Ordering;

pub mod comparison;
pub mod target;

use self::comparison::Reach;
use super::log::{broken, root_at, signs};
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::{App, Error};
use tlog::signed_note::{Checkpoint, Note};

/// Signs a checkpoint of the log if the log has grown. Refuses when the log does not extend the one that was signed
/// before.
pub async fn sign(app: &App) -> Result<Option<db::checkpoint::CheckpointRow>, Error> {
    let (newest, size) = {
        let mut conn = app.read().await?;
        // Read in this order: what another replica appends and signs between the two reads must not look like entries
        // that are gone.
        let newest = db::checkpoint::newest(&mut conn).await?;
        (newest, db::audit::size(&mut conn).await?)
    };
    let Some(key) = app.config.signing.first() else { return Ok(newest) };
    if !signs(app).await? {
        tracing::warn!(
            "no checkpoint is signed: the log now uses a different key than this program has. Start the program with the key that the log uses"
        );
        return Ok(newest);
    }
    let signed = newest.as_ref().map_or(0, |newest| newest.size);
    if signed > size {
        let why = format!("a checkpoint of {signed} entries was signed, and there are {size}");
        return Err(broken(app, "checkpoint", &why).await?);
    }
    if signed == size {
        return Ok(newest);
    }
    if let Some(newest) = &newest {
        let before = newest.note.parse::<Note>().and_then(|note| Checkpoint::parse(&note.text));
        let before = before.map_err(|error| Error::Internal(format!("a checkpoint is unreadable: {error}")))?;
        if root_at(app, before.size).await? != Some(before.root) {
            let why = "the entries it covers no longer lead to the root that was signed";
            return Err(broken(app, "newest checkpoint", why).await?);
        }
    }
    // Ask the witnesses once after the start. Afterwards it is enough to see which checkpoints they accept or refuse.
    let reach = if app.asked.swap(true, Ordering::SeqCst) { Reach::Near } else { Reach::All };
    if !comparison::compare(app, reach).await? {
        app.asked.store(false, Ordering::SeqCst);
        return Ok(newest);
    }
    let length = u64::try_from(size).unwrap_or(0);
    let root = root_at(app, length).await?.ok_or_else(|| Error::Internal("the log has no root".to_owned()))?;
    let note = Note::signed(Checkpoint { origin: key.name.clone(), size: length, root }.text(), &app.config.signing);
    let made = db::checkpoint::CheckpointRow { size, at: app.now(), note: note.to_string() };
    let kept = made.clone();
    app.write(move |tx| Box::pin(async move { Ok(db::checkpoint::insert(tx, &kept).await?) })).await?;
    comparison::keep(app, &made.note).await;
    // Publish after every signature, also after one for an export: pages that wait for a proof have it now.
    app.publish(ChangeTopic::Log, "checkpoint");
    Ok(Some(made))
}
