//! Parts whose webhook did not say what they belong to, because it is configured to leave out relations. They are read
//! by themselves, and then handled as if the webhook had said it.
use std::time::Duration;

use super::audit::append;
use super::webhook::change::Changed;
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::decision::Decision;
use crate::domain::delivery::pause;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::unplaced::Unplaced;
use crate::server::db::{self, Tx};
use crate::server::persona::Failure;
use crate::server::persona::json_api::{self, Resource};
use crate::server::{App, Error};

const SELF: Actor = Actor::System { part: "webhook" };
/// Attempts, over about a minute, during which no decision is sent, because the part may belong to its subject.
const FEW_TRIES: i64 = 6;
/// Longer than these attempts take.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Attempts over about a day.
const MOST_TRIES: i64 = 300;

pub async fn wanted(app: &App, limit: i64) -> Result<Vec<Unplaced>, Error> {
    Ok(db::unplaced::wanted(&mut app.read().await?, app.now(), limit).await?)
}

/// Applies what a part says it belongs to.
pub async fn placed(app: &App, part: Unplaced, read: Resource) -> Result<(), Error> {
    let now = app.now();
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                // First, so that only one of two replicas goes on.
                if !db::unplaced::placed(tx, &part).await? {
                    return Ok(Vec::new());
                }
                // An account was read for itself, so it is applied as it is.
                if part.kind == "account" {
                    let account = json_api::account(&read)?;
                    super::account::snapshot::read(tx, &account, part.known_as_of, now).await?;
                    return Ok(vec![(ChangeTopic::Account, account.id.to_string())]);
                }
                super::webhook::of_part(tx, now, &part.kind, &read).await
            })
        })
        .await?;
    for (topic, id) in changed {
        app.publish(topic, id);
    }
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    Ok(())
}

/// Whether parts wait that may belong to the subject of a decision. `since` is when the decision could have been sent
/// without them; without `since`, the time when it was made counts. Parts that come more than two minutes after that do
/// not count: where webhooks come all the time, nothing would ever be sent.
pub(super) async fn may_change(
    conn: &mut db::Conn,
    decision: &Decision,
    since: Option<Timestamp>,
) -> Result<bool, Error> {
    let made = [Some(decision.made_at), decision.checked_at, decision.hold_until].into_iter().flatten().max();
    let by = since.or(made).unwrap_or(decision.made_at).plus(LONGEST_WAIT);
    Ok(db::unplaced::fresh(conn, FEW_TRIES, by).await?)
}

/// Handles a part that could not be read: it is tried again later, for a day. What can be decided and is known to hold
/// it is read again as a whole instead.
pub async fn failed(app: &App, part: Unplaced, failure: Failure) -> Result<(), Error> {
    let now = app.now();
    tracing::warn!(part = %part.part_id, %failure, "a webhook did not say what a part belongs to, and the part cannot be read");
    let before = part.tries;
    let (tries, refused) = (before + 1, !failure.passing());
    let changed = app
        .write(move |tx| {
            Box::pin(async move {
                let mut changed = Vec::new();
                let pause = pause(u32::try_from(tries).unwrap_or(u32::MAX), 0);
                if tries >= MOST_TRIES {
                    if db::unplaced::placed(tx, &part).await? {
                        let draft = Draft::new("webhook.unplaced", SELF, "part", part.part_id.clone());
                        append(tx, now, draft.outcome(EntryOutcome::Failed)).await?;
                    }
                } else if db::unplaced::put_off(tx, &part, now.plus(pause), tries).await?
                    && (tries == FEW_TRIES || refused && before == 0)
                {
                    // A refusal is mostly permanent, but Persona may answer 404 for a part that it has just created: so
                    // both are done, reading what holds the part and asking again.
                    changed = held_by(tx, &part, now).await?;
                }
                Ok(changed)
            })
        })
        .await?;
    for (topic, id) in changed {
        app.publish(topic, id);
    }
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    Ok(())
}

/// Requests a new read of what held the part when it was last read.
async fn held_by(tx: &mut Tx, part: &Unplaced, now: Timestamp) -> Result<Changed, Error> {
    let mut changed = Changed::new();
    for id in db::inquiry::decidable_holding(tx, &part.part_id).await? {
        db::inquiry::backlog::want_evidence(tx, &id, now).await?;
        let account = db::inquiry::by_id(tx, &id).await?.and_then(|row| row.inquiry.account_id);
        if let Some(account) = account.filter(|_| part.kind == "report") {
            super::evidence::backlog::want_of_account(tx, &account, now).await?;
        }
        changed.push((ChangeTopic::Inquiry, id.to_string()));
    }
    for id in db::case::with_part(tx, &part.part_id, None).await? {
        db::case::want(tx, &id, now).await?;
        changed.push((ChangeTopic::Case, id.to_string()));
    }
    Ok(changed)
}
