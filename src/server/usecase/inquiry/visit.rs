//! The visit of a reviewer to a page.
use std::time::Duration;

use super::super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::decision::Subject;
use crate::domain::reviewer::{Permit, permission};
use crate::server::change_feed::ChangeTopic;
use crate::server::db;
use crate::server::{App, Error};

/// Opening the same version again within this time counts as one view.
const ONE_VIEW: Duration = Duration::from_secs(10 * 60);

/// Why a page is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A reviewer opens it, or asks to see what changed.
    Opened,
    /// An open page refetches by itself: that does not mean that the reviewer has looked at what came.
    Again,
}

impl Look {
    pub fn of(again: Option<bool>) -> Self {
        if again.unwrap_or(false) { Self::Again } else { Self::Opened }
    }
}

/// Records, once, that a reviewer opened a version of a subject, and marks their mentions there as read. Returns
/// whether they have opened this version: a page that fetched it by itself does not count.
pub(in crate::server::usecase) async fn opened(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    subject: Subject,
    version: i64,
    look: Look,
) -> Result<bool, Error> {
    if look == Look::Again {
        let mut conn = app.read().await?;
        let ever = crate::domain::time::Timestamp::from_micros(0);
        return Ok(db::audit::viewed_since(&mut conn, by.reviewer().id, &subject, version, ever).await?);
    }
    let (now, viewer) = (app.now(), by.reviewer().id);
    let action = match subject {
        Subject::Inquiry(_) => "inquiry.viewed",
        Subject::Case(_) => "case.viewed",
    };
    let looked = Draft::new(action, actor(by), subject.kind(), subject.id()).fact("version", version);
    let read = app
        .write(move |tx| {
            Box::pin(async move {
                if !db::audit::viewed_since(tx, viewer, &subject, version, now.minus(ONE_VIEW)).await? {
                    append(tx, now, looked).await?;
                }
                super::super::note::read_about(tx, viewer, subject.kind(), subject.id(), now).await
            })
        })
        .await?;
    if read {
        app.publish(ChangeTopic::Note, viewer.to_string());
    }
    Ok(true)
}
