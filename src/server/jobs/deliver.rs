//! Sends decisions and link requests to Persona, one at a time per object, each under its key until it is known how it ended.
//! What to do after each answer is `domain::delivery`'s rule; this is the hand that follows it.
use futures::StreamExt;

use crate::domain::delivery::{Action, Attempt, Next, Outcome, Seen, pause};
use crate::domain::inquiry::InquiryStatus;
use crate::server::app::random;
use crate::server::db::delivery::{Delivery, Fate};
use crate::server::persona::{Answer, Failure, Lane, wire};
use crate::server::usecase::delivery::{Brought, claim, release, settle};
use crate::server::{App, Error};

const AT_ONCE: usize = 4;

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = release(app).await?;
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
    let (fate, brought) = attempt(app, &delivery).await?;
    if !settle(app, delivery, fate, brought).await? {
        tracing::warn!("a delivery was taken over by another worker while it was being sent");
    }
    Ok(())
}

async fn attempt(app: &App, delivery: &Delivery) -> Result<(Fate, Brought), Error> {
    let now = app.now();
    let [spread] = random::<1>()?;
    let attempt = Attempt {
        attempts: u32::try_from(delivery.attempts).unwrap_or(u32::MAX),
        generation: delivery.generation,
        first_sent_at: delivery.first_sent_at.unwrap_or(now),
        decided_at: delivery.created_at,
        now,
        spread,
    };
    let mut brought = Brought::default();
    let link = matches!(delivery.action, Action::OneTimeLink { .. });
    if !link && attempt.look_first() {
        let next = match look(app, delivery, &mut brought).await {
            Ok(seen) => attempt.before(seen),
            Err(failure) => {
                // Not sent unseen: later, when Persona can be asked.
                brought.answer = Some(failure.to_string());
                return Ok((Fate::Again(now.plus(pause(attempt.attempts, spread))), brought));
            }
        };
        if next != Next::Send {
            return Ok((fate(next), brought));
        }
    }
    let answer = app.persona.send(&delivery.action, &delivery.subject_id, &delivery.idempotency_key()).await;
    brought.request_id.clone_from(&answer.request_id);
    brought.answer = answer.result.as_ref().err().map(Failure::to_string);
    let outcome = outcome(&answer);
    let mut next = Attempt { now: app.now(), ..attempt }.end(outcome);
    if let (Next::Confirm, Ok(single)) = (next, &answer.result) {
        brought.inquiry = wire::inquiry(&single.data).ok();
        brought.case = wire::case(&single.data, &single.included).ok();
        brought.link = single.meta.get("one-time-link").and_then(|link| link.as_str()).map(str::to_owned);
    }
    if next == Next::Look && link {
        // Nothing to look at; a second link harms nobody.
        next = if outcome == Outcome::Refused { Next::Fail } else { attempt.end_seen(Outcome::Broken, Seen::Open) };
    }
    if next == Next::Look {
        let said = brought.answer.take();
        next = match look(app, delivery, &mut brought).await {
            Ok(seen) => attempt.end_seen(outcome, seen),
            // The same key gives the stored answer again, and then it is looked at again: nothing can be doubled.
            Err(_) => Next::SameKey { at: now.plus(pause(attempt.attempts, spread)) },
        };
        brought.answer = match (next, brought.answer.take()) {
            (Next::Confirm, _) => Some("Persona had it already".to_owned()),
            (_, seen) => said.map(|said| seen.map_or(said.clone(), |seen| format!("{said} ({seen})"))),
        };
    }
    Ok((fate(next), brought))
}

fn fate(next: Next) -> Fate {
    match next {
        Next::Confirm => Fate::Done,
        Next::Fail => Fate::Failed,
        Next::Supersede => Fate::Superseded,
        Next::SameKey { at } => Fate::Again(at),
        Next::NewKey { at } => Fate::Anew(at),
        // Send and Look are steps of an attempt and not its end.
        Next::AskAPerson | Next::Send | Next::Look => Fate::Unknown,
    }
}

fn outcome(answer: &Answer) -> Outcome {
    match &answer.result {
        Ok(_) => Outcome::Done,
        Err(Failure::NoAnswer(_)) => Outcome::NoAnswer,
        Err(Failure::Limited { wait }) => Outcome::Limited { wait: *wait },
        Err(Failure::NotAuthorised { status: 403 }) => Outcome::Forbidden,
        Err(Failure::NotAuthorised { .. }) => Outcome::NotAuthorised,
        Err(Failure::Refused { status: 408, .. }) => Outcome::Passing,
        Err(Failure::Refused { title, .. }) if title.starts_with("Stale object") => Outcome::Passing,
        Err(Failure::NotFound | Failure::Refused { .. }) => Outcome::Refused,
        Err(Failure::Broken { status: 502..=504 }) => Outcome::Gateway,
        // A success that cannot be read was still a success, or not: looking tells.
        Err(Failure::Broken { .. } | Failure::Unreadable(_)) => Outcome::Broken,
    }
}

/// How Persona's object stands, measured by where the decision leads. Brings it along for the mirror.
async fn look(app: &App, delivery: &Delivery, brought: &mut Brought) -> Result<Seen, Failure> {
    let id = delivery.subject_id.as_str();
    let gone = |failure| if failure == Failure::NotFound { Ok(Seen::Elsewhere) } else { Err(failure) };
    let (target, marked) = match &delivery.action {
        Action::Approve { .. } => (InquiryStatus::Approved, true),
        Action::Decline { .. } => (InquiryStatus::Declined, true),
        // Takes no comment, so it leaves no mark of ours.
        Action::MarkForReview => (InquiryStatus::NeedsReview, false),
        Action::SetStatus { status } => {
            let single = match app.persona.case(Lane::Decision, id).await {
                Ok(single) => single,
                Err(failure) => return gone(failure),
            };
            let case = wire::case(&single.data, &single.included)?;
            let seen = match () {
                () if case.status.eq_ignore_ascii_case(status) => Seen::Ours,
                () if case.redacted_at.is_some() => Seen::Elsewhere,
                () => Seen::Open,
            };
            brought.answer = Some(format!("the case is {} at Persona", case.status));
            brought.case = Some(case);
            return Ok(seen);
        }
        Action::OneTimeLink { .. } => return Ok(Seen::Open),
    };
    let single = match app.persona.inquiry(Lane::Decision, id).await {
        Ok(single) => single,
        Err(failure) => return gone(failure),
    };
    let inquiry = wire::inquiry(&single.data)?;
    let ours = delivery.decision.is_some_and(|decision| {
        inquiry.reviewer_comment.as_deref().is_some_and(|comment| comment.contains(&decision.to_string()))
    });
    let may_start = if marked { inquiry.status.decidable() } else { !inquiry.status.decided() };
    let seen = match () {
        () if inquiry.redacted_at.is_some() => Seen::Elsewhere,
        () if inquiry.status == target && (ours || !marked) => Seen::Ours,
        () if inquiry.status == target => Seen::There,
        () if may_start => Seen::Open,
        () => Seen::Elsewhere,
    };
    let redacted = if inquiry.redacted_at.is_some() { ", redacted" } else { "" };
    brought.answer = Some(format!("the inquiry is {} at Persona{redacted}", inquiry.status.label().to_lowercase()));
    brought.inquiry = Some(inquiry);
    Ok(seen)
}
