//! Clocks of accounts: started, held, and, when they run out, what a person left is erased. Entries of the log stay; the certificate
//! of each erasure is an entry itself.
use super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft};
use crate::domain::retention::{Day, Erased, Kept, RetentionPage, profile};
use crate::domain::reviewer::{Permit, can};
use crate::domain::text::clean;
use crate::server::db::retention::Row;
use crate::server::db::{self, Conn};
use crate::server::{App, Error};

const MOST: i64 = 500;
/// Characters of a name that is looked for in what reviewers searched for.
const SHORTEST_NAME: usize = 4;

pub async fn page(app: &App, _by: &Permit<can::ReadRetention>) -> Result<RetentionPage, Error> {
    let mut conn = app.read().await?;
    let mut rows = Vec::new();
    for row in db::retention::all(&mut conn, MOST).await? {
        rows.push(kept(&mut conn, row).await?);
    }
    Ok(RetentionPage { rows, now: app.now() })
}

async fn kept(conn: &mut Conn, row: Row) -> Result<Kept, Error> {
    let account = match row.account_id.clone().try_into() {
        Ok(id) => db::account::by_id(conn, &id).await?.map(|(account, _)| account),
        Err(_) => None,
    };
    let Row { account_id, profile, ended_on, due_on, hold, held_by, erased_at, certificate } = row;
    Ok(Kept {
        name: account.as_ref().map(crate::domain::account::Account::name),
        redacted_early: erased_at.is_none() && account.is_some_and(|account| account.redacted_at.is_some()),
        account: account_id,
        profile,
        ended_on,
        due_on,
        hold,
        held_by,
        erased_at,
        certificate,
    })
}

/// The relationship ended on this day: the clock starts, or is set anew.
pub async fn end(
    app: &App,
    by: &Permit<can::ManageRetention>,
    account: String,
    ended_on: String,
    code: String,
) -> Result<(), Error> {
    let chosen = profile(&code).ok_or_else(|| Error::Invalid("Choose a profile from the list.".to_owned()))?;
    let day = Day::parse(&ended_on).ok_or_else(|| {
        Error::Invalid("Write the day as 2026-10-31: the day on which the relationship ended.".to_owned())
    })?;
    let account = clean(account.trim());
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let before = known_account(tx, &account).await?;
            let row = Row {
                account_id: account.clone(),
                profile: chosen.code.to_owned(),
                ended_on: day.to_string(),
                due_on: day.plus_years(chosen.years).to_string(),
                ..before.clone().unwrap_or_else(|| empty(&account))
            };
            db::retention::put(tx, &row).await?;
            let said = |row: &Row| format!("ended {}, {}, until {}", row.ended_on, row.profile, row.due_on);
            let draft = Draft::new("retention.set", actor(&permit), "account", account)
                .fact("before", before.as_ref().map(said))
                .fact("after", said(&row));
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

fn empty(account: &str) -> Row {
    Row {
        account_id: account.to_owned(),
        profile: String::new(),
        ended_on: String::new(),
        due_on: String::new(),
        hold: None,
        held_by: None,
        erased_at: None,
        certificate: None,
    }
}

/// The account's clock; an error when there is no such account, or nothing of it any more.
async fn known_account(conn: &mut Conn, account: &str) -> Result<Option<Row>, Error> {
    let row = db::retention::of(conn, account).await?;
    if row.as_ref().is_some_and(|row| row.erased_at.is_some()) {
        return Err(Error::Invalid("This account has been erased.".to_owned()));
    }
    let id = account.to_owned().try_into().map_err(|_| Error::NotFound("account"))?;
    db::account::by_id(conn, &id).await?.ok_or(Error::NotFound("account"))?;
    Ok(row)
}

/// Holds an account's records whatever its clock says, or, without a reason, no longer.
pub async fn hold(
    app: &App,
    by: &Permit<can::ManageRetention>,
    account: String,
    reason: Option<String>,
) -> Result<(), Error> {
    let reason = reason.map(|text| clean(text.trim()).chars().take(500).collect::<String>());
    if reason.as_ref().is_some_and(String::is_empty) {
        return Err(Error::Invalid("Write why the records are held: a court's order, an investigation.".to_owned()));
    }
    let (now, permit) = (app.now(), by.clone());
    app.write(move |tx| {
        Box::pin(async move {
            let row = known_account(tx, &account).await?;
            let row = row.ok_or_else(|| {
                Error::Invalid("Say first when the relationship ended; until then, records are kept anyway.".to_owned())
            })?;
            let action = if reason.is_some() { "retention.held" } else { "retention.released" };
            let draft = Draft::new(action, actor(&permit), "account", account).fact("before", row.hold.clone());
            let draft = draft.fact("after", reason.clone());
            let held_by = reason.as_ref().map(|_| permit.reviewer().name.clone());
            db::retention::put(tx, &Row { hold: reason, held_by, ..row }).await?;
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// Erases what is due. Returns how many accounts.
pub async fn erase_due(app: &App) -> Result<usize, Error> {
    let today = Day::of(app.now()).to_string();
    let due = {
        let mut conn = app.read().await?;
        db::retention::due(&mut conn, &today).await?
    };
    let mut erased = 0;
    for row in due {
        if erase(app, row.account_id.clone()).await? {
            erased += 1;
        }
    }
    if erased > 0 {
        app.db.scrub().await?;
    }
    Ok(erased)
}

async fn erase(app: &App, account: String) -> Result<bool, Error> {
    let now = app.now();
    let today = Day::of(now).to_string();
    app.write(move |tx| {
        Box::pin(async move {
            // Read again: somebody may have held it a moment ago.
            let row = db::retention::of(tx, &account).await?;
            let due = row.filter(|row| row.erased_at.is_none() && row.hold.is_none() && row.due_on <= today);
            let Some(row) = due else { return Ok(false) };
            // A decision on its way is finished first.
            if db::retention::open_decisions(tx, &account).await? > 0 {
                return Ok(false);
            }
            let mut searches = 0;
            if let Ok(id) = account.clone().try_into()
                && let Some((known, _)) = db::account::by_id(tx, &id).await?
            {
                let name = known.name();
                // A shorter one is part of too many others.
                if name.chars().count() >= SHORTEST_NAME && name != account {
                    searches = db::retention::erase_searches(tx, &name).await?;
                }
            }
            let gone = db::retention::erase(tx, &account).await?;
            let gone = Erased { values: gone.values + searches, ..gone };
            let gone = Erased { profile: row.profile.clone(), ended_on: row.ended_on.clone(), ..gone };
            let seq = append(tx, now, certificate(&gone)).await?;
            let row = Row { erased_at: Some(now), certificate: Some(format!("{seq}")), ..row };
            db::retention::put(tx, &row).await?;
            Ok(true)
        })
    })
    .await
}

/// The entry that says what was erased, and holds nothing of it.
fn certificate(gone: &Erased) -> Draft {
    Draft::new("personal.erased", Actor::System { part: "retention" }, "account", gone.account.clone())
        .fact("inquiries", gone.inquiries)
        .fact("cases", gone.cases)
        .fact("log_values", gone.values)
        .fact("snapshots", gone.snapshots)
        .fact("comments", gone.comments)
        .fact("events", gone.events)
        .fact("profile", gone.profile.clone())
        .fact("relationship_ended", gone.ended_on.clone())
}
