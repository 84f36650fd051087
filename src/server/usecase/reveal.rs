//! Showing what is hidden, for a purpose that is recorded.
use std::time::Duration;

use super::audit::{actor, append};
use super::note::known;
use crate::domain::audit::Draft;
use crate::domain::mask::{Mask, Topic, purpose};
use crate::domain::reviewer::{Permit, can};
use crate::domain::text::clean;
use crate::server::db;
use crate::server::{App, Error};

/// How long it is shown: long enough to read one inquiry, and not a shift.
const SHOWN: Duration = Duration::from_secs(30 * 60);

/// Shows one topic of an object to this reviewer, or all of them (`all`).
pub async fn show(
    app: &App,
    by: &Permit<can::ReadEvidence>,
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
        return Err(Error::Invalid("Choose what you need it for: it stands in the log.".to_owned()));
    }
    let (now, permit) = (app.now(), by.clone());
    let subject = clean(subject.trim());
    app.write(move |tx| {
        Box::pin(async move {
            let (kind, _) = known(tx, &kind, &subject).await?;
            for topic in &topics {
                let until = now.plus(SHOWN);
                db::note::reveal(tx, permit.reviewer().id, (kind, &subject), *topic, &code, until).await?;
            }
            let names: Vec<&str> = topics.iter().map(|topic| topic.as_str()).collect();
            let draft = Draft::new("field.revealed", actor(&permit), kind, subject)
                .fact("topics", names.join(" "))
                .fact("purpose", code);
            append(tx, now, draft).await.map(|_| ())
        })
    })
    .await
}

/// What this reviewer may see of an object now.
pub(super) async fn mask<P>(
    app: &App,
    conn: &mut db::Conn,
    by: &Permit<P>,
    kind: &str,
    id: &str,
) -> Result<Mask, Error> {
    Ok(Mask::new(db::note::revealed(conn, by.reviewer().id, kind, id, app.now()).await?))
}
