//! Taking a delivery to send, and writing down how it went. The call itself is the job's, between two transactions.
use std::time::Duration;

use super::audit::append;
use super::decision::entry;
use super::warning::Now;
use crate::domain::audit::{Actor, Draft, Outcome as Ended};
use crate::domain::case::Case;
use crate::domain::decision::{ASKED_SINCE, Decision, Reading, State, Subject, Verdict};
use crate::domain::delivery::{ARRIVES_WITHIN, Action, Cause};
use crate::domain::id::{AssignmentId, CaseId, DecisionId, DeliveryId, InquiryId, LinkId};
use crate::domain::inquiry::Inquiry;
use crate::domain::mirror::{self, Source};
use crate::domain::time::Timestamp;
use crate::server::app::new_id;
use crate::server::change_feed::Topic;
use crate::server::db::delivery::{Delivery, Fate, Said};
use crate::server::db::{self, Conn, Tx};
use crate::server::{App, Error};

/// A worker that does not come back within this time has lost its delivery to another. Longer than any call may take.
const LEASE: Duration = ARRIVES_WITHIN;
/// How long a refused key is left alone: an admin has to mend it, and wakes what waits for it.
const MENDING: Duration = Duration::from_secs(60);
/// How long a decision waits when something changed at Persona that is being read, before it is looked at again.
const READ: Duration = Duration::from_secs(1);
const SELF: Actor = Actor::System { part: "delivery" };

/// `not_before` is when it may first be sent.
pub(super) async fn enqueue(
    tx: &mut Tx,
    now: Timestamp,
    not_before: Timestamp,
    cause: Cause,
    subject_id: &str,
    action: Action,
) -> Result<(), Error> {
    let delivery = Delivery {
        id: DeliveryId(new_id()),
        cause,
        subject_id: subject_id.to_owned(),
        action,
        generation: 1,
        attempts: 0,
        lease: 0,
        lease_until: None,
        first_sent_at: None,
        last_sent_at: None,
        created_at: now,
    };
    Ok(db::delivery::insert(tx, &delivery, not_before).await?)
}

/// Whoever looks at this object, or at the list of decisions, looks again.
pub(super) fn tell(app: &App, subject_id: &str) {
    app.publish(Topic::Decision, subject_id);
    app.publish(if subject_id.starts_with("case_") { Topic::Case } else { Topic::Inquiry }, subject_id);
}

/// Decisions that can no longer be taken back go on their way. Returns how many.
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
        tell(app, subject);
    }
    Ok(released.len())
}

/// Takes the next delivery that is due, or `None`.
pub async fn claim(app: &App) -> Result<Option<Delivery>, Error> {
    let now = app.now();
    let claimed = app
        .write(move |tx| {
            Box::pin(async move {
                // What waits here may have been sent already, by the database that this one is an older copy of.
                if db::checkpoint_comparison::contradicted(tx).await? {
                    return Ok((None, Vec::new()));
                }
                let mut back = Vec::new();
                loop {
                    let Some(delivery) = db::delivery::claim(tx, now, now.plus(LEASE)).await? else {
                        return Ok((None, back));
                    };
                    let Some(id) = delivery.decision() else { return Ok((Some(delivery), back)) };
                    // Somebody may have been disabled since it was looked for; what was tried before may have arrived.
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
                                back.extend(overtaken(tx, now, id, why).await?);
                                continue;
                            }
                        }
                    }
                    // Its time for taking back may have ended since the last look.
                    db::decision::advance(tx, id, &[State::Proposed], State::Queued, None).await?;
                    db::decision::advance(tx, id, &[State::Queued], State::Sending, None).await?;
                    return Ok((Some(delivery), back));
                }
            })
        })
        .await?;
    let (claimed, back) = claimed;
    for decision in &back {
        super::returned::tell(app, decision);
        tell(app, decision.subject.id());
    }
    if let Some(delivery) = &claimed {
        app.publish(Topic::Decision, delivery.subject_id.clone());
    }
    Ok(claimed)
}

/// What a decision rests on, against how it stood when it was made.
enum VersionNow {
    Same,
    /// Something changed at Persona, and is being read.
    BeingRead,
    Changed(Why),
}

enum Why {
    Evidence {
        to: i64,
    },
    /// Rules that ask for a second reviewer now, or what it is refused for.
    Asked(Vec<String>),
}

impl Why {
    /// For its maker. Which rule asks is told by the page: it can tell how somebody nearby was decided.
    const fn answer(&self) -> Option<&'static str> {
        match self {
            Self::Evidence { .. } => None,
            Self::Asked(_) => Some(ASKED_SINCE),
        }
    }
}

