//! Erasing accounts whose retention has ended: a person's data is deleted, and a certificate stays in the log.
use std::time::Duration;

use super::audit::append;
use super::retention::{name_of, propose};
use crate::domain::audit::{Actor, Draft, EVIDENCE_ERASED, EntryOutcome};
use crate::domain::id::ReviewerId;
use crate::domain::retention::{Clock, Day, Erased, ProposalKind, ProposalStage};
use crate::domain::time::Timestamp;
use crate::server::db::proposal::StoredProposal;
use crate::server::db::retention::Row;
use crate::server::db::{self, Conn, Tx};
use crate::server::{App, Error};

/// Shortest name, in characters, that is looked for in recorded searches.
const SHORTEST_NAME: usize = 4;
const SELF: Actor = Actor::System { part: "retention" };

/// Erases the accounts that are due. Returns how many.
pub async fn erase_due(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let due = {
        let mut conn = app.read().await?;
        db::retention::due(&mut conn, &Day::of(now).to_string(), now).await?
    };
    let (mut erased, mut failed) = (0, None);
    for account in due {
        let done = match erase(app, account.clone()).await {
            // An account that fails is put off, and the others go on.
            Err(error) => put_off(app, account, &error).await.map(|()| false),
            done => done,
        };
        match done {
            Ok(gone) => erased += usize::from(gone),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if erased > 0 {
        app.db.scrub().await?;
    }
    failed.map_or(Ok(erased), Err)
}

/// First pause after a failure, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Records that an account could not be erased, and when the next attempt is. The message of the database goes to the
/// server's log only, because it can contain a personal value.
async fn put_off(app: &App, account: String, error: &Error) -> Result<(), Error> {
    tracing::warn!(%account, %error, "an account that is due could not be erased");
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            let failures = db::retention::lock(tx, &account).await?.failures;
            let pause = FIRST_PAUSE.saturating_mul(1 << failures.clamp(0, 11)).min(LONGEST_PAUSE);
            let why = "The database refused the erasure. The server's log says why.";
            let again = now.plus(pause);
            db::retention::put_off(tx, &account, why, again).await?;
            let draft = Draft::new("erasure.failed", SELF, "account", account)
                .outcome(EntryOutcome::Failed)
                .fact("failures", failures + 1)
                .fact("again", again);
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Whether a clock may erase: either two people have agreed to it, or one person has started it under the rule that
/// allows this, on the clock's first day or before. In earlier versions one person could start a clock, however soon it
/// erased.
pub(super) async fn vouched(conn: &mut Conn, account: &str, clock: &Clock) -> Result<bool, Error> {
    if db::retention::agreed(conn, account, clock).await? {
        return Ok(true);
    }
    let started = db::retention::started(conn, account).await?;
    Ok(started.is_some_and(|(_, _, at)| Day::parse(&clock.ended_on).is_some_and(|ended| Day::of(at) <= ended)))
}

/// Handles a clock that has ended and that one person had started before two were required: it becomes a proposal, and
/// waits for a second person.
async fn ask_second(tx: &mut Tx, now: Timestamp, row: Row, clock: Clock) -> Result<(), Error> {
    let account = row.account_id.clone();
    let started = db::retention::started(tx, &account).await?;
    let (who, name) = match started {
        Some((who, name, _)) => (who.map(ReviewerId), name),
        None => (None, "an earlier version of the desk".to_owned()),
    };
    let told = Draft::new("retention.proposed", SELF, "account", account.clone())
        .fact("kind", "end")
        .fact("proposed_by", name.clone())
        .fact("before", clock.said())
        .fact("after", clock.said())
        .fact("why", "one person started this retention period, before the desk required two");
    propose(tx, now, (who, name), &account, ProposalKind::End, Some(clock), None, told).await?;
    db::retention::put(tx, &Row { clock: None, runs_at: None, ..row }).await?;
    Ok(())
}

/// Whether a name is looked for in recorded searches. A shorter name is part of too many others.
pub(super) fn is_searched_for(name: &str, account: &str) -> bool {
    name.chars().count() >= SHORTEST_NAME && name != account
}

async fn erase(app: &App, account: String) -> Result<bool, Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            // Read under the lock: a colleague may have set a hold, or proposed something else, a moment ago.
            let row = db::retention::lock(tx, &account).await?;
            let free = row.erased_at.is_none() && row.hold.is_none() && row.runs_at.is_none_or(|at| at <= now);
            let due = row.clock.clone().filter(|clock| free && clock.due_by(Day::of(now)));
            let Some(clock) = due else { return Ok(false) };
            let proposals = db::proposal::open_proposals(tx, &account).await?;
            if proposals.iter().any(|proposed| proposed.stage == ProposalStage::Proposed) {
                return Ok(false);
            }
            if !vouched(tx, &account, &clock).await? {
                ask_second(tx, now, row, clock).await?;
                return Ok(false);
            }
            db::erasure::lock_records(tx, &account).await?;
            let standing = db::erasure::standing(tx, &account, now).await?;
            if let Some(obstacle) = standing.obstacle(&clock.ended_on) {
                stop(tx, now, row, &clock, &proposals, obstacle.to_string()).await?;
                return Ok(false);
            }
            let mut searches = 0;
            if let Some((name, _)) = name_of(tx, &account).await?
                && is_searched_for(&name, &account)
            {
                searches = db::erasure::erase_searches(tx, &name).await?;
                db::search_link::erase(tx, &name).await?;
            }
            // Remove this person from the cases that also hold others.
            super::redact::cases_of(tx, &account, now).await?;
            for (case, version, fingerprint) in db::erasure::emptying(tx, &account).await? {
                let draft = Draft::new(EVIDENCE_ERASED, SELF, "case", case);
                append(tx, now, draft.fact("version", version).fact("evidence", fingerprint)).await?;
            }
            let gone = db::erasure::erase(tx, &account).await?;
            if gone.inquiries != standing.inquiries {
                return Err(Error::Internal("an inquiry arrived while its account was erased".to_owned()));
            }
            let gone = Erased {
                values: gone.values + searches,
                profile: clock.profile.clone(),
                ended_on: clock.ended_on.clone(),
                ..gone
            };
            let seq = append(tx, now, certificate(&gone, &proposals)).await?;
            for proposed in &proposals {
                db::proposal::close(tx, proposed.id, ProposalStage::Done, "the desk", now, None).await?;
            }
            let row = Row { erased_at: Some(now), certificate: Some(format!("{seq}")), ..row };
            db::retention::put(tx, &row).await?;
            Ok(true)
        })
    })
    .await
}

