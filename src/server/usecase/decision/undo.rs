//! Undo: a person withdraws a decision, or a countersign, before it is sent.
use super::super::audit::{actor, append};
use super::entry::entry;
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Refusal, undo};
use crate::domain::id::DecisionId;
use crate::domain::reviewer::{Permit, permission};
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// Withdraws a decision before anything was sent. Its maker gets the text back as a draft. If the checker withdraws the
/// countersign, the decision waits for a countersign again.
pub async fn withdraw(app: &App, by: &Permit<permission::Decide>, id: DecisionId) -> Result<Decision, Error> {
    let now = app.now();
    let permit = by.clone();
    let decision = app
        .write(move |tx| {
            Box::pin(async move {
                let decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
                let me = permit.reviewer().id;
                let checker = db::decision::checker(tx, id).await?;
                undo::withdraw(&decision, me, checker, now)?;
                // Withdraw the delivery first, in the same order as the job that sends it: whichever of the two comes
                // second finds it gone.
                if decision.state == State::Proposed && !db::delivery::withdraw(tx, id, now, None).await? {
                    return Err(too_late(tx, id).await?);
                }
                if me == decision.reviewer_id {
                    if !db::decision::advance(tx, id, &[decision.state], State::Withdrawn, Some(now)).await? {
                        return Err(too_late(tx, id).await?);
                    }
                    give_back(tx, &decision, now).await?;
                    append(tx, now, entry("decision.withdrawn", actor(&permit), &decision)).await?;
                } else {
                    if !db::decision::unchecked(tx, id).await? {
                        return Err(too_late(tx, id).await?);
                    }
                    db::delivery::forget(tx, id).await?;
                    append(tx, now, entry("countersign.withdrawn", actor(&permit), &decision)).await?;
                }
                db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))
            })
        })
        .await?;
    super::super::delivery::outbox::publish(app, decision.subject.id());
    Ok(decision)
}

async fn too_late(tx: &mut Tx, id: DecisionId) -> Result<Error, Error> {
    let state = db::decision::by_id(tx, id).await?.map_or(State::Queued, |decision| decision.state);
    let state = if state == State::Proposed { State::Queued } else { state };
    Ok(Error::Refused(Refusal::TooLate { state }))
}

/// Gives the text of a decision back to its author as a draft.
pub(in crate::server::usecase) async fn give_back(
    tx: &mut Tx,
    decision: &Decision,
    now: crate::domain::time::Timestamp,
) -> Result<(), Error> {
    let draft = db::decision::DraftRow {
        verdict: decision.verdict.as_str().to_owned(),
        reason: decision.reason.clone(),
        comment: decision.comment.clone(),
        saved_at: now,
        seen_version: decision.seen_version,
    };
    Ok(db::decision::save_draft(tx, decision.reviewer_id, &decision.subject, &draft).await?)
}
