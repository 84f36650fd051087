//! Deciding, in one file because one transaction judges, writes decision and delivery, deletes the draft, and appends
//! to the log. The decision is sent to Persona afterwards.
use std::time::Duration;

use entry::entry;

use sha2::{Digest, Sha256};

use super::audit::{actor, append};
use super::delivery::outbox::enqueue;
use crate::domain::audit::{Draft, EntryOutcome};
use crate::domain::block::BlockCode;
use crate::domain::case::LONGEST_STATUS;
use crate::domain::checklist::{ChecklistLine, missing};
use crate::domain::condition::{ConditionAnswer, Facts};
use crate::domain::decision::state::State;
use crate::domain::decision::warning::{Considered, refusals};
use crate::domain::decision::{
    Decision, Proposal, Reading, Refusal, Subject, SubjectState, Verdict, imitates, judge, witnessed_comment,
};
use crate::domain::delivery::{Action, DeliveryCause};
use crate::domain::draw::Draw;
use crate::domain::id::{AccountId, DecisionId, ReviewerId};
use crate::domain::page_data::decision::DecisionsPage;
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::domain::rule::RuleSet;
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::db::configuration::InForce;
use crate::server::db::inquiry::MirroredInquiry;
use crate::server::db::snapshot::Snapshot;
use crate::server::db::{self, Tx};
use crate::server::id::{new_id, random};
use crate::server::{App, Error};

pub mod countersign;
pub mod entry;
pub mod held;
pub mod resolve;
pub mod returned;
pub mod undo;
pub(super) mod warning;

/// Makes a decision, or returns why it is refused. A refusal saves what was typed as a draft, and is recorded in the
/// log.
pub async fn decide(
    app: &App,
    by: &Permit<permission::Decide>,
    subject: Subject,
    proposal: Proposal,
) -> Result<Decision, Error> {
    let now = app.now();
    let permit = by.clone();
    let proposal = Proposal { reason: clean(&proposal.reason), comment: clean(&proposal.comment), ..proposal };
    if imitates(&proposal.comment) {
        return Err(Error::Invalid(
            "The comment contains “Countersign decision”. The desk begins a line of its own with these words. Write it differently."
                .to_owned(),
        ));
    }
    let id = DecisionId(new_id());
    let told = subject.clone();
    // Only these two verdicts depend on how nearby accounts were decided.
    let mut waits = matches!(proposal.verdict, Verdict::Approve | Verdict::Decline);
    let decided = loop {
        let wanted = DecisionRequest {
            id,
            subject: subject.clone(),
            proposal: proposal.clone(),
            now,
            undo: app.config.undo,
            waits,
        };
        let permit = permit.clone();
        match app.write(move |tx| Box::pin(async move { attempt(tx, &permit, wanted).await })).await {
            Ok(DecisionAttempt::RelationsUnread(account)) => {
                super::relation::backlog::await_near(app, &account).await?
            }
            Ok(DecisionAttempt::Made(decision)) => break Ok(*decision),
            Err(error) => break Err(error),
        }
        waits = false;
    };
    let refusal = match decided {
        Ok(decision) => {
            app.wake.deliver.notify_one();
            super::delivery::outbox::publish(app, told.id());
            return Ok(decision);
        }
        // The database accepted a colleague's decision a moment earlier.
        Err(Error::Db(error)) if db::is_conflict(&error) => overtaken(app, &subject).await?,
        Err(Error::Refused(refusal)) => refusal,
        Err(other) => return Err(other),
    };
    if let (Subject::Inquiry(id), Refusal::OnItsWay { .. } | Refusal::NotFrom { .. }) = (&subject, &refusal) {
        // The refusal reveals how the inquiry was decided.
        super::blind::concealment::told(app, by, id).await?;
    }
    refused(app, by, subject, proposal, refusal.clone()).await?;
    Err(Error::Refused(refusal))
}

