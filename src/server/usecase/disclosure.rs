//! A limit on how many people's hidden values, pictures and files one reviewer may see in an hour. It stops a script
//! that walks through all customers, and the log records that.
use std::time::Duration;

use super::audit::{actor, append_limited};
use crate::domain::audit::Draft;
use crate::domain::reviewer::Permit;
use crate::domain::time::Timestamp;
use crate::server::db::{self, Tx};
use crate::server::{App, Error};

/// The time span that the limit counts over.
pub(super) const WINDOW: Duration = Duration::from_secs(3600);

/// Counts one more subject if it may be shown. Otherwise returns the time from which it may be.
pub(super) async fn count<P>(
    tx: &mut Tx,
    by: &Permit<P>,
    (kind, subject): (&'static str, &str),
    most: u32,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let (who, after) = (by.reviewer().id, now.minus(WINDOW));
    db::disclosure::lock(tx, who).await?;
    if db::disclosure::others(tx, who, subject, after).await? < i64::from(most) {
        db::disclosure::put(tx, who, subject, now).await?;
        return Ok(None);
    }
    let draft = Draft::new("disclosure.refused", actor(by), kind, subject).fact("most_per_hour", i64::from(most));
    append_limited(tx, now, who, draft).await?;
    Ok(Some(db::disclosure::oldest(tx, who, after).await?.unwrap_or(now).plus(WINDOW)))
}

/// The same for what is made outside a transaction, such as a file.
pub(super) async fn allow<P: Clone + Send + Sync + 'static>(
    app: &App,
    by: &Permit<P>,
    kind: &'static str,
    subject: String,
) -> Result<(), Error> {
    let (now, most, permit) = (app.now(), app.config.disclosures_per_hour, by.clone());
    let refused =
        app.write(move |tx| Box::pin(async move { count(tx, &permit, (kind, &subject), most, now).await })).await?;
    refused.map_or(Ok(()), |again| Err(over(most, again)))
}

pub(super) fn over(most: u32, again: Timestamp) -> Error {
    Error::Invalid(format!(
        "Within an hour you have been shown hidden values or files of {most} inquiries, cases and accounts, which is the limit. \
         The next one can be shown at {} UTC. An admin can raise the limit (COUNTERSIGN_DISCLOSURES_PER_HOUR).",
        again.to_minute_text()
    ))
}
