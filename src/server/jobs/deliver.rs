//! Sends decisions and link requests to Persona, one at a time for each object, each under its idempotency key until
//! its outcome is known. `domain::delivery` decides what to do after each answer; this job carries it out.
use std::time::Duration;

use futures::StreamExt;

use crate::domain::delivery::{
    Action, AttemptCourse, AttemptOutcome, DeliveryAttempt, DeliveryStep, Next, PersonaState,
};
use crate::domain::inquiry::InquiryStatus;
use crate::server::db::delivery::{Delivery, Fate};
use crate::server::id::random;
use crate::server::persona::{CallAnswer, Failure, LONGEST_CALL, Lane, json_api};
use crate::server::usecase::delivery::{CallResult, Clearance, claim, clearance, release, settle};
use crate::server::{App, Error};

const AT_ONCE: usize = 4;
/// How long a delivery waits while a change of its object at Persona is being read.
const BEING_READ: Duration = Duration::from_secs(5);
/// How old a look at the object may be when the call that it allows is sent. Waiting for a turn at Persona can take a
/// minute.
const FRESH: Duration = Duration::from_secs(5);
/// How long a delivery that was refused before and is held waits between two looks.
const HELD: Duration = Duration::from_secs(60);

pub async fn run(app: &App) -> Result<usize, Error> {
    let mut done = release(app).await?;
    loop {
        // While the circuit breaker is open, nothing is tried: an attempt that cannot be made is no attempt.
        if !app.persona.pause(Lane::Decision).is_zero() {
            return Ok(done);
        }
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
        // All deliveries run to their end: one that is dropped on its way is only found again when its lease is over.
        let mut error = None;
        while let Some(result) = results.next().await {
            error = error.or(result.err());
        }
        if let Some(error) = error {
            return Err(error);
        }
        done += found;
        if found == 0 || *app.stopping.borrow() {
            return Ok(done);
        }
    }
}

async fn one(app: &App, delivery: Delivery) -> Result<(), Error> {
    let Some((fate, brought)) = attempt(app, &delivery).await? else {
        // The lease ran out before anything was sent: the worker that has the lease now continues.
        return Ok(());
    };
    if !settle(app, delivery, fate, brought).await? {
        tracing::warn!("a delivery was taken over by another worker while it was being sent");
    }
    Ok(())
}

