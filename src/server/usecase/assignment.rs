//! Assigning cases. Persona decides who has a case: the request is sent as a delivery, and Persona's answer counts.
use std::time::Duration;

use super::audit::{actor, append};
use super::delivery::outbox::enqueue;
use crate::domain::audit::{Actor, Draft};
use crate::domain::case::AssignmentEnd;
use crate::domain::delivery::{Action, DeliveryCause};
use crate::domain::id::{AssignmentId, CaseId, ReviewerId};
use crate::domain::reviewer::{Permit, Reviewer, permission};
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::id::new_id;
use crate::server::{App, Error};

/// How long the caller waits for Persona's answer before it hears that the request is on its way.
const PATIENCE: Duration = Duration::from_millis(2500);

/// Assigns a case to the analyst who asks for it.
pub async fn take(app: &App, by: &Permit<permission::Decide>, case: CaseId) -> Result<(), Error> {
    let me = by.reviewer().clone();
    request(app, actor(by), me.clone(), case, me.id).await
}

/// Assigns a case to an analyst, for an admin. Persona has no call that unassigns a case (CONTRACT.md 12.2).
pub async fn give(app: &App, by: &Permit<permission::Assign>, case: CaseId, to: ReviewerId) -> Result<(), Error> {
    request(app, actor(by), by.reviewer().clone(), case, to).await
}

async fn request(app: &App, actor: Actor, by: Reviewer, case: CaseId, to: ReviewerId) -> Result<(), Error> {
    let mut pings = app.changes.subscribe();
    let now = app.now();
    let id = AssignmentId(new_id());
    let about = case.clone();
    let asked = app
        .write(move |tx| {
            Box::pin(async move {
                if !db::case::lock(tx, &case).await? {
                    return Err(Error::NotFound("case"));
                }
                let row = db::case::by_id(tx, &case).await?.ok_or(Error::NotFound("case"))?;
                if row.case.redacted_at.is_some() {
                    return Err(Error::Invalid("This case was redacted. It cannot be assigned any more.".to_owned()));
                }
                let to = super::reviewer::account::who_decides(tx, to).await?;
                if row.case.assignee.as_ref() == Some(&to.email) {
                    return Ok(false);
                }
                if !db::assignment::insert(tx, id, &case, &to.email, (by.id, &by.name), now).await? {
                    return Err(Error::Invalid(
                        "This case is already being assigned. Wait for Persona's answer.".to_owned(),
                    ));
                }
                let action = Action::Assign { email: to.email };
                enqueue(tx, now, now, DeliveryCause::Assignment(id), case.as_str(), action).await?;
                let draft = Draft::new("assignment.requested", actor, "case", case.to_string())
                    .fact("assignment", id.to_string())
                    .fact("to", to.name)
                    .fact("from", row.case.assignee);
                append(tx, now, draft).await?;
                Ok(true)
            })
        })
        .await?;
    if !asked {
        return Ok(());
    }
    app.wake.deliver.notify_one();
    app.publish(ChangeTopic::Case, about.clone());
    let ended = async {
        loop {
            let ended = db::assignment::of_case(&mut app.read().await?, &about).await?;
            if let Some(end) = ended.filter(|latest| latest.id == id).and_then(|latest| latest.end) {
                return Ok(end);
            }
            while let Ok(ping) = pings.recv().await {
                if ping.topic == ChangeTopic::Case && ping.id == about.as_str() {
                    break;
                }
            }
        }
    };
    match tokio::time::timeout(PATIENCE, ended).await {
        Ok(Ok(AssignmentEnd::Failed(why))) => {
            Err(Error::Invalid(format!("Persona did not accept the assignment: {why}")))
        }
        Ok(Err(error)) => Err(error),
        // Done, or still on its way, which the page shows.
        Ok(Ok(AssignmentEnd::Done)) | Err(_) => Ok(()),
    }
}
