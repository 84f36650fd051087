//! Applies snapshots of cases, and what was read of them.
use super::super::evidence::backlog::{RETRIED, UNSTORED};
use crate::domain::account::Account;
use crate::domain::case::Case;
use crate::domain::delivery::pause;
use crate::domain::evidence::Evidence;
use crate::domain::id::AccountId;
use crate::domain::inquiry::Field;
use crate::domain::snapshot_order::{self, Source};
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db::case::{MirroredCase, Wish};
use crate::server::db::{self, Tx};
use crate::server::persona::Failure;
use crate::server::{App, Error};

/// Returns the cases whose contents are to be read.
pub async fn wanted(app: &App, limit: i64) -> Result<Vec<Wish>, Error> {
    Ok(db::case::wanted(&mut app.read().await?, app.now(), limit).await?)
}

/// Returns the accounts that a case is about, with their known fields: its own accounts and those of its inquiries,
/// except erased ones.
pub async fn accounts_in(app: &App, case: &Case) -> Result<Vec<(AccountId, Vec<Field>)>, Error> {
    let mut conn = app.read().await?;
    let mut all = case.accounts.clone();
    for id in &case.inquiries {
        all.extend(db::inquiry::by_id(&mut conn, id).await?.and_then(|row| row.inquiry.account_id));
    }
    all.sort();
    all.dedup();
    let mut kept = Vec::new();
    for account in all {
        if !db::retention::is_erased(&mut conn, account.as_str()).await? {
            let known = db::account::by_id(&mut conn, &account).await?;
            kept.push((account, known.map(|(known, _)| known.fields).unwrap_or_default()));
        }
    }
    Ok(kept)
}

/// Returns the evidence of the inquiries of a case, each as far as it was read.
pub async fn inquiries_in(app: &App, case: &Case) -> Result<Vec<Evidence>, Error> {
    let mut conn = app.read().await?;
    let mut all = Vec::new();
    for id in &case.inquiries {
        let row = db::inquiry::by_id(&mut conn, id).await?;
        all.extend(row.map(|row| row.evidence.unwrap_or_else(|| Evidence::of(row.inquiry))));
    }
    Ok(all)
}

/// Applies what was read of a case and of these accounts. It does not overwrite what a webhook reported meanwhile.
pub async fn read(app: &App, wish: Wish, mut read: Case, along: Vec<Account>, of: Vec<AccountId>) -> Result<(), Error> {
    let now = app.now();
    let id = wish.id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            for account in &of {
                // An account was erased while the case was read: store nothing. The erasure has already requested a new
                // read of the case.
                if db::retention::is_erased(tx, account.as_str()).await? {
                    return Ok(());
                }
            }
            for account in &along {
                super::super::account::snapshot::apply_snapshot(
                    tx,
                    account,
                    account.updated_at.unwrap_or(account.created_at),
                    now,
                )
                .await?;
            }
            if let Some(evidence) = &mut read.evidence {
                // What was read before a redaction, or what Persona still returns after it, does not undo the
                // redaction.
                let gone = db::redacted::among(tx, &evidence.parts()).await?;
                evidence.redact(&gone);
            }
            let from = Source::ReadFrom { as_of: wish.as_of, as_of_event: wish.as_of_event.clone() };
            upsert(tx, read.clone(), &from, now).await?;
            if db::case::lock(tx, &wish.id).await?
                && let Some(mut row) = db::case::by_id(tx, &wish.id).await?
                && row.case.redacted_at.is_none()
            {
                let before = row.case.seen();
                if let (Some(now), Some(before)) = (&mut read.evidence, &row.case.evidence) {
                    now.reports.iter_mut().for_each(|report| report.open_what_grew(&before.reports));
                }
                row.case.evidence = read.evidence;
                if !read.comments.is_empty() {
                    row.case.comments = read.comments;
                }
                if row.case.seen() != before {
                    row.version += 1;
                    db::case::put(tx, &row).await?;
                }
            }
            Ok(db::case::unwant(tx, &wish, None, None).await?)
        })
    })
    .await?;
    app.publish(ChangeTopic::Case, id);
    Ok(())
}

/// Handles a failed read: it is tried again later where that can help, and the page says why meanwhile.
pub async fn unreadable(app: &App, wish: Wish, failure: Failure) -> Result<(), Error> {
    again(app, wish, failure.passing(), failure.to_string()).await
}

/// Handles contents that were read but could not be stored: tried again later, like a temporary failure.
pub async fn unstored(app: &App, wish: Wish, error: &Error) -> Result<(), Error> {
    tracing::warn!(case = %wish.id, %error, "the contents of a case could not be stored");
    again(app, wish, true, UNSTORED.to_owned()).await
}