/// Makes one attempt. Returns `None` if the lease was lost before the call, which must then not be made.
async fn attempt(app: &App, delivery: &Delivery) -> Result<Option<(Fate, CallResult)>, Error> {
    let [spread] = random::<1>()?;
    let now = app.now();
    let attempt = DeliveryAttempt {
        attempts: u32::try_from(delivery.attempts).unwrap_or(u32::MAX),
        generation: delivery.generation,
        first_sent_at: delivery.first_sent_at.unwrap_or(now),
        now,
        spread,
    };
    let shows = !matches!(delivery.action, Action::OneTimeLink { .. });
    let mut brought = CallResult::default();
    // Persona's answer to the call itself, if a look follows it.
    let mut said: Option<String> = None;
    let (mut sent, mut not_found) = (false, false);
    let mut unstored = true;
    let (mut course, mut step) = AttemptCourse::begin(attempt, shows);
    loop {
        step = match step {
            DeliveryStep::End(next) => {
                // The object exists, but the action on it was not found.
                if not_found && (brought.inquiry.is_some() || brought.case.is_some()) {
                    brought.refused = Some(404);
                }
                if next == Next::Confirm {
                    brought.refused = None;
                }
                brought.answer = match (next, said, brought.answer) {
                    (Next::Confirm, Some(_), _) => Some("Persona had it already".to_owned()),
                    (_, Some(said), Some(seen)) if said != seen => Some(format!("{said} ({seen})")),
                    (_, said, seen) => said.or(seen),
                };
                brought.unstored = unstored && delivery.untouched();
                return Ok(Some((fate(next), brought)));
            }
            DeliveryStep::Look => match look(app, delivery, &mut brought).await {
                // Nothing has arrived at Persona so far. This is the last moment at which the call can be stopped.
                Ok(PersonaState::Open) if !sent => match clearance(app, delivery, &brought).await? {
                    Clearance::Overtaken(why) if delivery.has_not_arrived(app.now()) => {
                        brought.answer = why.map(str::to_owned).or(brought.answer);
                        return Ok(Some((Fate::Overtaken, brought)));
                    }
                    Clearance::Held if delivery.has_not_arrived(app.now()) => {
                        brought.answer = Some("held: an account was disabled".to_owned());
                        brought.unstored = true;
                        let again = if delivery.generation > 1 { HELD } else { Duration::ZERO };
                        return Ok(Some((Fate::Again(app.now().plus(again)), brought)));
                    }
                    Clearance::Overtaken(_) | Clearance::Held => {
                        brought.answer = Some("an earlier attempt may still arrive".to_owned());
                        return Ok(Some((Fate::Again(app.now().plus(BEING_READ)), brought)));
                    }
                    Clearance::BeingRead => {
                        brought.answer = Some("a change at Persona is being read first".to_owned());
                        brought.unstored = delivery.has_not_arrived(app.now());
                        return Ok(Some((Fate::Again(app.now().plus(BEING_READ)), brought)));
                    }
                    Clearance::AsDecided => course.looked(Some(PersonaState::Open)),
                },
                Ok(seen) => course.looked(Some(seen)),
                Err(failure) => {
                    brought.answer = Some(failure.to_string());
                    brought.why.clone_from(&brought.answer);
                    brought.refused = refused(&failure);
                    course.looked(None)
                }
            },
            DeliveryStep::Send => {
                let key = delivery.idempotency_key();
                // The call is made only shortly after the look; otherwise the object is looked at again.
                let fresh = app.now().plus(FRESH).plus(LONGEST_CALL);
                let before = delivery.lease_until.map_or(fresh, |until| until.min(fresh));
                let answer = app.persona.send(&delivery.action, &delivery.subject_id, &key, Some(before)).await;
                if answer.result == Err(Failure::Late) {
                    if delivery.lease_until.is_none_or(|until| until <= app.now()) {
                        return Ok(None);
                    }
                    brought.answer = Some("it waited too long for a free call to Persona".to_owned());
                    brought.unstored = !sent && delivery.has_not_arrived(app.now());
                    return Ok(Some((Fate::Again(app.now()), brought)));
                }
                sent = true;
                brought.sent = true;
                brought.request_id.clone_from(&answer.request_id);
                brought.answer = None;
                brought.why = answer.result.as_ref().err().map(Failure::to_string);
                brought.refused = answer.result.as_ref().err().and_then(refused);
                not_found = answer.result == Err(Failure::NotFound);
                // A success that shows another person's comment is not the desk's own: looking at the object decides.
                let outcome = if theirs(delivery, &answer) { AttemptOutcome::Broken } else { outcome(&answer) };
                unstored &= matches!(outcome, AttemptOutcome::Limited { .. } | AttemptOutcome::NotAuthorised);
                let step = course.answered(outcome, app.now());
                match (&answer.result, step) {
                    (Ok(single), DeliveryStep::End(Next::Confirm)) => {
                        brought.inquiry = json_api::inquiry(&single.data).ok();
                        brought.case = json_api::case(&single.data, &single.included).ok();
                        brought.link =
                            single.meta.get("one-time-link").and_then(|link| link.as_str()).map(str::to_owned);
                    }
                    (Err(failure), DeliveryStep::Look) => said = Some(failure.to_string()),
                    (Err(failure), _) => brought.answer = Some(failure.to_string()),
                    (Ok(_), _) => {}
                }
                step
            }
        };
    }
}

/// Whether an answer shows an inquiry that was decided with another person's comment. Without a comment, the answer
/// does not say whose decision it is.
fn theirs(delivery: &Delivery, answer: &CallAnswer) -> bool {
    let (Ok(single), Action::Approve { .. } | Action::Decline { .. }) = (&answer.result, &delivery.action) else {
        return false;
    };
    let comment = json_api::inquiry(&single.data).ok().and_then(|inquiry| inquiry.reviewer_comment);
    comment.is_some_and(|comment| !comment.trim().is_empty() && !marked(delivery, &comment))
}

fn marked(delivery: &Delivery, comment: &str) -> bool {
    delivery.decision().is_some_and(|decision| comment.contains(&decision.to_string()))
}

/// Returns the status of a refusal that says nothing about the decision: an admin has to fix the API key.
const fn refused(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::NotAuthorised => Some(401),
        Failure::NotPermitted { .. } => Some(403),
        _ => None,
    }
}

fn fate(next: Next) -> Fate {
    match next {
        Next::Confirm => Fate::Done,
        Next::Fail => Fate::Failed,
        Next::Supersede => Fate::Superseded,
        Next::SameKey { at } => Fate::Again(at),
        Next::NewKey { at } => Fate::Anew(at),
        Next::AskAPerson => Fate::Unknown,
    }
}

