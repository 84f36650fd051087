//! Sends decisions and link requests to Persona, one at a time per object, each under its key until it is known how it ended.
//! What to do after each answer is `domain::delivery`'s rule; this is the hand that follows it.
use futures::StreamExt;

use crate::domain::case::Case;
use crate::domain::delivery::{Action, Next, Outcome, after, pause};
use crate::domain::inquiry::{Inquiry, InquiryStatus};
use crate::server::app::random;
use crate::server::db::delivery::{Delivery, Fate};
use crate::server::persona::{Answer, Failure, Lane, wire};
use crate::server::usecase::delivery::{Brought, claim, settle};
use crate::server::{App, Error};

const AT_ONCE: usize = 4;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = 0;
    loop {
        let mut batch = Vec::new();
        while batch.len() < AT_ONCE {
            match claim(app).await? {
                Some(delivery) => batch.push(delivery),
                None => break,
            }
        }
        let found = batch.len();
        let mut results =
            futures::stream::iter(batch.into_iter().map(|delivery| one(app, delivery))).buffer_unordered(AT_ONCE);
        while let Some(result) = results.next().await {
            result?;
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

async fn one(app: &App, delivery: Delivery) -> Result<(), Error> {
    let answer = app.persona.send(&delivery.action, &delivery.subject_id, &delivery.idempotency_key()).await;
    let (fate, brought) = follow(app, &delivery, answer).await?;
    if !settle(app, delivery, fate, brought).await? {
        tracing::warn!("a delivery was taken over by another worker while it was being sent");
    }
    Ok(())
}

fn outcome(answer: &Answer) -> Outcome {
    match &answer.result {
        Ok(_) => Outcome::Done,
        Err(Failure::NoAnswer(_)) => Outcome::NoAnswer,
        Err(Failure::Limited { wait }) => Outcome::Limited { wait: *wait },
        Err(Failure::NotAuthorised { .. }) => Outcome::NotAuthorised,
        Err(Failure::NotFound | Failure::Refused { .. }) => Outcome::Refused,
        // A success that cannot be read was still a success, or not: reading back tells.
        Err(Failure::Broken { .. } | Failure::Unreadable(_)) => Outcome::Broken,
    }
}

async fn follow(app: &App, delivery: &Delivery, answer: Answer) -> Result<(Fate, Brought), Error> {
    let now = app.now();
    let [spread] = random::<1>()?;
    let attempts = u32::try_from(delivery.attempts).unwrap_or(u32::MAX);
    let outcome = outcome(&answer);
    let mut brought = Brought { request_id: answer.request_id, ..Brought::default() };
    let next = after(&outcome, attempts, delivery.first_sent_at.unwrap_or(now), now, spread);
    brought.answer = answer.result.as_ref().err().map(Failure::to_string);
    match (next, answer.result) {
        (Next::Confirm, Ok(single)) => {
            brought.inquiry = wire::inquiry(&single.data).ok();
            brought.case = wire::case(&single.data, &single.included).ok();
            brought.link = single.meta.get("one-time-link").and_then(|link| link.as_str()).map(str::to_owned);
            Ok((Fate::Done, brought))
        }
        (Next::SameKey { at }, _) => Ok((Fate::Again(at), brought)),
        (Next::Confirm | Next::ReadBack | Next::AskAPerson, result) => {
            let lost = outcome == Outcome::NoAnswer;
            let refused = outcome == Outcome::Refused;
            if matches!(delivery.action, Action::OneTimeLink { .. }) {
                // Nothing to read back; a second link harms nobody.
                let fate = if refused || lost { Fate::Failed } else { Fate::Anew(now.plus(pause(attempts, spread))) };
                return Ok((fate, brought));
            }
            match read_back(app, delivery, &mut brought).await {
                Ok(true) => {
                    brought.answer = Some("Persona had it already".to_owned());
                    Ok((Fate::Done, brought))
                }
                Ok(false) if refused => Ok((Fate::Failed, brought)),
                // The key's life is over, and Persona shows no effect: a person decides what that means.
                Ok(false) if lost => Ok((Fate::Unknown, brought)),
                Ok(false) => Ok((Fate::Anew(now.plus(pause(attempts, spread))), brought)),
                Err(Failure::NotFound) => {
                    brought.answer =
                        Some(result.err().map_or_else(|| "not found".to_owned(), |failure| failure.to_string()));
                    Ok((Fate::Failed, brought))
                }
                Err(_) if lost => Ok((Fate::Unknown, brought)),
                // The same key gives the stored answer again, and then it is read back again: nothing can be doubled.
                Err(_) => Ok((Fate::Again(now.plus(pause(attempts, spread))), brought)),
            }
        }
    }
}

/// Whether Persona's object already stands where the decision leads.
async fn read_back(app: &App, delivery: &Delivery, brought: &mut Brought) -> Result<bool, Failure> {
    let id = delivery.subject_id.as_str();
    let target = match &delivery.action {
        Action::Approve { .. } => InquiryStatus::Approved,
        Action::Decline { .. } => InquiryStatus::Declined,
        Action::MarkForReview => InquiryStatus::NeedsReview,
        Action::SetStatus { status } => {
            let single = app.persona.case(Lane::Decision, id).await?;
            let case: Case = wire::case(&single.data, &single.included)?;
            let there = case.status.eq_ignore_ascii_case(status);
            brought.case = Some(case);
            return Ok(there);
        }
        Action::OneTimeLink { .. } => return Ok(false),
    };
    let single = app.persona.inquiry(Lane::Decision, id).await?;
    let inquiry: Inquiry = wire::inquiry(&single.data)?;
    let there = inquiry.status == target;
    brought.inquiry = Some(inquiry);
    Ok(there)
}