/// Asked before anything is sent: a rule, a difference or a hit that came with the change was asked of nobody.
/// `since` is when one that has not arrived could be sent, but for what is being read.
async fn version_now(conn: &mut Conn, id: DecisionId, since: Option<Timestamp>) -> Result<VersionNow, Error> {
    let decision = db::decision::by_id(conn, id).await?.ok_or(Error::NotFound("decision"))?;
    let inquiry = match &decision.subject {
        Subject::Inquiry(inquiry) => inquiry,
        Subject::Case(case) => return case_now(conn, case, &decision, since).await,
    };
    let Some(row) = db::inquiry::by_id(conn, inquiry).await? else { return Ok(VersionNow::Same) };
    Ok(match () {
        // Decided or redacted at Persona: looking, before it is sent, says what became of it.
        () if row.inquiry.redacted_at.is_some() || row.inquiry.status.decided() => VersionNow::Same,
        () if row.version != decision.seen_version => VersionNow::Changed(Why::Evidence { to: row.version }),
        () if row.evidence_wanted_at.is_some() => VersionNow::BeingRead,
        // What was received of it and not applied may be such a change.
        () if db::webhook::waits_for(conn, inquiry, row.inquiry.account_id.as_ref()).await? => VersionNow::BeingRead,
        // Of a part of which nobody knows yet what it belongs to, neither.
        () if super::unplaced::may_change(conn, &decision, since).await? => VersionNow::BeingRead,
        () => ruled(conn, &decision).await?,
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
        // Set or redacted at Persona: looking, before it is sent, says what became of it.
        () if row.case.redacted_at.is_some() || there => VersionNow::Same,
        () if row.version != decision.seen_version => VersionNow::Changed(Why::Evidence { to: row.version }),
        () if super::warning::case_reading(conn, &row.case).await? != Reading::Read => VersionNow::BeingRead,
        () if super::unplaced::may_change(conn, decision, since).await? => VersionNow::BeingRead,
        () => ruled(conn, decision).await?,
    })
}

async fn ruled(conn: &mut Conn, decision: &Decision) -> Result<VersionNow, Error> {
    Ok(match super::warning::of_decision(conn, decision).await? {
        Now::AsDecided => VersionNow::Same,
        Now::BeingRead => VersionNow::BeingRead,
        Now::Asked(rules) => VersionNow::Changed(Why::Asked(rules)),
    })
}

/// How the evidence of a delivery that has certainly not arrived stands against what was decided on.
pub enum Standing {
    AsDecided,
    /// It is read again: nobody knows yet.
    BeingRead,
    /// An admin has to have it sent, or withdraws it.
    Held,
    /// With what is to be told its maker, where the evidence is the same.
    Overtaken(Option<&'static str>),
}

/// `brought` is how the object stands at Persona: what came with that and is not known here yet is read first.
pub async fn standing(app: &App, delivery: &Delivery, brought: &Brought) -> Result<Standing, Error> {
    let Some(id) = delivery.decision() else { return Ok(Standing::AsDecided) };
    catch_up(app, brought).await?;
    let now = app.now();
    let mut conn = app.read().await?;
    if db::decision::waits_for_release(&mut conn, id).await? {
        return Ok(Standing::Held);
    }
    let since = waited_since(&mut conn, delivery, now).await?;
    Ok(match version_now(&mut conn, id, since).await? {
        VersionNow::Same => Standing::AsDecided,
        VersionNow::BeingRead => Standing::BeingRead,
        VersionNow::Changed(why) => Standing::Overtaken(why.answer()),
    })
}

/// Since when one that has not arrived could be sent, but for what is being read.
async fn waited_since(conn: &mut Conn, delivery: &Delivery, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    Ok(match delivery.untouched() {
        true => Some(db::delivery::reads_since(conn, delivery).await?.unwrap_or(now)),
        false => None,
    })
}

/// Takes over what a look brought, where Persona says that it changed since the desk last heard of it: webhooks can be late, or not set up.
async fn catch_up(app: &App, brought: &Brought) -> Result<(), Error> {
    let now = app.now();
    let (inquiry, case) = (brought.inquiry.clone(), brought.case.clone());
    let told = |at: Option<Timestamp>| at.filter(|at| mirror::orders(*at, now));
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
                if super::inquiry::absorb(tx, inquiry, &Source::Read, now).await?.is_some() {
                    db::inquiry::want_evidence(tx, &id, now).await?;
                }
            }
            if let Some(case) = case {
                super::case::absorb(tx, case, &Source::Read, now).await?;
            }
            Ok(())
        })
    })
    .await?;
    app.wake.evidence.notify_one();
    app.wake.case.notify_one();
    Ok(())
}

/// The decision is not sent, and is work of its maker again.
async fn overtaken(tx: &mut Tx, now: Timestamp, id: DecisionId, why: Why) -> Result<Option<Decision>, Error> {
    let from = [State::Proposed, State::Queued, State::Sending];
    if !db::decision::advance(tx, id, &from, State::Withdrawn, Some(now)).await? {
        return Ok(None);
    }
    let decision = db::decision::by_id(tx, id).await?.ok_or(Error::NotFound("decision"))?;
    let draft = entry("decision.withdrawn", SELF, &decision);
    let draft = match why {
        Why::Evidence { to } => draft.fact("evidence_changed_to", to),
        Why::Asked(rules) => draft.fact("asked_now", rules.join("; ")),
    };
    append(tx, now, draft).await?;
    super::amend::give_back(tx, &decision, now).await?;
    came_back(tx, now, &decision).await?;
    Ok(Some(decision))
}

