//! Claiming a delivery to send, and recording how it went. One file, because both transactions compare a decision with
//! the current evidence and rules in the same function. The job makes the call itself, between the two transactions.
pub mod outbox;

use std::time::Duration;

use outbox::publish;

use super::audit::append;
use super::decision::entry::entry;
use super::decision::warning::Now;
use crate::domain::audit::{Actor, Draft, EntryOutcome as Ended};
use crate::domain::case::Case;
use crate::domain::decision::state::State;
use crate::domain::decision::{ASKED_SINCE, Decision, Reading, Subject, Verdict};
use crate::domain::delivery::{ARRIVES_WITHIN, Action, DeliveryCause};
use crate::domain::id::{AssignmentId, CaseId, DecisionId, InquiryId, LinkId};
use crate::domain::inquiry::Inquiry;
use crate::domain::snapshot_order::{self, Source};
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::delivery::{AttemptResult, Delivery, Fate};
use crate::server::db::{self, Conn, Tx};
use crate::server::{App, Error};

/// A worker that does not return within this time loses its delivery to another one. Longer than any call may take.
const LEASE: Duration = ARRIVES_WITHIN;
/// Pause after Persona refused the key: an admin has to correct it, and that wakes the deliveries that wait.
const MENDING: Duration = Duration::from_secs(60);
/// How long a decision waits, while a change at Persona is being read, before it is checked again.
const READ: Duration = Duration::from_secs(1);
const SELF: Actor = Actor::System { part: "delivery" };

/// Releases decisions that can no longer be withdrawn. Returns how many.
pub async fn release(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let due = {
        let mut conn = app.read().await?;
        db::decision::next_held(&mut conn).await?.is_some_and(|at| at <= now)
    };
    if !due {
        return Ok(0);
    }
    let released = app.write(move |tx| Box::pin(async move { Ok(db::decision::release_held(tx, now).await?) })).await?;
    for subject in &released {
        publish(app, subject);
    }
    Ok(released.len())
}

/// Claims the next delivery that is due, or returns `None`.
pub async fn claim(app: &App) -> Result<Option<Delivery>, Error> {
    let now = app.now();
    let claimed = app
        .write(move |tx| {
            Box::pin(async move {
                // A delivery that waits here may already have been sent by the newer database that this one is an older
                // copy of.
                if db::checkpoint::comparison::contradicted(tx).await? {
                    return Ok((None, Vec::new()));
                }
                let mut back = Vec::new();
                loop {
                    let Some(delivery) = db::delivery::claim(tx, now, now.plus(LEASE)).await? else {
                        return Ok((None, back));
                    };
                    let Some(id) = delivery.decision() else { return Ok((Some(delivery), back)) };
                    // An account may have been disabled since the search. A delivery that was tried before may have
                    // arrived, so it is not held back.
                    let untouched = delivery.untouched();
                    if untouched && db::decision::is_held(tx, id).await? {
                        db::delivery::put_back(tx, &delivery).await?;
                        return Ok((None, back));
                    }
                    if untouched {
                        let since = waited_since(tx, &delivery, now).await?;
                        match version_now(tx, id, since).await? {
                            VersionNow::Same => {}
                            VersionNow::BeingRead => {
                                db::delivery::put_off(tx, &delivery, now, now.plus(READ)).await?;
                                continue;
                            }
                            VersionNow::Changed(why) => {
                                db::delivery::put_back(tx, &delivery).await?;
                                db::delivery::withdraw(tx, id, now, why.answer()).await?;
                                back.extend(return_to_maker(tx, now, id, why).await?);
                                continue;
                            }
                        }
                    }
                    // The undo window may have ended since the last check.
                    db::decision::advance(tx, id, &[State::Proposed], State::Queued, None).await?;
                    db::decision::advance(tx, id, &[State::Queued], State::Sending, None).await?;
                    return Ok((Some(delivery), back));
                }
            })
        })
        .await?;
    let (claimed, back) = claimed;
    for decision in &back {
        super::decision::returned::tell(app, decision);
        publish(app, decision.subject.id());
    }
    if let Some(delivery) = &claimed {
        app.publish(ChangeTopic::Decision, delivery.subject_id.clone());
    }
    Ok(claimed)
}

/// The basis of a decision now, compared with when it was made.
enum VersionNow {
    Same,
    /// Something changed at Persona and is being read.
    BeingRead,
    Changed(HoldReason),
}