async fn again(app: &App, wish: Wish, passing: bool, why: String) -> Result<(), Error> {
    let now = app.now();
    let id = wish.id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let tries = u32::try_from(wish.wanted_tries).unwrap_or(u32::MAX).saturating_add(1);
            let known = db::case::by_id(tx, &wish.id).await?.is_some_and(|row| row.case.evidence.is_some());
            let again = match passing {
                true => Some(now.plus(pause(tries, 0))),
                // The stored contents are older than what Persona reported: ask again from time to time.
                false => known.then(|| now.plus(RETRIED)),
            };
            Ok(db::case::unwant(tx, &wish, again, Some(&why)).await?)
        })
    })
    .await?;
    app.publish(ChangeTopic::Case, id);
    Ok(())
}

/// Applies a snapshot if it is newer, and returns whether it was. The contents of an open case are read in the
/// background when there is something new to read; those of a resolved case are read when a reviewer opens it.
pub(in crate::server::usecase) async fn apply_snapshot(
    tx: &mut Tx,
    case: Case,
    source: &Source,
    now: Timestamp,
) -> Result<bool, Error> {
    let (id, at) = (case.id.clone(), case.updated_at);
    let before = db::case::by_id(tx, &id).await?;
    if !upsert(tx, case, source, now).await? {
        // A stored time in the future hides later changes: only a read shows them.
        if before.is_some_and(|before| before.case.updated_at.is_some_and(|at| at > now)) {
            db::case::want(tx, &id, now).await?;
        }
        return Ok(false);
    }
    if let Some(row) = db::case::by_id(tx, &id).await?
        && row.case.resolved_at.is_none()
        && row.case.redacted_at.is_none()
    {
        let moved = before.is_none_or(|before| before.case.updated_at != at);
        if moved || (row.case.holds_more() && row.case.evidence.is_none()) {
            db::case::want(tx, &id, now).await?;
        }
    }
    Ok(true)
}

async fn upsert(tx: &mut Tx, mut case: Case, source: &Source, now: Timestamp) -> Result<bool, Error> {
    let known = if db::case::lock(tx, &case.id).await? { db::case::by_id(tx, &case.id).await? } else { None };
    let made = known.as_ref().map(|known| known.case.created_at);
    snapshot_order::without_ahead(&mut case.updated_at, &mut case.created_at, made, now);
    let read_at = case.updated_at.unwrap_or(case.created_at);
    let (as_of, as_of_event) = match source {
        Source::Event { created_at, id } => (*created_at, id.clone()),
        Source::Read | Source::ReadFrom { .. } => (read_at, String::new()),
    };
    let row = match known {
        None => {
            // All accounts of the case were erased: ignore the case, although Persona still lists it.
            let mut gone = !case.accounts.is_empty();
            for account in &case.accounts {
                gone = gone && db::retention::is_erased(tx, account.as_str()).await?;
            }
            if gone {
                return Ok(false);
            }
            let mut case = case;
            if let Some(at) = case.redacted_at {
                case.redact(at);
            }
            MirroredCase { case, as_of, as_of_event, version: 1 }
        }
        Some(old) => {
            let known = snapshot_order::MirrorState {
                as_of: old.as_of,
                as_of_event: &old.as_of_event,
                updated_at: old.case.updated_at.unwrap_or(old.case.created_at),
            };
            if !snapshot_order::newer(source, case.updated_at, &known) {
                return Ok(false);
            }
            // Persona sends comments only on request (`include`): a snapshot without comments does not remove them.
            let sparse =
                matches!(source, Source::Event { .. }) && case.inquiries.is_empty() && case.accounts.is_empty();
            // The same holds for the contents, in a webhook that is configured to leave out relations (section 21).
            let case = if sparse {
                Case {
                    verifications: old.case.verifications.clone(),
                    transactions: old.case.transactions.clone(),
                    inquiries: old.case.inquiries.clone(),
                    accounts: old.case.accounts.clone(),
                    reports: old.case.reports.clone(),
                    template_id: case.template_id.clone().or_else(|| old.case.template_id.clone()),
                    ..case
                }
            } else {
                case
            };
            let case =
                if case.comments.is_empty() { Case { comments: old.case.comments.clone(), ..case } } else { case };
            // The contents that were read stay until they are read again.
            let evidence = case.evidence.clone().or_else(|| old.case.evidence.clone());
            let mut case = Case { evidence, ..case };
            // Persona never restores what was redacted.
            if let Some(at) = case.redacted_at.or(old.case.redacted_at) {
                case.redact(at);
            }
            let version = old.version + i64::from(case.seen() != old.case.seen());
            // A time in the future is not stored: everything that comes next would be older than it.
            let ahead = read_at < known.updated_at;
            let later = matches!(source, Source::Event { .. }) || ahead || as_of > old.as_of;
            let (as_of, as_of_event) = if later { (as_of, as_of_event) } else { (old.as_of, old.as_of_event) };
            MirroredCase { case, as_of, as_of_event, version }
        }
    };
    db::case::put(tx, &row).await?;
    Ok(true)
}