/// A decision that a reviewer wants to make.
#[derive(Clone)]
struct DecisionRequest {
    id: DecisionId,
    subject: Subject,
    proposal: Proposal,
    now: Timestamp,
    undo: Duration,
    /// Whether the attempt can wait for relations that have not been read.
    waits: bool,
}

enum DecisionAttempt {
    Made(Box<Decision>),
    /// Nothing was written: rules ask about the relations of this account, and not all have been read.
    RelationsUnread(AccountId),
}

async fn attempt(
    tx: &mut Tx,
    permit: &Permit<permission::Decide>,
    wanted: DecisionRequest,
) -> Result<DecisionAttempt, Error> {
    let DecisionRequest { id, subject, proposal, now, undo, waits } = wanted;
    let reviewer = permit.reviewer();
    super::log::whole(tx).await?;
    // Even a refusal would reveal how the inquiry was decided.
    super::blind::concealment::closed(tx, permit, subject.id(), now).await?;
    let in_force = db::configuration::read(tx).await?;
    let LockedSubject { standing, name, canonical, facts, checklist, unread, claimed } =
        lock_subject(tx, &subject, &proposal, &in_force, permit, now).await?;
    if let Some(account) = unread.filter(|_| waits) {
        return Ok(DecisionAttempt::RelationsUnread(account));
    }
    judge(&proposal, &standing)?;
    let (lists, lines) = checklist;
    let items = missing(&lines, proposal.verdict.as_str());
    if !items.is_empty() {
        return Err(Error::Refused(Refusal::Unchecked { items }));
    }
    let rules = &in_force.rules;
    let asked = rules.asks_relations();
    let blind = in_force.policy.blind;
    let key = match blind > 0 || rules.draws() {
        true => db::rule::draw_key(tx, random()?).await?,
        false => [0; 32],
    };
    let draw = Draw { key: &key, kind: subject.kind(), id: subject.id() };
    let wanted_by = rules.wanting(&proposal.verdict, &facts, &draw);
    let drawn = rules.drawn(&draw);
    let hold_until = (wanted_by.is_empty() && !undo.is_zero()).then(|| now.plus(undo));
    let state = match () {
        () if !wanted_by.is_empty() => State::AwaitingCountersign,
        () if hold_until.is_some() => State::Proposed,
        () => State::Queued,
    };
    let decision = Decision {
        id,
        subject: subject.clone(),
        subject_name: name,
        verdict: proposal.verdict.clone(),
        reason: proposal.reason.clone(),
        comment: proposal.comment.trim().to_owned(),
        reviewer_id: reviewer.id,
        reviewer_name: reviewer.name.clone(),
        seen_version: proposal.seen_version,
        fingerprint: hex::encode(Sha256::digest(&canonical)),
        state,
        made_at: now,
        settled_at: None,
        hold_until,
        rules_version: rules.version,
        wanted_by,
        checker_name: None,
        checked_at: None,
        refusal: None,
        accounts: None,
        held_for: None,
        attempts: 0,
        next_attempt_at: None,
        answer: None,
    };
    let hands = super::independence::controllers_of(tx, reviewer.id).await?;
    db::decision::insert(tx, &decision, &hands).await?;
    db::decision::end_returns(tx, &subject, now).await?;
    let snapshot = Snapshot {
        version: decision.seen_version,
        fingerprint: &decision.fingerprint,
        body: &canonical,
        seen_at: now,
        decided: true,
    };
    db::snapshot::keep(tx, &subject, &snapshot).await?;
    super::blind::concealment::draw(tx, now, &decision, draw, blind).await?;
    if state != State::AwaitingCountersign {
        dispatch(tx, now, &decision).await?;
    }
    if let Subject::Inquiry(inquiry) = &subject
        && claimed
    {
        db::claim::release(tx, inquiry, reviewer.id).await?;
    }
    db::decision::drop_draft(tx, reviewer.id, &subject).await?;
    let made = entry("decision.made", actor(permit), &decision)
        .fact("rules_version", decision.rules_version)
        .fact("reasons_version", (standing.reasons.version > 0).then_some(standing.reasons.version))
        .fact("checklist", (lists > 0 && !lines.is_empty()).then_some(lists))
        .fact("relation_rule", asked.then(|| facts.declined_relation.as_str()))
        .fact("drawn", (!drawn.is_empty()).then(|| drawn.join("; ")))
        .fact("countersign", (!decision.wanted_by.is_empty()).then(|| decision.wanted_by.join("; ")));
    append(tx, now, made).await?;
    Ok(DecisionAttempt::Made(Box::new(decision)))
}

