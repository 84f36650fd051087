//! How long records are kept: clocks, holds, and what two people agree to erase. When a time is over, what a person left is erased;
//! entries of the log stay, and the certificate of each erasure is an entry itself.
use std::collections::BTreeMap;

use super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft, Outcome};
use crate::domain::id::RetentionProposalId;
use crate::domain::retention::{Clock, Day, Erased, Kept, Kind, Preview, Proposal, RetentionPage, Stage, profile};
use crate::domain::reviewer::{Permit, Role, can};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::app::new_id;
use crate::server::db::retention::{Proposed, Row};
use crate::server::db::{self, Conn, Tx};
use crate::server::{App, Error};

const MOST: i64 = 500;
/// Characters of a name that is looked for in what reviewers searched for.
const SHORTEST_NAME: usize = 4;
const SELF: Actor = Actor::System { part: "retention" };

/// The page; with an account, also what would be erased of it, by the clock that is asked about or by its own.
pub async fn page(
    app: &App,
    by: &Permit<can::ReadRetention>,
    account: Option<String>,
    ended_on: Option<String>,
    code: Option<String>,
) -> Result<RetentionPage, Error> {
    let mut conn = app.read().await?;
    let mut rows = Vec::new();
    for row in db::retention::all(&mut conn, MOST).await? {
        rows.push(kept(&mut conn, row).await?);
    }
    let clocks: BTreeMap<String, Option<Clock>> =
        rows.iter().map(|row: &Kept| (row.account.clone(), row.clock.clone())).collect();
    let mut proposals = Vec::new();
    for proposed in db::retention::proposals(&mut conn, MOST).await? {
        let now_runs = clocks.get(&proposed.account_id).cloned().flatten();
        proposals.push(shown(app, &mut conn, proposed, now_runs).await?);
    }
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let asked = match filled(account) {
        Some(account) => Some(preview(app, &mut conn, &account, filled(ended_on), filled(code)).await),
        None => None,
    };
    let (preview, no_preview) = match asked {
        Some(Ok(preview)) => (Some(preview), None),
        Some(Err(Error::NotFound(what))) => (None, Some(format!("There is no such {what}."))),
        Some(Err(Error::Invalid(why))) => (None, Some(why)),
        Some(Err(other)) => return Err(other),
        None => (None, None),
    };
    let all = db::reviewer::all(&mut conn).await?;
    let may = |role: Role| role.may(crate::domain::reviewer::Need::ConfirmRetention);
    let confirmers = all.iter().filter(|reviewer| reviewer.disabled_at.is_none() && may(reviewer.role)).count();
    Ok(RetentionPage {
        rows,
        proposals,
        preview,
        no_preview,
        me: by.reviewer().id,
        confirmers: i64::try_from(confirmers).unwrap_or(i64::MAX),
        grace_days: app.config.erasure_grace.as_secs() / (24 * 3600),
        now: app.now(),
    })
}

async fn name_of(conn: &mut Conn, account: &str) -> Result<Option<(String, bool)>, Error> {
    let Ok(id) = account.to_owned().try_into() else { return Ok(None) };
    let known = db::account::by_id(conn, &id).await?;
    Ok(known.map(|(account, _)| (account.name(), account.redacted_at.is_some())))
}

async fn kept(conn: &mut Conn, row: Row) -> Result<Kept, Error> {
    let known = name_of(conn, &row.account_id).await?;
    let Row { account_id, clock, hold, held_by, runs_at, refused, erased_at, certificate } = row;
    Ok(Kept {
        redacted_early: erased_at.is_none() && known.as_ref().is_some_and(|(_, redacted)| *redacted),
        name: known.map(|(name, _)| name),
        account: account_id,
        clock,
        hold,
        held_by,
        runs_at,
        refused,
        erased_at,
        certificate,
    })
}

/// The day on which a clock erases when the grace time ends then: the later of the two.
fn runs_on(clock: &Clock, grace_ends: Timestamp) -> String {
    let day = Day::of(grace_ends).to_string();
    if clock.due_on > day { clock.due_on.clone() } else { day }
}

