//! Claims: taking, renewing, releasing, taking over with a reason.
use super::audit::{actor, append};
use crate::domain::audit::{Actor, Draft};
use crate::domain::claim::{self as rule, Claim, LEASE, LONGEST_REASON, Taking};
use crate::domain::decision::{Refusal, Subject};
use crate::domain::id::InquiryId;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::domain::time::Timestamp;
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::{App, Error};

/// Returns the entry for a claim that expired because it was not renewed.
pub(super) fn expired(inquiry: &str, whose: String, until: Timestamp) -> Draft {
    Draft::new("claim.expired", Actor::System { part: "claim" }, "inquiry", inquiry)
        .fact("of", whose)
        .fact("until", until)
}

/// Claims an inquiry, extends the reviewer's own claim, or takes over a colleague's when a reason is given.
pub async fn take(
    app: &App,
    by: &Permit<permission::Decide>,
    id: InquiryId,
    reason: Option<String>,
) -> Result<Claim, Error> {
    let now = app.now();
    let permit = by.clone();
    let reason = reason.map(|reason| clean(reason.trim()));
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
        return Err(Error::Invalid("The reason has more than 500 characters. Shorten it.".to_owned()));
    }
    let told = id.clone();
    let (claim, taking) = app
        .write(move |tx| {
            Box::pin(async move {
                if !db::inquiry::lock(tx, &id).await? {
                    return Err(Error::NotFound("inquiry"));
                }
                let me = permit.reviewer();
                let known = db::claim::of(tx, &id).await?;
                let taking = rule::take(known.as_ref(), me.id, reason.as_deref(), now);
                let since = match (&known, taking) {
                    (Some(claim), Taking::Renewed) => claim.since,
                    _ => now,
                };
                let mine = Claim { by: me.id, by_name: me.name.clone(), since, until: now.plus(LEASE) };
                let draft = |action| Draft::new(action, actor(&permit), "inquiry", id.to_string());
                match (taking, known) {
                    (Taking::Held, Some(claim)) => return Err(Error::Refused(Refusal::Claimed { by: claim.by_name })),
                    (Taking::TakenOver, Some(claim)) => {
                        let entry = draft("claim.taken_over").fact("from", claim.by_name);
                        append(tx, now, entry.personal("reason", reason.unwrap_or_default())).await?;
                    }
                    (Taking::New, known) => {
                        if let Some(Claim { by_name, until, .. }) = known {
                            append(tx, now, expired(id.as_str(), by_name, until)).await?;
                        }
                        append(tx, now, draft("claim.taken")).await?;
                    }
                    // An open page renews its claim each minute: the log already says who has the claim and since when.
                    (Taking::Renewed | Taking::Held | Taking::TakenOver, _) => {}
                }
                db::claim::put(tx, &id, &mine).await?;
                // Claiming an unassigned inquiry also assigns it to the reviewer, and so does taking it over.
                if taking == Taking::TakenOver || db::queue::assignee(tx, &id).await?.is_none() {
                    db::queue::assign(tx, &id, Some((me.id, &me.name))).await?;
                }
                Ok((mine, taking))
            })
        })
        .await?;
    if taking != Taking::Renewed {
        app.publish(ChangeTopic::Inquiry, told);
    }
    Ok(claim)
}

/// Extends a claim while its page is open. Returns false when it is no longer this reviewer's claim.
pub async fn renew(app: &App, by: &Permit<permission::Decide>, id: InquiryId) -> Result<bool, Error> {
    let now = app.now();
    let me = by.reviewer().id;
    app.write(move |tx| {
        Box::pin(async move {
            db::inquiry::lock(tx, &id).await?;
            let Some(claim) = db::claim::of(tx, &id).await?.filter(|claim| claim.by == me && claim.holds(now)) else {
                return Ok(false);
            };
            db::claim::put(tx, &id, &Claim { until: now.plus(LEASE), ..claim }).await?;
            Ok(true)
        })
    })
    .await
}

pub async fn release(app: &App, by: &Permit<permission::Decide>, id: InquiryId) -> Result<(), Error> {
    let now = app.now();
    let permit = by.clone();
    let told = id.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let me = permit.reviewer().id;
            if db::queue::assignee(tx, &id).await?.is_some_and(|(who, _)| who == me) {
                db::queue::assign(tx, &id, None).await?;
            }
            if db::claim::release(tx, &id, me).await? {
                append(tx, now, Draft::new("claim.released", actor(&permit), "inquiry", id.to_string())).await?;
            }
            super::decision::returned::released(tx, &permit, &Subject::Inquiry(id), now).await
        })
    })
    .await?;
    app.publish(ChangeTopic::Inquiry, told);
    Ok(())
}