/// Queues a decision for delivery. It is sent when its undo window is over.
pub(super) async fn dispatch(tx: &mut Tx, now: Timestamp, decision: &Decision) -> Result<(), Error> {
    let checker = decision.checker_name.as_deref();
    let comment = witnessed_comment(&decision.comment, decision.id, &decision.reviewer_name, checker);
    let action = match decision.verdict.clone() {
        Verdict::Approve => Action::Approve { comment },
        Verdict::Decline => Action::Decline { comment },
        Verdict::MarkForReview => Action::MarkForReview,
        Verdict::SetStatus { status } => Action::SetStatus { status },
    };
    let not_before = decision.hold_until.unwrap_or(now);
    enqueue(tx, now, not_before, DeliveryCause::Decision(decision.id), decision.subject.id(), action).await
}

/// The current state of an object that a reviewer wants to decide on. The object is locked until the transaction ends.
struct LockedSubject {
    standing: SubjectState,
    name: String,
    /// The canonical evidence: the bytes that the fingerprint is computed from.
    canonical: String,
    facts: Facts,
    /// Version of the checklists, and this object's list.
    checklist: (i64, Vec<ChecklistLine>),
    /// The account whose relations a rule or block asks about, if not all of them have been read.
    unread: Option<AccountId>,
    /// Whether there is a claim on it, even an expired one.
    claimed: bool,
}

/// Whether a rule or block in force looks at relations.
pub(super) fn looks_at_relations(rules: &RuleSet) -> bool {
    rules.asks_relations() || rules.blocks.contains(&BlockCode::RelationsNotRead)
}

/// Returns whether the desk has read an inquiry's evidence at this moment.
pub(super) fn reading(row: &MirroredInquiry) -> Reading {
    match (&row.evidence, row.evidence_wanted_at, &row.evidence_error) {
        (None, ..) => Reading::Unread,
        (Some(_), None, None) => Reading::Read,
        // A new read is wanted, or the last attempt to read a change failed.
        (Some(_), ..) => Reading::Changing,
    }
}

