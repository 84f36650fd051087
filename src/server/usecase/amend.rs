//! What a person does to a decision after it was made: withdraw it, or state its outcome when that is unknown.
use super::audit::{actor, append};
use super::decision::entry;
use crate::domain::amend::{self as rule, Settlement};
use crate::domain::decision::{Decision, Refusal, State, Subject};
use crate::domain::id::DecisionId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
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
                rule::withdraw(&decision, me, checker, now)?;
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
    super::delivery::publish(app, decision.subject.id());
    Ok(decision)
}

async fn too_late(tx: &mut Tx, id: DecisionId) -> Result<Error, Error> {
    let state = db::decision::by_id(tx, id).await?.map_or(State::Queued, |decision| decision.state);
    let state = if state == State::Proposed { State::Queued } else { state };
    Ok(Error::Refused(Refusal::TooLate { state }))
}

/// Gives the text of a decision back to its author as a draft.
pub(super) async fn give_back(
    tx: &mut Tx,
    decision: &Decision,
    now: crate::domain::time::Timestamp,
) -> Result<(), Error> {
    let draft = db::decision::Draft {
        verdict: decision.verdict.as_str().to_owned(),
        reason: decision.reason.clone(),
        comment: decision.comment.clone(),
        saved_at: now,
        seen_version: decision.seen_version,
    };
    Ok(db::decision::save_draft(tx, decision.reviewer_id, &decision.subject, &draft).await?)
}

/// Refuses a maker's own statement that their approval or decline took effect while Persona says the opposite.
async fn contradicted(tx: &mut Tx, decision: &Decision) -> Result<(), Error> {
    let Subject::Inquiry(inquiry) = &decision.subject else { return Ok(()) };
    let Some(row) = db::inquiry::by_id(tx, inquiry).await? else { return Ok(()) };
    let there = row.inquiry.status;
    if there.decided() && decision.verdict.leads_to().is_some_and(|to| to.decided() && to != there) {
        return Err(Error::Invalid(format!(
            "The inquiry is {} at Persona. If your decision took effect there before that, another reviewer has to check this in Persona and record it.",
            there.label().to_lowercase()
        )));
    }
    Ok(())
}

/// Records how a decision of unknown outcome ended at Persona, as stated by a person who has looked there.
pub async fn resolve_unknown(
    app: &App,
    by: &Permit<permission::Decide>,
    id: DecisionId,
    settlement: Settlement,
    look: String,
) -> Result<Decision, Error> {
    let now = app.now();
    let permit = by.clone();
    let look = clean(look.trim());
    let settled = app
        .write(move |tx| {
            Box::pin(async move {
                let mut decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
                rule::settle(decision.state, &look)?;
                let to = settlement.leads_to();
                if to == State::Confirmed && decision.reviewer_id == permit.reviewer().id {
                    contradicted(tx, &decision).await?;
                }
                if !db::decision::advance(tx, id, &[State::Unknown], to, Some(now)).await? {
                    let state = db::decision::by_id(tx, id).await?.map_or(decision.state, |decision| decision.state);
                    return Err(Error::Refused(Refusal::Settled { state }));
                }
                if let Subject::Inquiry(inquiry) = &decision.subject {
                    db::inquiry::want_evidence(tx, inquiry, now).await?;
                }
                let entry = entry("decision.settled", actor(&permit), &decision)
                    .fact("outcome", to.as_str())
                    .personal("look", look);
                append(tx, now, entry).await?;
                decision.state = to;
                decision.settled_at = Some(now);
                Ok(decision)
            })
        })
        .await?;
    super::delivery::publish(app, settled.subject.id());
    Ok(settled)
}
