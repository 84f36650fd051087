//! Revealing masked values, for a purpose that is recorded.
use std::collections::BTreeSet;
use std::time::Duration;

use super::audit::{actor, append};
use super::disclosure;
use super::note::known;
use crate::domain::audit::Draft;
use crate::domain::id::InquiryId;
use crate::domain::masking::{Mask, Topic, purpose};
use crate::domain::reviewer::{Permit, permission};
use crate::domain::text::clean;
use crate::server::db;
use crate::server::{App, Error};

/// The purpose in the log of values that were shown without a request.
const VIEWED: &str = "viewed";
/// How long a revealed value is shown: long enough to read one inquiry, but not for a whole shift.
const SHOWN: Duration = Duration::from_secs(30 * 60);

/// Reveals one topic of an object to this reviewer, or all of them (`all`).
pub async fn show(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    kind: String,
    subject: String,
    topics: String,
    code: String,
) -> Result<(), Error> {
    let all = topics == "all";
    let topics: Vec<Topic> = match Topic::parse(&topics) {
        Some(topic) => vec![topic],
        None if all => Topic::ALL.to_vec(),
        None => return Err(Error::Invalid("Choose what to show.".to_owned())),
    };
    if purpose(&code).is_none() {
        return Err(Error::Invalid("Choose a purpose. It is recorded in the log.".to_owned()));
    }
    let (now, permit, most) = (app.now(), by.clone(), app.config.disclosures_per_hour);
    let subject = clean(subject.trim());
    app.write(move |tx| {
        Box::pin(async move {
            let (kind, _) = known(tx, &kind, &subject).await?;
            let refused = disclosure::count(tx, &permit, (kind, &subject), most, now).await?;
            if refused.is_some() {
                return Ok(refused);
            }
            for topic in &topics {
                let until = now.plus(SHOWN);
                db::note::reveal(tx, permit.reviewer().id, (kind, &subject), *topic, &code, until).await?;
            }
            let names: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
            let draft = Draft::new("field.revealed", actor(&permit), kind, subject)
                .fact("topics", names.join(" "))
                .fact("purpose", code);
            append(tx, now, draft).await?;
            Ok(None)
        })
    })
    .await?
    .map_or(Ok(()), |again| Err(disclosure::over(most, again)))
}

/// Whether this reviewer may see what is printed on the documents of an inquiry. Where documents are shown without a
/// request, viewing them is a reveal: recorded once for as long as a reveal lasts, with what is printed there as far as
/// Persona has read it.
pub(super) async fn printed(
    app: &App,
    by: &Permit<permission::ReadEvidence>,
    inquiry: &InquiryId,
    told: BTreeSet<Topic>,
) -> Result<bool, Error> {
    let (now, who) = (app.now(), by.reviewer().id);
    let shown = db::note::revealed(&mut app.read().await?, who, "inquiry", inquiry.as_str(), now).await?;
    if shown.contains(&Topic::Picture) || app.config.confirm_pictures {
        return Ok(shown.contains(&Topic::Picture));
    }
    let (permit, inquiry, most) = (by.clone(), inquiry.to_string(), app.config.disclosures_per_hour);
    app.write(move |tx| {
        Box::pin(async move {
            // A page requests several pictures at once.
            if db::note::revealed(tx, who, "inquiry", &inquiry, now).await?.contains(&Topic::Picture) {
                return Ok(None);
            }
            let refused = disclosure::count(tx, &permit, ("inquiry", &inquiry), most, now).await?;
            if refused.is_some() {
                return Ok(refused);
            }
            let until = now.plus(SHOWN);
            db::note::reveal(tx, who, ("inquiry", &inquiry), Topic::Picture, VIEWED, until).await?;
            let draft = Draft::new("field.revealed", actor(&permit), "inquiry", inquiry)
                .fact("topics", Topic::Picture.as_str())
                .fact("purpose", VIEWED)
                .fact("printed", told.iter().map(|topic| topic.as_str()).collect::<Vec<_>>().join(" "));
            append(tx, now, draft).await?;
            Ok(None)
        })
    })
    .await?
    .map_or(Ok(true), |again| Err(disclosure::over(most, again)))
}

/// Returns the mask: what this reviewer may see of an object now.
pub(super) async fn mask<P>(
    app: &App,
    conn: &mut db::Conn,
    by: &Permit<P>,
    kind: &str,
    id: &str,
) -> Result<Mask, Error> {
    let mut shown = db::note::revealed(conn, by.reviewer().id, kind, id, app.now()).await?;
    if !app.config.confirm_pictures {
        shown.push(Topic::Picture);
    }
    Ok(Mask::new(shown))
}
