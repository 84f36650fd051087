//! One-time links: requested here, created by Persona through a delivery, shown until they expire.
use std::time::Duration;

use super::audit::{actor, append};
use super::delivery::outbox::enqueue;
use crate::domain::audit::Draft;
use crate::domain::delivery::{Action, DeliveryCause};
use crate::domain::id::{InquiryId, LinkId};
use crate::domain::inquiry::InquiryStatus;
use crate::domain::reviewer::{Permit, permission};
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::id::new_id;
use crate::server::{App, Error};

/// Validity periods that the page offers: seconds and label. Persona's own default is a day.
pub const LIVES: [(u32, &str); 5] =
    [(900, "15 minutes"), (3600, "1 hour"), (14_400, "4 hours"), (86_400, "1 day"), (604_800, "7 days")];

/// How long a page waits for the link before it says that the link is on its way.
const PATIENCE: Duration = Duration::from_millis(2500);

pub async fn request(app: &App, by: &Permit<permission::Decide>, inquiry: InquiryId, life: u32) -> Result<(), Error> {
    if !(60..=2_592_000).contains(&life) {
        return Err(Error::Invalid("A link can be valid for 1 minute to 30 days.".to_owned()));
    }
    let mut pings = app.changes.subscribe();
    let now = app.now();
    let permit = by.clone();
    let id = inquiry.clone();
    app.write(move |tx| {
        Box::pin(async move {
            let row = db::inquiry::by_id(tx, &inquiry).await?.ok_or(Error::NotFound("inquiry"))?;
            if row.inquiry.redacted_at.is_some() {
                return Err(Error::Invalid("This inquiry was redacted. The applicant cannot continue it.".to_owned()));
            }
            match row.inquiry.status {
                InquiryStatus::Expired => {
                    return Err(Error::Invalid(
                        "This inquiry has expired. Persona creates no link for it until it is resumed there."
                            .to_owned(),
                    ));
                }
                InquiryStatus::Approved | InquiryStatus::Declined => {
                    return Err(Error::Invalid(
                        "This inquiry is already decided. The applicant cannot continue it.".to_owned(),
                    ));
                }
                _ => {}
            }
            if db::link::is_open(tx, &inquiry).await? {
                return Err(Error::Invalid("A link is already being created. Wait for it.".to_owned()));
            }
            let link = LinkId(new_id());
            let reviewer = permit.reviewer();
            db::link::insert(tx, link, &inquiry, (reviewer.id, &reviewer.name), life, now).await?;
            let action = Action::OneTimeLink { expires_in_seconds: life };
            enqueue(tx, now, now, DeliveryCause::Link(link), inquiry.as_str(), action).await?;
            let draft = Draft::new("link.requested", actor(&permit), "inquiry", inquiry.to_string())
                .fact("link", link.to_string())
                .fact("life_seconds", i64::from(life));
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await?;
    app.wake.deliver.notify_one();
    let made = async {
        while let Ok(ping) = pings.recv().await {
            if ping.topic == ChangeTopic::Inquiry && ping.id == id.as_str() {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, made).await;
    Ok(())
}