fn outcome(answer: &CallAnswer) -> AttemptOutcome {
    match &answer.result {
        Ok(_) => AttemptOutcome::Done,
        Err(Failure::NoAnswer(_) | Failure::Paused { .. } | Failure::Late) => AttemptOutcome::NoAnswer,
        Err(Failure::Limited { wait }) => AttemptOutcome::Limited { wait: *wait },
        Err(Failure::NotPermitted { .. }) => AttemptOutcome::Forbidden,
        Err(Failure::NotAuthorised) => AttemptOutcome::NotAuthorised,
        Err(Failure::Refused { status: 408, .. }) => AttemptOutcome::Passing,
        Err(Failure::Refused { title, .. }) if title.starts_with("Stale object") => AttemptOutcome::Passing,
        Err(Failure::NotFound | Failure::NoSuchList | Failure::Refused { .. }) => AttemptOutcome::Refused,
        Err(Failure::Broken { status: 502..=504 }) => AttemptOutcome::Gateway,
        // A success that cannot be read may or may not have been one: looking at the object decides.
        Err(Failure::Broken { .. } | Failure::Unreadable(_) | Failure::NotShown(_)) => AttemptOutcome::Broken,
    }
}

/// Compares Persona's object with the target of the decision. Puts the object into `brought`, for the mirror.
async fn look(app: &App, delivery: &Delivery, brought: &mut CallResult) -> Result<PersonaState, Failure> {
    let id = delivery.subject_id.as_str();
    let gone = |failure| if failure == Failure::NotFound { Ok(PersonaState::Elsewhere) } else { Err(failure) };
    let (target, takes_comment) = match &delivery.action {
        Action::Approve { .. } => (InquiryStatus::Approved, true),
        Action::Decline { .. } => (InquiryStatus::Declined, true),
        // Takes no comment, so it leaves no mark of the desk.
        Action::MarkForReview => (InquiryStatus::NeedsReview, false),
        Action::SetStatus { status } => {
            let single = match app.persona.case(Lane::Decision, id).await {
                Ok(single) => single,
                Err(failure) => return gone(failure),
            };
            let case = json_api::case(&single.data, &single.included)?;
            let seen = match () {
                () if case.status.eq_ignore_ascii_case(status) => PersonaState::Ours,
                () if case.redacted_at.is_some() => PersonaState::Elsewhere,
                () => PersonaState::Open,
            };
            brought.answer = Some(format!("the case is {} at Persona", case.status));
            brought.case = Some(case);
            return Ok(seen);
        }
        Action::Assign { email } => {
            let single = match app.persona.case(Lane::Decision, id).await {
                Ok(single) => single,
                Err(failure) => return gone(failure),
            };
            let case = json_api::case(&single.data, &single.included)?;
            let whose = case.assignee.clone().unwrap_or_else(|| "no one".to_owned());
            let seen = match () {
                () if whose.eq_ignore_ascii_case(email) => PersonaState::Ours,
                () if case.redacted_at.is_some() => PersonaState::Elsewhere,
                () => PersonaState::Open,
            };
            brought.answer = Some(format!("the case is assigned to {whose} at Persona"));
            brought.case = Some(case);
            return Ok(seen);
        }
        Action::OneTimeLink { .. } => return Ok(PersonaState::Open),
    };
    let single = match app.persona.inquiry(Lane::Decision, id).await {
        Ok(single) => single,
        Err(failure) => return gone(failure),
    };
    let inquiry = json_api::inquiry(&single.data)?;
    let ours = inquiry.reviewer_comment.as_deref().is_some_and(|comment| marked(delivery, comment));
    let may_start = if takes_comment { inquiry.status.decidable() } else { inquiry.status.reviewable() };
    let seen = match () {
        () if inquiry.redacted_at.is_some() => PersonaState::Elsewhere,
        () if inquiry.status == target && (ours || !takes_comment) => PersonaState::Ours,
        () if inquiry.status == target => PersonaState::There,
        () if may_start => PersonaState::Open,
        () => PersonaState::Elsewhere,
    };
    let redacted = if inquiry.redacted_at.is_some() { ", redacted" } else { "" };
    brought.answer = Some(format!("the inquiry is {} at Persona{redacted}", inquiry.status.label().to_lowercase()));
    brought.inquiry = Some(inquiry);
    Ok(seen)
}
