//! The state of the log as a whole.
use super::super::checkpoint::comparison;
use super::fault;
use crate::domain::log::{Integrity, PublishedCheckpoint, Signed};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::db::checkpoint::TargetState;
use crate::server::{App, Error};
use tlog::signed_note::{Checkpoint, Note, SignerKey};

/// If no target has accepted a newer checkpoint for this long, the log could have been rebuilt unnoticed since.
const ALARM_AFTER: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Returns the state of the log as a whole.
pub async fn integrity(app: &App, _by: &Permit<permission::ReadAudit>) -> Result<Integrity, Error> {
    let mut conn = app.read().await?;
    let conn = &mut conn;
    let size = db::audit::size(conn).await?;
    let check = db::log::check(conn).await?;
    let checkpoint = db::checkpoint::newest(conn).await?;
    let holders = db::checkpoint::targets(conn).await?;
    let signed = checkpoint.as_ref().and_then(|newest| {
        let text = newest.note.parse::<Note>().ok()?.text;
        let root = hex::encode(Checkpoint::parse(&text).ok()?.root);
        let key = app.config.signing.first().map(SignerKey::verifier);
        let (key, verifier) = key.map_or_else(Default::default, |key| (key.short(), key.to_string()));
        Some(Signed { size: newest.size, root, at: newest.at, key, verifier })
    });
    let now = app.now();
    Ok(Integrity {
        size,
        through: check.through,
        checked_at: check.at,
        fault: fault(conn).await?,
        running: app.checking.lock().ok().and_then(|checking| *checking),
        alarm: alarm(&holders, checkpoint.as_ref(), now),
        checkpoint: signed,
        suspension: super::super::resume::suspension(conn).await?,
        asked: comparison::asked(conn).await?,
        resumed: super::super::resume::resumed(conn).await?,
        targets: holders.into_iter().map(held).collect(),
        now,
    })
}

fn held(holder: TargetState) -> PublishedCheckpoint {
    let TargetState { name, kind, size, at, failure, .. } = holder;
    PublishedCheckpoint { name, kind, size, at, failure }
}

fn alarm(holders: &[TargetState], newest: Option<&db::checkpoint::CheckpointRow>, now: Timestamp) -> Option<String> {
    let newest = newest?;
    if holders.is_empty() {
        return Some(
            "No checkpoint leaves this machine, so anyone who controls it could rewrite the log. Name a folder, a mailbox or a \
             witness (COUNTERSIGN_CHECKPOINT_FOLDER, …_MAIL, COUNTERSIGN_WITNESSES)."
                .to_owned(),
        );
    }
    let youngest = holders.iter().filter_map(|holder| holder.at.map(|at| (at, holder.size))).max()?;
    (now.since(youngest.0) > ALARM_AFTER && youngest.1 < newest.size).then(|| {
        format!(
            "The newest checkpoint outside this machine is from {}, more than a day old. Look at the last answers of the checkpoint targets to find the one that fails.",
            youngest.0.to_minute_text()
        )
    })
}