enum HoldReason {
    Evidence {
        to: i64,
    },
    /// Rules that ask for a checker now, or the reasons why the decision would be refused.
    Asked(Vec<String>),
}

impl HoldReason {
    /// Returns the text for the maker, without the rule: that can reveal how a nearby account was decided, so only the
    /// page names it.
    const fn answer(&self) -> Option<&'static str> {
        match self {
            Self::Evidence { .. } => None,
            Self::Asked(_) => Some(ASKED_SINCE),
        }
    }
}

/// Checked before anything is sent: no reviewer has judged a rule, a difference or a hit that came with a change.
/// `since` is when a delivery that has not arrived could have been sent, had nothing been left to read.
async fn version_now(conn: &mut Conn, id: DecisionId, since: Option<Timestamp>) -> Result<VersionNow, Error> {
    let decision = db::decision::by_id(conn, id).await?.ok_or(Error::NotFound("decision"))?;
    let inquiry = match &decision.subject {
        Subject::Inquiry(inquiry) => inquiry,
        Subject::Case(case) => return case_now(conn, case, &decision, since).await,
    };
    let Some(row) = db::inquiry::by_id(conn, inquiry).await? else { return Ok(VersionNow::Same) };
    Ok(match () {
        // Decided or redacted at Persona: the look-up before sending finds out what became of it.
        () if row.inquiry.redacted_at.is_some() || row.inquiry.status.decided() => VersionNow::Same,
        () if row.version != decision.seen_version => VersionNow::Changed(HoldReason::Evidence { to: row.version }),
        () if row.evidence_wanted_at.is_some() => VersionNow::BeingRead,
        // An event about it that was received and not yet applied may be such a change.
        () if db::webhook::waits_for(conn, inquiry, row.inquiry.account_id.as_ref()).await? => VersionNow::BeingRead,
        // So may a part whose inquiry or account is not known yet.
        () if super::unplaced::may_change(conn, &decision, since).await? => VersionNow::BeingRead,
        () => judge_again(conn, &decision).await?,
    })
}

async fn case_now(
    conn: &mut Conn,
    case: &CaseId,
    decision: &Decision,
    since: Option<Timestamp>,
) -> Result<VersionNow, Error> {
    let Some(row) = db::case::by_id(conn, case).await? else { return Ok(VersionNow::Same) };
    let there =
        matches!(&decision.verdict, Verdict::SetStatus { status } if row.case.status.eq_ignore_ascii_case(status));
    Ok(match () {
        // Set or redacted at Persona: the look-up before sending finds out what became of it.
        () if row.case.redacted_at.is_some() || there => VersionNow::Same,
        () if row.version != decision.seen_version => VersionNow::Changed(HoldReason::Evidence { to: row.version }),
        () if super::decision::warning::case_reading(conn, &row.case).await? != Reading::Read => VersionNow::BeingRead,
        () if super::unplaced::may_change(conn, decision, since).await? => VersionNow::BeingRead,
        () => judge_again(conn, decision).await?,
    })
}

async fn judge_again(conn: &mut Conn, decision: &Decision) -> Result<VersionNow, Error> {
    Ok(match super::decision::warning::of_decision(conn, decision).await? {
        Now::AsDecided => VersionNow::Same,
        Now::BeingRead => VersionNow::BeingRead,
        Now::Asked(rules) => VersionNow::Changed(HoldReason::Asked(rules)),
    })
}

