//! How long records are stored: clocks, holds, and what two people agree to erase. One file, because clocks, holds and
//! proposals of an account are changed under the same lock.
use super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft, EntryOutcome};
use crate::domain::id::{RetentionProposalId, ReviewerId};
use crate::domain::retention::{Clock, Day, ProposalKind, ProposalStage, profile};
use crate::domain::reviewer::{Permission, Permit, permission};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::db::controllers::ControlledAct;
use crate::server::db::proposal::StoredProposal;
use crate::server::db::retention::Row;
use crate::server::db::{self, Conn, Tx};
use crate::server::id::new_id;
use crate::server::{App, Error};

/// Returns the name of an account, and whether Persona has redacted it.
pub(super) async fn name_of(conn: &mut Conn, account: &str) -> Result<Option<(String, bool)>, Error> {
    let Ok(id) = account.to_owned().try_into() else { return Ok(None) };
    let known = db::account::by_id(conn, &id).await?;
    Ok(known.map(|(account, _)| (account.name(), account.redacted_at.is_some())))
}

/// Returns the day on which a clock erases when the grace period ends at this time: the later of the two.
pub(super) fn runs_on(clock: &Clock, grace_ends: Timestamp) -> String {
    let day = Day::of(grace_ends).to_string();
    if clock.due_on > day { clock.due_on.clone() } else { day }
}

pub(super) fn clock(ended_on: &str, code: &str) -> Result<Clock, Error> {
    let chosen = profile(code).ok_or_else(|| Error::Invalid("Choose a retention profile from the list.".to_owned()))?;
    let day = Day::parse(ended_on)
        .ok_or_else(|| Error::Invalid("Enter the day on which the relationship ended, like 2026-10-31.".to_owned()))?;
    Ok(Clock::new(chosen, day))
}

/// Returns the account's row, locked. Fails when there is no such account, or when it has been erased.
async fn locked(tx: &mut Tx, account: &str) -> Result<Row, Error> {
    let id = account.to_owned().try_into().map_err(|_| Error::NotFound("account"))?;
    let known = db::account::by_id(tx, &id).await?.is_some();
    let erased = || Error::Invalid("This account has been erased.".to_owned());
    if !known {
        let row = db::retention::of(tx, account).await?;
        return Err(if row.is_some_and(|row| row.erased_at.is_some()) { erased() } else { Error::NotFound("account") });
    }
    let row = db::retention::lock(tx, account).await?;
    if row.erased_at.is_some() { Err(erased()) } else { Ok(row) }
}

async fn nothing_waits(tx: &mut Tx, account: &str) -> Result<(), Error> {
    let open = db::proposal::open_proposals(tx, account).await?;
    match open.into_iter().find(|proposed| proposed.stage == ProposalStage::Proposed) {
        Some(waiting) => Err(Error::Invalid(format!(
            "A proposal by {} is already open for this account. Confirm or cancel that one first.",
            waiting.proposer_name
        ))),
        None => Ok(()),
    }
}

/// Records a refusal, in the transaction that refuses. The inner error is returned to the reviewer after the commit.
async fn refuse(tx: &mut Tx, now: Timestamp, draft: Draft, why: String) -> Result<Result<(), Error>, Error> {
    append(tx, now, draft.outcome(EntryOutcome::Denied).fact("why", why.clone())).await?;
    Ok(Err(Error::Invalid(why)))
}

