//! Decisions that are held because their maker's or checker's account was disabled before they were sent: an admin
//! releases or withdraws them.
use super::super::audit::{actor, append};
use super::entry::entry;
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Refusal};
use crate::domain::id::DecisionId;
use crate::domain::reviewer::{Permit, permission};
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// Returns the decision, and the name of the reviewer for whose account it is held.
async fn held(tx: &mut Tx, id: DecisionId) -> Result<(Decision, String), Error> {
    let decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
    match decision.held_for.clone() {
        Some(name) => Ok((decision, name)),
        None => Err(Error::Refused(Refusal::NotHeld { state: decision.state })),
    }
}

/// Releases a held decision, so that it is sent after all.
pub async fn release(app: &App, by: &Permit<permission::ManageReviewers>, id: DecisionId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let subject = app
        .write(move |tx| {
            Box::pin(async move {
                db::reviewer::hold_still(tx).await?;
                let (decision, held_for) = held(tx, id).await?;
                if !db::decision::release(tx, id, &permit.reviewer().name, now).await? {
                    return Err(Error::Refused(Refusal::NotHeld { state: decision.state }));
                }
                let told = entry("decision.released", actor(&permit), &decision)
                    .fact("maker", decision.reviewer_name.clone())
                    .fact("held_for", held_for);
                append(tx, now, told).await?;
                Ok(decision.subject)
            })
        })
        .await?;
    app.wake.deliver.notify_one();
    super::super::delivery::outbox::publish(app, subject.id());
    Ok(())
}

/// Withdraws a held decision: it is never sent, and a colleague decides again.
pub async fn withdraw(app: &App, by: &Permit<permission::ManageReviewers>, id: DecisionId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let subject = app
        .write(move |tx| {
            Box::pin(async move {
                db::reviewer::hold_still(tx).await?;
                let (decision, held_for) = held(tx, id).await?;
                // Withdraw the delivery first, in the same order as the job that sends it: whichever of the two comes
                // second finds it gone.
                let gone = db::delivery::withdraw(tx, id, now, None).await?
                    && db::decision::advance(tx, id, &[State::Proposed, State::Queued], State::Withdrawn, Some(now))
                        .await?;
                if !gone {
                    return Err(Error::Refused(Refusal::NotHeld { state: decision.state }));
                }
                let told = entry("decision.withdrawn", actor(&permit), &decision)
                    .fact("maker", decision.reviewer_name.clone())
                    .fact("held_for", held_for);
                // A countersigned decision becomes its maker's work again, if they can still decide.
                let back = match super::super::reviewer::account::who_decides(tx, decision.reviewer_id).await {
                    Ok(_) => decision.checker_name.is_some(),
                    Err(Error::Invalid(_)) => false,
                    Err(error) => return Err(error),
                };
                if back {
                    super::returned::give(tx, &decision).await?;
                }
                append(tx, now, told.fact("returned", back)).await?;
                Ok(decision.subject)
            })
        })
        .await?;
    super::super::delivery::outbox::publish(app, subject.id());
    Ok(())
}