async fn shown(app: &App, conn: &mut Conn, proposed: Proposed, runs: Option<Clock>) -> Result<Proposal, Error> {
    let clock = proposed.clock.or(runs);
    let from = proposed.confirmed_at.unwrap_or_else(|| app.now());
    let runs_on = clock.as_ref().map(|clock| runs_on(clock, from.plus(app.config.erasure_grace)));
    Ok(Proposal {
        name: name_of(conn, &proposed.account_id).await?.map(|(name, _)| name),
        id: proposed.id,
        account: proposed.account_id,
        kind: proposed.kind,
        stage: proposed.stage,
        clock,
        hold: proposed.hold,
        proposer_id: proposed.proposer_id,
        proposed_by: proposed.proposer_name,
        proposed_at: proposed.proposed_at,
        confirmed_by: proposed.confirmer_name,
        confirmed_at: proposed.confirmed_at,
        runs_on: runs_on.filter(|_| proposed.stage.open()),
        ended_by: proposed.ended_by,
        ended_at: proposed.ended_at,
        why: proposed.why,
    })
}

async fn preview(
    app: &App,
    conn: &mut Conn,
    account: &str,
    ended_on: Option<String>,
    code: Option<String>,
) -> Result<Preview, Error> {
    let account = clean(account.trim());
    let today = Day::of(app.now());
    let (name, _) = name_of(conn, &account).await?.ok_or(Error::NotFound("account"))?;
    let row = db::retention::of(conn, &account).await?;
    let open = db::retention::open_proposals(conn, &account).await?;
    let running = row.as_ref().and_then(|row| row.clock.clone());
    let asked = match (ended_on, code) {
        (Some(ended_on), Some(code)) => Some(clock(&ended_on, &code)?),
        (None, None) => None,
        _ => return Err(Error::Invalid("Give both: the last day and the rule.".to_owned())),
    };
    let settable = asked.is_some() && asked != running;
    let waiting = open.iter().find(|proposed| proposed.stage == Stage::Proposed);
    let clock = asked.or_else(|| waiting.and_then(|proposed| proposed.clock.clone())).or_else(|| running.clone());
    let needs_second = clock.as_ref().is_some_and(|clock| clock.needs_second(running.as_ref(), today));
    let mut takes = db::retention::would_erase(conn, &account).await?;
    if is_searched_for(&name, &account) {
        takes.values += db::retention::searches(conn, &name).await?;
    }
    let standing = db::retention::standing(conn, &account).await?;
    let grace_ends = match row.as_ref().and_then(|row| row.runs_at) {
        Some(at) if !settable && waiting.is_none() => at,
        _ if needs_second || waiting.is_some() => app.now().plus(app.config.erasure_grace),
        _ => app.now(),
    };
    Ok(Preview {
        obstacle: clock.as_ref().and_then(|clock| standing.obstacle(&clock.ended_on)).map(|why| why.to_string()),
        runs_on: clock.as_ref().map(|clock| runs_on(clock, grace_ends)),
        hold: row.and_then(|row| row.hold),
        name: Some(name),
        account,
        clock,
        settable,
        needs_second,
        takes,
    })
}

fn clock(ended_on: &str, code: &str) -> Result<Clock, Error> {
    let chosen = profile(code).ok_or_else(|| Error::Invalid("Choose a profile from the list.".to_owned()))?;
    let day = Day::parse(ended_on).ok_or_else(|| {
        Error::Invalid("Write the day as 2026-10-31: the day on which the relationship ended.".to_owned())
    })?;
    Ok(Clock::new(chosen, day))
}

/// The account's row, locked; an error when there is no such account, or nothing of it any more.
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
    let open = db::retention::open_proposals(tx, account).await?;
    match open.into_iter().find(|proposed| proposed.stage == Stage::Proposed) {
        Some(waiting) => Err(Error::Invalid(format!(
            "A proposal by {} waits for this account already: it is confirmed or cancelled first.",
            waiting.proposer_name
        ))),
        None => Ok(()),
    }
}

/// Writes down that something was refused, in the transaction that refuses; what is returned is told after its commit.
async fn refuse(tx: &mut Tx, now: Timestamp, draft: Draft, why: String) -> Result<Result<(), Error>, Error> {
    append(tx, now, draft.outcome(Outcome::Denied).fact("why", why.clone())).await?;
    Ok(Err(Error::Invalid(why)))
}