/// Records that the relationship ended on this day. A clock that erases nothing soon starts at once; anything else is
/// proposed, for a second person to confirm.
pub async fn end(
    app: &App,
    by: &Permit<permission::ManageRetention>,
    account: String,
    ended_on: String,
    code: String,
) -> Result<(), Error> {
    let wanted = clock(&ended_on, &code)?;
    let account = clean(account.trim());
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let row = locked(tx, &account).await?;
            nothing_waits(tx, &account).await?;
            if row.clock.as_ref() == Some(&wanted) {
                return Err(Error::Invalid("This retention period has already started.".to_owned()));
            }
            let draft = |action| {
                Draft::new(action, actor(&permit), "account", account.clone())
                    .fact("before", row.clock.as_ref().map(Clock::said))
                    .fact("after", wanted.said())
            };
            if !wanted.needs_second(row.clock.as_ref(), Day::of(now)) {
                replace(tx, now, &account, ProposalKind::End, &permit.reviewer().name).await?;
                append(tx, now, draft("retention.set")).await?;
                db::retention::put(tx, &Row { clock: Some(wanted), refused: None, ..row }).await?;
                return Ok(Ok(()));
            }
            let standing = db::erasure::standing(tx, &account, now).await?;
            if let Some(obstacle) = standing.obstacle(&wanted.ended_on) {
                return refuse(tx, now, draft("retention.refused").fact("kind", "end"), obstacle.to_string()).await;
            }
            let told = draft("retention.proposed").fact("kind", "end");
            propose(tx, now, own(&permit), &account, ProposalKind::End, Some(wanted), None, told).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

/// Returns who proposes.
fn own<P>(permit: &Permit<P>) -> (Option<ReviewerId>, String) {
    (Some(permit.reviewer().id), permit.reviewer().name.clone())
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, for its callers")]
pub(super) async fn propose(
    tx: &mut Tx,
    now: Timestamp,
    (proposer_id, proposer_name): (Option<ReviewerId>, String),
    account: &str,
    kind: ProposalKind,
    clock: Option<Clock>,
    hold: Option<(String, Option<String>)>,
    told: Draft,
) -> Result<(), Error> {
    let (hold, held_by) = hold.map_or((None, None), |(hold, by)| (Some(hold), by));
    let proposed = StoredProposal {
        id: RetentionProposalId(new_id()),
        account_id: account.to_owned(),
        kind,
        stage: ProposalStage::Proposed,
        clock,
        before: None,
        hold,
        held_by,
        proposer_id,
        proposer_name,
        proposed_at: now,
        confirmer_name: None,
        confirmed_at: None,
        ended_at: None,
        ended_by: None,
        why: None,
    };
    db::proposal::propose(tx, &proposed).await?;
    if let Some(proposer) = proposed.proposer_id {
        super::independence::save_controllers(tx, ControlledAct::Retention(proposed.id), proposer).await?;
    }
    append(tx, now, told.fact("proposal", proposed.id.to_string())).await?;
    Ok(())
}

/// Closes confirmed proposals of this kind that have not run, because something newer replaces them.
async fn replace(tx: &mut Tx, now: Timestamp, account: &str, kind: ProposalKind, by: &str) -> Result<(), Error> {
    for proposed in db::proposal::open_proposals(tx, account).await? {
        if proposed.kind == kind && proposed.stage == ProposalStage::Confirmed {
            db::proposal::close(tx, proposed.id, ProposalStage::Replaced, by, now, None).await?;
        }
    }
    Ok(())
}

/// Puts a hold on an account's records, whatever its clock says and whether it has one or not.
pub async fn hold(
    app: &App,
    by: &Permit<permission::ConfirmRetention>,
    account: String,
    reason: String,
) -> Result<(), Error> {
    let reason = clean(reason.trim()).chars().take(500).collect::<String>();
    if reason.is_empty() {
        return Err(Error::Invalid(
            "Enter the reason for the hold, such as a court order or an investigation.".to_owned(),
        ));
    }
    let account = clean(account.trim());
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let row = locked(tx, &account).await?;
            if let Some(held_by) = &row.held_by {
                return Err(Error::Invalid(format!("{held_by} has already put a hold on these records.")));
            }
            let name = permit.reviewer().name.clone();
            replace(tx, now, &account, ProposalKind::Release, &name).await?;
            let draft = Draft::new("retention.held", actor(&permit), "account", account).fact("after", reason.clone());
            db::retention::put(tx, &Row { hold: Some(reason), held_by: Some(name), ..row }).await?;
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Proposes to lift a hold. A second person confirms it.
pub async fn release(app: &App, by: &Permit<permission::ConfirmRetention>, account: String) -> Result<(), Error> {
    let account = clean(account.trim());
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let row = locked(tx, &account).await?;
            let Some(reason) = row.hold.clone() else {
                return Err(Error::Invalid("There is no hold on these records.".to_owned()));
            };
            nothing_waits(tx, &account).await?;
            let draft = |action| {
                Draft::new(action, actor(&permit), "account", account.clone())
                    .fact("kind", "release")
                    .fact("before", reason.clone())
            };
            if let Some(clock) = row.clock.filter(|clock| clock.due_by(Day::of(now)))
                && let Some(obstacle) = db::erasure::standing(tx, &account, now).await?.obstacle(&clock.ended_on)
            {
                return refuse(tx, now, draft("retention.refused"), obstacle.to_string()).await;
            }
            let hold = Some((reason.clone(), row.held_by));
            propose(tx, now, own(&permit), &account, ProposalKind::Release, None, hold, draft("retention.proposed"))
                .await?;
            Ok(Ok(()))
        })
    })
    .await?
}

/// Returns the log entry for a proposal.
fn entry(action: &'static str, by: Actor, proposed: &StoredProposal) -> Draft {
    Draft::new(action, by, "account", proposed.account_id.clone())
        .fact("proposal", proposed.id.to_string())
        .fact("kind", proposed.kind.as_str())
        .fact("proposed_by", proposed.proposer_name.clone())
}

/// Returns a proposal, read under the lock of its account, and the account's row.
async fn proposal_of(tx: &mut Tx, id: RetentionProposalId) -> Result<(StoredProposal, Row), Error> {
    let missing = || Error::NotFound("proposal");
    let account = db::proposal::proposal(tx, id).await?.ok_or_else(missing)?.account_id;
    let row = locked(tx, &account).await?;
    Ok((db::proposal::proposal(tx, id).await?.ok_or_else(missing)?, row))
}

