//! Figures for admins and auditors.
use std::time::Duration;

use crate::domain::blind::agreement;
use crate::domain::inquiry::InquiryStatus;
use crate::domain::page_data::statistics::FiguresPage;
use crate::domain::reviewer::{Permit, permission};
use crate::domain::statistics::{DAYS, figures};
use crate::domain::time::Timestamp;
use crate::server::db;
use crate::server::{App, Error};

/// Decisions that are counted, at most; the newest ones.
const MOST: i64 = 200_000;
/// How far back agreement is computed, in seconds. Further than the rest, because a sample is small.
const YEAR: u64 = 365 * 86_400;
/// Upper ends of the age groups in which waiting inquiries are counted, in hours, with their labels.
const AGES: [(u64, &str); 5] =
    [(4, "up to 4 hours"), (24, "4 to 24 hours"), (72, "1 to 3 days"), (168, "3 to 7 days"), (u64::MAX, "over 7 days")];

pub async fn page(app: &App, _by: &Permit<permission::ReadFigures>) -> Result<FiguresPage, Error> {
    let now = app.now();
    let mut conn = app.read().await?;
    let status = InquiryStatus::NeedsReview;
    let made = db::statistics::made(&mut conn, now.minus(Duration::from_secs(DAYS * 86_400)), MOST).await?;
    let mut ageing = Vec::new();
    let mut until = Timestamp::from_micros(i64::MAX / 2);
    for (hours, label) in AGES {
        let after = match hours {
            u64::MAX => Timestamp::from_micros(0),
            hours => now.minus(Duration::from_secs(hours * 3600)),
        };
        ageing.push((
            label.to_owned(),
            db::statistics::waiting(&mut conn, status.as_str(), after, until.min(now)).await?,
        ));
        until = after;
    }
    Ok(FiguresPage {
        figures: figures(&made, now),
        ageing,
        agreement: {
            let (pairs, knew) = db::blind::pairs(&mut conn, now.minus(Duration::from_secs(YEAR))).await?;
            agreement(&pairs, knew)
        },
        overdue: db::statistics::overdue(&mut conn, status.as_str(), now).await?,
        cut: i64::try_from(made.len()).unwrap_or(i64::MAX) >= MOST,
        now,
    })
}
