//! The retention page: clocks, holds, proposals, and what would be erased of one account.
use std::collections::BTreeMap;

use super::erasure::{is_searched_for, vouched};
use super::retention::{clock, name_of, runs_on};
use crate::domain::retention::{AccountRecords, Clock, Day, Preview, ProposalStage, RetentionPage, RetentionProposal};
use crate::domain::reviewer::{Permit, Role, permission};
use crate::domain::text::clean;
use crate::server::db::proposal::StoredProposal;
use crate::server::db::retention::Row;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

const MOST: i64 = 500;

/// Returns the page. With an account, also what would be erased of it, by the clock that is asked about or by its own.
pub async fn page(
    app: &App,
    by: &Permit<permission::ReadRetention>,
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
        rows.iter().map(|row: &AccountRecords| (row.account.clone(), row.clock.clone())).collect();
    let mut proposals = Vec::new();
    for proposed in db::proposal::proposals(&mut conn, MOST).await? {
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
    let may = |role: Role| role.may(crate::domain::reviewer::Permission::ConfirmRetention);
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

async fn kept(conn: &mut Conn, row: Row) -> Result<AccountRecords, Error> {
    let known = name_of(conn, &row.account_id).await?;
    let Row { account_id, clock, hold, held_by, runs_at, refused, erased_at, certificate, failure, again_at, .. } = row;
    Ok(AccountRecords {
        redacted_early: erased_at.is_none() && known.as_ref().is_some_and(|(_, redacted)| *redacted),
        name: known.map(|(name, _)| name),
        account: account_id,
        clock,
        hold,
        held_by,
        runs_at,
        refused,
        failure: failure.zip(again_at),
        erased_at,
        certificate,
    })
}

async fn shown(
    app: &App,
    conn: &mut Conn,
    proposed: StoredProposal,
    runs: Option<Clock>,
) -> Result<RetentionProposal, Error> {
    let clock = proposed.clock.or(runs);
    let from = proposed.confirmed_at.unwrap_or_else(|| app.now());
    let runs_on = clock.as_ref().map(|clock| runs_on(clock, from.plus(app.config.erasure_grace)));
    Ok(RetentionProposal {
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
    let open = db::proposal::open_proposals(conn, &account).await?;
    let running = row.as_ref().and_then(|row| row.clock.clone());
    let asked = match (ended_on, code) {
        (Some(ended_on), Some(code)) => Some(clock(&ended_on, &code)?),
        (None, None) => None,
        _ => {
            return Err(Error::Invalid(
                "Enter the last day of the relationship, and choose a retention profile.".to_owned(),
            ));
        }
    };
    let settable = asked.is_some() && asked != running;
    let waiting = open.iter().find(|proposed| proposed.stage == ProposalStage::Proposed);
    let clock = asked.or_else(|| waiting.and_then(|proposed| proposed.clock.clone())).or_else(|| running.clone());
    let needs_second = match &clock {
        // The running clock still needs a confirmation when its time comes, unless two people have agreed to it or one
        // was enough.
        Some(clock) if Some(clock) == running.as_ref() => !vouched(conn, &account, clock).await?,
        Some(clock) => clock.needs_second(running.as_ref(), today),
        None => false,
    };
    let mut takes = db::erasure::would_erase(conn, &account).await?;
    if is_searched_for(&name, &account) {
        takes.values += db::erasure::searches(conn, &name).await?;
    }
    let standing = db::erasure::standing(conn, &account, app.now()).await?;
    let grace_ends = match row.as_ref().and_then(|row| row.runs_at) {
        Some(at) if !settable && waiting.is_none() => at,
        _ if needs_second || waiting.is_some() => app.now().plus(app.config.erasure_grace),
        _ => app.now(),
    };
    Ok(Preview {
        obstacle: clock.as_ref().and_then(|clock| standing.obstacle(&clock.ended_on)).map(|why| why.to_string()),
        runs_on: clock.as_ref().map(|clock| runs_on(clock, grace_ends)),
        left: standing.left,
        hold: row.and_then(|row| row.hold),
        name: Some(name),
        account,
        clock,
        settable,
        needs_second,
        takes,
    })
}