async fn lock_subject(
    tx: &mut Tx,
    subject: &Subject,
    proposal: &Proposal,
    in_force: &InForce,
    by: &Permit<permission::Decide>,
    now: Timestamp,
) -> Result<LockedSubject, Error> {
    let who = by.reviewer().id;
    let rules = &in_force.rules;
    let refused = |known: &Considered| {
        refusals(&proposal.verdict, Some(&proposal.reason), &rules.blocks, known).into_iter().next()
    };
    match subject {
        Subject::Inquiry(id) => {
            db::inquiry::lock(tx, id).await?;
            let row = db::inquiry::by_id(tx, id).await?.ok_or(Error::NotFound("inquiry"))?;
            // Check the claim now, not as of page load: an expired claim neither blocks nor protects.
            let claim = db::claim::of(tx, id).await?;
            let claimed = claim.is_some();
            let claim = claim.filter(|claim| claim.bars(who, now));
            let name = row.inquiry.subject().unwrap_or_else(|| id.to_string());
            let canonical = row.seen().canonical();
            let relations = match looks_at_relations(rules) {
                true => warning::relations(tx, &row).await?,
                false => ConditionAnswer::No,
            };
            let (mut facts, known) = warning::known(tx, &row, relations, rules).await?;
            let account = row.inquiry.account_id.as_ref();
            if rules.asks_relations() {
                let concealed = super::blind::concealment::concealed(tx, by, now).await?;
                facts.declined_relation = warning::told(tx, account, relations, &concealed).await?;
            }
            let unread = account.filter(|_| relations == ConditionAnswer::NotKnown).cloned();
            let checklist = super::checklist::of(tx, &in_force.checklists, &row).await?;
            let opened = opened(tx, who, subject, row.version).await?;
            let standing = SubjectState {
                version: row.version,
                redacted: row.inquiry.redacted_at.is_some(),
                inquiry_status: Some(row.inquiry.status),
                on_its_way: on_its_way(tx, subject).await?,
                claimed_by: claim.map(|claim| claim.by_name),
                reasons: in_force.reasons.clone(),
                refused: refused(&known),
                opened,
            };
            Ok(LockedSubject { standing, name, canonical, facts, checklist, unread, claimed })
        }
        Subject::Case(id) => {
            db::case::lock(tx, id).await?;
            let row = db::case::by_id(tx, id).await?.ok_or(Error::NotFound("case"))?;
            let reading = warning::case_reading(tx, &row.case).await?;
            let standing = SubjectState {
                version: row.version,
                redacted: row.case.redacted_at.is_some(),
                inquiry_status: None,
                on_its_way: on_its_way(tx, subject).await?,
                claimed_by: None,
                reasons: in_force.reasons.clone(),
                refused: refused(&Considered::of_case(reading)),
                opened: opened(tx, who, subject, row.version).await?,
            };
            let canonical = row.case.canonical();
            let concealed = super::blind::concealment::concealed(tx, by, now).await?;
            let facts = warning::case_facts(tx, &row.case, rules, &proposal.verdict, &concealed).await?;
            Ok(LockedSubject {
                standing,
                name: row.case.name,
                canonical,
                facts,
                checklist: (0, Vec::new()),
                unread: None,
                claimed: false,
            })
        }
    }
}

/// Whether the log says that a reviewer has opened this version.
pub(super) async fn opened(tx: &mut Tx, who: ReviewerId, subject: &Subject, version: i64) -> Result<bool, Error> {
    Ok(db::audit::viewed_since(tx, who, subject, version, Timestamp::from_micros(0)).await?)
}

/// Returns the maker and the verdict of a decision that is still open.
async fn on_its_way(tx: &mut Tx, subject: &Subject) -> Result<Option<(String, String)>, Error> {
    let open = db::decision::about(tx, subject).await?.into_iter().find(|decision| decision.state.open());
    Ok(open.map(|decision| (decision.reviewer_name, decision.verdict.label().to_lowercase())))
}

/// Returns the refusal that names the faster colleague, after a conflict in the database.
async fn overtaken(app: &App, subject: &Subject) -> Result<Refusal, Error> {
    let mut conn = app.read().await?;
    let latest = db::decision::about(&mut conn, subject).await?.into_iter().find(|decision| decision.state.stands());
    Ok(latest.map_or(Refusal::OnItsWay { by: "A colleague".into(), verdict: "a decision".into() }, |decision| {
        Refusal::OnItsWay { by: decision.reviewer_name, verdict: decision.verdict.label().to_lowercase() }
    }))
}

async fn refused(
    app: &App,
    by: &Permit<permission::Decide>,
    subject: Subject,
    proposal: Proposal,
    refusal: Refusal,
) -> Result<(), Error> {
    let now = app.now();
    let permit = by.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let draft = db::decision::DraftRow {
                verdict: proposal.verdict.as_str().to_owned(),
                reason: proposal.reason.chars().take(100).collect(),
                comment: proposal.comment.chars().take(20_000).collect(),
                saved_at: now,
                seen_version: proposal.seen_version,
            };
            db::decision::save_draft(tx, permit.reviewer().id, &subject, &draft).await?;
            if refusal.is_of_form() {
                // The form is incomplete or a text is too long: that is not an attempt to decide yet.
                return Ok(());
            }
            let why = match refusal {
                Refusal::Stale { .. } => "stale",
                Refusal::OnItsWay { .. } => "overtaken",
                Refusal::NotFrom { .. } => "status",
                Refusal::Redacted => "redacted",
                Refusal::Claimed { .. } => "claimed",
                Refusal::Unchecked { .. } => "unchecked",
                Refusal::Unread => "unread",
                Refusal::Changing => "changing",
                Refusal::NotOpened => "unopened",
                Refusal::NotPassed { .. } => "not-passed",
                Refusal::OpenDifferences { .. } => "open-differences",
                Refusal::HitsNotAssessed { .. } => "hits",
                Refusal::ChecksFailed { .. } => "failed-checks",
                Refusal::RelationsNotRead => "relations-not-read",
                _ => "form",
            };
            let entry = Draft::new("decision.refused", actor(&permit), subject.kind(), subject.id())
                .outcome(EntryOutcome::Denied)
                .fact("verdict", proposal.verdict.as_str())
                .fact("why", why)
                .fact("version", proposal.seen_version);
            append(tx, now, entry).await.map(|_| ())
        })
    })
    .await
}

