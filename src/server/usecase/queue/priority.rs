//! The place of an inquiry in the queue: priority, search terms, counters.
use crate::domain::id::InquiryId;
use crate::domain::queue::policy::Policy;
use crate::domain::queue::{risk, terms};
use crate::server::db::inquiry::{MirroredInquiry, Urgency};
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// Writes an inquiry to the mirror, with its place in the queue and its search terms.
pub(in crate::server::usecase) async fn put(tx: &mut Tx, row: &MirroredInquiry) -> Result<(), Error> {
    let policy = db::queue::policy(tx).await?;
    db::inquiry::put(tx, row, urgency(&policy, row)).await?;
    find_by(tx, row).await
}

fn urgency(policy: &Policy, row: &MirroredInquiry) -> Urgency {
    Urgency { rank: -risk(&row.signals), due_at: policy.due(&row.inquiry), policy: policy.version }
}

pub(in crate::server::usecase) async fn find_by(tx: &mut Tx, row: &MirroredInquiry) -> Result<(), Error> {
    let wanted = terms(&row.inquiry, row.evidence.as_ref(), &row.signals, &row.tags);
    Ok(db::queue::term::set_terms(tx, &row.inquiry.id, &wanted).await?)
}

/// Places inquiries again that another version of the policy had placed, at most `limit` at a time. Returns how many.
pub async fn rank(app: &App, limit: i64) -> Result<usize, Error> {
    let version = db::queue::policy(&mut app.read().await?).await?.version;
    let ids = db::queue::unranked(&mut app.read().await?, version, limit).await?;
    let found = ids.len();
    if found == 0 {
        return Ok(0);
    }
    if placed(app, ids.clone()).await.is_ok() {
        return Ok(found);
    }
    // One of them cannot be placed: place each by itself, and leave that one where it was.
    let mut error = None;
    for id in ids {
        let Err(why) = placed(app, vec![id.clone()]).await else { continue };
        tracing::warn!(inquiry = %id, error = %why, "an inquiry could not be placed in the queue and stays where it was");
        let stays =
            app.write(move |tx| Box::pin(async move { Ok(db::queue::pass_over(tx, &id, version).await?) })).await;
        error = error.or(stays.err());
    }
    error.map_or(Ok(found), Err)
}

async fn placed(app: &App, ids: Vec<InquiryId>) -> Result<(), Error> {
    app.write(move |tx| {
        Box::pin(async move {
            let policy = db::queue::policy(tx).await?;
            for id in ids {
                if !db::inquiry::lock(tx, &id).await? {
                    continue;
                }
                let Some(row) = db::inquiry::by_id(tx, &id).await? else { continue };
                db::queue::set_urgency(tx, &id, urgency(&policy, &row)).await?;
                find_by(tx, &row).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Counter differences that are left to add up while reading, at most.
const MOST_DIFFERENCES: i64 = 200;

pub async fn fold(app: &App) -> Result<(), Error> {
    app.write(|tx| Box::pin(async move { Ok(db::queue::fold_counts(tx, MOST_DIFFERENCES).await?) })).await
}
