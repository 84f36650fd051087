//! Deciding: one transaction that checks, writes decision and delivery, and appends to the log. Persona hears of it afterwards.
use super::audit::{actor, append};
use super::delivery::enqueue;
use crate::domain::audit::{Draft, Outcome};
use crate::domain::case::LONGEST_STATUS;
use crate::domain::decision::{
    self as rule, Decision, Proposal, Refusal, Settlement, Standing, State, Subject, Verdict, judge, witnessed_comment,
};
use crate::domain::delivery::Action;
use crate::domain::desk::DecisionsPage;
use crate::domain::id::DecisionId;
use crate::domain::reviewer::{Permit, can};
use crate::domain::text::clean;
use crate::server::app::{Topic, new_id};
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// Decides, or says why not. A refusal keeps what was typed as a draft, and stands in the log.
pub async fn decide(
    app: &App,
    by: &Permit<can::Decide>,
    subject: Subject,
    proposal: Proposal,
) -> Result<Decision, Error> {
    let now = app.now();
    let permit = by.clone();
    let proposal = Proposal { reason: clean(&proposal.reason), comment: clean(&proposal.comment), ..proposal };
    let id = DecisionId(new_id());
    let told = subject.clone();
    let decided = {
        let (permit, subject, proposal) = (permit.clone(), subject.clone(), proposal.clone());
        app.write(move |tx| {
            Box::pin(async move {
                let (standing, name, fingerprint) = standing(tx, &subject).await?;
                judge(&proposal, &standing)?;
                let reviewer = permit.reviewer();
                let decision = Decision {
                    id,
                    subject: subject.clone(),
                    subject_name: name,
                    verdict: proposal.verdict.clone(),
                    reason: proposal.reason.clone(),
                    comment: proposal.comment.trim().to_owned(),
                    reviewer_name: reviewer.name.clone(),
                    seen_version: proposal.seen_version,
                    fingerprint,
                    state: State::Queued,
                    made_at: now,
                    settled_at: None,
                    attempts: 0,
                    next_attempt_at: Some(now),
                    answer: None,
                };
                db::decision::insert(tx, &decision, reviewer.id).await?;
                let comment = witnessed_comment(&decision.comment, id, &reviewer.name);
                let action = match decision.verdict.clone() {
                    Verdict::Approve => Action::Approve { comment },
                    Verdict::Decline => Action::Decline { comment },
                    Verdict::MarkForReview => Action::MarkForReview,
                    Verdict::SetStatus { status } => Action::SetStatus { status },
                };
                enqueue(tx, now, Some(id), None, subject.id(), action).await?;
                db::decision::drop_draft(tx, reviewer.id, &subject).await?;
                append(tx, now, entry("decision.made", actor(&permit), &decision)).await?;
                Ok(decision)
            })
        })
        .await
    };
    let refusal = match decided {
        Ok(decision) => {
            app.wake.deliver.notify_one();
            app.tell(Topic::Decision, told.id());
            app.tell(if told.kind() == "case" { Topic::Case } else { Topic::Inquiry }, told.id());
            return Ok(decision);
        }
        // The database let somebody else's through a moment earlier.
        Err(Error::Db(error)) if db::is_conflict(&error) => overtaken(app, &subject).await?,
        Err(Error::Refused(refusal)) => refusal,
        Err(other) => return Err(other),
    };
    refused(app, by, subject, proposal, refusal.clone()).await?;
    Err(Error::Refused(refusal))
}

/// What stands in the log of a decision, whatever happens to it.
pub(super) fn entry(action: &'static str, actor: crate::domain::audit::Actor, decision: &Decision) -> Draft {
    let status = match &decision.verdict {
        Verdict::SetStatus { status } => Some(status.clone()),
        Verdict::Approve | Verdict::Decline | Verdict::MarkForReview => None,
    };
    let draft = Draft::new(action, actor, decision.subject.kind(), decision.subject.id())
        .fact("decision", decision.id.to_string())
        .fact("verdict", decision.verdict.as_str())
        .fact("reason", decision.reason.clone())
        .fact("version", decision.seen_version)
        .fact("evidence", decision.fingerprint.clone());
    let draft = match status {
        Some(status) => draft.fact("status", status),
        None => draft,
    };
    if decision.comment.is_empty() { draft } else { draft.personal("comment", decision.comment.clone()) }
}