/// How the evidence of a delivery that has certainly not arrived compares with what was decided on.
pub enum Clearance {
    AsDecided,
    /// It is being read again, so the answer is not known yet.
    BeingRead,
    /// An admin has to release or withdraw it.
    Held,
    /// With the text for its maker, where the evidence is the same.
    Overtaken(Option<&'static str>),
}

/// Returns the standing of a delivery. `brought` has the object as Persona has it now: changes that the desk does not
/// know yet are read first.
pub async fn clearance(app: &App, delivery: &Delivery, brought: &CallResult) -> Result<Clearance, Error> {
    let Some(id) = delivery.decision() else { return Ok(Clearance::AsDecided) };
    catch_up(app, brought).await?;
    let now = app.now();
    let mut conn = app.read().await?;
    if db::decision::waits_for_release(&mut conn, id).await? {
        return Ok(Clearance::Held);
    }
    let since = waited_since(&mut conn, delivery, now).await?;
    Ok(match version_now(&mut conn, id, since).await? {
        VersionNow::Same => Clearance::AsDecided,
        VersionNow::BeingRead => Clearance::BeingRead,
        VersionNow::Changed(why) => Clearance::Overtaken(why.answer()),
    })
}

/// Returns since when a delivery that has not arrived could have been sent, had nothing been left to read.
async fn waited_since(conn: &mut Conn, delivery: &Delivery, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    Ok(match delivery.untouched() {
        true => Some(db::delivery::reads_since(conn, delivery).await?.unwrap_or(now)),
        false => None,
    })
}

/// Applies what a look-up returned if Persona changed the object since the desk last read it: webhooks can be late, or
/// not set up.
async fn catch_up(app: &App, brought: &CallResult) -> Result<(), Error> {
    let now = app.now();
    let (inquiry, case) = (brought.inquiry.clone(), brought.case.clone());
    let told = |at: Option<Timestamp>| at.filter(|at| snapshot_order::orders(*at, now));
    let known = {
        let mut conn = app.read().await?;
        match (&inquiry, &case) {
            (Some(inquiry), _) => db::inquiry::by_id(&mut conn, &inquiry.id)
                .await?
                .is_none_or(|row| row.inquiry.updated_at == told(inquiry.updated_at)),
            (_, Some(case)) => db::case::by_id(&mut conn, &case.id)
                .await?
                .is_none_or(|row| row.case.updated_at == told(case.updated_at)),
            (None, None) => true,
        }
    };
    if known {
        return Ok(());
    }
    app.write(move |tx| {
        Box::pin(async move {
            if let Some(inquiry) = inquiry {
                let id = inquiry.id.clone();
                if super::inquiry::snapshot::apply_snapshot(tx, inquiry, &Source::Read, now).await?.is_some() {
                    db::inquiry::backlog::want_evidence(tx, &id, now).await?;
                }
            }
            if let Some(case) = case {
                super::case::snapshot::apply_snapshot(tx, case, &Source::Read, now).await?;
            }
            Ok(())
        })
    })
    .await?;
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    Ok(())
}

/// Withdraws a decision before it is sent, and returns it to its maker as work.
async fn return_to_maker(
    tx: &mut Tx,
    now: Timestamp,
    id: DecisionId,
    why: HoldReason,
) -> Result<Option<Decision>, Error> {
    let from = [State::Proposed, State::Queued, State::Sending];
    if !db::decision::advance(tx, id, &from, State::Withdrawn, Some(now)).await? {
        return Ok(None);
    }
    let decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
    let draft = entry("decision.withdrawn", SELF, &decision);
    let draft = match why {
        HoldReason::Evidence { to } => draft.fact("evidence_changed_to", to),
        HoldReason::Asked(rules) => draft.fact("asked_now", rules.join("; ")),
    };
    append(tx, now, draft).await?;
    super::decision::undo::give_back(tx, &decision, now).await?;
    came_back(tx, now, &decision).await?;
    Ok(Some(decision))
}

async fn came_back(tx: &mut Tx, now: Timestamp, decision: &Decision) -> Result<(), Error> {
    db::decision::come_back(tx, decision.id, now).await?;
    super::decision::returned::give(tx, decision).await
}

/// What a call returned besides its fate.
#[derive(Debug, Clone, Default)]
pub struct CallResult {
    pub request_id: Option<String>,
    /// Text for the reviewer: what Persona said, or why the delivery goes on.
    pub answer: Option<String>,
    /// Why the call failed, without what a look-up returned, because that may name people.
    pub why: Option<String>,
    /// The HTTP status, when Persona refused the call because of the desk's key or address.
    pub refused: Option<u16>,
    /// Whether the call was made.
    pub sent: bool,
    /// Whether Persona has certainly stored nothing, of earlier attempts neither.
    pub unstored: bool,
    pub inquiry: Option<Inquiry>,
    pub case: Option<Case>,
    pub link: Option<String>,
}

/// Records how an attempt went: delivery, decision or link, mirror and log in one commit. Returns false when the lease
/// was lost meanwhile: another worker has taken over, and its result counts.
pub async fn settle(app: &App, delivery: Delivery, fate: Fate, brought: CallResult) -> Result<bool, Error> {
    let now = app.now();
    let subject_id = delivery.subject_id.clone();
    let waits = matches!(fate, Fate::Again(_) | Fate::Anew(_));
    let why = brought.why.clone().unwrap_or_else(|| "Persona has to be asked again".to_owned());
    let refused = brought.refused.is_some();
    // What Persona has certainly not stored can still be held, withdrawn, or overtaken by other evidence.
    let untried = waits && brought.unstored;
    let fate = match fate {
        // The pauses do not grow, because these attempts are not counted.
        Fate::Again(at) if untried => Fate::Again(at.max(now.plus(if refused { MENDING } else { Duration::ZERO }))),
        other => other,
    };
    let settled = app
        .write(move |tx| {
            Box::pin(async move {
                let said = AttemptResult {
                    request_id: brought.request_id.as_deref(),
                    answer: brought.answer.as_deref(),
                    refused: brought.refused,
                    untried,
                    sent: brought.sent && !untried,
                };
                if !db::delivery::settle(tx, &delivery, &fate, now, said).await? {
                    return Ok((false, None));
                }
                if matches!(fate, Fate::Done) {
                    // The key is accepted for this kind of object again: refused deliveries of the same kind need not
                    // wait any longer.
                    db::delivery::wake_refused(tx, kind(&delivery.subject_id), now).await?;
                }
                if let Some(inquiry) = brought.inquiry {
                    super::inquiry::snapshot::apply_snapshot(tx, inquiry, &Source::Read, now).await?;
                }
                if let Some(case) = brought.case {
                    super::case::snapshot::apply_snapshot(tx, case, &Source::Read, now).await?;
                }
                let (request_id, answer) = (brought.request_id.as_deref(), brought.answer.as_deref());
                let mut back = None;
                match delivery.cause {
                    DeliveryCause::Decision(id) => {
                        back = settle_decision(tx, now, id, &delivery, &fate, request_id, answer).await?;
                        if untried {
                            db::decision::advance(tx, id, &[State::Sending], State::Queued, None).await?;
                        }
                    }
                    DeliveryCause::Link(id) => {
                        settle_link(tx, now, id, &delivery, &fate, brought.link.as_deref(), answer).await?;
                    }
                    DeliveryCause::Assignment(id) => settle_assignment(tx, now, id, &delivery, &fate, answer).await?,
                }
                Ok((true, back))
            })
        })
        .await?;
    let (settled, back) = settled;
    if let Some(decision) = &back {
        super::decision::returned::tell(app, decision);
    }
    if refused {
        tracing::warn!(subject = %subject_id, %why, "Persona refuses what the desk sends: an admin has to correct the key");
        app.publish(ChangeTopic::Connection, "delivery");
    } else if waits {
        tracing::info!(subject = %subject_id, %why, "a delivery waits for another attempt");
    }
    publish(app, &subject_id);
    Ok(settled)
}

/// Returns the prefix of the ID, which names the kind of object. Persona's permissions go by the kind.
fn kind(subject_id: &str) -> &str {
    subject_id.split_inclusive('_').next().unwrap_or_default()
}

async fn settle_decision(
    tx: &mut Tx,
    now: Timestamp,
    id: DecisionId,
    delivery: &Delivery,
    fate: &Fate,
    request_id: Option<&str>,
    answer: Option<&str>,
) -> Result<Option<Decision>, Error> {
    let (to, action, ended) = match fate {
        Fate::Overtaken => {
            let since = waited_since(tx, delivery, now).await?;
            let VersionNow::Changed(why) = version_now(tx, id, since).await? else {
                return Err(Error::Internal("a decision was held back for a change that did not happen".to_owned()));
            };
            return return_to_maker(tx, now, id, why).await;
        }
        Fate::Done => (State::Confirmed, "decision.confirmed", Ended::Ok),
        Fate::Failed => (State::Rejected, "decision.rejected", Ended::Failed),
        Fate::Superseded => (State::Superseded, "decision.superseded", Ended::Failed),
        Fate::Unknown => (State::Unknown, "decision.unknown", Ended::Failed),
        Fate::Again(_) | Fate::Anew(_) => {
            db::decision::advance(tx, id, &[State::Sending], State::Queued, None).await?;
            return Ok(None);
        }
    };
    if db::decision::advance(tx, id, &[State::Sending], to, Some(now)).await?
        && let Some(decision) = db::decision::by_id(tx, id).await?
    {
        if to != State::Confirmed
            && let Subject::Inquiry(inquiry) = &decision.subject
        {
            // Persona has a different result: read the inquiry again.
            db::inquiry::backlog::want_evidence(tx, inquiry, now).await?;
        }
        let draft = entry(action, SELF, &decision)
            .outcome(ended)
            .fact("attempts", delivery.attempts)
            .fact("key", delivery.idempotency_key())
            .fact("persona_request", request_id.map(str::to_owned))
            .fact("answer", answer.map(str::to_owned));
        append(tx, now, draft).await?;
        if to == State::Rejected {
            came_back(tx, now, &decision).await?;
            return Ok(Some(decision));
        }
    }
    Ok(None)
}

async fn settle_link(
    tx: &mut Tx,
    now: Timestamp,
    id: LinkId,
    delivery: &Delivery,
    fate: &Fate,
    url: Option<&str>,
    answer: Option<&str>,
) -> Result<(), Error> {
    let Action::OneTimeLink { expires_in_seconds } = delivery.action else { return Ok(()) };
    let inquiry =
        InquiryId::try_from(delivery.subject_id.clone()).map_err(|error| Error::Internal(error.to_string()))?;
    let draft = |action| Draft::new(action, SELF, "inquiry", inquiry.to_string()).fact("link", id.to_string());
    match (fate, url) {
        (Fate::Done, Some(url)) => {
            // Persona does not say when a link expires, so the time is counted from our own request (CONTRACT.md
            // section 10), and from the earlier request when Persona returned the same unused link.
            let sent = delivery.first_sent_at.unwrap_or(now);
            let counted = sent.plus(Duration::from_secs(u64::from(expires_in_seconds)));
            let expires_at =
                db::link::with_url(tx, &inquiry, url).await?.map_or(counted, |earlier| earlier.min(counted));
            db::link::ready(tx, id, url, expires_at).await?;
            // Never log the link itself: anyone who has it is let in.
            append(tx, now, draft("link.ready").fact("expires_at", expires_at)).await?;
        }
        (Fate::Done, None) | (Fate::Failed | Fate::Superseded | Fate::Unknown | Fate::Overtaken, _) => {
            let why = answer.unwrap_or("Persona gave no link");
            db::link::failed(tx, id, why).await?;
            append(tx, now, draft("link.failed").outcome(Ended::Failed).fact("answer", why)).await?;
        }
        (Fate::Again(_) | Fate::Anew(_), _) => {}
    }
    Ok(())
}

async fn settle_assignment(
    tx: &mut Tx,
    now: Timestamp,
    id: AssignmentId,
    delivery: &Delivery,
    fate: &Fate,
    answer: Option<&str>,
) -> Result<(), Error> {
    let draft =
        |action| Draft::new(action, SELF, "case", delivery.subject_id.clone()).fact("assignment", id.to_string());
    match fate {
        Fate::Done => {
            db::assignment::end(tx, id, None).await?;
            append(tx, now, draft("assignment.confirmed")).await?;
        }
        Fate::Failed | Fate::Superseded | Fate::Unknown | Fate::Overtaken => {
            let why = answer.unwrap_or("Persona did not say how it ended: look at the case there");
            db::assignment::end(tx, id, Some(why)).await?;
            append(tx, now, draft("assignment.failed").outcome(Ended::Failed).fact("answer", why)).await?;
        }
        Fate::Again(_) | Fate::Anew(_) => {}
    }
    Ok(())
}

/// Returns when the next delivery is due.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let mut conn = app.read().await?;
    Ok(db::delivery::next_due(&mut conn).await?)
}

/// Called after a start. On SQLite no other process can hold a lease, so what was being sent when the program died is
/// due at once.
pub async fn recover(app: &App) -> Result<(), Error> {
    if !matches!(app.db, db::Db::Sqlite { .. }) {
        return Ok(());
    }
    let now = app.now();
    let found = app.write(move |tx| Box::pin(async move { Ok(db::delivery::expire_leases(tx, now).await?) })).await?;
    if found > 0 {
        tracing::info!(
            found,
            "deliveries were being sent when the program ended; their idempotency keys prevent duplicates"
        );
    }
    Ok(())
}