/// Gives the second person's consent. What the proposal allows is done when the grace period is over.
pub async fn confirm(
    app: &App,
    by: &Permit<permission::ConfirmRetention>,
    id: RetentionProposalId,
) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let grace_ends = now.plus(app.config.erasure_grace);
    app.write(move |tx| {
        Box::pin(async move {
            let (proposed, row) = proposal_of(tx, id).await?;
            let me = permit.reviewer();
            if proposed.stage != ProposalStage::Proposed {
                return Err(Error::Invalid(format!("This proposal is already {}.", proposed.stage.as_str())));
            }
            let told = |action| entry(action, actor(&permit), &proposed);
            if proposed.proposer_id == Some(me.id) {
                let why = "You proposed this: someone else has to confirm it.".to_owned();
                return refuse(tx, now, told("retention.refused"), why).await;
            }
            let need = match proposed.kind {
                ProposalKind::End => Permission::ManageRetention,
                ProposalKind::Release => Permission::ConfirmRetention,
            };
            if let Some(proposer) = proposed.proposer_id
                && !super::independence::may_still(tx, proposer, need).await?
            {
                let why = format!("{} {}", proposed.proposer_name, super::independence::NO_MORE);
                return refuse(tx, now, told("retention.refused"), why).await;
            }
            let accounts = match proposed.proposer_id {
                Some(proposer) => match super::independence::controller_of_both(
                    tx,
                    ControlledAct::Retention(id),
                    proposer,
                    me.id,
                    now,
                )
                .await
                {
                    Err(Error::Refused(hand)) => {
                        return refuse(tx, now, told("retention.refused"), hand.to_string()).await;
                    }
                    said => said?,
                },
                None => None,
            };
            // An erasure cannot be undone: here one person with two accounts never counts as two.
            if let Some(said) = accounts {
                let why = format!("The proposer's account and yours: {said}. Another person has to confirm.");
                return refuse(tx, now, told("retention.refused"), why).await;
            }
            // A hold is lifted even if there is an obstacle to erasing, unless the account's clock has run out.
            let horizon = Day::of(grace_ends);
            let erases = match proposed.kind {
                ProposalKind::End => proposed.clock.clone(),
                ProposalKind::Release => row.clock.clone().filter(|clock| clock.due_by(horizon)),
            };
            if let Some(clock) = &erases
                && let Some(obstacle) =
                    db::erasure::standing(tx, &proposed.account_id, now).await?.obstacle(&clock.ended_on)
            {
                return refuse(tx, now, told("retention.refused"), obstacle.to_string()).await;
            }
            replace(tx, now, &proposed.account_id, proposed.kind, &me.name).await?;
            if !db::proposal::confirm(tx, id, (me.id, &me.name), now, row.clock.as_ref()).await? {
                return Err(Error::Invalid("A colleague has just ended this proposal.".to_owned()));
            }
            let told =
                told("retention.confirmed").fact("runs_on", erases.as_ref().map(|clock| runs_on(clock, grace_ends)));
            let runs_at = Some(row.runs_at.map_or(grace_ends, |at| at.max(grace_ends)));
            let (row, told) = match proposed.kind {
                ProposalKind::End => {
                    let told = told
                        .fact("before", row.clock.as_ref().map(Clock::said))
                        .fact("after", erases.as_ref().map(Clock::said));
                    (Row { clock: erases, runs_at, refused: None, ..row }, told)
                }
                ProposalKind::Release => {
                    if erases.is_none() {
                        // Nothing is erased because of it, so there is nothing left to cancel.
                        db::proposal::close(tx, id, ProposalStage::Done, &me.name, now, None).await?;
                    }
                    let told = told.fact("before", row.hold.clone()).fact("after", None::<String>);
                    (Row { hold: None, held_by: None, runs_at, ..row }, told)
                }
            };
            db::retention::put(tx, &row).await?;
            append(tx, now, told).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

/// Cancels a proposal before it has run: the clock or the hold from before counts again.
pub async fn cancel(
    app: &App,
    by: &Permit<permission::ConfirmRetention>,
    id: RetentionProposalId,
) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let (proposed, row) = proposal_of(tx, id).await?;
            let me = permit.reviewer();
            if !proposed.stage.open() {
                return Err(Error::Invalid(format!("This proposal is already {}.", proposed.stage.as_str())));
            }
            let told = entry("retention.cancelled", actor(&permit), &proposed).fact("was", proposed.stage.as_str());
            if proposed.stage == ProposalStage::Confirmed {
                let row = match proposed.kind {
                    ProposalKind::End => {
                        // A clock that would erase soon is not restored automatically.
                        let soon = Day::of(now).plus_days(crate::domain::retention::SOON_DAYS);
                        Row { clock: proposed.before.clone().filter(|clock| !clock.due_by(soon)), ..row }
                    }
                    ProposalKind::Release => Row {
                        hold: row.hold.clone().or_else(|| proposed.hold.clone()),
                        held_by: row.held_by.clone().or_else(|| proposed.held_by.clone()),
                        ..row
                    },
                };
                db::retention::put(tx, &row).await?;
            }
            db::proposal::close(tx, id, ProposalStage::Cancelled, &me.name, now, None).await?;
            append(tx, now, told).await.map(|_| ())
        })
    })
    .await
}