/// The relationship ended on this day. What erases nothing soon starts the clock; all else is proposed, for a second person to
/// confirm.
pub async fn end(
    app: &App,
    by: &Permit<can::ManageRetention>,
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
                return Err(Error::Invalid("This clock runs already.".to_owned()));
            }
            let draft = |action| {
                Draft::new(action, actor(&permit), "account", account.clone())
                    .fact("before", row.clock.as_ref().map(Clock::said))
                    .fact("after", wanted.said())
            };
            if !wanted.needs_second(row.clock.as_ref(), Day::of(now)) {
                replace(tx, now, &account, Kind::End, &permit.reviewer().name).await?;
                append(tx, now, draft("retention.set")).await?;
                db::retention::put(tx, &Row { clock: Some(wanted), refused: None, ..row }).await?;
                return Ok(Ok(()));
            }
            let standing = db::retention::standing(tx, &account).await?;
            if let Some(obstacle) = standing.obstacle(&wanted.ended_on) {
                return refuse(tx, now, draft("retention.refused").fact("kind", "end"), obstacle.to_string()).await;
            }
            let told = draft("retention.proposed").fact("kind", "end");
            propose(tx, now, &permit, &account, Kind::End, Some(wanted), None, told).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

#[expect(clippy::too_many_arguments, reason = "the parts of one row, for two callers")]
async fn propose<P>(
    tx: &mut Tx,
    now: Timestamp,
    permit: &Permit<P>,
    account: &str,
    kind: Kind,
    clock: Option<Clock>,
    hold: Option<(String, Option<String>)>,
    told: Draft,
) -> Result<(), Error> {
    let (hold, held_by) = hold.map_or((None, None), |(hold, by)| (Some(hold), by));
    let proposed = Proposed {
        id: RetentionProposalId(new_id()),
        account_id: account.to_owned(),
        kind,
        stage: Stage::Proposed,
        clock,
        before: None,
        hold,
        held_by,
        proposer_id: Some(permit.reviewer().id),
        proposer_name: permit.reviewer().name.clone(),
        proposed_at: now,
        confirmer_name: None,
        confirmed_at: None,
        ended_at: None,
        ended_by: None,
        why: None,
    };
    db::retention::propose(tx, &proposed).await?;
    append(tx, now, told.fact("proposal", proposed.id.to_string())).await?;
    Ok(())
}

/// Confirmed proposals of this kind that have not run give way to something newer.
async fn replace(tx: &mut Tx, now: Timestamp, account: &str, kind: Kind, by: &str) -> Result<(), Error> {
    for proposed in db::retention::open_proposals(tx, account).await? {
        if proposed.kind == kind && proposed.stage == Stage::Confirmed {
            db::retention::close(tx, proposed.id, Stage::Replaced, by, now, None).await?;
        }
    }
    Ok(())
}

/// Holds an account's records whatever its clock says, and whether it has one.
pub async fn hold(app: &App, by: &Permit<can::ConfirmRetention>, account: String, reason: String) -> Result<(), Error> {
    let reason = clean(reason.trim()).chars().take(500).collect::<String>();
    if reason.is_empty() {
        return Err(Error::Invalid("Write why the records are held: a court's order, an investigation.".to_owned()));
    }
    let account = clean(account.trim());
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let row = locked(tx, &account).await?;
            if let Some(held_by) = &row.held_by {
                return Err(Error::Invalid(format!("{held_by} holds these records already.")));
            }
            let name = permit.reviewer().name.clone();
            replace(tx, now, &account, Kind::Release, &name).await?;
            let draft = Draft::new("retention.held", actor(&permit), "account", account).fact("after", reason.clone());
            db::retention::put(tx, &Row { hold: Some(reason), held_by: Some(name), ..row }).await?;
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Proposes to lift a hold: a second person confirms it.
pub async fn release(app: &App, by: &Permit<can::ConfirmRetention>, account: String) -> Result<(), Error> {
    let account = clean(account.trim());
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let row = locked(tx, &account).await?;
            let Some(reason) = row.hold.clone() else {
                return Err(Error::Invalid("Nobody holds these records.".to_owned()));
            };
            nothing_waits(tx, &account).await?;
            let draft = |action| {
                Draft::new(action, actor(&permit), "account", account.clone())
                    .fact("kind", "release")
                    .fact("before", reason.clone())
            };
            if let Some(clock) = row.clock.filter(|clock| clock.due_by(Day::of(now)))
                && let Some(obstacle) = db::retention::standing(tx, &account).await?.obstacle(&clock.ended_on)
            {
                return refuse(tx, now, draft("retention.refused"), obstacle.to_string()).await;
            }
            let hold = Some((reason.clone(), row.held_by));
            propose(tx, now, &permit, &account, Kind::Release, None, hold, draft("retention.proposed")).await?;
            Ok(Ok(()))
        })
    })
    .await?
}

