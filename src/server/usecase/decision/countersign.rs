//! The checker's answer to a decision that a rule wants countersigned.
use super::super::audit::{actor, append};
use super::entry::entry;
use super::{dispatch, opened, reading};
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::decision::countersign::{Consent, consent};
use crate::domain::decision::state::State;
use crate::domain::decision::warning::refusals;
use crate::domain::decision::{Decision, Reading, Refusal, Subject};
use crate::domain::id::DecisionId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::db::controllers::ControlledAct;
use crate::server::db::decision::Checked;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// Countersigns, or refuses with a reason. `seen_version` is the version of the evidence on the checker's page.
pub async fn respond(
    app: &App,
    by: &Permit<permission::Decide>,
    id: DecisionId,
    said: Consent,
    seen_version: i64,
) -> Result<Decision, Error> {
    let now = app.now();
    let permit = by.clone();
    let (undo, refuse) = (app.config.undo, app.config.refuse_one_hand);
    let decided = app
        .write(move |tx| {
            Box::pin(async move {
                super::super::log::whole(tx).await?;
                let known = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
                let (now_version, evidence) = standing(tx, &known.subject).await?;
                // Read again under the lock: a colleague may have been faster.
                let mut decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
                let me = permit.reviewer();
                let opened = opened(tx, me.id, &known.subject, now_version).await?;
                consent(&decision, me.id, &said, seen_version, now_version, evidence, opened)?;
                if said == Consent::Countersign {
                    still_allowed(tx, &decision).await?;
                }
                let why = match &said {
                    Consent::Refuse { why } => Some(clean(why.trim())),
                    Consent::Countersign => None,
                };
                let (to, hold_until) = match (&why, undo.is_zero()) {
                    (Some(_), _) => (State::Refused, None),
                    (None, true) => (State::Queued, None),
                    (None, false) => (State::Proposed, Some(now.plus(undo))),
                };
                // A refusal sends nothing, so it does not matter who created the checker's account.
                let accounts = match why {
                    Some(_) => None,
                    None => {
                        super::super::independence::of_a_decision(
                            tx,
                            ControlledAct::Decision(id),
                            decision.reviewer_id,
                            me.id,
                            now,
                            refuse,
                        )
                        .await?
                    }
                };
                let checked = Checked {
                    checker: me.id,
                    name: &me.name,
                    at: now,
                    to,
                    hold_until,
                    refusal: why.as_deref(),
                    accounts: accounts.as_deref(),
                };
                if !db::decision::checked(tx, id, &checked).await? {
                    let state = db::decision::by_id(tx, id).await?.map_or(decision.state, |decision| decision.state);
                    return Err(Error::Refused(Refusal::NotAwaiting { state }));
                }
                decision.hold_until = hold_until;
                let action = if why.is_some() { "countersign.refused" } else { "countersign.given" };
                let told = entry(action, actor(&permit), &decision)
                    .fact("maker", decision.reviewer_name.clone())
                    .fact("seen", seen_version)
                    .fact("rules", decision.wanted_by.join("; "));
                let told = match accounts {
                    Some(accounts) => told.fact("accounts", accounts),
                    None => told,
                };
                match why {
                    Some(why) => {
                        super::undo::give_back(tx, &decision, now).await?;
                        super::returned::give(tx, &decision).await?;
                        append(tx, now, told.personal("why", why)).await?;
                    }
                    None => {
                        decision.checker_name = Some(me.name.clone());
                        dispatch(tx, now, &decision).await?;
                        append(tx, now, told).await?;
                    }
                }
                db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))
            })
        })
        .await;
    if let Err(Error::Refused(Refusal::OneHand { by: person })) = &decided {
        // Both accounts of this decision are open to one person: an auditor wants to know that this was tried.
        let draft = Draft::new("countersign.denied", actor(by), "decision", id.to_string())
            .outcome(EntryOutcome::Denied)
            .fact("accounts", format!("both could be used by {person}, not confirmed by a second admin"));
        app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await?;
    }
    let decision = decided?;
    if decision.state == State::Refused {
        super::returned::tell(app, &decision);
    }
    app.wake.deliver.notify_one();
    super::super::delivery::outbox::publish(app, decision.subject.id());
    Ok(decision)
}

/// Refuses what a decision would be refused for now: a difference that was explained may have been reopened since.
async fn still_allowed(tx: &mut Tx, decision: &Decision) -> Result<(), Error> {
    let Subject::Inquiry(id) = &decision.subject else { return Ok(()) };
    let rules = db::rule::current(tx).await?;
    let row = db::inquiry::by_id(tx, id).await?.ok_or(Error::NotFound("inquiry"))?;
    let relations = super::warning::relations(tx, &row).await?;
    let (_, known) = super::warning::known(tx, &row, relations, &rules).await?;
    let refusals = refusals(&decision.verdict, Some(&decision.reason), &rules.blocks, &known);
    refusals.into_iter().next().map_or(Ok(()), |refusal| Err(Error::Refused(refusal)))
}

/// Returns the current version of the evidence and whether it has been read. The object stays locked until the
/// transaction ends.
async fn standing(tx: &mut Tx, subject: &Subject) -> Result<(i64, Reading), Error> {
    match subject {
        Subject::Inquiry(id) => {
            db::inquiry::lock(tx, id).await?;
            let row = db::inquiry::by_id(tx, id).await?.ok_or(Error::NotFound("inquiry"))?;
            Ok((row.version, reading(&row)))
        }
        Subject::Case(id) => {
            db::case::lock(tx, id).await?;
            let row = db::case::by_id(tx, id).await?.ok_or(Error::NotFound("case"))?;
            Ok((row.version, super::warning::case_reading(tx, &row.case).await?))
        }
    }
}

/// Ends decisions that waited for a checker while someone decided in Persona's own dashboard: there is nothing left to
/// send. Returns how many.
pub async fn overtaken(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let found = {
        let mut conn = app.read().await?;
        db::decision::overtaken(&mut conn).await?
    };
    let (mut ended, mut error) = (0, None);
    for id in found {
        let id = DecisionId(id);
        let done = app
            .write(move |tx| {
                Box::pin(async move {
                    if !db::decision::advance(tx, id, &[State::AwaitingCountersign], State::Superseded, Some(now))
                        .await?
                    {
                        return Ok(None);
                    }
                    let decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
                    super::undo::give_back(tx, &decision, now).await?;
                    let told = entry("decision.superseded", Actor::System { part: "reconcile" }, &decision)
                        .outcome(EntryOutcome::Failed);
                    append(tx, now, told).await?;
                    Ok(Some(decision.subject))
                })
            })
            .await;
        match done {
            Ok(Some(subject)) => {
                ended += 1;
                super::super::delivery::outbox::publish(app, subject.id());
            }
            Ok(None) => {}
            Err(why) => error = error.or(Some(why)),
        }
    }
    error.map_or(Ok(ended), Err)
}
