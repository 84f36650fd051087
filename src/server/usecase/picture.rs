//! Looking at a picture of a document or a face: allowed only for what an inquiry of the desk shows, and recorded.
use super::audit::{actor, append};
use crate::domain::audit::Draft;
use crate::domain::evidence::Evidence;
use crate::domain::id::{InquiryId, ObjectId};
use crate::domain::reviewer::{Permit, can};
use crate::domain::verification::{Part, Picture, Size};
use crate::server::db;
use crate::server::{App, Error};

/// Why a picture could not be shown when this server last tried, in a sentence.
pub async fn why_unshown(
    app: &App,
    _: &Permit<can::ReadEvidence>,
    id: ObjectId,
    part: &str,
    size: Size,
) -> Result<Option<String>, Error> {
    let part = Part::parse(part).ok_or(Error::NotFound("picture"))?;
    Ok(app.unshown.get(&(id, part, size)).await.map(|why| why.to_string()))
}

/// Records the look and says yes, or that there is no such picture. The picture itself is streamed by the route.
pub async fn look(
    app: &App,
    by: &Permit<can::ReadEvidence>,
    inquiry: InquiryId,
    id: ObjectId,
    part: Part,
    size: Size,
) -> Result<(), Error> {
    let wanted = Picture { object_id: id.clone(), part };
    let known = {
        let mut conn = app.read().await?;
        let row = db::inquiry::by_id(&mut conn, &inquiry).await?;
        row.and_then(|row| row.evidence).is_some_and(|evidence: Evidence| evidence.pictures().contains(&wanted))
    };
    if !known {
        return Err(Error::NotFound("picture"));
    }
    let now = app.now();
    let draft = Draft::new("picture.viewed", actor(by), "inquiry", inquiry.to_string())
        .fact("object", id.to_string())
        .fact("part", part.as_str())
        .fact("size", size.as_str());
    app.write(move |tx| Box::pin(async move { append(tx, now, draft).await.map(|_| ()) })).await
}