/// Saves what is being typed, so that nothing is lost when a page, a browser or a session ends. This is not an act and
/// is not logged.
pub async fn save_draft(
    app: &App,
    by: &Permit<permission::Decide>,
    subject: Subject,
    seen_version: i64,
    reason: &str,
    comment: &str,
) -> Result<Timestamp, Error> {
    let now = app.now();
    let me = by.reviewer().id;
    let draft = db::decision::DraftRow {
        verdict: String::new(),
        reason: clean(reason).chars().take(100).collect(),
        comment: clean(comment).chars().take(20_000).collect(),
        saved_at: now,
        seen_version,
    };
    app.write(move |tx| {
        Box::pin(async move {
            // Save nothing for an object that does not exist, or anybody could fill the disk.
            super::note::known(tx, subject.kind(), subject.id()).await?;
            // A decision was sent just now: a late draft must not bring the text back.
            if on_its_way(tx, &subject).await?.is_some() {
                return Ok(now);
            }
            if draft.reason.is_empty() && draft.comment.trim().is_empty() {
                db::decision::drop_draft(tx, me, &subject).await?;
            } else {
                db::decision::save_draft(tx, me, &subject, &draft).await?;
            }
            Ok(now)
        })
    })
    .await
}

pub async fn list(app: &App, by: &Permit<permission::ReadQueue>, state: Option<State>) -> Result<DecisionsPage, Error> {
    let mut conn = app.read().await?;
    let counts = db::decision::state_counts(&mut conn).await?;
    let (backlog, oldest_waiting) = db::delivery::backlog(&mut conn).await?;
    let health = app.persona.health();
    let concealed = super::blind::concealment::concealed(&mut conn, by, app.now()).await?;
    let told = |decision: &Decision| match &decision.subject {
        Subject::Inquiry(id) => !concealed.inquiry(id),
        Subject::Case(_) => true,
    };
    let mut decisions: Vec<Decision> =
        db::decision::list(&mut conn, state, 200).await?.into_iter().filter(told).collect();
    if !by.reviewer().role.may(Permission::ReadEvidence) {
        // What reviewers write is about the person, so it is hidden like evidence.
        for decision in &mut decisions {
            decision.comment.clear();
            decision.refusal = None;
        }
    }
    Ok(DecisionsPage {
        me: by.reviewer().id,
        decisions,
        blind: match by.reviewer().role.may(Permission::Decide) {
            true => {
                db::blind::waiting(
                    &mut conn,
                    by.reviewer().id,
                    app.now(),
                    app.now().minus(super::blind::concealment::CONCEALED),
                )
                .await?
            }
            false => 0,
        },
        counts: counts.into_iter().filter_map(|(state, n)| State::parse(&state).map(|state| (state, n))).collect(),
        backlog,
        oldest_waiting,
        persona_down: if health.down() { health.failure } else { None },
        now: app.now(),
    })
}

/// Returns a typed status, trimmed and cut just above the length that is allowed.
pub fn case_status(text: &str) -> String {
    clean(text.trim()).chars().take(LONGEST_STATUS + 1).collect()
}