/// What the log says of a proposal.
fn entry(action: &'static str, by: Actor, proposed: &Proposed) -> Draft {
    Draft::new(action, by, "account", proposed.account_id.clone())
        .fact("proposal", proposed.id.to_string())
        .fact("kind", proposed.kind.as_str())
        .fact("proposed_by", proposed.proposer_name.clone())
}

/// The proposal as it stands behind the lock of its account, and the account's row.
async fn proposal_of(tx: &mut Tx, id: RetentionProposalId) -> Result<(Proposed, Row), Error> {
    let missing = || Error::NotFound("proposal");
    let account = db::retention::proposal(tx, id).await?.ok_or_else(missing)?.account_id;
    let row = locked(tx, &account).await?;
    Ok((db::retention::proposal(tx, id).await?.ok_or_else(missing)?, row))
}

/// The second person's consent. What it allows is done when the grace time is over.
pub async fn confirm(app: &App, by: &Permit<can::ConfirmRetention>, id: RetentionProposalId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    let grace_ends = now.plus(app.config.erasure_grace);
    app.write(move |tx| {
        Box::pin(async move {
            let (proposed, row) = proposal_of(tx, id).await?;
            let me = permit.reviewer();
            if proposed.stage != Stage::Proposed {
                return Err(Error::Invalid(format!("This proposal is {} by now.", proposed.stage.as_str())));
            }
            let told = |action| entry(action, actor(&permit), &proposed);
            if proposed.proposer_id == Some(me.id) {
                let why = "You proposed this: somebody else has to confirm it.".to_owned();
                return refuse(tx, now, told("retention.refused"), why).await;
            }
            let accounts = match proposed.proposer_id {
                Some(proposer) => match super::reviewer::one_hand(tx, proposer, me.id, now).await {
                    Err(Error::Refused(hand)) => {
                        return refuse(tx, now, told("retention.refused"), hand.to_string()).await;
                    }
                    said => said?,
                },
                None => None,
            };
            // What is erased cannot be looked at again: here one person with two accounts is never two.
            if let Some(said) = accounts {
                let why =
                    format!("The accounts of who proposed and who confirms are {said}: another person has to confirm.");
                return refuse(tx, now, told("retention.refused"), why).await;
            }
            // A hold is lifted whatever stands against erasing, unless its clock has run out.
            let horizon = Day::of(grace_ends);
            let erases = match proposed.kind {
                Kind::End => proposed.clock.clone(),
                Kind::Release => row.clock.clone().filter(|clock| clock.due_by(horizon)),
            };
            if let Some(clock) = &erases
                && let Some(obstacle) =
                    db::retention::standing(tx, &proposed.account_id).await?.obstacle(&clock.ended_on)
            {
                return refuse(tx, now, told("retention.refused"), obstacle.to_string()).await;
            }
            replace(tx, now, &proposed.account_id, proposed.kind, &me.name).await?;
            if !db::retention::confirm(tx, id, (me.id, &me.name), now, row.clock.as_ref()).await? {
                return Err(Error::Invalid("This proposal has just been ended by somebody else.".to_owned()));
            }
            let told = told("retention.confirmed")
                .fact("accounts", accounts)
                .fact("runs_on", erases.as_ref().map(|clock| runs_on(clock, grace_ends)));
            let runs_at = Some(row.runs_at.map_or(grace_ends, |at| at.max(grace_ends)));
            let (row, told) = match proposed.kind {
                Kind::End => {
                    let told = told
                        .fact("before", row.clock.as_ref().map(Clock::said))
                        .fact("after", erases.as_ref().map(Clock::said));
                    (Row { clock: erases, runs_at, refused: None, ..row }, told)
                }
                Kind::Release => {
                    if erases.is_none() {
                        // Nothing is erased because of it, so there is nothing left to cancel.
                        db::retention::close(tx, id, Stage::Done, &me.name, now, None).await?;
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

/// Ends a proposal before it has run: the clock or the hold from before counts again.
pub async fn cancel(app: &App, by: &Permit<can::ConfirmRetention>, id: RetentionProposalId) -> Result<(), Error> {
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let (proposed, row) = proposal_of(tx, id).await?;
            let me = permit.reviewer();
            if !proposed.stage.open() {
                return Err(Error::Invalid(format!("This proposal is {} by now.", proposed.stage.as_str())));
            }
            let told = entry("retention.cancelled", actor(&permit), &proposed).fact("was", proposed.stage.as_str());
            if proposed.stage == Stage::Confirmed {
                let row = match proposed.kind {
                    Kind::End => {
                        // A clock that would erase soon does not come back by itself.
                        let soon = Day::of(now).plus_days(crate::domain::retention::SOON_DAYS);
                        Row { clock: proposed.before.clone().filter(|clock| !clock.due_by(soon)), ..row }
                    }
                    Kind::Release => Row {
                        hold: row.hold.clone().or_else(|| proposed.hold.clone()),
                        held_by: row.held_by.clone().or_else(|| proposed.held_by.clone()),
                        ..row
                    },
                };
                db::retention::put(tx, &row).await?;
            }
            db::retention::close(tx, id, Stage::Cancelled, &me.name, now, None).await?;
            append(tx, now, told).await.map(|_| ())
        })
    })
    .await
}

/// Erases what is due. Returns how many accounts.
pub async fn erase_due(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let due = {
        let mut conn = app.read().await?;
        db::retention::due(&mut conn, &Day::of(now).to_string(), now).await?
    };
    let mut erased = 0;
    for account in due {
        if erase(app, account).await? {
            erased += 1;
        }
    }
    if erased > 0 {
        app.db.scrub().await?;
    }
    Ok(erased)
}

/// A shorter name is part of too many others.
fn is_searched_for(name: &str, account: &str) -> bool {
    name.chars().count() >= SHORTEST_NAME && name != account
}

async fn erase(app: &App, account: String) -> Result<bool, Error> {
    let now = app.now();
    app.write(move |tx| {
        Box::pin(async move {
            // Read behind the lock: somebody may have held it, or proposed something else, a moment ago.
            let row = db::retention::lock(tx, &account).await?;
            let free = row.erased_at.is_none() && row.hold.is_none() && row.runs_at.is_none_or(|at| at <= now);
            let due = row.clock.clone().filter(|clock| free && clock.due_by(Day::of(now)));
            let Some(clock) = due else { return Ok(false) };
            let proposals = db::retention::open_proposals(tx, &account).await?;
            if proposals.iter().any(|proposed| proposed.stage == Stage::Proposed) {
                return Ok(false);
            }
            db::retention::lock_records(tx, &account).await?;
            let standing = db::retention::standing(tx, &account).await?;
            if let Some(obstacle) = standing.obstacle(&clock.ended_on) {
                stop(tx, now, row, &clock, &proposals, obstacle.to_string()).await?;
                return Ok(false);
            }
            let mut searches = 0;
            if let Some((name, _)) = name_of(tx, &account).await?
                && is_searched_for(&name, &account)
            {
                searches = db::retention::erase_searches(tx, &name).await?;
                db::search::erase(tx, &name).await?;
            }
            let gone = db::retention::erase(tx, &account).await?;
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
                db::retention::close(tx, proposed.id, Stage::Done, "the desk", now, None).await?;
            }
            let row = Row { erased_at: Some(now), certificate: Some(format!("{seq}")), ..row };
            db::retention::put(tx, &row).await?;
            Ok(true)
        })
    })
    .await
}

/// The time has come and something stands against it: the clock was wrong, so it stops until somebody sets it anew.
async fn stop(
    tx: &mut Tx,
    now: Timestamp,
    row: Row,
    clock: &Clock,
    proposals: &[Proposed],
    why: String,
) -> Result<(), Error> {
    for proposed in proposals {
        db::retention::close(tx, proposed.id, Stage::Refused, "the desk", now, Some(&why)).await?;
    }
    let draft = Draft::new("retention.refused", SELF, "account", row.account_id.clone())
        .outcome(Outcome::Denied)
        .fact("kind", "end")
        .fact("before", clock.said())
        .fact("why", why.clone());
    append(tx, now, draft).await?;
    db::retention::put(tx, &Row { clock: None, runs_at: None, refused: Some(why), ..row }).await?;
    Ok(())
}

/// The entry that says what was erased, and holds nothing of it.
fn certificate(gone: &Erased, proposals: &[Proposed]) -> Draft {
    let names = |name: fn(&Proposed) -> Option<String>| {
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