async fn came_back(tx: &mut Tx, now: Timestamp, decision: &Decision) -> Result<(), Error> {
    db::decision::come_back(tx, decision.id, now).await?;
    super::returned::give(tx, decision).await
}

/// What a call brought besides its fate.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    pub request_id: Option<String>,
    /// In words, for the reviewer: what Persona said, or why it goes on.
    pub answer: Option<String>,
    /// Why it did not go through, without what a look brought: that may name people.
    pub why: Option<String>,
    /// The status, when Persona refused it for the key or the address that the desk uses.
    pub refused: Option<u16>,
    /// The call was made.
    pub sent: bool,
    /// Persona has certainly stored nothing of it, of earlier attempts neither.
    pub unstored: bool,
    pub inquiry: Option<Inquiry>,
    pub case: Option<Case>,
    pub link: Option<String>,
}

/// Writes down how an attempt went: delivery, decision or link, mirror and log in one commit. False when the lease was lost
/// meanwhile: another worker has taken over, and its word stands.
pub async fn settle(app: &App, delivery: Delivery, fate: Fate, brought: Brought) -> Result<bool, Error> {
    let now = app.now();
    let subject_id = delivery.subject_id.clone();
    let waits = matches!(fate, Fate::Again(_) | Fate::Anew(_));
    let why = brought.why.clone().unwrap_or_else(|| "it has to be looked at again".to_owned());
    let refused = brought.refused.is_some();
    // What Persona has certainly not stored can still be held, taken back, or overtaken by other evidence.
    let untried = waits && brought.unstored;
    let fate = match fate {
        // Its pauses do not grow: attempts are not counted.
        Fate::Again(at) if untried => Fate::Again(at.max(now.plus(if refused { MENDING } else { Duration::ZERO }))),
        other => other,
    };
    let settled = app
        .write(move |tx| {
            Box::pin(async move {
                let said = Said {
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
                    // The key may do this again: what was refused of the same kind need not wait for its time.
                    db::delivery::wake_refused(tx, kind(&delivery.subject_id), now).await?;
                }
                if let Some(inquiry) = brought.inquiry {
                    super::inquiry::absorb(tx, inquiry, &Source::Read, now).await?;
                }
                if let Some(case) = brought.case {
                    super::case::absorb(tx, case, &Source::Read, now).await?;
                }
                let (request_id, answer) = (brought.request_id.as_deref(), brought.answer.as_deref());
                let mut back = None;
                match delivery.cause {
                    Cause::Decision(id) => {
                        back = settle_decision(tx, now, id, &delivery, &fate, request_id, answer).await?;
                        if untried {
                            db::decision::advance(tx, id, &[State::Sending], State::Queued, None).await?;
                        }
                    }
                    Cause::Link(id) => {
                        settle_link(tx, now, id, &delivery, &fate, brought.link.as_deref(), answer).await?;
                    }
                    Cause::Assignment(id) => settle_assignment(tx, now, id, &delivery, &fate, answer).await?,
                }
                Ok((true, back))
            })
        })
        .await?;
    let (settled, back) = settled;
    if let Some(decision) = &back {
        super::returned::tell(app, decision);
    }
    if refused {
        tracing::warn!(subject = %subject_id, %why, "Persona refuses what the desk sends: an admin has to mend the key");
        app.publish(Topic::Connection, "delivery");
    } else if waits {
        tracing::info!(subject = %subject_id, %why, "a delivery waits for another attempt");
    }
    tell(app, &subject_id);
    Ok(settled)
}

/// How ids of this kind of object begin: permissions go by it.
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
                return Err(Error::Internal("a decision was held back for what did not change".to_owned()));
            };
            return overtaken(tx, now, id, why).await;
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
            // Persona sees it differently: read how it stands.
            db::inquiry::want_evidence(tx, inquiry, now).await?;
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
            // Persona does not say when it runs out, so it is counted from our own request (CONTRACT.md section 10), and from
            // the earlier one when the same unused link came back.
            let sent = delivery.first_sent_at.unwrap_or(now);
            let counted = sent.plus(Duration::from_secs(u64::from(expires_in_seconds)));
            let expires_at =
                db::link::with_url(tx, &inquiry, url).await?.map_or(counted, |earlier| earlier.min(counted));
            db::link::ready(tx, id, url, expires_at).await?;
            // Never the link itself: whoever holds it is let in.
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

/// When the next delivery is due.
pub async fn next_due(app: &App) -> Result<Option<Timestamp>, Error> {
    let mut conn = app.read().await?;
    Ok(db::delivery::next_due(&mut conn).await?)
}

/// After a start: on SQLite nobody else can hold a lease, so what was being sent when the program died is due at once.
pub async fn recover(app: &App) -> Result<(), Error> {
    if !matches!(app.db, db::Db::Sqlite { .. }) {
        return Ok(());
    }
    let now = app.now();
    let found = app.write(move |tx| Box::pin(async move { Ok(db::delivery::expire_leases(tx, now).await?) })).await?;
    if found > 0 {
        tracing::info!(
            found,
            "deliveries were being sent when the program ended; their keys make sure that nothing is doubled"
        );
    }
    Ok(())
}