/// Stops a clock that has ended although there is an obstacle: the clock was wrong, so it stays stopped until someone
/// sets it again.
async fn stop(
    tx: &mut Tx,
    now: Timestamp,
    row: Row,
    clock: &Clock,
    proposals: &[StoredProposal],
    why: String,
) -> Result<(), Error> {
    for proposed in proposals {
        db::proposal::close(tx, proposed.id, ProposalStage::Refused, "the desk", now, Some(&why)).await?;
    }
    let draft = Draft::new("retention.refused", SELF, "account", row.account_id.clone())
        .outcome(EntryOutcome::Denied)
        .fact("kind", "end")
        .fact("before", clock.said())
        .fact("why", why.clone());
    append(tx, now, draft).await?;
    db::retention::put(tx, &Row { clock: None, runs_at: None, refused: Some(why), ..row }).await?;
    Ok(())
}

/// Returns the entry that says what was erased and contains nothing of it.
fn certificate(gone: &Erased, proposals: &[StoredProposal]) -> Draft {
    let names = |name: fn(&StoredProposal) -> Option<String>| {
        let names: Vec<String> = proposals.iter().filter_map(name).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    Draft::new("personal.erased", SELF, "account", gone.account.clone())
        .fact("inquiries", gone.inquiries)
        .fact("cases", gone.cases)
        .fact("log_values", gone.values)
        .fact("snapshots", gone.snapshots)
        .fact("comments", gone.comments)
        .fact("events", gone.events)
        .fact("profile", gone.profile.clone())
        .fact("relationship_ended", gone.ended_on.clone())
        .fact("proposed_by", names(|proposed| Some(proposed.proposer_name.clone())))
        .fact("confirmed_by", names(|proposed| proposed.confirmer_name.clone()))
}
