//! A person states the outcome of a decision when it is unknown.
use super::super::audit::{actor, append};
use super::entry::entry;
use crate::domain::decision::resolve::{self, Settlement};
use crate::domain::decision::state::State;
use crate::domain::decision::{Decision, Refusal, Subject};
use crate::domain::id::DecisionId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

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
                resolve::settle(decision.state, &look)?;
                let to = settlement.leads_to();
                if to == State::Confirmed && decision.reviewer_id == permit.reviewer().id {
                    contradicted(tx, &decision).await?;
                }
                if !db::decision::advance(tx, id, &[State::Unknown], to, Some(now)).await? {
                    let state = db::decision::by_id(tx, id).await?.map_or(decision.state, |decision| decision.state);
                    return Err(Error::Refused(Refusal::Settled { state }));
                }
                if let Subject::Inquiry(inquiry) = &decision.subject {
                    db::inquiry::backlog::want_evidence(tx, inquiry, now).await?;
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
    super::super::delivery::outbox::publish(app, settled.subject.id());
    Ok(settled)
}
