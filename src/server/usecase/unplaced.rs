//! Parts of which a webhook did not say to what they belong, because it is set to leave relations out: they are read by themselves, and
//! then it is as if the webhook had said it.
use crate::domain::delivery::pause;
use crate::server::db;
use crate::server::db::unplaced::Unplaced;
use crate::server::line::Topic;
use crate::server::persona::Failure;
use crate::server::persona::wire::{self, Resource};
use crate::server::{App, Error};

pub async fn wanted(app: &App, limit: i64) -> Result<Vec<Unplaced>, Error> {
    Ok(db::unplaced::wanted(&mut app.read().await?, app.now(), limit).await?)
}

/// Takes over what a part says it belongs to.
pub async fn placed(app: &App, part: Unplaced, read: Resource) -> Result<(), Error> {
    let now = app.now();
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                // First, so that of two replicas only one goes on.
                if !db::unplaced::placed(tx, &part).await? {
                    return Ok(Vec::new());
                }
                // An account is read for its own sake.
                if part.kind == "account" {
                    let account = wire::account(&read)?;
                    super::account::read(tx, &account, now).await?;
                    return Ok(vec![(Topic::Account, account.id.to_string())]);
                }
                super::webhook::of_part(tx, now, &part.kind, &read).await
            })
        })
        .await?;
    for (topic, id) in changed {
        app.tell(topic, id);
    }
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    Ok(())
}

/// Could not be read: later again where that can help.
pub async fn failed(app: &App, part: Unplaced, failure: Failure) -> Result<(), Error> {
    let now = app.now();
    if !failure.passing() {
        tracing::warn!(part = %part.part_id, %failure, "a webhook did not say to what a part belongs, and it cannot be read");
    }
    app.write(move |tx| {
        Box::pin(async move {
            if failure.passing() {
                let tries = u32::try_from(part.tries).unwrap_or(u32::MAX).saturating_add(1);
                db::unplaced::put_off(tx, &part, now.plus(pause(tries, 0))).await?;
            } else {
                db::unplaced::placed(tx, &part).await?;
            }
            Ok(())
        })
    })
    .await
}