/// Where the object stands, its name, and the fingerprint of its evidence; locked until the transaction ends.
async fn standing(tx: &mut Tx, subject: &Subject) -> Result<(Standing, String, String), Error> {
    let open = db::decision::about(tx, subject).await?.into_iter().find(|decision| decision.state.open());
    let on_its_way = open.map(|decision| (decision.reviewer_name, decision.verdict.label().to_lowercase()));
    match subject {
        Subject::Inquiry(id) => {
            db::inquiry::lock(tx, id).await?;
            let row = db::inquiry::by_id(tx, id).await?.ok_or(Error::NotFound("inquiry"))?;
            let name = row.inquiry.subject().unwrap_or_else(|| id.to_string());
            let standing = Standing {
                version: row.version,
                redacted: row.inquiry.redacted_at.is_some(),
                inquiry_status: Some(row.inquiry.status),
                on_its_way,
            };
            Ok((standing, name, row.fingerprint.unwrap_or_default()))
        }
        Subject::Case(id) => {
            db::case::lock(tx, id).await?;
            let row = db::case::by_id(tx, id).await?.ok_or(Error::NotFound("case"))?;
            let standing = Standing {
                version: row.version,
                redacted: row.case.redacted_at.is_some(),
                inquiry_status: None,
                on_its_way,
            };
            Ok((standing, row.case.name, String::new()))
        }
    }
}

/// Who was faster, after a conflict in the database.
async fn overtaken(app: &App, subject: &Subject) -> Result<Refusal, Error> {
    let mut conn = app.read().await?;
    let latest =
        db::decision::about(&mut conn, subject).await?.into_iter().find(|decision| decision.state != State::Rejected);
    Ok(latest.map_or(Refusal::OnItsWay { by: "A colleague".into(), verdict: "a decision".into() }, |decision| {
        Refusal::OnItsWay { by: decision.reviewer_name, verdict: decision.verdict.label().to_lowercase() }
    }))
}

async fn refused(
    app: &App,
    by: &Permit<can::Decide>,
    subject: Subject,
    proposal: Proposal,
    refusal: Refusal,
) -> Result<(), Error> {
    let now = app.now();
    let permit = by.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let draft = db::decision::Draft {
                verdict: proposal.verdict.as_str().to_owned(),
                reason: proposal.reason.chars().take(100).collect(),
                comment: proposal.comment.chars().take(20_000).collect(),
                saved_at: now,
            };
            db::decision::save_draft(tx, permit.reviewer().id, &subject, &draft).await?;
            let why = match refusal {
                Refusal::Stale { .. } => "stale",
                Refusal::OnItsWay { .. } => "overtaken",
                Refusal::NotFrom { .. } => "status",
                Refusal::Redacted => "redacted",
                Refusal::Settled { .. }
                | Refusal::LookMissing
                | Refusal::Reason
                | Refusal::CommentMissing
                | Refusal::CommentTooLong
                | Refusal::Status => "form",
            };
            let entry = Draft::new("decision.refused", actor(&permit), subject.kind(), subject.id())
                .outcome(Outcome::Denied)
                .fact("verdict", proposal.verdict.as_str())
                .fact("why", why)
                .fact("version", proposal.seen_version);
            append(tx, now, entry).await.map(|_| ())
        })
    })
    .await
}

/// A person has looked in Persona, and says how a decision of unknown outcome ended there.
pub async fn settle(
    app: &App,
    by: &Permit<can::Decide>,
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
    app.tell(Topic::Decision, settled.subject.id());
    app.tell(if settled.subject.kind() == "case" { Topic::Case } else { Topic::Inquiry }, settled.subject.id());
    Ok(settled)
}

pub async fn list(app: &App, _by: &Permit<can::ReadQueue>, state: Option<State>) -> Result<DecisionsPage, Error> {
    let mut conn = app.read().await?;
    let counts = db::decision::state_counts(&mut conn).await?;
    let (backlog, oldest_waiting) = db::delivery::backlog(&mut conn).await?;
    let health = app.persona.health();
    Ok(DecisionsPage {
        decisions: db::decision::list(&mut conn, state, 200).await?,
        counts: counts.into_iter().filter_map(|(state, n)| State::parse(&state).map(|state| (state, n))).collect(),
        backlog,
        oldest_waiting,
        persona_down: if health.down() { health.failure } else { None },
        now: app.now(),
    })
}

/// A status as typed: trimmed, and not longer than Persona could want.
pub fn case_status(text: &str) -> String {
    clean(text.trim()).chars().take(LONGEST_STATUS + 1).collect()
}
