//! Decisions that a checker refused: they return to their maker as work, until the subject is decided again or the
//! maker gives it up.
use super::super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::decision::{Decision, Subject};
use crate::domain::id::DecisionId;
use crate::domain::page_data::decision::ReturnedPage;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

pub async fn page(app: &App, by: &Permit<permission::Decide>) -> Result<ReturnedPage, Error> {
    let mut conn = app.read().await?;
    Ok(ReturnedPage { decisions: db::decision::returned(&mut conn, by.reviewer().id, None).await?, now: app.now() })
}

/// Returns a decision to its maker as work: the inquiry is assigned to them again unless a colleague has taken it
/// meanwhile.
pub(in crate::server::usecase) async fn give(tx: &mut Tx, decision: &Decision) -> Result<(), Error> {
    let Subject::Inquiry(inquiry) = &decision.subject else { return Ok(()) };
    if db::queue::assignee(tx, inquiry).await?.is_none() {
        db::queue::assign(tx, inquiry, Some((decision.reviewer_id, &decision.reviewer_name))).await?;
    }
    Ok(())
}

/// Publishes the change to the maker only.
pub(in crate::server::usecase) fn tell(app: &App, decision: &Decision) {
    app.publish(ChangeTopic::Returned, decision.reviewer_id.to_string());
}

/// Ends the return of a decision: its maker gives it up, and a colleague may decide. With `release` the inquiry is
/// unassigned too.
pub async fn end(app: &App, by: &Permit<permission::Decide>, id: DecisionId, release: bool) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let subject = app
        .write(move |tx| {
            Box::pin(async move {
                let decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
                let me = permit.reviewer().id;
                if decision.reviewer_id != me || !db::decision::end_return(tx, id, now).await? {
                    return Err(Error::Invalid(
                        "This decision was not returned to you, or it has been decided again, released or dismissed meanwhile. Reload the page.".to_owned(),
                    ));
                }
                if let Subject::Inquiry(inquiry) = &decision.subject
                    && release
                {
                    if db::queue::assignee(tx, inquiry).await?.is_some_and(|(who, _)| who == me) {
                        db::queue::assign(tx, inquiry, None).await?;
                    }
                    db::claim::release(tx, inquiry, me).await?;
                }
                append(tx, now, ended(&permit, &decision, release)).await?;
                Ok(decision.subject)
            })
        })
        .await?;
    app.publish(ChangeTopic::Returned, by.reviewer().id.to_string());
    super::super::delivery::outbox::publish(app, subject.id());
    Ok(())
}

/// Ends the returned decisions on a subject that the reviewer releases.
pub(in crate::server::usecase) async fn released(
    tx: &mut Tx,
    permit: &Permit<permission::Decide>,
    subject: &Subject,
    now: Timestamp,
) -> Result<(), Error> {
    for decision in db::decision::returned(tx, permit.reviewer().id, Some(subject)).await? {
        if db::decision::end_return(tx, decision.id, now).await? {
            append(tx, now, ended(permit, &decision, true)).await?;
        }
    }
    Ok(())
}

fn ended(permit: &Permit<permission::Decide>, decision: &Decision, release: bool) -> Draft {
    let action = if release { "return.released" } else { "return.dismissed" };
    Draft::new(action, actor(permit), decision.subject.kind(), decision.subject.id())
        .fact("decision", decision.id.to_string())
        .fact("verdict", decision.verdict.as_str())
}
